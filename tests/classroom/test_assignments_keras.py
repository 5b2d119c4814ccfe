"""Marks for answers to the assignments in which students build Keras models."""

from __future__ import annotations

import pytest

from tests.classroom import assignments

WITH_KERAS = [found.name for found in assignments.find() if found.uses_keras]


@pytest.mark.parametrize("case", assignments.cases(keras=True), ids=str)
def test_answer_gets_its_marks(case):
    assert assignments.marks(case) == case.marks


@pytest.mark.parametrize("name", WITH_KERAS)
def test_release_without_answers_gets_nothing(name):
    assert set(assignments.marks_of_release(name).values()) == {0}


@pytest.mark.parametrize("name", WITH_KERAS)
def test_visible_tests_accept_the_solutions(name):
    assert 0 not in assignments.marks_of_solutions(name, hidden=False).values()


@pytest.mark.parametrize("name", WITH_KERAS)
def test_solutions_get_all_points(name):
    assert 0 not in assignments.marks_of_solutions(name).values()


@pytest.mark.parametrize("name", WITH_KERAS)
def test_examiner_gives_the_same_marks(name, tmp_path):
    assert assignments.differences(name, tmp_path) == []
