"""The data folder: where it is, what its manifest says, and reading only what agrees with the manifest."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

MANIFEST = "MANIFEST.tsv"
_IN_REPOSITORY = Path(__file__).resolve().parents[2] / "data"
_IN_WHEEL = Path(__file__).resolve().parents[1] / "_data"


class DataError(Exception):
    """A data file is missing, truncated or altered; the message names the file and the mend."""


@dataclass(frozen=True)
class ManifestEntry:
    """One line of the manifest: what a file must be."""

    file: str
    sha256: str
    bytes: int
    shape: str
    source: str
    licence: str


def data_folder() -> Path:
    """Return the folder of the data: ``COURSE_DATA`` if set, else the repository's, else the installed one.

    Raises:
        DataError: none of them holds a manifest.
    """
    chosen = os.environ.get("COURSE_DATA")
    candidates = [Path(chosen).expanduser()] if chosen else [_IN_REPOSITORY, _IN_WHEEL]
    for folder in candidates:
        if (folder / MANIFEST).is_file():
            return folder
    places = " nor ".join(str(folder) for folder in candidates)
    mend = "Set COURSE_DATA to the folder that holds it" if chosen else "Fetch the repository again"
    raise DataError(f"The course's data was not found: there is no {MANIFEST} in {places}. {mend}.")


def manifest(folder: Path) -> dict[str, ManifestEntry]:
    """Return the entries of a data folder's manifest by file name (``"digits/digits.npz"``).

    Raises:
        DataError: the manifest is missing, truncated or not a manifest.
    """
    path = folder / MANIFEST
    try:
        return _parsed(path, path.stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        raise DataError(f"The list of data files {path} cannot be read ({error}). {_mend(path)}") from error


@cache
def _parsed(path: Path, modified: int) -> dict[str, ManifestEntry]:
    """Parse once for each time of modification, so that a mended manifest is seen without a restart."""
    header, *lines, end = path.read_text(encoding="utf-8").split("\n")
    if header.split("\t") != [field.name for field in fields(ManifestEntry)] or not lines or end:
        raise ValueError("it is truncated or altered")
    rows = [line.split("\t") for line in lines]
    entries = [
        ManifestEntry(file, sha256, int(num_bytes), shape, source, licence)
        for file, sha256, num_bytes, shape, source, licence in rows
    ]
    return {entry.file: entry for entry in entries}


def read_verified(folder: Path, file: str) -> bytes:
    """Return the content of a file of the manifest; size and hash are checked on the bytes that are returned.

    Raises:
        DataError: the file is missing, truncated or altered, or not in the manifest.
    """
    entry = manifest(folder).get(file)
    path = folder / file
    if entry is None:
        raise DataError(f"{file} is not listed in {folder / MANIFEST}. {_mend(folder / MANIFEST)}")
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"The data file {path} is missing. {_mend(path)}") from error
    except OSError as error:
        raise DataError(f"The data file {path} cannot be read ({error.strerror}). {_mend(path)}") from error
    if len(content) < entry.bytes:
        raise DataError(
            f"The data file {path} is truncated: {len(content):,} of {entry.bytes:,} bytes. {_mend(path)}"
        )
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise DataError(f"The data file {path} was altered: its hash is not the manifest's. {_mend(path)}")
    return content


def verify() -> list[str]:
    """Check every file of the manifest; return the problems, each with its mend (none: an empty list)."""
    try:
        folder = data_folder()
        files = list(manifest(folder))
    except DataError as error:
        return [str(error)]
    return [problem for file in files if (problem := _problem(folder, file))]


def _problem(folder: Path, file: str) -> str | None:
    try:
        read_verified(folder, file)
    except DataError as error:
        return str(error)
    return None


def _mend(path: Path) -> str:
    """Say how to get the file back: from git where the folder is a repository's, else by installing again."""
    repository = path
    while repository != repository.parent:
        repository = repository.parent
        if (repository / ".git").exists():
            file = path.relative_to(repository).as_posix()
            return f'Get it back with: git -C "{repository}" checkout -- "{file}"; then run the cell again.'
    return (
        "Install course-utils again (pip install --force-reinstall --no-deps) or fetch its data folder again."
    )
