"""The data folder, its manifest, and what happens to files that are not what the manifest says."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_utils import datasets
from course_utils.datasets import store

FOLDER = datasets.data_folder()
ENTRIES = store.manifest(FOLDER)
LOADERS: dict[str, Callable[[], object]] = {
    "fashion_mnist/fashion_mnist.npz": datasets.fashion_mnist,
    "digits/digits.npz": datasets.digits,
    "letters/letter-recognition.data": datasets.letters,
    "images/china.jpg": lambda: datasets.photo("china"),
    "trees/boxes.csv": datasets.trees,
    "trees/soaproot_saddle.jpg": datasets.trees,
    "cutouts/cutouts.zip": datasets.cutouts,
}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_every_file_is_what_the_manifest_says(entry: store.ManifestEntry) -> None:
    content = (FOLDER / entry.file).read_bytes()
    assert len(content) == entry.bytes
    assert hashlib.sha256(content).hexdigest() == entry.sha256
    assert entry.shape == shape_of(entry.file, content)
    assert entry.source
    assert entry.licence or entry.file.endswith("LICENCE.txt")


def shape_of(file: str, content: bytes) -> str:
    """Measure what the manifest's column ``shape`` should hold."""
    if file.endswith(".npz"):
        arrays = np.load(io.BytesIO(content))
        if len(arrays.files) > 8:
            return f"{len(arrays.files)} arrays of {sum(arrays[name].size for name in arrays.files)} numbers"
        return "; ".join(f"{name} {'x'.join(str(n) for n in arrays[name].shape)}" for name in arrays.files)
    if file.endswith((".png", ".jpg")):
        return "x".join(str(n) for n in np.asarray(Image.open(io.BytesIO(content))).shape)
    if file.endswith(".zip"):
        return f"{len(zipfile.ZipFile(io.BytesIO(content)).namelist())} files"
    if file.endswith((".csv", ".data")):
        rows = [line.split(",") for line in content.decode().splitlines()]
        return f"{len(rows)}x{len(rows[0])}"
    return "text"


def test_no_file_is_unlisted_and_every_folder_has_its_licence() -> None:
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/**/*") if path.is_file()}
    assert files == set(ENTRIES)
    folders = {file.split("/")[0] for file in files}
    assert {f"{folder}/LICENCE.txt" for folder in folders} <= files
    assert {path.name for path in FOLDER.iterdir() if path.is_file()} == {
        ".gitattributes",
        "MANIFEST.tsv",
        "README.md",
        "prepare.py",
        "prepare_weights.py",
        "study_architectures.py",
    }


def test_the_manifest_can_be_made_again(copied_data: Path) -> None:
    before = (copied_data / "MANIFEST.tsv").read_bytes()
    (copied_data / "MANIFEST.tsv").unlink()
    subprocess.run([sys.executable, copied_data / "prepare.py", "manifest"], check=True)
    assert (copied_data / "MANIFEST.tsv").read_bytes() == before


def test_good_data_has_no_problems() -> None:
    assert datasets.verify() == []


@pytest.mark.parametrize("file", LOADERS)
def test_a_missing_file_is_named_with_the_mend(copied_data: Path, file: str) -> None:
    (copied_data / file).unlink()
    with pytest.raises(datasets.DataError, match="is missing.*again") as caught:
        LOADERS[file]()
    assert str(copied_data / file) in str(caught.value)
    assert datasets.verify() == [str(caught.value)]


@pytest.mark.parametrize("file", LOADERS)
def test_a_truncated_file_is_named(copied_data: Path, file: str) -> None:
    content = (copied_data / file).read_bytes()
    (copied_data / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(datasets.DataError, match=f"is truncated.*of {len(content):,} bytes"):
        LOADERS[file]()
    assert len(datasets.verify()) == 1


@pytest.mark.parametrize("file", LOADERS)
def test_one_flipped_bit_is_noticed(copied_data: Path, file: str) -> None:
    content = bytearray((copied_data / file).read_bytes())
    content[len(content) // 2] ^= 1
    (copied_data / file).write_bytes(content)
    with pytest.raises(datasets.DataError, match="was altered"):
        LOADERS[file]()


def test_a_mended_file_loads_without_a_restart(copied_data: Path) -> None:
    path = copied_data / "digits/digits.npz"
    content = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(datasets.DataError, match="truncated"):
        datasets.digits()
    path.write_bytes(content)
    assert len(datasets.digits().train.images) == 4000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file\tsha256\n",
        "no manifest",
        "file\tsha256\tbytes\tshape\tsource\tlicence\na/b\tff\tmany\t\t\t\n",
    ],
)
def test_a_spoilt_manifest_is_named(copied_data: Path, text: str) -> None:
    (copied_data / "MANIFEST.tsv").write_text(text)
    with pytest.raises(datasets.DataError, match=r"MANIFEST\.tsv cannot be read"):
        datasets.digits()
    assert len(datasets.verify()) == 1


def test_a_truncated_manifest_is_noticed(copied_data: Path) -> None:
    path = copied_data / "MANIFEST.tsv"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(datasets.DataError, match="truncated or altered"):
        datasets.digits()


def test_a_file_that_the_manifest_lacks_is_refused(copied_data: Path) -> None:
    (copied_data / "digits/own.npz").write_bytes(b"anything")
    with pytest.raises(datasets.DataError, match="is not listed"):
        store.read_verified(copied_data, "digits/own.npz")


def test_no_data_folder_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(datasets.DataError, match="COURSE_DATA") as caught:
        datasets.fashion_mnist()
    assert str(tmp_path) in str(caught.value)
    assert datasets.verify() == [str(caught.value)]


def test_the_installed_data_is_found_when_there_is_no_repository(
    copied_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_DATA")
    monkeypatch.setattr(store, "_IN_REPOSITORY", tmp_path / "nothing")
    monkeypatch.setattr(store, "_IN_WHEEL", copied_data)
    assert datasets.data_folder() == copied_data
    monkeypatch.setattr(store, "_IN_WHEEL", tmp_path / "nothing either")
    with pytest.raises(datasets.DataError, match="was not found"):
        datasets.data_folder()


def test_in_a_repository_the_mend_is_a_command_that_works(copied_data: Path) -> None:
    git = ["git", "-C", str(copied_data), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "digits", "MANIFEST.tsv"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "data"], check=True)
    (copied_data / "digits/digits.npz").write_bytes(b"spoilt")
    with pytest.raises(datasets.DataError, match="Get it back with") as caught:
        datasets.digits()
    command = str(caught.value).split("Get it back with: ")[1].split(";")[0]
    subprocess.run(command, shell=True, check=True)
    assert len(datasets.digits().test.images) == 1000
