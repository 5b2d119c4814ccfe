"""The students' version: nothing secret in it, its terms, and releasing again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from course_utils.classroom import gradebook, late, release
from course_utils.classroom.course import ClassError
from tests.classroom import sample
from tests.classroom.test_collect import exchange_of
from tests.classroom.test_grade import graded, hand_in

SECRETS = ("return 2 * x", "total / len", "-41", "10.75", "Four points for", "SOLUTION", "HIDDEN")


def rewritten(course, change):
    """Change the teacher's notebook; `change` gets its cells by grade_id."""
    notebook = sample.source()
    change(
        {cell["metadata"].get("nbgrader", {}).get("grade_id", "intro"): cell for cell in notebook["cells"]}
    )
    sample.put_source(course.folder, notebook)


def test_students_version(course):
    folder = course.released(sample.NAME).parent
    assert [path.name for path in folder.iterdir()] == [f"{sample.NAME}.ipynb"]
    text = course.released(sample.NAME).read_text(encoding="utf-8")
    assert [secret for secret in SECRETS if secret in text] == []
    assert "double(3) is not twice 3" in text and "NotImplementedError" in text
    assert list(release.leaks(course, sample.NAME)) == []


@pytest.mark.parametrize(
    ("place", "line", "told"),
    [
        ("intro", "assert double(-41) == -82, 'look at negative numbers'", "hidden test"),
        ("intro", "Four points for a reason.", "rubric"),
        ("mean", "    return total / len(values)", "solution"),
        ("double_numbers", "### END HIDDEN TESTS", "has the mark"),
    ],
)
def test_leaks_are_found(course, place, line, told):
    path = course.released(sample.NAME)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = {
        cell["metadata"].get("nbgrader", {}).get("grade_id", "intro"): cell for cell in notebook["cells"]
    }
    cells[place]["source"] = "".join(cells[place]["source"]) + f"\n{line}\n"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    [leak] = release.leaks(course, sample.NAME)
    assert told in leak


def test_leaks_in_other_files_and_outputs(course):
    folder = course.released(sample.NAME).parent
    (folder / "rubric.md").write_text("x")
    (folder / "helper.py").write_text("    return total / len(values)\n")
    notebook = json.loads(course.released(sample.NAME).read_text(encoding="utf-8"))
    notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "42"}]
    course.released(sample.NAME).write_text(json.dumps(notebook), encoding="utf-8")
    told = "\n".join(release.leaks(course, sample.NAME))
    assert "rubric.md is for teachers" in told and "helper.py shows" in told and "has outputs" in told


def test_a_leak_stops_the_release_and_the_former_one_stays(course):
    before = course.released(sample.NAME).read_bytes()

    def tell(cells):
        cells["intro"]["source"] = ["### BEGIN SOLUTION without an end is no mark\n", "rubric"]

    rewritten(course, tell)
    with pytest.raises(ClassError, match="01_sample"):
        release.release(course, sample.NAME, {}, run=False)
    assert course.released(sample.NAME).read_bytes() == before
    assert [path.name for path in (course.folder / "release").iterdir()] == [sample.NAME]


def texts(path):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]


def test_students_see_when_it_is_due(course):
    first = "**Due: Monday, 01 June 2026, 12:00 Europe/Berlin.** Submissions up to 2 days late lose 10 % a day begun"
    title, terms, *_ = texts(course.released(sample.NAME))
    assert title.startswith("# A small") and terms == f"{first}; later ones get 0 points."
    release.release(course, sample.NAME, {"late_days": 0, "late_penalty": 0.0}, run=False)
    assert texts(course.released(sample.NAME))[1].endswith(
        "12:00 Europe/Berlin.** Late submissions get 0 points."
    )
    release.release(course, sample.NAME, {"due": ""}, run=False)
    assert texts(course.released(sample.NAME))[1] == "import numpy as np"


@pytest.mark.parametrize(
    "terms",
    [
        {"late_days": 0},
        {"late_days": 1, "late_penalty": 12.5},
        {"late_days": 3, "late_penalty": 0.0},
        {"late_days": 1, "late_penalty": 1e-6},
        {"time_zone": "America/Argentina/Buenos_Aires"},
        {"time_zone": "Etc/GMT+3"},
    ],
)
def test_the_terms_are_no_answer_of_a_student(terms):
    released = replace(late.Release("a", "x", due="2026-06-01T12:00:00+02:00", late_days=2), **terms)
    assert late.is_for_students(late.for_students(released))
    assert not late.is_for_students(late.for_students(released) + "\n\nMy answer: because.")
    assert not late.is_for_students(late.for_students(released) + " My answer.")


def test_terms_of_an_earlier_release_make_no_work(course, tmp_path):
    hand_in(course, tmp_path / "inbox", "ada", {"why": ""})
    release.release(course, sample.NAME, {"due": "2026-07-01T12:00:00+02:00"}, run=False)
    graded(course)
    mark = gradebook.read_marks(course, release.latest(course, sample.NAME), ["ada"]).of["ada"]
    assert (mark.state, mark.unanswered) == ("graded", ("double", "mean", "why"))


def test_terms_stay_until_they_are_changed(course):
    before = release.load(course, sample.NAME)
    again = release.release(course, sample.NAME, {"late_penalty": 25.0}, run=False)
    assert (again.due, again.late_days, again.late_penalty) == (before.due, 2, 25.0)
    with course.gradebook() as gradebook:
        assert str(gradebook.find_assignment(sample.NAME).duedate) == "2026-06-01 10:00:00"


def test_prose_may_change_but_a_changed_test_must_be_released(course):
    def reworded(cells):
        cells["intro"]["source"] = ["# Better words"]

    def mended(cells):
        cells["mean_values"]["source"].append("\nassert mean([5]) == 5")

    rewritten(course, reworded)
    release.load(course, sample.NAME)
    rewritten(course, mended)
    with pytest.raises(ClassError, match="has changed since it was released"):
        release.load(course, sample.NAME)
    release.release(course, sample.NAME, {}, run=False)
    release.load(course, sample.NAME)


def test_students_version_is_run(course):
    def broken(cells):
        cells["set-up"]["source"] = ["import numpy as np\n", "import no_such_module"]

    assert list(release.faults_of_running(course.released(sample.NAME))) == []
    rewritten(course, broken)
    with pytest.raises(ClassError, match="cell 2 of the students' version fails: ModuleNotFoundError"):
        release.release(course, sample.NAME, {})


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("for value in np.atleast_1d(mean([1, 2])):\n    assert value > 1", "an empty array"),
        ("assert not np.any(np.asarray(mean([1, 2])) < 1)", "not a number"),
        ("assert mean is not None and callable(mean)", "None or an empty array"),
    ],
)
def test_a_test_that_gives_its_points_for_nothing_is_told(course, test, told):
    def changed(cells):
        cells["mean_values"]["source"] = [test]

    rewritten(course, changed)
    with pytest.raises(ClassError, match=f"'mean_values' gives its points for nothing: .*{told}"):
        release.release(course, sample.NAME, {})


def test_a_mended_version_replaces_the_one_in_the_exchange(course, tmp_path):
    course, inbound = exchange_of(course, tmp_path)
    public = inbound.parent / "outbound" / sample.NAME
    release.release(course, sample.NAME, {}, run=False)
    assert [path.name for path in public.iterdir()] == [f"{sample.NAME}.ipynb"]

    def reworded(cells):
        cells["intro"]["source"] = ["# Better words"]

    rewritten(course, reworded)
    release.release(course, sample.NAME, {}, run=False)
    assert "Better words" in (public / f"{sample.NAME}.ipynb").read_text(encoding="utf-8")
    shutil.rmtree(course.exchange)
    with pytest.raises(ClassError, match="exchange .* is missing"):
        release.release(course, sample.NAME, {}, run=False)


def test_not_released(course):
    (course.folder / "releases" / f"{sample.NAME}.json").unlink()
    with pytest.raises(ClassError, match="has not been released yet"):
        release.load(course, sample.NAME)
