"""Zips and folders that somebody filled with bad intent."""

from __future__ import annotations

import os
import stat
import warnings
import zipfile
from zoneinfo import ZoneInfo

import pytest

from course_utils.classroom import archive
from course_utils.classroom.course import ClassError

BERLIN = ZoneInfo("Europe/Berlin")


def zipped(path, *members, compression=zipfile.ZIP_DEFLATED):
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", compression) as file:
        warnings.simplefilter("ignore")  # names that appear twice
        for name, content in members:
            file.writestr(name, content)
    return path


def only(path):
    [item] = archive.items_of(path, BERLIN)
    return item


@pytest.mark.parametrize("name", ["../../up.ipynb", "/etc/passwd", "a/../../b", "C:/x", "..\\up.ipynb"])
def test_names_that_lead_outside(tmp_path, name):
    info = zipfile.ZipInfo("x")
    info.filename = name
    with pytest.raises(archive.RefusedError, match="leads out"):
        only(zipped(tmp_path / "a.zip", (info, "x"))).read()
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_link_in_a_zip(tmp_path):
    info = zipfile.ZipInfo("ada.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(archive.RefusedError, match="link"):
        only(zipped(tmp_path / "a.zip", (info, "/etc/passwd"))).read()


def test_bombs(tmp_path):
    with pytest.raises(archive.RefusedError, match="bomb"):
        only(zipped(tmp_path / "a.zip", ("ada.ipynb", b"0" * 10**7))).read()
    large = os.urandom(2**20) * 33
    with pytest.raises(archive.RefusedError, match="larger than 32 MB"):
        only(zipped(tmp_path / "b.zip", ("ada.ipynb", large), compression=zipfile.ZIP_STORED)).read()


def test_a_size_that_lies_is_not_believed(tmp_path):
    path = zipped(tmp_path / "a.zip", ("ada.ipynb", b"0" * 10**7))
    true, false = (10**7).to_bytes(4, "little"), (100).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(true, false))
    with pytest.raises(archive.RefusedError, match="damaged"):
        only(path).read()


@pytest.mark.parametrize("place", [60, 200])
def test_damaged_content(tmp_path, place):
    path = zipped(tmp_path / "a.zip", ("ada.ipynb", os.urandom(500).hex()))
    content = bytearray(path.read_bytes())
    content[place : place + 40] = b"\xff" * 40
    path.write_bytes(bytes(content))
    with pytest.raises(archive.RefusedError, match="damaged"):
        only(path).read()


def test_encrypted(tmp_path):
    path = zipped(tmp_path / "a.zip", ("ada.ipynb", b"{}"))
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(archive.RefusedError, match="encrypted"):
        only(path).read()


def test_truncated_zip_and_too_many_files(tmp_path, monkeypatch):
    path = zipped(tmp_path / "a.zip", ("a", b""), ("b", b""), ("c", b""))
    monkeypatch.setattr(archive, "MOST_FILES", 2)
    with pytest.raises(ClassError, match="more than 2 files"):
        list(archive.items_of(path, BERLIN))
    (tmp_path / "b.zip").write_bytes(path.read_bytes()[:60])
    with pytest.raises(ClassError, match="neither a folder nor a zip"):
        list(archive.items_of(tmp_path / "b.zip", BERLIN))
    with pytest.raises(ClassError, match="does not exist"):
        list(archive.items_of(tmp_path / "c.zip", BERLIN))


def test_odd_names_and_times(tmp_path):
    info = zipfile.ZipInfo("a\x1b[31m\u202ename.ipynb")
    path = zipped(tmp_path / "a.zip", (info, b"{}"))
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 12 :][:4] = b"\0\0\0\0"
    place = content.rindex(b"PK\x01\x02") + 12
    content[place : place + 4] = b"\xff\xff\xff\xff"  # second 62 of minute 63
    path.write_bytes(bytes(content))
    item = only(path)
    assert item.name.isprintable() and item.at.year == 1980 and item.read() == b"{}"


def test_times_beyond_all_dates():
    assert archive.moment(1e12).year == 9892 and archive.moment(-1e12).year == 1970
    assert archive.moment(86_400.5).day == 2


def test_hostile_folder(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    (folder / "folder").symlink_to("/etc")
    os.mkfifo(folder / "pipe.ipynb")
    with open(os.fsencode(folder) + b"/\xe4pfel.ipynb", "wb") as file:
        file.write(b"{}")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "x.ipynb").touch()
    found = {item.name: item for item in archive.items_of(folder, BERLIN)}
    assert found.keys() == {"link.ipynb", "folder", "pipe.ipynb", "\N{REPLACEMENT CHARACTER}pfel.ipynb"}
    assert found.pop("\N{REPLACEMENT CHARACTER}pfel.ipynb").read() == b"{}"
    [strangers] = (item for item in archive.items_of_folder(folder, owner=12345) if "pfel" in item.name)
    with pytest.raises(archive.RefusedError, match="belongs to somebody else"):
        strangers.read()
    for item in found.values():
        with pytest.raises(archive.RefusedError):
            item.read()


def nested(folder, depth, name="d"):
    """Folders inside one another, deeper than a path may be long."""
    folder.mkdir()
    top = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=top)
        inner = os.open(name, os.O_RDONLY, dir_fd=top)
        os.close(top)
        top = inner
    os.close(os.open("at the bottom", os.O_CREAT, dir_fd=top))
    os.close(top)


@pytest.mark.parametrize(("depth", "name"), [(1500, "d"), (100, "d" * 200)])
def test_folders_nested_without_end(tmp_path, depth, name):
    nested(tmp_path / "in", depth, name)
    (tmp_path / "in" / "x.ipynb").write_text("{}")
    found = {item.name: item for item in archive.items_of_folder(tmp_path / "in")}
    assert found.pop("x.ipynb").read() == b"{}"
    [deep] = found.values()
    with pytest.raises(archive.RefusedError, match="nested more than 30 deep|name too long"):
        deep.read()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "stays")
    (tmp_path / "stays").mkdir()
    archive.delete_tree(tmp_path / "in")
    assert [path.name for path in tmp_path.iterdir()] == ["stays"]


def test_delete_what_is_wide_and_oddly_named(tmp_path):
    top = tmp_path / "in"
    for number in range(50):
        (top / f"{number}" / f"{number}").mkdir(parents=True)
        (top / f"{number}" / "file").touch()
    os.mkfifo(top / "pipe")
    os.mkdir(os.fsencode(top) + b"/\xe4")
    archive.delete_tree(top)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        archive.delete_tree(top)
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(OSError):
        archive.delete_tree(tmp_path / "link")


def test_more_folders_than_anybody_means(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_ENTRIES", 5)
    for number in range(6):
        (tmp_path / "in" / f"{number}").mkdir(parents=True)
    [item] = archive.items_of_folder(tmp_path / "in")
    with pytest.raises(archive.RefusedError, match="more than 5 files and folders"):
        item.read()


def test_a_file_no_larger_than_asked(tmp_path):
    (tmp_path / "x").write_bytes(b"12345")
    assert archive.read_file(tmp_path / "x", most=5) == b"12345"
    with pytest.raises(archive.RefusedError, match="larger than"):
        archive.read_file(tmp_path / "x", most=4)


def test_a_pipe_and_other_files_are_no_source(tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    (tmp_path / "a.rar").write_bytes(b"Rar!\x1a\x07")
    for name in ("pipe.zip", "a.rar"):
        with pytest.raises(ClassError, match="Unpack other archives"):
            list(archive.items_of(tmp_path / name, BERLIN))


def test_names_in_zips_of_windows_and_macos(tmp_path):
    info = zipfile.ZipInfo("x")
    info.filename = "Ada_1_assignsubmission_file_\\work\\x.ipynb"
    item = only(zipped(tmp_path / "a.zip", (info, b"{}")))
    assert item.parts == ("Ada_1_assignsubmission_file_", "work", "x.ipynb") and item.read() == b"{}"
    path = zipped(tmp_path / "b.zip", ("müller.ipynb", b"{}"))
    content = path.read_bytes().replace(b"\x00\x08", b"\x00\x00")  # the flag that says UTF-8
    path.write_bytes(content)
    assert zipfile.ZipFile(path).namelist() != ["müller.ipynb"]
    assert only(path).parts == ("müller.ipynb",) and only(path).read() == b"{}"


def test_what_systems_add_is_left_out(tmp_path):
    names = ["__MACOSX/a/._x.ipynb", "a/.DS_Store", "a/._x.ipynb", "a/x.ipynb"]
    assert only(zipped(tmp_path / "a.zip", *((name, b"{}") for name in names))).parts == ("a", "x.ipynb")


def test_folders_that_are_left_out(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").touch()
    found = archive.items_of(tmp_path, BERLIN, leave_out=(tmp_path / "a",))
    assert [item.name for item in found] == ["b/x"]
