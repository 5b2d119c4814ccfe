"""Optional downloads: progress bar, checked hash, resumed where they were interrupted, never hanging."""

from __future__ import annotations

import gzip
import hashlib
import http
import http.client
import os
import queue
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.datasets.store import DataError

CONNECT_SECONDS = 5.0
STALL_SECONDS = 15.0
_ATTEMPTS = 3
_CHUNK = 1 << 16
# The training pictures fit; a packed file that holds more is not the authors' and could fill the memory.
_LARGEST_UNPACKED = 48_000_000
_FASHION_ADDRESS = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"


@dataclass(frozen=True)
class RemoteFile:
    """A gzipped file to fetch; the hash is of its unpacked content, so any way of packing will do."""

    name: str
    unpacked_sha256: str
    at_most_bytes: int


_FASHION_FILES = {
    "train": (
        RemoteFile(
            "train-images-idx3-ubyte.gz",
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            30_000_000,
        ),
        RemoteFile(
            "train-labels-idx1-ubyte.gz",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            100_000,
        ),
    ),
    "test": (
        RemoteFile(
            "t10k-images-idx3-ubyte.gz",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            8_000_000,
        ),
        RemoteFile(
            "t10k-labels-idx1-ubyte.gz",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            20_000,
        ),
    ),
}
_IMAGE_SHAPE = (28, 28)
_IMAGES_HEADER = 16
_LABELS_HEADER = 8


def cache_folder() -> Path:
    """Return the folder for downloads: ``COURSE_CACHE`` if it is set, else the user's cache folder."""
    chosen = os.environ.get("COURSE_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("course-utils")


def fashion_mnist(folder: Path) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Yield images (N, 28, 28) and labels (N,) of the 60,000 training, then of the 10,000 test pictures.

    Raises:
        DataError: a file is not there and cannot be fetched, or what came is not the file of the authors.
    """
    address = os.environ.get("COURSE_MIRROR") or _FASHION_ADDRESS
    for images_file, labels_file in _FASHION_FILES.values():
        images = fetch(images_file, address, folder / "fashion_mnist")[_IMAGES_HEADER:]
        labels = fetch(labels_file, address, folder / "fashion_mnist")[_LABELS_HEADER:]
        yield (
            np.frombuffer(images, np.uint8).reshape(-1, *_IMAGE_SHAPE),
            np.frombuffer(labels, np.uint8),
        )


def fetch(remote: RemoteFile, address: str, folder: Path) -> bytes:
    """Return a file's unpacked content, from the folder if it is there already, else downloaded into it.

    Raises:
        DataError: no network, a broken connection (what came is kept), or a wrong content (thrown away).
    """
    target = folder / remote.name
    content = _unpacked(target, remote)
    if content is not None:
        return content
    _make_folder(folder)
    part = target.with_name(target.name + ".part")
    url = f"{address.rstrip('/')}/{remote.name}"
    # If an earlier try left something behind, that may be the fault: then once more from the start.
    for _ in range(2 if part.exists() else 1):
        _download(url, part, remote)
        content = _unpacked(part, remote)
        if content is not None:
            os.replace(part, target)
            return content
        part.unlink(missing_ok=True)
    raise DataError(
        f"{url} sent something else than the authors' {remote.name} (the hash differs): thrown away. "
        "A proxy or log-in page may have answered instead: try again, or in another network."
    )


def _unpacked(path: Path, remote: RemoteFile) -> bytes | None:
    """Return the content if it is whole and right, else None."""
    try:
        with gzip.open(path) as file:
            content = file.read(_LARGEST_UNPACKED)
    except (OSError, EOFError, zlib.error):
        return None
    return content if hashlib.sha256(content).hexdigest() == remote.unpacked_sha256 else None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The folder {folder} for downloads cannot be made ({error.strerror}). "
            "Set COURSE_CACHE to a folder that you may write to."
        ) from error


def _download(url: str, part: Path, remote: RemoteFile) -> None:
    """Fill the part file; after a broken connection go on from where it stopped, a few times."""
    reason = "the connection ended early"
    for _ in range(_ATTEMPTS):
        try:
            if _append(url, part, remote):
                return
        except (OSError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
    kept = part.stat().st_size if part.exists() else 0
    raise DataError(
        f"{url} broke off {_ATTEMPTS} times ({reason}). {kept:,} bytes are kept: "
        "run the cell again and it goes on from there."
    )


def _append(url: str, part: Path, remote: RemoteFile) -> bool:
    """Add what is missing to the part file and return whether the server sent all it announced."""
    start = part.stat().st_size if part.exists() else 0
    response = _open(url, start)
    if response is None:
        return True
    with response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            start = 0
        announced = response.headers.get("Content-Length")
        total = start + int(announced) if announced else None
        received = _write(response, part, start, total, remote)
    return total is None or received >= min(total, remote.at_most_bytes)


def _write(response: Any, part: Path, start: int, total: int | None, remote: RemoteFile) -> int:
    """Write the answer behind ``start``, never more than the file can have; return the part file's length."""
    from tqdm.auto import tqdm

    received = start
    with (
        part.open("r+b" if start else "wb") as file,
        tqdm(total=total, initial=start, desc=remote.name, unit="B", unit_scale=True, leave=False) as bar,
    ):
        file.seek(start)
        while received < remote.at_most_bytes and (chunk := response.read1(_CHUNK)):
            file.write(chunk)
            received += len(chunk)
            bar.update(len(chunk))
    return received


def _open(url: str, start: int) -> Any:
    """Open the address from byte ``start`` on; None if there is nothing behind it (the hash decides).

    Raises:
        DataError: the address does not answer, or answers with an error.
    """
    try:
        return _open_within(CONNECT_SECONDS, _request(url, start))
    except urllib.error.HTTPError as error:
        if start and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return None
        raise DataError(
            f"{url} could not be fetched ({error}). Check COURSE_MIRROR if you set it, or try again later."
        ) from error
    except ValueError as error:
        raise DataError(f"{url} is no address ({error}). Set COURSE_MIRROR to one, or unset it.") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise DataError(
            f"{url} could not be reached ({reason}), so the full data set cannot be downloaded now. "
            "The course does not need it: datasets.fashion_mnist() is on your disk. "
            "To have it all, connect to a network and run this again."
        ) from error


def _request(url: str, start: int) -> urllib.request.Request:
    request = urllib.request.Request(
        url, headers={"User-Agent": "course-utils", "Accept-Encoding": "identity"}
    )
    if start:
        request.add_header("Range", f"bytes={start}-")
    return request


def _open_within(seconds: float, request: urllib.request.Request) -> Any:
    """Open in a thread, because looking up a host's name has no time limit of its own."""
    answers: queue.Queue[Any] = queue.Queue()

    def connect() -> None:
        try:
            answers.put(urllib.request.urlopen(request, timeout=STALL_SECONDS))
        except Exception as error:  # handed over and raised again in the thread that asked
            answers.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if isinstance(answer, Exception):
        raise answer
    return answer
