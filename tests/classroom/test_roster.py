"""Importing students from CSV files, good and bad."""

from __future__ import annotations

import pytest

from course_utils.classroom import roster
from course_utils.classroom.course import ClassError


def written(tmp_path, content):
    path = tmp_path / "students.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        "id,first_name,last_name,email\nada,Ada,Lovelace,ada@example.org\n",
        "\ufeffID;First name;Last name;E-mail\r\nada;Ada;Lovelace;ada@example.org\r\n\r\n",
        "email\tsurname\tgiven name\tusername\tnotes\nada@example.org\tLovelace\tAda\t ada \tx\n",
    ],
)
def test_spellings_of_csv(tmp_path, content):
    expected = roster.Student("ada", "Ada", "Lovelace", "ada@example.org")
    assert roster.read_csv(written(tmp_path, content)) == [expected]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("name\nAda\n", "line 1: no column is headed 'id'"),
        ("id\n", "holds no students"),
        ("id\nada\n\nada\n", "line 4: the id 'ada' is used twice"),
        ("id\nada\nADA\n", "line 3: the id 'ADA' is used twice"),
        ("id\n\x1b[2J\n", "line 2: the id '\N{REPLACEMENT CHARACTER}[2J' may have"),
        ("id\n" + "a" * 200_000 + "\n", "is no table: field larger than field limit"),
        ("id\n../etc\n", "line 2: the id '../etc' may have"),
        ("id\n-rf\n", "line 2: the id '-rf' may have"),
        ("id,email\nada,nonsense\n", "line 2: 'nonsense' is no e-mail address"),
        ("id,email\na,x@y.org\nb,X@y.org\n", "line 3: the e-mail address x@y.org is also in line 2"),
        ("id,last_name\nada,Lovelace, Ada\n", "line 2: 3 columns where the first line has 2"),
        ("id,last_name\n,Nobody\n", "line 2: the id is missing"),
        (b"id,last_name\nada,L\xf6w\n", "line 2: this is not UTF-8"),
    ],
)
def test_faults_are_told_with_their_line(tmp_path, content, told):
    with pytest.raises(ClassError) as error:
        roster.read_csv(written(tmp_path, content))
    assert told in str(error.value)


def test_drop_outs_and_who_comes_back(course, tmp_path):
    everybody = (course.folder / "students.csv").read_text(encoding="utf-8")
    again = roster.import_csv(course, course.folder / "students.csv")
    assert again == roster.Changes([], [], [], [])
    without_ada = "".join(line for line in everybody.splitlines(True) if not line.startswith("ada"))
    renamed = without_ada.replace("Blaise,Pascal", "Blaise,Pascal-Périer")
    changes = roster.import_csv(course, written(tmp_path, renamed))
    assert changes == roster.Changes([], ["blaise"], ["ada"], [])
    assert "ada" in roster.load(course) and "ada" not in roster.enrolled(course)
    with course.gradebook() as gradebook:
        assert gradebook.find_student("blaise").last_name == "Pascal-Périer"
    assert roster.import_csv(course, course.folder / "students.csv").returned == ["ada"]


def test_a_bad_file_changes_nothing(course, tmp_path):
    before = roster.load(course)
    with pytest.raises(ClassError, match="nothing is changed"):
        roster.import_csv(course, written(tmp_path, "id\nnew\nbad id\n"))
    assert roster.load(course) == before
