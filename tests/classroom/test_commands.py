"""The teacher's command line: the whole way with the real sandbox, and faults told in sentences."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from course_utils.classroom import course as module
from course_utils.classroom import grade, release, roster
from course_utils.classroom.sandbox.command import SandboxError
from course_utils.cli.app import app
from tests.classroom import sample
from tests.classroom.test_grade import RIGHT


def run(course, *words, code=0, **options):
    """What `course class ...` says."""
    result = CliRunner().invoke(app, ["class", "-C", str(course.folder), *words], **options)
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.output


def test_help_is_fast():
    program = "import sys; from course_utils.cli.app import app; import course_utils.cli.classroom\n"
    program += "print([name for name in ('nbgrader', 'sqlalchemy', 'numpy', 'rich') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"


def test_the_whole_way(course, tmp_path):
    said = run(course, "release", sample.NAME, "--due", "2035-01-31", "--late-penalty", "5")
    assert "due Wednesday, 31 January 2035, 23:59 Europe/Berlin" in said
    inbox = tmp_path / "inbox"
    sample.hand_in(inbox, "ada", sample.answered(course.released(sample.NAME), RIGHT))
    sample.hand_in(
        inbox, "blaise", sample.answered(course.released(sample.NAME), {"mean": sample.WRONG_MEAN})
    )
    sample.hand_in(inbox, "carl", "{ broken")
    assert "3 new, 0 updated, 0 as before" in run(course, "collect", sample.NAME, str(inbox))
    said = run(course, "grade", sample.NAME, "--workers", "2", code=1)
    assert "2 without a submission: dorothy, emmy" in said and "1 needing a person: carl" in said
    assert "3 written" in run(course, "feedback", sample.NAME)
    said = run(course, "export", sample.NAME, "--format", "plain", code=1)
    assert "Not final yet (2): ada, carl" in said and "may still hand in (2): dorothy, emmy" in said
    text = (course.folder / "reports" / f"{sample.NAME}-plain.csv").read_text(encoding="utf-8")
    assert "ada@example.org,to be marked by hand,,10" in text and "blaise@example.org,graded,0,10" in text
    assert "01_sample.html" in run(course, "report", sample.NAME)
    assert "class.html" in run(course, "report")
    assert "Aborted" in run(course, "delete-student", "ada", input="n\n", code=1)
    assert "ada is deleted" in run(course, "delete-student", "ada", "--yes")
    assert "ada" not in run(course, "export", sample.NAME, code=1)


def test_who_is_missing_in_a_file_does_not_drop_out_unasked(course, tmp_path):
    few = tmp_path / "few.csv"
    few.write_text(
        "Benutzername;Vorname;Nachname\r\nada;Ada;Lovelace\r\njm;Jürgen;Müller\r\n", encoding="cp1252"
    )
    before = (course.folder / "roster.csv").read_bytes()
    for options in ({}, {"input": "n\n"}):
        said = run(course, "roster", "import", str(few), code=1, **options)
        assert "dropped out: 4 (blaise, carl, dorothy, emmy)" in said and "Nothing was changed" in said
        assert "read as Windows' Western letters (CP1252): Jürgen Müller" in said
    assert "Nothing was changed" in run(course, "roster", "import", str(few), "--dry-run")
    assert (course.folder / "roster.csv").read_bytes() == before
    run(course, "roster", "import", str(few), "--keep")
    assert len(roster.enrolled(course)) == 6
    run(course, "roster", "import", str(few), input="y\n")
    assert list(roster.enrolled(course)) == ["ada", "jm"]
    run(course, "roster", "import", str(course.folder / "students.csv"), "--drop")
    assert "jm" not in roster.enrolled(course)


def test_nothing_that_strangers_wrote_steers_the_terminal(course, tmp_path):
    for name in ("\x1b[2Jevil", "\u202egnp.x", "a\rb", "\x9b31m"):
        sample.hand_in(tmp_path / "inbox", name, "x")
        (tmp_path / "students.csv").write_text(f"id,last_name\nada,{name}\n{name},x\n", encoding="utf-8")
        said = run(course, "collect", sample.NAME, str(tmp_path / "inbox"))
        said += run(course, "roster", "import", str(tmp_path / "students.csv"), code=1)
        said += run(course, "roster", "import", str(tmp_path / name), code=1)
        said += run(course, "grade", name, code=1)
        assert [letter for letter in said if not (letter.isprintable() or letter == "\n")] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["grade", "nothing"], "There is no assignment 'nothing'"),
        (["grade", "../x"], "There is no assignment '../x'"),
        (["release", sample.NAME, "--due", "soon"], "'soon' is no date"),
        (["collect", sample.NAME, "nowhere.zip"], "nowhere.zip does not exist"),
        (["roster", "import", "nowhere.csv"], "nowhere.csv cannot be read"),
        (["feedback", sample.NAME, "--student", "eve"], "Not enrolled: eve"),
        (["extend", sample.NAME, "eve", "--days", "1"], "Not on the roster: eve"),
    ],
)
def test_faults_are_told_in_sentences(course, words, told):
    assert told in run(course, *words, code=1)


def test_no_class_here(tmp_path):
    result = CliRunner().invoke(app, ["class", "-C", str(tmp_path), "report"])
    assert result.exit_code == 1 and "There is no class in" in result.output


def test_no_sandbox_no_grading(course, monkeypatch):
    def none():
        raise SandboxError("bubblewrap (bwrap) is not installed.")

    monkeypatch.setattr("course_utils.classroom.sandbox.command.require", none)
    monkeypatch.setattr(grade, "grade", pytest.fail)
    assert "bubblewrap (bwrap) is not installed" in run(course, "grade", sample.NAME, code=1)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('time_zone = "Europe/Berlim"', "Did you mean Europe/Berlin"),
        ('data_base = ""', "unknown setting data_base"),
        ("name = 3", "name must be a text"),
        ("[limits]\nmemory_mb = 1", "memory_mb"),
        ("limits = 3", "below \\[limits\\]"),
        ("exchange = 'caf\udce9'", "is not in UTF-8"),
        ("[limits]\nmemory = 1", "There is no limit called 'memory'"),
        ("[", "cannot be read"),
    ],
)
def test_faults_in_the_settings(course, line, told):
    path = course.folder / "class.toml"
    settings = 'name = "x"\ntime_zone = "UTC"\n'
    text = "".join(each for each in settings.splitlines(True) if each[:4] != line[:4]) + line
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(module.ClassError, match=told):
        module.open_course(course.folder)


def test_settings_with_a_byte_order_mark(course):
    path = course.folder / "class.toml"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert module.open_course(course.folder) == course


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"assignment": 1, "more": 2}', '{"assignment": "a", "source": "", "due": "soon"}',
                '{"assignment": "a", "source": "", "late_days": "two"}']
)  # fmt: skip
def test_a_damaged_record_of_a_release_is_told(course, content):
    (course.folder / "releases" / f"{sample.NAME}.json").write_text(content)
    for words in (["export"], ["feedback"], ["grade"], ["release", "--no-run"]):
        assert "was damaged. Delete it" in run(course, *words, sample.NAME, code=1)


def test_init_again_changes_nothing(course, tmp_path):
    before = {path: path.read_bytes() for path in course.folder.rglob("*") if path.is_file()}
    again, copied = module.init(course.folder, tmp_path)
    assert again == course and copied == []
    assert {path: path.read_bytes() for path in before} == before
    assert course.folder.joinpath("class.toml").stat().st_mode & 0o077 == 0


def test_a_database_that_is_none(tmp_path):
    with pytest.raises(module.ClassError, match="is no address of a database"):
        module.init(tmp_path / "a", None, time_zone="UTC", database="nonsense")
    with pytest.raises(module.ClassError, match="cannot be opened"):
        module.init(tmp_path / "b", None, time_zone="UTC", database="sqlite:////nowhere/gradebook.db")
    assert not (tmp_path / "a" / "class.toml").exists()  # so that it can be tried again


def test_release_looks_at_the_teachers_own_solution(course):
    source = sample.source()
    for cell in source["cells"]:
        if cell["id"] == "mean":
            cell["source"] = [line.replace("/ len(values)", "") for line in cell["source"]]
    sample.put_source(course.folder, source)
    assert "your own solution fails the test 'mean_values'" in run(course, "release", sample.NAME, code=1)
    assert release.latest(course, sample.NAME).late_days == 2  # the former release stays
