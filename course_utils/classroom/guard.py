"""What keeps formgrader from harm in a class of this course.

Its own buttons for grading and feedback refuse: nbgrader would run a student's code with the teacher's rights,
and its feedback shows hidden tests. Names, which its page of a submission takes for HTML, come as text.
"""

from __future__ import annotations

import html

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor


class NamesAsText(NbGraderPreprocessor):
    """Makes text of the names that formgrader puts into the page of a submission."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Escape them; the notebook stays as it is."""
        for name in ("first_name", "last_name", "student"):
            if resources.get(name):
                resources[name] = html.escape(str(resources[name]))
        return nb, resources


class RefuseToRun(NbGraderPreprocessor):
    """Stops `nbgrader autograde` before it executes anything."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Raise RuntimeError, which nbgrader shows and logs."""
        raise RuntimeError(
            "nbgrader would run this submission without a sandbox. "
            "Grade in a terminal:  course class grade ASSIGNMENT"
        )


class RefuseToTell(NbGraderPreprocessor):
    """Stops `nbgrader generate_feedback`, which would show the hidden tests."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Raise RuntimeError, which nbgrader shows and logs."""
        raise RuntimeError(
            "nbgrader's feedback would show the hidden tests. "
            "Write it in a terminal:  course class feedback ASSIGNMENT"
        )
