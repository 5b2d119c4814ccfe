"""The optional download against a server on this machine that misbehaves in every way."""

from __future__ import annotations

import gzip
import hashlib
import threading
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from course_utils import datasets
from course_utils.datasets import download

CONTENT = np.random.default_rng(0).bytes(300_000)
PACKED = gzip.compress(CONTENT, mtime=0)
REMOTE = download.RemoteFile("pictures.gz", hashlib.sha256(CONTENT).hexdigest(), 400_000)


class Server(ThreadingHTTPServer):
    """Serves ``files``; ``behaviour`` says how. ``ranges`` remembers the Range header of every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"pictures.gz": PACKED}
        self.behaviour = "good"
        self.ranges: list[str | None] = []
        self.released = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers one request in the way of the server's behaviour."""

    server: Server

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers["Range"])
        content = self.server.files.get(self.path.removeprefix("/"))
        if content is None:
            self.send_error(404)
        elif self.server.behaviour == "silent":
            self.server.released.wait()  # until the test is over: who waits for an answer never ends
        else:
            self.answer(content)

    def answer(self, content: bytes) -> None:
        start = self.start_of_range()
        if start >= len(content):
            self.send_error(416)
            return
        body = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(self.spoilt(body))
        if self.server.behaviour == "stalls":
            self.wfile.flush()
            self.server.released.wait(10)

    def start_of_range(self) -> int:
        header = self.headers["Range"]
        if header is None or self.server.behaviour == "no ranges":
            return 0
        return int(header.removeprefix("bytes=").removesuffix("-"))

    def spoilt(self, body: bytes) -> bytes:
        match self.server.behaviour:
            case "breaks off" | "stalls":
                return body[: max(len(body) // 2, 1)]
            case "breaks off once":
                self.server.behaviour = "good"
                return body[:100_000]
            case "corrupts":
                return body[:50_000] + b"?" + body[50_001:]
            case "log-in page":
                return b"<html>Welcome! Please log in.".ljust(len(body))
        return body

    def log_message(self, *arguments: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A running server; time limits are short and no proxy stands between."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(download, "STALL_SECONDS", 0.3)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


def fetch(server: Server, folder: Path) -> bytes:
    return download.fetch(REMOTE, server.address, folder)


def part_file(folder: Path) -> Path:
    return folder / "pictures.gz.part"


def test_a_good_download_is_kept_and_not_repeated(server: Server, tmp_path: Path) -> None:
    assert fetch(server, tmp_path / "new" / "folder") == CONTENT
    assert fetch(server, tmp_path / "new" / "folder") == CONTENT
    assert server.ranges == [None]
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["pictures.gz"]


def test_a_broken_connection_is_resumed_by_itself(server: Server, tmp_path: Path) -> None:
    server.behaviour = "breaks off once"
    assert fetch(server, tmp_path) == CONTENT
    assert server.ranges == [None, "bytes=100000-"]


def test_what_came_is_kept_for_the_next_run(server: Server, tmp_path: Path) -> None:
    server.behaviour = "breaks off"
    with pytest.raises(datasets.DataError, match="broke off 3 times.*bytes are kept: run the cell again"):
        fetch(server, tmp_path)
    kept = part_file(tmp_path).stat().st_size
    assert kept > len(PACKED) / 2
    server.behaviour = "good"
    assert fetch(server, tmp_path) == CONTENT
    assert server.ranges[-1] == f"bytes={kept}-"
    assert not part_file(tmp_path).exists()


def test_a_server_without_ranges_starts_again(server: Server, tmp_path: Path) -> None:
    part_file(tmp_path).write_bytes(PACKED[:1000])
    server.behaviour = "no ranges"
    assert fetch(server, tmp_path) == CONTENT


def test_a_part_that_was_complete_already_is_taken(server: Server, tmp_path: Path) -> None:
    part_file(tmp_path).write_bytes(PACKED)
    assert fetch(server, tmp_path) == CONTENT
    assert server.ranges == [f"bytes={len(PACKED)}-"]


@pytest.mark.parametrize("junk", [b"junk" * 1000, b"junk" * 200_000])
def test_a_spoilt_part_is_thrown_away_and_fetched_anew(server: Server, tmp_path: Path, junk: bytes) -> None:
    part_file(tmp_path).write_bytes(junk)
    assert fetch(server, tmp_path) == CONTENT
    assert server.ranges == [f"bytes={len(junk)}-", None]


@pytest.mark.parametrize("behaviour", ["corrupts", "log-in page"])
def test_a_wrong_content_is_never_used(server: Server, tmp_path: Path, behaviour: str) -> None:
    server.behaviour = behaviour
    with pytest.raises(datasets.DataError, match="the hash differs"):
        fetch(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_file_of_the_right_form_is_not_used(server: Server, tmp_path: Path) -> None:
    server.files["pictures.gz"] = gzip.compress(b"another")
    with pytest.raises(datasets.DataError, match="the hash differs"):
        fetch(server, tmp_path)


def test_an_endless_file_is_cut_off(server: Server, tmp_path: Path) -> None:
    server.files["pictures.gz"] = PACKED + b"x" * 2_000_000
    with pytest.raises(datasets.DataError, match="the hash differs"):
        fetch(server, tmp_path)


def test_a_small_file_that_unpacks_to_a_huge_one_does_not_fill_the_memory(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_LARGEST_UNPACKED", 1_000_000)
    server.files["pictures.gz"] = gzip.compress(bytes(50_000_000), mtime=0)
    tracemalloc.start()
    try:
        with pytest.raises(datasets.DataError, match="hash differs"):
            fetch(server, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_spoilt_cache_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / "pictures.gz").write_bytes(PACKED[:-500])
    assert fetch(server, tmp_path) == CONTENT


def test_a_stalled_connection_ends_in_a_message(server: Server, tmp_path: Path) -> None:
    server.behaviour = "stalls"
    with pytest.raises(datasets.DataError, match="timed out"):
        fetch(server, tmp_path)
    assert part_file(tmp_path).exists()


def test_a_server_that_never_answers_is_not_waited_for(server: Server, tmp_path: Path) -> None:
    server.behaviour = "silent"
    with pytest.raises(datasets.DataError, match="could not be reached.*on your disk"):
        fetch(server, tmp_path)


def test_a_host_whose_name_is_never_found_is_not_waited_for(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *arguments, **options: server.released.wait(10))
    with pytest.raises(datasets.DataError, match="no answer within 0.5 s"):
        fetch(server, tmp_path)


@pytest.mark.parametrize("left_behind", [b"", PACKED[:1000]])
def test_offline_says_so(server: Server, tmp_path: Path, left_behind: bytes) -> None:
    if left_behind:
        part_file(tmp_path).write_bytes(left_behind)
    with pytest.raises(datasets.DataError, match="could not be reached.*refused") as caught:
        download.fetch(REMOTE, "http://127.0.0.1:1", tmp_path)
    assert "datasets.fashion_mnist() is on your disk" in str(caught.value)
    assert part_file(tmp_path).exists() == bool(left_behind)


def test_a_wrong_address_is_named(server: Server, tmp_path: Path) -> None:
    with pytest.raises(datasets.DataError, match="404.*COURSE_MIRROR"):
        download.fetch(REMOTE, f"{server.address}/elsewhere", tmp_path)
    with pytest.raises(datasets.DataError, match="is no address.*COURSE_MIRROR"):
        download.fetch(REMOTE, "my/folder", tmp_path)


def test_a_mirror_can_be_a_folder(server: Server, tmp_path: Path) -> None:
    (tmp_path / "pictures.gz").write_bytes(PACKED)
    assert download.fetch(REMOTE, tmp_path.as_uri(), tmp_path / "cache") == CONTENT


def test_a_cache_that_cannot_be_made_is_named(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(datasets.DataError, match="COURSE_CACHE"):
        fetch(server, tmp_path / "file" / "folder")


def test_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    assert download.cache_folder() == tmp_path
    monkeypatch.delenv("COURSE_CACHE")
    assert download.cache_folder().name == "course-utils"


def idx_file(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    return header + array.tobytes()


@pytest.fixture
def small_original(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Four small files in the original's form on the server, and their hashes where the loader looks."""
    random = np.random.default_rng(0)
    arrays, files = {}, {}
    for part, remote_files in download._FASHION_FILES.items():
        images = random.integers(0, 256, (20, 28, 28), dtype=np.uint8)
        labels = np.repeat(np.arange(10, dtype=np.uint8), 2)
        arrays |= {f"images_{part}": images, f"labels_{part}": labels}
        renewed = []
        for remote, array in zip(remote_files, (images, labels), strict=True):
            content = idx_file(array)
            server.files[remote.name] = gzip.compress(content)
            renewed.append(download.RemoteFile(remote.name, hashlib.sha256(content).hexdigest(), 100_000))
        files[part] = tuple(renewed)
    monkeypatch.setattr(download, "_FASHION_FILES", files)
    return arrays


def test_full_fashion_mnist(
    server: Server, small_original: dict[str, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_MIRROR", server.address)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    fashion = datasets.fashion_mnist(full=True)
    assert len(server.ranges) == 4
    for part, split in (("train", fashion.train), ("test", fashion.test)):
        assert (split.images == small_original[f"images_{part}"]).all()
        assert (split.labels == small_original[f"labels_{part}"]).all()
        assert split.labels.dtype == np.int64
        assert not split.images.flags.writeable
        assert not split.labels.flags.writeable
    assert fashion.class_names == datasets.FASHION_CLASSES
    assert datasets.fashion_mnist(full=True) is fashion
