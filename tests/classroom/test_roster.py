"""Importing students from CSV files, good and bad."""

from __future__ import annotations

from pathlib import Path

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
        ("\ufeff\n;;\n", "students.csv is empty"),
        ("id,\u59d3\u540d\na1,\u5f20\u4e09\n".encode("gbk"), "it gives words like"),
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
        (b"id,last_name\nada,\xa3ukasz\n", "not UTF-8; read as Windows' Western letters (CP1252) it gives"),
        (
            b"id,last_name\nada,M\x9fller\n",
            "it gives words like 'M\N{LATIN CAPITAL LETTER Y WITH DIAERESIS}ller'",
        ),
        (b"id,last_name\nada,\xc8\xe2\xe0\xed\n", "it gives words like"),  # Cyrillic of Windows
        (b"id,last_name\n\nada,\x81\x8d\n", "line 3: its letters cannot be read"),
        (
            "id,last_name\nada,MÃ¼ller\n",
            "line 2: the name 'MÃ¼ller' was garbled when the file was written; is it 'Müller'?",
        ),
        ("id,last_name\nada,M?ller\n", "line 2: a letter of the name 'M?ller' was lost"),
        ("id,last_name\nada,M\ufffdller\n", "was lost when the file was written"),
        (
            "id,last_name\nada,<img src=x onerror=alert(1)>\n",
            "line 2: the name '<img src=x onerror=alert(1)>' holds markup",
        ),
        ("id,last_name\nada,&lt;b&gt;\n", "line 2: the name '<b>' holds markup"),
        ("id,last_name\nada,&amp;amp;#60;b\n", "line 2: the name '<b' holds markup"),
        (
            "id,last_name\nada,Love\x1b[2Jlace\n",
            "line 2: the name 'Love\N{REPLACEMENT CHARACTER}[2Jlace' holds control",
        ),
        ("id,last_name\nada,Love\x9dlace\n", "holds control characters"),
        ("id,last_name\nada," + "a" * 200 + "\n", "is longer than 100 characters"),
        ("id,email\nada,<b>@example.org\n", "line 2: '<b>@example.org' is no e-mail address"),
        ("id,canvas_id\nada,<b>\n", "line 2: '<b>' is no number of Canvas"),
        ("id\n1.23E+05\n", "line 2: a spreadsheet has shortened the id to 1.23E+05"),
        ("id;last_name\n1,23E+05;x\n", "a spreadsheet has shortened the id to 1,23E+05"),
        ("id,last_name,id\nada,x,eve\n", "line 1: 2 columns are headed 'id', and they differ"),
        ('id,last_name\nada,"Lovelace\nblaise,Pascal\n', "line 2: this is no table: unexpected end of data"),
        ("Vorname;Nachname;Gruppen\nAda;Lovelace;\n", "headed 'id', only 'Vorname', 'Nachname', 'Gruppen'"),
        (b"PK\x03\x04\x14\x00", "is a workbook or zip, no table in CSV"),
        ("<!DOCTYPE html><html>Sign in</html>", "is a web page, no table"),
    ],
)
def test_faults_are_told_with_their_line(tmp_path, content, told):
    with pytest.raises(ClassError) as error:
        roster.read_csv(written(tmp_path, content))
    assert told in str(error.value)


ROSTERS = Path(__file__).with_name("rosters")  # headings in other languages
UMLAUTS = [roster.Student("jm", "Jürgen", "Müller"), roster.Student("zk", "Zoë", "O’Brien")]
UMLAUT_ROWS = "Benutzername;Vorname;Nachname\r\njm;Jürgen;Müller\r\nzk;Zoë;O’Brien\r\n"


@pytest.mark.parametrize(
    "content",
    [
        "id;first;last\nada;Ada;Lovelace;\n",
        "sep=;\r\nid;first name;last name;email\r\nada;Ada;Lovelace;ada@example.org;;\r\n",
        '"sep=,"\nid,"last name",first_name,email\nada,Lovelace,Ada,ada@example.org\n',
        "\n;;;\nid;first name;last name;email\nada;Ada;Lovelace;ada@example.org\n",
        "id,first name,last name,email\rada,Ada,Lovelace,ada@example.org\r",
        "id|first name|last name|email\nada|Ada|Lovelace|ada@example.org\n",
        'username,"Name, first","First name",Surname,"Email address"\nada,x,Ada,Lovelace,ada@example.org\n',
        *(path.read_bytes() for path in sorted(ROSTERS.glob("*.csv"))),
        'Student ID,Full name,Email\nada,"Lovelace, Ada",ada@example.org\n',
        "Kennung\tName\tVorname\tMail\nada\tLovelace\tAda\tada@example.org\n",
        "id,first_name,last_name,email,email\nada,A&#100;a,Love\u200blace\u202e,ada@example.org,ada@example.org\n",
        'id,first_name,last_name,email\nada,"A\nda","\u2067Love\tlace",ada@example.org\n',
        "id,first_name,last_name,email\nada,Ada,Lovelace,ada@example.org\n".encode("utf-16"),
        "id\tfirst_name\tlast_name\temail\nada\tAda\tLovelace\tada@example.org\n".encode("utf-16-le"),
        "id,first_name,last_name,email\nada,Ada,Lovelace,ada@example.org\n".encode("utf-16-be"),
    ],
)
def test_what_spreadsheets_and_platforms_write(tmp_path, content):
    [found] = roster.read_csv(written(tmp_path, content))
    names = found.first_name.replace(" ", ""), found.last_name.replace(" ", "")
    assert (found.id, *names) == ("ada", "Ada", "Lovelace") and found.email in ("ada@example.org", "")


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", "UTF-16"), ("cp1252", "Windows' Western letters (CP1252)")],
)
def test_letters_of_other_programs(tmp_path, encoding, told):
    found, notes = roster.read_students(written(tmp_path, UMLAUT_ROWS.encode(encoding)))
    assert found == UMLAUTS
    assert [f"read as {told}: Jürgen Müller, Zoë O’Brien." in note for note in notes] == [True] * bool(told)


CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Home work (77),Final Score
    Points Possible,,,,,10,(read only)
,,,,,Manual Posting,
"Lovelace, Ada",4711,S0001,ada,Sec 1,7,70
"van der Berg, Jan Piet",4712.0,S0002,jan,"Sec 1, Sec 2",,
"Student, Test",4999,,5f2ab,Sec 1,,
"""


def test_canvas_gradebook_as_a_roster(tmp_path):
    ada = roster.Student("ada", "Ada", "Lovelace", "", "4711")
    jan = roster.Student("jan", "Jan Piet", "van der Berg", "", "4712")
    assert roster.read_csv(written(tmp_path, CANVAS)) == [ada, jan]
    assert [
        student.id
        for student in roster.read_csv(
            written(tmp_path, CANVAS.replace(",ada,", ",ada@x.org,").replace(",jan,", ",j@x.org,"))
        )
    ] == ["ada@x.org", "j@x.org"]
    without_logins = 'Student,ID,Section\n Points Possible,,\n"Lovelace, Ada",4711,Sec\n'
    assert roster.read_csv(written(tmp_path, without_logins)) == [
        roster.Student("4711", "Ada", "Lovelace", "", "4711")
    ]
    two_names = "LastName,FirstName,ID,SIS Login ID,Section\nPoints Possible,,,,\n"
    two_names += "Lovelace,Ada,4711,ada,S\nStudent,Test,1,x,S\n"
    assert roster.read_csv(written(tmp_path, two_names)) == [ada]
    with pytest.raises(ClassError, match="line 5: the id is missing"):
        roster.read_csv(written(tmp_path, CANVAS.replace(",jan,", ",,")))


def test_numbers_that_a_spreadsheet_saved(tmp_path):
    found, notes = roster.read_students(written(tmp_path, "id,canvas_id\n123456.0,101.0\n0077,\n"))
    assert [(student.id, student.canvas_id) for student in found] == [("123456", "101"), ("0077", "")]
    assert "written the ids as numbers (123456.0)" in notes[0]
    assert [student.id for student in roster.read_csv(written(tmp_path, "id\nv1.0\n2.0\n1E5\n"))] == [
        "v1.0",
        "2.0",
        "1E5",
    ]


def test_ids_stay_what_they_are(course, tmp_path):
    roster.import_csv(course, written(tmp_path, "id,last_name\nJDoe,Doe\n00123,Zero\n"))
    changes = roster.import_csv(course, written(tmp_path, "id,last_name\njdoe,Doe\n00123,Zero\n"))
    assert changes == roster.Changes([], [], [], []) and {"JDoe", "00123"} <= set(roster.enrolled(course))
    with pytest.raises(ClassError, match="the id 123 is 00123 on the roster(.|\n)*drop the zeros"):
        roster.import_csv(course, written(tmp_path, "id,last_name\nJDoe,Doe\n123,Zero\n"))
    assert {"JDoe", "00123"} <= set(roster.enrolled(course))


def test_nothing_changes_unless_it_is_agreed_to(course, tmp_path):
    before = (course.folder / "roster.csv").read_bytes()
    seen = []
    few = written(tmp_path, "id,last_name\nada,Byron\nnew,One\n")
    changes = roster.import_csv(course, few, lambda changes: bool(seen.append(changes)))
    assert changes == roster.Changes(["new"], ["ada"], ["blaise", "carl", "dorothy", "emmy"], []) == seen[0]
    assert (course.folder / "roster.csv").read_bytes() == before
    assert roster.import_csv(course, few, keep=True).dropped == [] and len(roster.enrolled(course)) == 6


def test_a_roster_that_another_program_changed(course):
    path = course.folder / "roster.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Blaise", "<b>Bla\x1bise").replace(",", ";"), encoding="utf-8-sig")
    assert roster.load(course)["blaise"].first_name == "‹b›Bla\N{REPLACEMENT CHARACTER}ise"
    for damage in (
        text.replace("enrolled", "ill"),
        text.replace("status", "x"),
        text.replace("ada,", "../ada,"),
    ):
        path.write_text(damage, encoding="utf-8")
        with pytest.raises(ClassError, match="was damaged by another program"):
            roster.load(course)


def test_names_keep_the_joiners_of_their_script(course, tmp_path):
    persian = "\u0645\u0647\u062f\u06cc\u200c\u0632\u0627\u062f\u0647"
    roster.import_csv(
        course, written(tmp_path, f"id,last_name\nmz,{persian}\nada,Love\u200clace\n"), keep=True
    )
    known = roster.load(course)
    assert (known["mz"].last_name, known["ada"].last_name) == (persian, "Lovelace")


def test_the_roster_itself_holds_no_formulas(course, tmp_path):
    roster.import_csv(
        course, written(tmp_path, "id,first_name,last_name\nx1,=1+1,-\nx2,'=2,O'Neil\n"), keep=True
    )
    lines = (course.folder / "roster.csv").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("x")] == [
        "x1,'=1+1,'-,,,enrolled",
        "x2,''=2,O'Neil,,,enrolled",
    ]
    known = roster.load(course)
    assert [(known[id].first_name, known[id].last_name) for id in ("x1", "x2")] == [
        ("=1+1", "-"),
        ("'=2", "O'Neil"),
    ]
    again = roster.import_csv(course, tmp_path / "students.csv", keep=True)
    assert again == roster.Changes([], [], [], [])


def test_an_import_cleans_the_names_of_an_old_gradebook(course, tmp_path):
    with course.gradebook() as gradebook:
        gradebook.find_student("emmy").last_name = "<b>&lt;\u202ex"
        gradebook.find_student("carl").first_name = None
        gradebook.db.commit()
    roster.import_csv(course, written(tmp_path, "id,last_name\nada,Lovelace\n"))
    with course.gradebook() as gradebook:
        assert gradebook.find_student("emmy").last_name == "‹b›‹x"
        assert gradebook.find_student("carl").last_name == "Gauß"


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
