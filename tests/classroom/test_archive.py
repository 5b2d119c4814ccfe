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
