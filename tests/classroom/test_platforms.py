"""Whose file it is: by what a platform writes, never by what a student chooses."""

from __future__ import annotations

import unicodedata
from zoneinfo import ZoneInfo

import pytest

from course_utils.classroom import collect, roster
from course_utils.classroom.course import ClassError
from course_utils.classroom.platforms import plain
from course_utils.classroom.worksheet import read_worksheet
from tests.classroom import sample
from tests.classroom.test_collect import NOTEBOOK, SECOND, collected, make_zip, submitted

UTC = ZoneInfo("UTC")


def enroll(course, *lines):
    """Let these students be on the roster, and nobody else."""
    (course.folder / "students.csv").write_text(
        "\n".join(["id,first_name,last_name,email,canvas_id", *lines, ""]), encoding="utf-8"
    )
    roster.import_csv(course, course.folder / "students.csv")


def moodle(name, number=12347, file=f"/{NOTEBOOK}"):
    return f"{name}_{number}_assignsubmission_file_{file}"


@pytest.mark.parametrize(
    ("first", "last", "in_zip"),
    [
        ("Sinéad", "O'Brien", "Sinéad OBrien"),
        ("Robert", 'Bob" Smith', "Robert Bob Smith"),
        ("Jo", "& Co Test", "Jo  Co Test"),
        ("Ann", "Li|Wu", "Ann LiWu"),
        ("Anne", "Berg/Holm", "Anne BergHolm"),
        ("Zoë", "D`Arc: x", "Zoë DArc x"),
        ("A_B", "Miller", "A B Miller"),  # an underscore is replaced
        ("Sinéad", "O\u2019Brien", "Sinéad O\u2019Brien"),  # the typographic apostrophe stays
        ("Daniël", "Müller", unicodedata.normalize("NFD", "Daniël Müller")),
        ("Dan\u200biel", "Mül\u00adler", "Daniel Müller"),
    ],
)
def test_names_as_moodle_cleans_them(course, tmp_path, first, last, in_zip):
    students = {"her": roster.Student("her", first, last), "carl": roster.Student("carl", "Carl", "Gauß")}
    roster.save(course, students.values())
    assert collected(course, make_zip(tmp_path / "m.zip", {moodle(in_zip): "x"})).new == ["her"]


def test_two_who_are_the_same_to_moodle(course, tmp_path):
    enroll(course, "a,Sinéad,O'Brien,,", "b,Sinead,OBrien,,")
    done = collected(course, make_zip(tmp_path / "m.zip", {moodle("Sinéad OBrien"): "x"}))
    assert done.new == [] and "a and b are both called" in done.strangers[moodle("Sinéad OBrien")]


def test_teams(course, tmp_path):
    files = {moodle("Team A-Ada Lovelace", 7): "x", moodle("Default group-Blaise Pascal", 8): "y"}
    path = make_zip(tmp_path / "m.zip", files)
    assert all("--worksheet" in reason for reason in collected(course, path).strangers.values())
    sheet = tmp_path / "w.csv"
    sheet.write_text(
        "Identifier,Full name,Email address\nParticipant 7,Ada Lovelace,ada@example.org\n"
        "Participant 8,Blaise Pascal,blaise@example.org\n"
    )
    assert sorted(collected(course, path, sheet).new) == ["ada", "blaise"]


def test_a_worksheet_with_names_alone(course, tmp_path):
    path = make_zip(tmp_path / "m.zip", {moodle("Team A-Ada Lovelace", 7): "x", moodle("Team A-Eve", 8): "y"})
    (tmp_path / "w.csv").write_text("Identifiant,Nom entier\nParticipant 7,Ada Lovelace\nParticipant 8,Eve\n")
    done = collected(course, path, tmp_path / "w.csv")
    assert done.new == ["ada"] and "nor does the worksheet" in next(iter(done.strangers.values()))
    assert not any("identifies nobody" in words for words in done.words)


def test_names_that_were_hidden_when_the_zip_was_made(course, tmp_path):
    path = make_zip(tmp_path / "m.zip", {moodle("Teilnehmerin", 7): "x"})
    (tmp_path / "w.csv").write_text("ID,Name,Mail\nTeilnehmer/in7,Ada Lovelace,ada@example.org\n")
    assert collected(course, path, tmp_path / "w.csv").new == ["ada"]


FORGED = f"x_1001_assignsubmission_file_{NOTEBOOK}"  # what a student calls the own file


@pytest.mark.parametrize("own", [FORGED, f"/{FORGED}", f"/ada/{NOTEBOOK}", f"/lovelaceada_101_5_{NOTEBOOK}"])
@pytest.mark.parametrize("with_sheet", [False, True])
def test_a_students_own_names_tell_nothing(course, tmp_path, own, with_sheet):
    files = {moodle("Ada Lovelace", 1001): "hers", moodle("Blaise Pascal", 1002, own): "his"}
    sheet = tmp_path / "w.csv"
    sheet.write_text(
        "Identifier,Full name,Email address\nParticipant 1001,Ada Lovelace,ada@example.org\n"
        "Participant 1002,Blaise Pascal,blaise@example.org\n"
    )
    done = collected(course, make_zip(tmp_path / "m.zip", files), sheet if with_sheet else None)
    assert sorted(done.new) == ["ada", "blaise"]
    assert (submitted(course, "ada"), submitted(course, "blaise")) == ("hers", "his")


@pytest.mark.parametrize("folder", ["ada", "Ada Lovelace", "C. Gauss"])
def test_below_a_students_folder_nothing_is_believed(course, tmp_path, folder):
    files = {f"{folder}/blaise/{NOTEBOOK}": "forged", f"dorothy/{NOTEBOOK}": "hers"}
    collected(course, make_zip(tmp_path / "m.zip", files))
    assert not course.submitted("blaise", sample.NAME).exists()
    assert submitted(course, "dorothy") == "hers"


def test_a_number_that_the_worksheet_calls_otherwise(course, tmp_path):
    (tmp_path / "w.csv").write_text(
        "Identifier,Full name,Email address\nParticipant 1001,Ada Lovelace,ada@example.org\n"
    )
    path = make_zip(tmp_path / "m.zip", {moodle("x", 1001, NOTEBOOK): "forged"})
    done = collected(course, path, tmp_path / "w.csv")
    assert done.new == [] and "does not call participant 1001 x" in next(iter(done.strangers.values()))


def test_two_participants_of_one_name(course, tmp_path):
    files = {moodle("Ada Lovelace", 1001): "hers", moodle("Ada Lo\u200bvelace", 1099): "forged"}
    path = make_zip(tmp_path / "m.zip", files)
    done = collected(course, path)
    assert done.new == [] and len(done.strangers) == 2
    assert all("neither was taken" in reason for reason in done.strangers.values())
    (tmp_path / "w.csv").write_text(
        "Identifier,Full name,Email address\nParticipant 1001,Ada Lovelace,ada@example.org\n"
        "Participant 1099,Ada Lovelace,mallory@example.org\n"
    )
    done = collected(course, path, tmp_path / "w.csv")
    assert done.new == ["ada"] and submitted(course, "ada") == "hers"
    assert "is known to be Ada Lovelace 1001" in next(iter(done.strangers.values()))


def test_another_participant_of_the_name_next_time(course, tmp_path):
    collected(course, make_zip(tmp_path / "a.zip", {moodle("Ada Lovelace", 1001): "hers"}))
    path = make_zip(tmp_path / "b.zip", {moodle("Ada Lovelace", 1099): "forged"}, SECOND)
    done = collected(course, path)
    assert (
        submitted(course, "ada") == "hers"
        and "had another number before" in done.strangers[moodle("Ada Lovelace", 1099)]
    )
    (tmp_path / "w.csv").write_text("Identifier,Email address,Name\nP 1099,ada@example.org,Ada Lovelace\n")
    assert collected(course, path, tmp_path / "w.csv").updated == ["ada"]


def test_two_of_one_name_in_canvas(course, tmp_path):
    enroll(course, "ada,Ada,Lovelace,,", "carl,Carl,Gauß,,103")
    files = {f"lovelaceada_1_9_{NOTEBOOK}": "hers", f"lovelaceada_2_8_{NOTEBOOK}": "forged"}
    done = collected(course, make_zip(tmp_path / "c.zip", files))
    assert done.new == [] and len(done.strangers) == 2
    names = {f"gausscarl_103_9_{NOTEBOOK}": "his", f"gausscarl_199_9_{NOTEBOOK}": "forged"}
    assert collected(course, make_zip(tmp_path / "d.zip", names)).new == ["carl"]
    assert submitted(course, "carl") == "his"


def test_canvas_numbers_in_a_students_own_name(course, tmp_path):
    files = {f"o_brien_LATE_101_9_x_102_7_{NOTEBOOK}": "hers"}
    assert collected(course, make_zip(tmp_path / "c.zip", files)).new == ["ada"]


@pytest.mark.parametrize("name", ["JDOE/", "jdoe/", "jdoe_", "JDoe-", ""])
def test_capitals_do_not_make_another_id(course, tmp_path, name):
    enroll(course, "JDoe,Jo,Doe,,")
    file = f"{name}{NOTEBOOK}" if name else "JdOE.ipynb"
    assert collected(course, make_zip(tmp_path / "x.zip", {file: "x"})).new == ["JDoe"]
    assert submitted(course, "JDoe") == "x"


@pytest.mark.parametrize("outer", ["export/", "a/b/"])
def test_folders_around_all(course, tmp_path, outer):
    files = {outer + moodle("Ada Lovelace"): "x", f"{outer}blaise/{NOTEBOOK}": "y", f"{outer}list.txt": "z"}
    assert sorted(collected(course, make_zip(tmp_path / "m.zip", files)).new) == ["ada", "blaise"]


GERMAN = """\
ID,"Vollständiger Name","E-Mail-Adresse",Status,Bewertung,"Zuletzt geändert (Abgabe)",Bewertet
"Teilnehmer/in12347","Sinéad O'Brien",sob@x.org,,,"Montag, 30. November 2026, 22:10","5. April 2027, 09:00"
"Teilnehmer/in12348","Jo Doe",jo@x.org,Abgegeben,,"irgendwann 2026, 22:10",-
"Teilnehmer/in12349","Max Muster",max@x.org,"Keine Abgabe",,-,-
"""


def test_a_worksheet_in_another_language(course, tmp_path):
    enroll(course, "sobrien,Sinéad,O'Brien,sob@x.org,", "jo,Jo,Doe,jo@x.org,", "max,Max,Muster,max@x.org,")
    (tmp_path / "w.csv").write_text(GERMAN, encoding="utf-8")
    path = make_zip(tmp_path / "m.zip", {moodle("Sinéad OBrien"): "x", moodle("Team-Jo Doe", 12348): "y"})
    done = collected(course, path, tmp_path / "w.csv")
    assert sorted(done.new) == ["jo", "sobrien"]
    at = collect.time_of_folder(course.submitted("sobrien", sample.NAME))
    assert f"{at:%Y-%m-%d %H:%M}" == "2026-11-30 21:10"
    assert collect.time_of_folder(course.submitted("jo", sample.NAME)) is None
    assert any("column 'Zuletzt geändert (Abgabe)'" in words for words in done.words)
    assert any("'irgendwann 2026, 22:10' is (participant 12348)" in words for words in done.words)


def test_worksheets_that_help_nobody(course, tmp_path):
    path = make_zip(tmp_path / "m.zip", {moodle("Ada Lovelace", 7): "x"})
    (tmp_path / "w.csv").write_text("Identifier,Status\nParticipant 7,Submitted\n")
    done = collected(course, path, tmp_path / "w.csv")
    assert any("w.csv identifies nobody" in words for words in done.words)
    (tmp_path / "v.csv").write_text("Name,Grade\nAda,5\n")
    with pytest.raises(ClassError, match="no column holds the numbers"):
        collected(course, path, tmp_path / "v.csv")
    (tmp_path / "u.csv").write_text("")
    with pytest.raises(ClassError, match="no column holds the numbers"):
        collected(course, path, tmp_path / "u.csv")


def sheet_of(tmp_path, text, participants=("1", "2")):
    path = tmp_path / "w.csv"
    path.write_text(text, encoding="utf-8")
    students = {"s1": roster.Student("s1"), "s2": roster.Student("s2"), "17": roster.Student("17")}
    return read_worksheet(path, students, UTC, participants)


def test_columns_are_known_by_what_they_hold(tmp_path):
    head, nobody = "Nr;Punkte;Kennung;Termin;Abgabe;Bewertet", "P 3;;;1.12.2026 12:00;-;-"
    line = "P {0};17;s{0};1.12.2026 12:00;{0}.11.2026 10:00;5.12.2026 10:0{0}"
    sheet = sheet_of(tmp_path, "\n".join([head, line.format(1), line.format(2), nobody]))
    assert sheet.ids == {"1": "s1", "2": "s2"}  # 17 is a grade, and nobody's id here
    assert sheet.column == "" and sheet.times == {}  # the first dates are all the same: nobody can tell
    head, line = head.replace("Termin;", ""), line.replace("1.12.2026 12:00;", "")
    sheet = sheet_of(tmp_path, "\n".join([head, line.format(1), line.format(2), "P 3;;;-;-"]))
    assert sheet.column == "Abgabe" and sorted(at.day for at in sheet.times.values()) == [1, 2]


def test_two_lines_of_one_student_are_nobodys(tmp_path):
    assert sheet_of(tmp_path, "Identifier,ID number\nP 1,s1\nP 2,s1\n").ids == {}


def test_plain_names():
    assert plain("  Zoë\u00a0 O'Brien\u202e ") == "zoe obrien"
