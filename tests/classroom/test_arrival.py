"""When something was handed in: what nobody knows costs nobody anything, and a person is asked."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from course_utils.classroom import arrival, collect, export, gradebook, release, roster, versions
from course_utils.classroom.arrival import IN_TIME, KNOWN, LATE, OPTION, UNKNOWN, Arrival
from course_utils.classroom.course import ClassError
from tests.classroom import sample
from tests.classroom.test_collect import NOTEBOOK, collected, make_zip
from tests.classroom.test_commands import run
from tests.classroom.test_grade import RIGHT, graded

DUE = datetime(2026, 6, 1, 10, tzinfo=UTC)  # of the sample assignment
DOWNLOAD = DUE + timedelta(days=3)
MOODLE = {"ada": "Ada Lovelace_1001", "blaise": "Blaise Pascal_1002"}
SHEET = """\
Identifier,Full name,Email address,Last modified (submission)
Participant 1001,Ada Lovelace,ada@example.org,"Monday, 1 June 2026, 11:00 AM"
Participant 1002,Blaise Pascal,blaise@example.org,"Tuesday, 2 June 2026, 11:00 AM"
"""


def right(course):
    return json.dumps(sample.answered(course.released(sample.NAME), RIGHT))


def moodle_zip(course, tmp_path, at=DOWNLOAD):
    files = {f"{name}_assignsubmission_file_/{NOTEBOOK}": right(course) for name in MOODLE.values()}
    return make_zip(tmp_path / "m.zip", files, at)


def canvas_zip(course, tmp_path, at=DOWNLOAD):
    names = (f"lovelaceada_101_55501_{NOTEBOOK}", f"pascalblaise_LATE_102_55502_{NOTEBOOK}")
    return make_zip(tmp_path / "c.zip", dict.fromkeys(names, right(course)), at)


def state_of(course, student):
    record = arrival.read_record(course.submitted(student, sample.NAME))
    return record and record.arrival.state


def late_and_scores(course):
    """Days late and points of ada and blaise after grading, as the gradebook and the export have them."""
    graded(course)
    marks = gradebook.read_marks(course, release.latest(course, sample.NAME), roster.enrolled(course)).of
    path, again = export.export(course, sample.NAME, "canvas")
    assert {id: mark.score for id, mark in again.of.items()} == {id: mark.score for id, mark in marks.items()}
    return [(marks[id].days_late, marks[id].score) for id in MOODLE]


@pytest.fixture(params=["zip", "folder"])
def unpacked(request, tmp_path):
    """A zip as it is, or the folder into which it was unpacked."""

    def given(path):
        if request.param == "zip":
            return path
        shutil.unpack_archive(path, tmp_path / "unpacked")
        return tmp_path / "unpacked"

    return given


def test_a_download_after_the_due_date_makes_nobody_late(course, tmp_path, unpacked):
    done = collected(course, unpacked(moodle_zip(course, tmp_path)))
    assert sorted(done.new) == sorted(done.untimed) == ["ada", "blaise"] and done.late == []
    assert any("All 2 files are from the minute in which the zip was made" in words for words in done.words)
    assert state_of(course, "ada") == UNKNOWN
    assert not (course.submitted("ada", sample.NAME) / arrival.TIMESTAMP).exists()
    assert late_and_scores(course) == [(0, 6), (0, 6)]


def test_canvas_tells_who_is_late_and_not_by_how_much(course, tmp_path, unpacked):
    done = collected(course, unpacked(canvas_zip(course, tmp_path)))
    assert (done.late, done.untimed) == (["blaise"], []) and "Canvas" in done.words[0]
    assert (state_of(course, "ada"), state_of(course, "blaise")) == (IN_TIME, LATE)
    assert late_and_scores(course) == [(0, 6), (0, 6)]
    versions.set_arrival(course, sample.NAME, "blaise", DUE + timedelta(hours=30))
    assert late_and_scores(course) == [(0, 6), (2, 4.8)]


def test_files_of_which_nothing_is_known(course, tmp_path):
    path = sample.hand_in(tmp_path / "in", "ada", right(course))
    os.utime(path, (DOWNLOAD.timestamp(),) * 2)
    assert collected(course, tmp_path / "in").untimed == ["ada"]
    assert late_and_scores(course)[0] == (0, 6)


def test_moodles_worksheet_tells_the_times(course, tmp_path):
    (tmp_path / "w.csv").write_text(SHEET)
    done = collected(course, moodle_zip(course, tmp_path), tmp_path / "w.csv")
    assert (done.untimed, done.late) == ([], [])
    assert late_and_scores(course) == [(0, 6), (1, 5.4)]


def test_what_the_teacher_says(course, tmp_path):
    path = moodle_zip(course, tmp_path)
    late = Arrival(KNOWN, DUE + timedelta(hours=1), OPTION)
    assert collect.collect(course, sample.NAME, path, said=late).untimed == []
    assert late_and_scores(course) == [(1, 5.4)] * 2
    collect.collect(course, sample.NAME, path, said=Arrival(IN_TIME, None, OPTION))  # the last word counts
    assert late_and_scores(course) == [(0, 6)] * 2
    collect.collect(course, sample.NAME, path)  # says nothing new
    assert state_of(course, "ada") == IN_TIME
    collect.collect(course, sample.NAME, path, times_of_files=True)
    assert late_and_scores(course) == [(3, 0)] * 2


def test_a_word_for_all_does_not_reach_those_of_whom_more_is_known(course, tmp_path):
    late = Arrival(KNOWN, DUE + timedelta(days=1), OPTION)
    collect.collect(course, sample.NAME, canvas_zip(course, tmp_path), said=late)
    assert late_and_scores(course) == [(0, 6), (1, 5.4)]  # ada is in time for Canvas
    versions.set_arrival(course, sample.NAME, "blaise", None)
    collect.collect(course, sample.NAME, canvas_zip(course, tmp_path), said=late)
    assert late_and_scores(course) == [(0, 6), (0, 6)]  # the word on one student stays


def test_a_worksheet_given_later_tells_the_times(course, tmp_path):
    path = moodle_zip(course, tmp_path)
    collected(course, path)
    assert late_and_scores(course) == [(0, 6), (0, 6)]
    (tmp_path / "w.csv").write_text(SHEET)
    assert collected(course, path, tmp_path / "w.csv").same == ["ada", "blaise"]
    assert late_and_scores(course) == [(0, 6), (1, 5.4)]
    assert collected(course, path).words == []  # without the worksheet: what is known stays known
    assert late_and_scores(course) == [(0, 6), (1, 5.4)]


def test_times_that_were_once_taken_from_a_zip_are_put_right(course, tmp_path):
    path = moodle_zip(course, tmp_path)
    collected(course, path)
    folder = course.submitted("ada", sample.NAME)
    (folder / arrival.RECORD).unlink()
    (folder / arrival.TIMESTAMP).write_text(DOWNLOAD.strftime(arrival.TIME_FORMAT))
    assert state_of(course, "ada") == KNOWN
    assert late_and_scores(course)[0] == (3, 0)
    assert collected(course, path).untimed == ["ada", "blaise"]
    assert late_and_scores(course)[0] == (0, 6)


@pytest.mark.parametrize("record", ["", "{", "[]", "{}", '{"time": "known"}', '{"time": 3, "changed": 7}'])
def test_a_damaged_record_says_nothing(course, tmp_path, record):
    collected(course, moodle_zip(course, tmp_path))
    (course.submitted("ada", sample.NAME) / arrival.RECORD).write_text(record)
    assert state_of(course, "ada") == UNKNOWN


def test_without_a_due_date_nobody_is_asked(course, tmp_path):
    released = release.latest(course, sample.NAME)
    release.save(course, replace(released, due=""))
    done = collected(course, moodle_zip(course, tmp_path))
    assert (done.untimed, done.late) == ([], [])


def test_the_exchange_tells_the_times_itself(course):
    with pytest.raises(ClassError, match="leave these options out"):
        collect.collect(course, sample.NAME, None, said=Arrival(IN_TIME, None, OPTION))


def test_the_teacher_is_told_by_every_command(course, tmp_path):
    path = canvas_zip(course, tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"carl/{NOTEBOOK}", right(course))
    told = ("Late for the platform, nobody knows by how much (1)", "course class submitted", "blaise")
    said = run(course, "collect", sample.NAME, str(path))
    assert all(words in said for words in told) and "carl" in said
    graded(course)
    said = run(course, "export", sample.NAME, code=1)
    assert all(words in said for words in told)
    said = run(course, "submitted", sample.NAME, "blaise", "carl", "--at", "2026-06-01 12:30")
    assert "blaise: 01 June 2026, 12:30 Europe/Berlin" in said
    assert "nobody knows" not in run(course, "export", sample.NAME, code=1)
    assert "blaise: 01 June 2026, 12:30 Europe/Berlin, in time" in run(
        course, "submitted", sample.NAME, "blaise", "--in-time"
    )
    run(course, "submitted", sample.NAME, "blaise", code=2)
    assert "handed in nothing" in run(course, "submitted", sample.NAME, "emmy", "--in-time", code=1)
    assert "is no date" in run(course, "collect", sample.NAME, str(path), "--submitted-at", "soon", code=1)
    run(course, "collect", sample.NAME, str(path), "--in-time", "--file-times", code=2)
