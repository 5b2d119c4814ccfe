"""What formgrader's own buttons for grading and feedback do in a class of this course: they refuse.

nbgrader would run a student's code with the teacher's rights, and its feedback shows hidden tests.
"""

from __future__ import annotations

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor


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
