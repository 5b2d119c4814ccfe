"""What comes of the marks: feedback, exports, reports, and deleting a student."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from course_utils.classroom import (
    collect,
    export,
    feedback,
    gradebook,
    privacy,
    release,
    report,
    roster,
    statistics,
    tables,
)
from course_utils.classroom.course import ClassError
from course_utils.classroom.gradebook import GRADED, Mark, Marks
from tests.classroom import sample
from tests.classroom.test_collect import make_zip
from tests.classroom.test_grade import RIGHT, change_grade, graded, hand_in

SECRETS = ("return 2 * x", "10.75", "-41", "Four points for", "SOLUTION", "HIDDEN")


@pytest.fixture
def class_of_three(course, tmp_path):
    script = f"{sample.WRONG_MEAN}\n# <script>alert(1)</script>"
    hand_in(course, tmp_path / "inbox", "ada", RIGHT)
    hand_in(course, tmp_path / "inbox", "blaise", RIGHT | {"mean": script})
    hand_in(course, tmp_path / "inbox", "carl", "{ broken")
    graded(course)
    change_grade(course, "ada", "why", manual_score=3.0)
    with course.gradebook() as book:
        book.find_comment("why", sample.NAME, sample.NAME, "ada").manual_comment = "Well & truly <said>."
        book.db.commit()
    return course


def page_of(course, student):
    return (course.folder / "feedback" / student / sample.NAME / f"{sample.NAME}.html").read_text("utf-8")


def test_feedback(class_of_three):
    done = feedback.feedback(class_of_three, sample.NAME)
    assert (done.fresh, done.same) == (["ada", "blaise", "carl"], []) and done.published == []
    assert done.unfinished == ["blaise", "carl"]
    pages = {student: page_of(class_of_three, student) for student in done.fresh}
    assert (
        "Not answered." not in pages["ada"]
        and "9 of 10 points" in pages["ada"]
        and "Well &amp; truly &lt;said&gt;." in pages["ada"]
    )
    assert "the mean of three numbers is wrong" in pages["blaise"] and "<script" not in pages["blaise"]
    assert "could not be graded by itself" in pages["carl"]
    for text in pages.values():
        assert [secret for secret in SECRETS if secret in text.replace(sample.DOUBLE, "")] == []
    again = feedback.feedback(class_of_three, sample.NAME)
    assert again.fresh == [] and again.same == done.fresh
    with pytest.raises(ClassError, match="Not enrolled: nobody"):
        feedback.feedback(class_of_three, sample.NAME, ["nobody"])


def test_the_page_tells_the_terms(class_of_three):
    course = class_of_three
    release.extend(course, sample.NAME, "ada", 2)
    feedback.feedback(course, sample.NAME)
    text = page_of(course, "ada")
    assert "Due: Monday, 01 June 2026, 12:00 Europe/Berlin. Submissions up to 2 days late lose 10 %" in text
    assert "You had 2 days more. Handed in" in text and "You had" not in page_of(course, "blaise")


def test_a_mark_by_hand_that_is_to_be_looked_at_again(class_of_three, tmp_path):
    course = class_of_three
    change_grade(course, "ada", "mean_values", manual_score=1.5)
    hand_in(course, tmp_path / "inbox", "ada", RIGHT | {"mean": sample.WRONG_MEAN}, datetime.now(UTC))
    graded(course)
    feedback.feedback(course, sample.NAME)
    assert '1.5</td><td class="number">3</td>' in page_of(course, "ada").replace("\n", "")
    assert "your teacher will look at it again" in page_of(course, "ada")
    assert "not marked yet" in page_of(course, "blaise")


def test_feedback_goes_back_to_moodle_and_canvas(course, tmp_path):
    notebook = sample.answered(course.released(sample.NAME), RIGHT)
    ada, carl = "Ada Lovelace_1001_assignsubmission_file_", "lovelaceada_LATE_103_555_x.ipynb"
    moodle = {
        f"{ada}/{sample.NAME}.ipynb": json.dumps(notebook),
        "Blaise Pascal_1002_assignsubmission_file_w.ipynb": "x",
    }
    for name, files in (("m.zip", moodle), ("c.zip", {carl: json.dumps(notebook)})):
        collect.collect(course, sample.NAME, make_zip(tmp_path / name, files))
    hand_in(course, tmp_path / "inbox", "emmy", RIGHT)
    graded(course)
    everybody = feedback.feedback(course, sample.NAME).everybody
    path, others = feedback.zipped(course, sample.NAME, "moodle", everybody)
    pages = [f"{ada}/{sample.NAME}.html", f"Blaise Pascal_1002_assignsubmission_file_/{sample.NAME}.html"]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == pages
        assert archive.read(pages[0]).decode() == page_of(course, "ada")
    assert others == ["carl", "emmy"] and path.stat().st_mode & 0o077 == 0
    path, others = feedback.zipped(course, sample.NAME, "canvas", everybody)
    assert zipfile.ZipFile(path).namelist() == [f"lovelaceada_LATE_103_555_{sample.NAME}.html"]
    assert others == ["ada", "blaise", "emmy"]
    with pytest.raises(ClassError, match="No submission on 01_sample was collected from a zip of Canvas"):
        feedback.zipped(course, sample.NAME, "canvas", ["ada"])


def rows(course, style, **options):
    path, _ = export.export(course, sample.NAME, style, **options)
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_exports(class_of_three):
    students = sample.STUDENTS.replace("Emmy,Noether", "=1+1,Noether")
    (class_of_three.folder / "students.csv").write_text(students, encoding="utf-8")
    roster.import_csv(class_of_three, class_of_three.folder / "students.csv")
    plain = {row[0]: row for row in rows(class_of_three, "plain")}
    assert plain["id"][-5:] == [*sample.POINTS, "comments"]
    words = "why: Well & truly <said>."
    assert plain["ada"][4:] == ["graded", "9", "10", "0", "0", "2", "1", "3", "3", words]
    assert plain["blaise"][4:10] == ["to be marked by hand", "", "10", "0", "0", "2"]
    assert plain["carl"][4:6] == ["needs a person", ""] and set(plain["carl"][9:]) == {""}
    assert plain["emmy"][1] == "'=1+1" and plain["emmy"][4:6] == ["not submitted", ""]
    moodle = {row[0]: row for row in rows(class_of_three, "moodle")}
    assert moodle["ada"][3:] == ["ada@example.org", "9", "why: Well & truly &lt;said>."]
    assert moodle["blaise"][3:] == ["blaise@example.org", "", "to be marked by hand"]
    canvas = rows(class_of_three, "canvas")
    assert canvas[1][0].strip() == "Points Possible" and canvas[1][-1] == "10"
    assert canvas[2] == ["Lovelace, Ada", "101", "ada", "ada", "", "9"]
    assert [row[-1] for row in canvas[3:]] == ["", "", "", ""]
    with pytest.raises(ClassError, match="Released so far: 01_sample"):
        export.export(class_of_three, "02_other", "plain")


@pytest.mark.parametrize("style", ["plain", "moodle", "canvas"])
def test_zeros_only_for_those_who_can_no_longer_hand_in(class_of_three, style):
    course = class_of_three
    days_since_due = (datetime.now(UTC) - release.latest(course, sample.NAME).due_at).days
    release.extend(course, sample.NAME, "emmy", max(1, days_since_due + 1))
    place = 5 if style == "plain" else -2 if style == "moodle" else -1
    for zeros, dorothys in ((False, ""), (True, "0")):
        found = {row[0 if style != "canvas" else 2]: row[place] for row in rows(course, style, zeros=zeros)}
        got = [found[id] for id in ("ada", "blaise", "carl", "dorothy", "emmy")]
        assert got == ["9", "", "", dorothys, ""]
    marks = export.export(course, sample.NAME, style)[1]
    assert export.may_hand_in(release.latest(course, sample.NAME), marks) == ["emmy"]
    endless = replace(release.latest(course, sample.NAME), due="")
    assert export.may_hand_in(endless, marks) == []


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-a", "'-a"),
        ("@x", "'@x"),
        ("\t=1", "' =1"),
        ("\r=1", "\n'=1"),
        ('"=1', "'\"=1"),
        ("a;=1", "a;'=1"),
        ('a;"-b"', 'a;\'"-b"'),
        ("a\n+1", "a\n'+1"),
        ("＝1", "'＝1"),
        ("-1.5", "-1.5"),
        ("-12", "-12"),
        ("-1+cmd", "'-1+cmd"),
        ("Smith-Jones; 3", "Smith-Jones; 3"),
        ("O'Brien = 1", "O'Brien = 1"),
        ("a\x1b[2Jb\u202e", "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_no_spreadsheet_takes_a_cell_for_a_formula(cell, shown):
    assert tables.defused(cell) == shown


def test_excel_sees_umlauts(class_of_three):
    for style in ("plain", "moodle", "canvas"):
        path, _ = export.export(class_of_three, sample.NAME, style)
        assert path.read_bytes().startswith(b"\xef\xbb\xbf") and "Gauß" in path.read_text("utf-8")
    students = (class_of_three.folder / "students.csv").read_text("utf-8").replace("Gauß", "Gauss")
    (class_of_three.folder / "students.csv").write_text(students, encoding="utf-8")
    roster.import_csv(class_of_three, class_of_three.folder / "students.csv")
    path, _ = export.export(class_of_three, sample.NAME, "plain")
    assert path.read_bytes().isascii()


def test_reports(class_of_three):
    path, unfinished = report.report(class_of_three, sample.NAME)
    text = path.read_text(encoding="utf-8")
    assert unfinished == ["blaise", "carl"] and path.stat().st_mode & 0o077 == 0
    assert "5 students: 1 final, 2 not final yet, 2 without a submission." in text
    assert "1 × the mean of three numbers is wrong" in text and text.count("<img") == 2
    assert "75 %" in text and "50 % not marked yet" in text  # of the written question
    assert "Number of students by points: 1 from 3 to 4, 1 from 9 to 10." in text
    whole = report.report_on_class(class_of_three).read_text(encoding="utf-8")
    assert "01_sample (of 10)" in whole and "not submitted" in whole


def test_a_lost_gradebook_is_told_and_filled_again(class_of_three):
    course = class_of_three
    (course.folder / "gradebook.db").unlink()
    actions = (
        lambda: graded(course),
        lambda: feedback.feedback(course, sample.NAME),
        lambda: export.export(course, sample.NAME, "plain"),
        lambda: report.report(course, sample.NAME),
        lambda: report.report_on_class(course),
    )
    for action in actions:
        with pytest.raises(ClassError, match="The gradebook does not know 01_sample.*roster import"):
            action()
    release.release(course, sample.NAME, {}, run=False)
    with pytest.raises(ClassError, match="The gradebook does not know ada.*roster import"):
        graded(course)
    roster.import_csv(course, course.folder / "students.csv")
    assert graded(course) == ["carl"]  # who needs a person is looked at again
    assert {row[0]: row[5] for row in rows(course, "plain")}["ada"] == ""  # the written answer waits again


def made_up_marks(table):
    """Marks from points: a line for each student, a column for each test of one point."""
    of = {
        str(place): Mark(
            str(place), GRADED, points={f"t{test}": float(point) for test, point in enumerate(line)}
        )
        for place, line in enumerate(table)
    }
    return Marks("made_up", {f"t{test}": 1.0 for test in range(len(table[0]))}, of)


def test_statistics():
    # t0 follows ability, t1 runs against it, t2 everybody has, and t3 a half of it.
    marks = made_up_marks(
        [[0, 1, 1, 0.5], [0, 1, 1, 0.5], [0, 0, 1, 0.5], [1, 0, 1, 0.5], [1, 0, 1, 1], [1, 0, 1, 1]]
    )
    found = {record.grade_id: record for record in statistics.cell_statistics(marks)}
    assert [found[id].facility for id in ("t0", "t1", "t2")] == pytest.approx([1 / 2, 1 / 3, 1])
    assert found["t3"].shares == pytest.approx((0, 2 / 3, 1 / 3, 0))
    assert found["t1"].discrimination < 0 < found["t3"].discrimination and found["t2"].discrimination is None
    rest = [[sum(mark.points.values()) - mark.points["t0"], mark.points["t0"]] for mark in marks.of.values()]
    mean_x, mean_y = (sum(column) / 6 for column in zip(*rest, strict=True))
    covariance = sum((x - mean_x) * (y - mean_y) for x, y in rest)
    spread = sum((x - mean_x) ** 2 for x, _ in rest) * sum((y - mean_y) ** 2 for _, y in rest)
    assert found["t0"].discrimination == pytest.approx(covariance / spread**0.5)
    assert statistics.reliability(made_up_marks([[1, 1], [0, 0]] * 3)) == pytest.approx(1)
    assert statistics.reliability(made_up_marks([[1, 1], [0, 0]])) is None


def test_deleting_a_student(class_of_three):
    course = class_of_three
    feedback.feedback(course, sample.NAME)
    release.extend(course, sample.NAME, "ada", 1)
    gone = privacy.delete_student(course, "ada")
    assert {folder.parent.name for folder in gone} == {"submitted", "autograded", "feedback"}
    left = [path for path in course.folder.rglob("*") if path.is_file() and path.name != "students.csv"]
    assert [path.name for path in left if b"Lovelace" in path.read_bytes()] == []
    with course.gradebook() as book:
        assert "ada" not in {student.id for student in book.students}
    assert release.latest(course, sample.NAME).extensions == {}
    assert (
        "ada" not in gradebook.read_marks(course, release.latest(course, sample.NAME), roster.load(course)).of
    )
    with pytest.raises(ClassError, match="Nothing is stored about 'ada'"):
        privacy.delete_student(course, "ada")
