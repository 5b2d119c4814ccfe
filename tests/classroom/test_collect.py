"""Collecting from the folders and zips of learning platforms and from nbgrader's exchange."""

from __future__ import annotations

import os
import pwd
import zipfile
from datetime import UTC, datetime

import pytest

from course_utils.classroom import collect, roster, versions
from course_utils.classroom.course import ClassError, open_course
from tests.classroom import sample
from tests.classroom.test_archive import nested

FIRST, SECOND = datetime(2026, 5, 30, 10, tzinfo=UTC), datetime(2026, 5, 31, 10, tzinfo=UTC)
NOTEBOOK = f"{sample.NAME}.ipynb"


@pytest.fixture
def inbox(tmp_path):
    return tmp_path / "inbox"


def hand_in(inbox, student, text, at=FIRST):
    path = sample.hand_in(inbox, student, text)
    os.utime(path, (at.timestamp(), at.timestamp()))


def collected(course, source=None, worksheet=None):
    return collect.collect(course, sample.NAME, source, worksheet)


def submitted(course, student):
    return (course.submitted(student, sample.NAME) / NOTEBOOK).read_text(encoding="utf-8")


def make_zip(path, files, at=FIRST):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content)
    return path


def test_resubmission(course, inbox):
    hand_in(inbox, "ada", "first")
    hand_in(inbox, "blaise", "his")
    done = collected(course, inbox)
    assert (done.new, done.updated, done.missing) == (["ada", "blaise"], [], ["carl", "dorothy", "emmy"])
    hand_in(inbox, "ada", "second", SECOND)
    hand_in(inbox, "blaise", "his", SECOND)  # the same again does not make it later
    done = collected(course, inbox)
    assert (done.new, done.updated, done.same) == ([], ["ada"], ["blaise"])
    assert submitted(course, "ada") == "second"
    earlier = list((course.folder / "earlier" / "ada").rglob("*.ipynb"))
    assert [path.read_text() for path in earlier] == ["first"]
    hand_in(inbox, "ada", "first", FIRST)  # an old export
    assert collected(course, inbox).same == ["ada", "blaise"]
    assert submitted(course, "ada") == "second"


def test_what_is_refused_leaves_its_reason(course, inbox):
    (inbox / "ada").mkdir(parents=True)
    (inbox / "ada" / "homework.pdf").touch()
    sample.hand_in(inbox, "blaise", "x").rename(inbox / "blaise" / "one.ipynb")
    sample.hand_in(inbox, "blaise", "y").rename(inbox / "blaise" / "two.ipynb")
    (inbox / "carl").mkdir()
    (inbox / "carl" / NOTEBOOK).symlink_to("/etc/passwd")
    sample.hand_in(inbox, "mallory", "z")
    done = collected(course, inbox)
    assert "only homework.pdf" in done.refused["ada"]
    assert "several notebooks" in done.refused["blaise"]
    assert "it is a link" in done.refused["carl"]
    assert list(done.strangers) == [f"mallory/{NOTEBOOK}"]
    again = collected(course, inbox)
    assert sorted(again.same) == ["ada", "blaise", "carl"] and again.refused == done.refused
    assert "a link" in (course.submitted("carl", sample.NAME) / collect.REFUSED).read_text()


@pytest.mark.parametrize("name", ["my work.ipynb", f"{sample.NAME}-Copy1.ipynb", f"{sample.NAME} (2).ipynb"])
def test_a_renamed_notebook_is_found(course, inbox, name):
    sample.hand_in(inbox, "ada", "renamed").rename(inbox / "ada" / name)
    collected(course, inbox)
    assert submitted(course, "ada") == "renamed"


def test_moodle(course, tmp_path):
    files = {
        f"Ada Lovelace_1001_assignsubmission_file_/{NOTEBOOK}": "a",
        f"C. Gauss_1003_assignsubmission_file_{NOTEBOOK}": "c",
        f"Pascal Blaise_1002_assignsubmission_file_/{NOTEBOOK}": "b",
    }
    done = collected(course, make_zip(tmp_path / "m.zip", files))
    assert sorted(done.new) == ["ada", "blaise"]
    assert "nobody on the roster is called C. Gauss 1003" in next(iter(done.strangers.values()))
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text("Identifier,Full name,Email address\nParticipant 1003,C. G.,carl@example.org\n")
    assert collected(course, tmp_path / "m.zip", worksheet).new == ["carl"]


def test_moodle_with_equal_names(course, tmp_path):
    twins = sample.STUDENTS + "ada2,Ada,Lovelace,ada2@example.org,106\n"
    (course.folder / "students.csv").write_text(twins, encoding="utf-8")
    roster.import_csv(course, course.folder / "students.csv")
    path = make_zip(tmp_path / "m.zip", {f"Ada Lovelace_7_assignsubmission_file_/{NOTEBOOK}": "a"})
    assert "ada and ada2 are both called Ada Lovelace" in next(
        iter(collected(course, path).strangers.values())
    )
    (tmp_path / "w.csv").write_text("Identifier;Email address;ID number\nTeilnehmer 7;;ada2\n")
    assert collected(course, path, tmp_path / "w.csv").new == ["ada2"]


def test_canvas(course, tmp_path):
    files = {
        f"lovelaceada_101_55501_{NOTEBOOK}": "by number",
        f"vaughandorothy_LATE_104_55504_{sample.NAME}-2.ipynb": "late",
        f"gausscarl_999_55503_{NOTEBOOK}": "wrong number",
    }  # Canvas knows nobody else's number
    done = collected(course, make_zip(tmp_path / "c.zip", files))
    assert sorted(done.new) == ["ada", "dorothy"] and len(done.strangers) == 1
    assert submitted(course, "dorothy") == "late"


def exchange_of(course, tmp_path):
    """The class with an exchange, and its folder of submissions."""
    settings = course.folder / "class.toml"
    exchange = tmp_path / "exchange"
    settings.write_text(settings.read_text().replace('exchange = ""', f'exchange = "{exchange}"'))
    inbound = exchange / course.name / "inbound"
    inbound.mkdir(parents=True)
    return open_course(course.folder), inbound


def test_exchange(course, tmp_path):
    course, inbound = exchange_of(course, tmp_path)
    now = datetime.now(UTC)
    for id, at, text in (("ada", FIRST, "backdated"), ("blaise", now, "in time"), ("eve", now, "x")):
        folder = inbound / f"{id}+{sample.NAME}+{at:%Y-%m-%d %H:%M:%S.%f} UTC+0f1e"
        folder.mkdir()
        (folder / NOTEBOOK).write_text(text)
        (folder / collect.SECRET).write_text("ab" * 64)
    odd = inbound / f"dorothy+{sample.NAME}+{now:%Y-%m-%d %H:%M:%S.%f} CST"  # China, Cuba or Central time?
    odd.mkdir()
    (odd / NOTEBOOK).write_text("x")
    (inbound / f"carl+{sample.NAME}+{now:%Y-%m-%d %H:%M:%S} UTC").symlink_to("/etc")
    done = collected(course)
    assert sorted(done.new) == ["ada", "blaise", "dorothy"] and list(done.doubtful) == ["ada"]
    assert abs(collect.time_of_folder(course.submitted("dorothy", sample.NAME)) - now).seconds < 60
    assert len(done.strangers) == 2
    kept = course.submitted("ada", sample.NAME)
    assert (kept / collect.SECRET).read_text() == "ab" * 64
    assert (kept / collect.TIMESTAMP).read_text() == "2026-05-30 10:00:00.000000 UTC"
    assert sorted(collected(course).same) == ["ada", "blaise", "dorothy"]


def test_the_latest_of_many_in_the_exchange_counts_without_a_word(course, tmp_path):
    course, inbound = exchange_of(course, tmp_path)
    for hour, text in enumerate(["first", "second", "third"]):
        in_exchange(inbound, text=text, at=FIRST.replace(hour=hour))
    done = collected(course)
    assert (done.new, done.updated, done.same, done.aside) == (["ada"], [], [], {})
    assert submitted(course, "ada") == "third" and len(versions.earlier_of(course, "ada", sample.NAME)) == 2
    again = collected(course)
    assert (again.new, again.updated, again.same, again.aside) == ([], [], ["ada"], {})
    in_exchange(inbound, text="backdated", at=FIRST.replace(day=1))
    assert collected(course).aside.keys() == {"ada"}


def in_exchange(inbound, student="ada", text="x", at=FIRST):
    """A submission as a student's nbgrader puts it into the exchange."""
    folder = inbound / f"{student}+{sample.NAME}+{at:%Y-%m-%d %H:%M:%S.%f} UTC"
    folder.mkdir()
    (folder / NOTEBOOK).write_text(text)
    return folder


@pytest.mark.parametrize("account", ["blaise", "mallory", "nobody", "Blaise", "ada2"])
def test_nobody_hands_in_for_somebody_else(course, tmp_path, monkeypatch, account):
    course, inbound = exchange_of(course, tmp_path)
    in_exchange(inbound)
    monkeypatch.setattr(collect, "name_of", lambda user: account)
    monkeypatch.setattr(collect, "account_of_teacher", lambda: "teacher")
    done = collected(course)
    assert list(done.strangers.values()) == [f"it was put there by {account}"] and done.new == []


@pytest.mark.parametrize("account", ["ada", "ADA", "", "root"])
def test_who_may_hand_in(course, tmp_path, monkeypatch, account):
    course, inbound = exchange_of(course, tmp_path)
    in_exchange(inbound)
    monkeypatch.setattr(collect, "name_of", lambda user: account)
    assert collected(course).new == ["ada"]


def test_an_account_that_all_share(course, tmp_path, monkeypatch):
    course, inbound = exchange_of(course, tmp_path)
    in_exchange(inbound)
    monkeypatch.setattr(collect, "name_of", lambda user: "jovyan")
    monkeypatch.setattr(collect, "account_of_teacher", lambda: "jovyan")
    assert collected(course).new == ["ada"]
    monkeypatch.setattr(collect, "name_of", lambda user: "blaise")  # a teacher who is on the roster, too
    monkeypatch.setattr(collect, "account_of_teacher", lambda: "blaise")
    assert list(collected(course).strangers.values()) == ["it was put there by blaise"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_real_account_that_is_nobodys(course, tmp_path):
    course, inbound = exchange_of(course, tmp_path)
    user = pwd.getpwnam("daemon").pw_uid
    os.chown(in_exchange(inbound), user, -1)
    assert list(collected(course).strangers.values()) == ["it was put there by daemon"]


def test_capitals_in_the_exchange(course, tmp_path):
    course, inbound = exchange_of(course, tmp_path)
    in_exchange(inbound, "ADA")
    assert collected(course).new == ["ada"]


@pytest.mark.timeout(60)
def test_one_hostile_tree_keeps_nobody_else_from_being_collected(course, tmp_path):
    course, inbound = exchange_of(course, tmp_path)
    deep = in_exchange(inbound, "ada", "hers")
    nested(deep / "deep", 1500)
    only_deep = in_exchange(inbound, "blaise")
    (only_deep / NOTEBOOK).unlink()
    nested(only_deep / "deep", 1500)
    os.mkfifo(in_exchange(inbound, "carl") / collect.SECRET)
    shut = in_exchange(inbound, "dorothy")
    (shut / "inside").mkdir()
    os.chmod(shut / "inside", 0)
    os.rename(in_exchange(inbound, "emmy") / NOTEBOOK, os.fsencode(inbound) + b"/../\xff.ipynb")
    done = collected(course)
    assert sorted(done.new) == ["ada", "blaise", "carl", "dorothy", "emmy"]
    assert submitted(course, "ada") == "hers" and done.refused.keys() == {"blaise", "emmy"}
    os.chmod(shut / "inside", 0o700)


def test_somebody_who_hands_in_without_end(course, tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "MOST_SUBMISSIONS", 3)
    monkeypatch.setattr(collect, "MOST_BESIDE", 3)
    course, inbound = exchange_of(course, tmp_path)
    for minute in range(5):
        folder = in_exchange(inbound, text=f"{minute}", at=FIRST.replace(minute=minute))
        for number in range(9):
            (folder / f"{number}.txt").touch()
    done = collected(course)
    assert done.new == ["ada"] and submitted(course, "ada") == "4"
    assert done.words == ["ada handed in 5 times; the latest 3 were looked at"]


def test_faults_of_the_teacher(course, tmp_path):
    with pytest.raises(ClassError, match="has no exchange"):
        collected(course)
    with pytest.raises(ClassError, match="There are: 01_sample"):
        collect.collect(course, "02_other", tmp_path)
    (course.folder / "roster.csv").unlink()
    with pytest.raises(ClassError, match="roster import"):
        collected(course, tmp_path)


def test_full_disk_loses_nothing(course, inbox, monkeypatch):
    hand_in(inbox, "ada", "first")
    collected(course, inbox)
    hand_in(inbox, "ada", "second", SECOND)

    def no_room(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(collect, "write_bytes", no_room)
    with pytest.raises(ClassError, match="No space left"):
        collected(course, inbox)
    assert submitted(course, "ada") == "first"
    monkeypatch.undo()
    assert collected(course, inbox).updated == ["ada"]
    assert submitted(course, "ada") == "second"
