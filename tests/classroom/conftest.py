"""A class for each test: made once, with nbgrader's database, and copied."""

from __future__ import annotations

import shutil

import pytest

from course_utils.classroom import release
from course_utils.classroom.archive import delete_tree
from course_utils.classroom.course import open_course
from tests.classroom import sample


@pytest.fixture(autouse=True)
def no_endless_folders(request, tmp_path):
    """Take away the folders of tests that nest them without end: pytest's own cleaning would stumble over them."""
    yield
    if hasattr(request.module, "nested") and tmp_path.is_dir():
        delete_tree(tmp_path)


@pytest.fixture(scope="session")
def model_class(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes") / "model"
    course = sample.make_class(folder)
    terms = {"due": "2026-06-01T12:00:00+02:00", "late_days": 2, "late_penalty": 10.0}
    release.release(course, sample.NAME, terms, run=False)
    return folder


@pytest.fixture
def course(model_class, tmp_path):
    """A class of five students; the sample assignment is released, due on 1 June 2026 at noon in Berlin."""
    return open_course(shutil.copytree(model_class, tmp_path / "class"))
