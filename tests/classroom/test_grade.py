"""Grading a class with an examiner that needs no sandbox: marks, re-grading, late days, the gradebook."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, event

from course_utils.classroom import autograded, collect, gradebook, release, roster
from course_utils.classroom import grade as module
from course_utils.classroom.course import ClassError
from course_utils.classroom.gradebook import GRADED, NEEDS_A_PERSON, NOT_SUBMITTED, TO_MARK
from course_utils.classroom.journal import Journal
from course_utils.cli.classroom import standing
from tests.classroom import sample

DUE = datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.fixture
def inbox(tmp_path):
    return tmp_path / "inbox"


class Examiner:
    """Counts what it examines."""

    def __init__(self, course):
        self.examine = partial(sample.examine_with, course.source(sample.NAME))
        self.seen = []

    def __call__(self, notebook):
        self.seen.append(notebook.parent.parent.name)
        return self.examine(notebook)


def hand_in(course, inbox, student, answers, at=DUE - timedelta(hours=1)):
    notebook = answers if isinstance(answers, str) else sample.answered(course.released(sample.NAME), answers)
    path = sample.hand_in(inbox, student, notebook)
    os.utime(path, (at.timestamp(), at.timestamp()))
    collect.collect(course, sample.NAME, inbox, times_of_files=True)


def graded(course, **options):
    """Grade; returns whom the examiner saw."""
    examiner = Examiner(course)
    module.grade(course, sample.NAME, examiner, **options)
    return sorted(examiner.seen)


def marks(course):
    return gradebook.read_marks(course, release.latest(course, sample.NAME), roster.enrolled(course))


def change_grade(course, student, cell, **values):
    """What a teacher does in formgrader."""
    with course.gradebook() as book:
        found = book.find_grade(cell, sample.NAME, sample.NAME, student)
        for name, value in values.items():
            setattr(found, name, value)
        found.needs_manual_grade = False
        book.db.commit()


RIGHT = {"double": sample.DOUBLE, "mean": sample.MEAN, "why": "A written answer."}


@pytest.fixture
def class_of_four(course, inbox):
    hand_in(course, inbox, "ada", RIGHT)
    hand_in(course, inbox, "blaise", RIGHT | {"mean": sample.WRONG_MEAN})
    hand_in(course, inbox, "carl", "{ broken")
    hand_in(course, inbox, "dorothy", {})
    assert graded(course, workers=2) == ["ada", "blaise", "carl", "dorothy"]
    return course


def test_marks(class_of_four):
    found = marks(class_of_four)
    assert list(found.most.items()) == list(sample.POINTS.items()) and found.max_score == 10
    states = {id: (mark.state, mark.score) for id, mark in found.of.items()}
    assert states == {
        "ada": (TO_MARK, 6),
        "blaise": (TO_MARK, 3),
        "carl": (NEEDS_A_PERSON, 0),
        "dorothy": (GRADED, 0),  # nothing answered, so that nothing waits for a person
        "emmy": (NOT_SUBMITTED, 0),
    }
    assert found.of["blaise"].messages["mean_values"] == "the mean of three numbers is wrong"
    assert "no JSON" in found.of["carl"].reason


def test_again_only_what_changed(class_of_four, inbox):
    course = class_of_four
    assert graded(course) == ["carl"]  # what needs a person is tried again
    hand_in(course, inbox, "carl", RIGHT)
    hand_in(course, inbox, "blaise", RIGHT, DUE - timedelta(minutes=1))
    assert graded(course) == ["blaise", "carl"]
    assert graded(course) == []
    assert graded(course, only=["ada"], again=True) == ["ada"]
    assert {id: mark.score for id, mark in marks(course).of.items() if id != "emmy"} == {
        "ada": 6,
        "blaise": 6,
        "carl": 6,
        "dorothy": 0,
    }


def test_a_mended_test_grades_all_anew(class_of_four):
    course = class_of_four
    source = sample.source()
    for cell in source["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "mean_values":
            cell["source"] = ["assert mean([1, 2, 3]) in (2, 6), 'mended'"]
    sample.put_source(course.folder, source)
    with pytest.raises(ClassError, match="Release it again"):
        graded(course)
    release.release(course, sample.NAME, {}, run=False)
    assert graded(course) == ["ada", "blaise", "carl", "dorothy"]
    assert marks(course).of["blaise"].score == 6


def test_marks_by_hand_stay_and_are_shown_again_when_their_reason_changes(class_of_four, inbox):
    course = class_of_four
    change_grade(course, "ada", "why", manual_score=3.0)
    assert (marks(course).of["ada"].state, marks(course).of["ada"].score) == (GRADED, 9)
    graded(course, again=True)
    assert (marks(course).of["ada"].state, marks(course).of["ada"].score) == (GRADED, 9)
    hand_in(course, inbox, "ada", RIGHT | {"why": "Another answer."}, DUE - timedelta(minutes=1))
    graded(course)
    assert (marks(course).of["ada"].waiting, marks(course).of["ada"].score) == (("why",), 9)


def test_late_days_and_extensions(course, inbox):
    hand_in(course, inbox, "ada", RIGHT, DUE + timedelta(hours=1))
    hand_in(course, inbox, "blaise", RIGHT, DUE + timedelta(days=2, hours=1))
    hand_in(course, inbox, "carl", RIGHT, DUE)
    graded(course)
    found = {id: (mark.days_late, mark.score) for id, mark in marks(course).of.items()}
    assert [found[id] for id in ("ada", "blaise", "carl")] == [(1, 5.4), (3, 0), (0, 6)]
    release.extend(course, sample.NAME, "blaise", 2)
    assert (marks(course).of["blaise"].days_late, marks(course).of["blaise"].score) == (1, 5.4)
    change_grade(course, "ada", "why", manual_score=4.0)
    assert marks(course).of["ada"].score == 9  # the penalty follows the marks
    with course.gradebook() as book:  # and formgrader sees the same
        assert book.find_submission(sample.NAME, "ada").late_submission_penalty == 1
    with pytest.raises(ClassError, match="Not on the roster: nobody"):
        release.extend(course, sample.NAME, "nobody", 2)


def test_drop_outs_and_strangers(class_of_four):
    course = class_of_four
    students = sample.STUDENTS.replace("carl,", "carla,")
    (course.folder / "students.csv").write_text(students, encoding="utf-8")
    roster.import_csv(course, course.folder / "students.csv")
    (course.folder / "submitted" / "mallory" / sample.NAME).mkdir(parents=True)
    summary = module.grade(course, sample.NAME, Examiner(course))
    assert summary.dropped == ["carl"] and summary.strangers == ["mallory"] and summary.examined == []
    assert summary.missing == ["carla", "emmy"] and "carl" not in marks(course).of
    with pytest.raises(ClassError, match="Not on the roster: nobody"):
        module.grade(course, sample.NAME, Examiner(course), only=["nobody"])


def test_what_formgrader_shows_is_harmless(course, inbox):
    script = "<script>alert(1)</script>"
    hand_in(course, inbox, "ada", RIGHT | {"why": script, "double": f"{sample.DOUBLE}\n'{script}'"})
    notebook = json.loads((inbox / "ada" / f"{sample.NAME}.ipynb").read_text())
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    cells["mean_values"]["source"] = "pass"  # tests are the teacher's, whatever was submitted
    cells["mean"]["metadata"]["evil"] = script
    notebook["cells"] = [cell for cell in notebook["cells"] if cell is not cells["double_numbers"]] * 2
    hand_in(course, inbox, "ada", json.dumps(notebook), DUE - timedelta(minutes=1))
    graded(course)
    shown = json.loads(course.autograded("ada", sample.NAME).read_text(encoding="utf-8"))
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in shown["cells"]]
    assert sorted(filter(None, ids)) == sorted(cell for cell in cells if cell)
    by_id = dict(zip(ids, shown["cells"], strict=True))
    assert autograded.as_written(by_id["why"]) == script
    assert by_id["why"]["source"] == "&lt;script>alert(1)&lt;/script>"
    assert "divide by how many" in by_id["mean_values"]["source"] and "evil" not in json.dumps(shown)


def with_cells(course, change):
    """The students' notebook with right code, whose cells `change` has changed, as JSON."""
    notebook = sample.answered(course.released(sample.NAME), {"double": sample.DOUBLE, "mean": sample.MEAN})
    notebook["cells"] = [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]
    change(notebook["cells"])
    return json.dumps(notebook)


def text_cell(text, kind="markdown"):
    return {"cell_type": kind, "id": "below", "metadata": {}, "source": text}


def test_a_written_answer_that_stands_elsewhere_waits_for_a_person(course, inbox):
    def bare_below(cells):
        for cell in cells:
            cell["metadata"] = {}
        cells.append(text_cell("My answer: because."))

    def in_the_question(cells):
        cells[0]["source"] += "\n\nBecause it is so."

    changes = {
        "ada": lambda cells: cells.append(text_cell("My answer: because.")),
        "blaise": bare_below,
        "carl": lambda cells: cells.append(text_cell("Because it is one half of them.", "code")),
        "dorothy": in_the_question,
        "emmy": lambda cells: cells.append(text_cell("x = 1", "code")),
    }
    for student, change in changes.items():
        hand_in(course, inbox, student, with_cells(course, change))
    graded(course)
    found = {id: (mark.state, mark.score, mark.waiting) for id, mark in marks(course).of.items()}
    assert found.pop("emmy") == (GRADED, 6, ())  # no word anywhere
    assert set(found.values()) == {(TO_MARK, 6, ("why",))}
    assert "why" not in marks(course).of["ada"].unanswered
    shown = json.loads(course.autograded("ada", sample.NAME).read_text(encoding="utf-8"))
    assert any(cell["source"] == "My answer: because." for cell in shown["cells"])


def test_a_mark_for_an_answer_elsewhere_is_shown_again_when_that_changes(course, inbox):
    hand_in(
        course, inbox, "ada", with_cells(course, lambda cells: cells.append(text_cell("My first words.")))
    )
    graded(course)
    change_grade(course, "ada", "why", manual_score=3.0)
    graded(course, again=True)
    assert marks(course).of["ada"].state == GRADED
    other = with_cells(course, lambda cells: cells.append(text_cell("Other words.")))
    hand_in(course, inbox, "ada", other, DUE - timedelta(minutes=1))
    graded(course)
    assert (marks(course).of["ada"].waiting, marks(course).of["ada"].score) == (("why",), 9)


def test_code_that_stands_elsewhere_is_answered(course, inbox):
    def bare(cells):
        for cell in cells:
            cell["metadata"] = {}

    def in_new_cells(cells):
        cells.append(text_cell(sample.DOUBLE, "code"))
        for cell in cells:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "double":
                cell["source"] = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"

    hand_in(course, inbox, "ada", with_cells(course, bare))
    hand_in(course, inbox, "blaise", with_cells(course, in_new_cells))
    hand_in(course, inbox, "dorothy", {})
    graded(course)
    found = marks(course).of
    assert found["ada"].unanswered == found["blaise"].unanswered == ("why",)
    assert set(found["dorothy"].unanswered) == {"double", "mean", "why"}


def another_assignment(course):
    """A second assignment in the class; returns a right notebook of it."""
    notebook = sample.source()
    for cell in notebook["cells"]:
        cell["source"] = [
            line.replace("mean", "median").replace("double", "triple") for line in cell["source"]
        ]
        notes = cell["metadata"].get("nbgrader", {})
        if "grade_id" in notes:
            notes["grade_id"] = "other-" + notes["grade_id"]
    path = course.folder / "source" / "02_other" / "02_other.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return json.dumps(notebook)


def test_the_notebook_of_another_assignment_needs_a_person(course, inbox):
    other = another_assignment(course)
    for student in ("ada", "blaise"):
        hand_in(course, inbox, student, RIGHT)
    for student in ("ada", "blaise"):
        path = course.submitted(student, sample.NAME) / f"{sample.NAME}.ipynb"
        path.write_text(other, encoding="utf-8")  # as one that was collected before anybody asked
    examiner = Examiner(course)
    summary = module.grade(course, sample.NAME, examiner)
    assert examiner.seen == [] and summary.needs_a_person == ["ada", "blaise"]
    assert summary.verdicts["ada"].reason == "this is the notebook of 02_other, not of 01_sample"


def test_the_notebook_of_another_assignment_that_was_graded_nothing_needs_a_person_now(course, inbox):
    hand_in(course, inbox, "ada", {})
    assert graded(course) == ["ada"] and graded(course) == []
    other = another_assignment(course)
    hand_in(course, inbox, "ada", RIGHT, DUE - timedelta(minutes=1))
    path = course.submitted("ada", sample.NAME) / f"{sample.NAME}.ipynb"
    path.write_text(other, encoding="utf-8")
    sources, path = course.folder / "source" / "02_other", course.folder / "aside"
    sources.rename(path)  # nothing to compare with
    graded(course)
    assert marks(course).of["ada"].score == 0
    path.rename(sources)
    assert module.grade(course, sample.NAME, Examiner(course)).needs_a_person == ["ada"]


def test_the_summary_tells_where_each_student_stands(class_of_four, inbox):
    course = class_of_four
    change_grade(course, "ada", "why", manual_score=3.0)
    hand_in(course, inbox, "ada", RIGHT | {"why": "Another answer."}, DUE - timedelta(minutes=1))
    summary = module.grade(course, sample.NAME, Examiner(course))
    assert summary.to_mark == ["blaise"] and summary.to_look_at_again == ["ada"]
    standings = {id: standing(summary, id) for id in summary.verdicts}
    assert standings == {
        "ada": (TO_MARK, "6 of 6", "9 of 10 so far"),
        "blaise": (TO_MARK, "3 of 6", "3 of 10 so far"),
        "carl": (NEEDS_A_PERSON, "", "0 of 10 so far"),
        "dorothy": (GRADED, "0 of 6", "0 of 10"),
    }


def test_formgraders_own_buttons_run_and_tell_nothing(class_of_four):
    course = class_of_four
    before = marks(course).of, course.autograded("ada", sample.NAME).read_bytes()
    api = release.nbgrader_api(course)
    told, ran = api.generate_feedback(sample.NAME, "ada"), api.autograde(sample.NAME, "ada")
    assert not told["success"] and "show the hidden tests" in told["log"]
    assert not ran["success"] and "without a sandbox" in ran["log"]
    assert graded(course, only=["ada"]) == []  # brings back what nbgrader has put away, from the journal
    assert (marks(course).of, course.autograded("ada", sample.NAME).read_bytes()) == before
    assert list((course.folder / "feedback").rglob("*.html")) == []


def test_two_runs_at_once(class_of_four):
    def meanwhile(notebook):
        with pytest.raises(ClassError, match="being graded already"):
            graded(class_of_four)
        return sample.examine_with(class_of_four.source(sample.NAME), notebook)

    module.grade(class_of_four, sample.NAME, meanwhile, only=["ada"], again=True)


def test_a_failing_examiner_stops_nobody_else(course, inbox):
    hand_in(course, inbox, "ada", RIGHT)
    hand_in(course, inbox, "blaise", RIGHT)
    examiner = Examiner(course)

    def failing(notebook):
        if "ada" in notebook.parts:
            raise RuntimeError("no more processes")
        return examiner(notebook)

    summary = module.grade(course, sample.NAME, failing)
    assert summary.needs_a_person == ["ada"] and "no more processes" in summary.verdicts["ada"].reason
    assert marks(course).of["blaise"].score == 6


def test_locked_database_is_an_error_and_the_next_run_goes_on(course, inbox, monkeypatch):
    monkeypatch.setattr("course_utils.classroom.course.SECONDS_FOR_A_LOCK", 0)
    monkeypatch.setattr(gradebook, "PAUSES", (0.0,))
    for student in ("ada", "blaise"):
        hand_in(course, inbox, student, RIGHT)
    other = sqlite3.connect(course.folder / "gradebook.db")
    other.execute("begin immediate")
    with pytest.raises(ClassError, match="locked.*Nothing is lost"):
        graded(course)
    other.rollback()
    other.close()
    assert Journal(course.journal(sample.NAME)).latest.keys() == {"ada", "blaise"}
    assert graded(course) == []  # nothing is examined twice
    assert marks(course).of["ada"].score == marks(course).of["blaise"].score == 6


def test_full_disk_is_an_error_and_the_next_run_goes_on(course, inbox, monkeypatch):
    for student in ("ada", "blaise"):
        hand_in(course, inbox, student, RIGHT)

    def full(path, notebook):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(autograded, "write", full)
    with pytest.raises(ClassError, match="No space left on device. Nothing is lost"):
        graded(course)
    monkeypatch.undo()
    assert graded(course) == []  # nothing is examined twice
    assert marks(course).of["ada"].score == marks(course).of["blaise"].score == 6
    assert course.autograded("ada", sample.NAME).is_file()


def test_lost_gradebook_is_filled_again_from_the_journal(class_of_four):
    course = class_of_four
    before = {id: mark.score for id, mark in marks(course).of.items()}
    (course.folder / "gradebook.db").unlink()
    roster.import_csv(course, course.folder / "students.csv")
    release.release(course, sample.NAME, {}, run=False)
    assert graded(course) == ["carl"]
    assert {id: mark.score for id, mark in marks(course).of.items()} == before


def test_odd_things_in_submitted_are_neither_followed_nor_read_whole(course, inbox):
    hand_in(course, inbox, "ada", RIGHT)
    folder = course.folder / "submitted"
    for link in ("blaise", "carl"):
        (folder / link).mkdir()
    (folder / "blaise" / sample.NAME).symlink_to(course.submitted("ada", sample.NAME))
    (folder / "carl").rmdir()
    (folder / "carl").symlink_to(folder / "ada")
    (folder / "dorothy" / sample.NAME).mkdir(parents=True)
    with (folder / "dorothy" / sample.NAME / f"{sample.NAME}.ipynb").open("wb") as file:
        file.truncate(1 << 40)
    for name in ("timestamp.txt", "submission_secret.txt", "refused.txt"):
        (folder / "dorothy" / sample.NAME / name).symlink_to("/dev/zero")
    os.makedirs(os.fsencode(folder) + b"/eve\n\x1b[31m\xff/" + sample.NAME.encode())
    summary = module.grade(course, sample.NAME, Examiner(course))
    assert summary.needs_a_person == ["blaise", "carl", "dorothy"]
    assert "is a link" in summary.verdicts["blaise"].reason and "is a link" in summary.verdicts["carl"].reason
    assert "larger than" in summary.verdicts["dorothy"].reason
    assert len(summary.strangers) == 1 and summary.strangers[0].isprintable()
    assert summary.verdicts["ada"].state == GRADED


def test_marks_of_a_larger_class_take_no_more_queries(course, inbox):
    def queries():
        with counted_statements() as statements:
            marks(course)
        return len(statements)

    hand_in(course, inbox, "ada", RIGHT)
    graded(course)
    of_one = queries()
    for student in ("blaise", "carl", "dorothy", "emmy"):
        hand_in(course, inbox, student, RIGHT)
    graded(course)
    assert queries() == of_one


@contextmanager
def counted_statements():
    """What is asked of any database in the block."""
    statements = []

    def note(connection, cursor, statement, *others):
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)
