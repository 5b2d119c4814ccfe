"""The journal of verdicts after a crash, with damage, and on a full disk."""

from __future__ import annotations

import errno
import os
import zlib

import pytest

from course_utils.classroom import journal
from course_utils.classroom.course import ClassError
from course_utils.classroom.journal import Entry, Journal
from course_utils.classroom.verdict import GRADED, CellVerdict, Verdict


def entry(student, points=1.0):
    cells = (CellVerdict("a", points, 2.0, points == 2.0, "hint \u2028 é"),)
    outputs = {"cell": [{"output_type": "stream", "name": "stdout", "text": "ö\n"}]}
    return Entry(
        student, "s1", "r1", Verdict(GRADED, "", cells, outputs, 0.1, 0.2, 3.0), "2026-01-01T00:00:00Z"
    )


@pytest.fixture
def path(tmp_path):
    with Journal(tmp_path / "journal" / "a.jsonl") as written:
        written.append(entry("ada"))
        written.mark_applied("ada")
        written.append(entry("blaise"))
        written.append(entry("ada", 2.0))
    return written.path


def points(read):
    return {student: found.verdict.cells[0].points for student, found in read.latest.items()}


def test_latest_verdicts(path):
    read = Journal(path)
    assert points(read) == {"ada": 2.0, "blaise": 1.0}
    assert read.applied == set() and read.damaged == 0  # ada's new verdict is not in the gradebook
    assert read.latest["ada"].verdict.outputs == {} and read.read("ada") == entry("ada", 2.0)


@pytest.mark.parametrize("cut", [1, 5, 60, 200])
def test_a_torn_end_does_not_count_and_is_cut_off(path, cut):
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with Journal(path) as read:
        assert points(read) == {"ada": 1.0, "blaise": 1.0} and read.damaged == 1
        read.append(entry("ada", 2.0))
    assert path.read_bytes() == whole


def test_a_damaged_line_costs_no_other(path):
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"blaise", b"brutus")
    path.write_bytes(b"".join(lines) + b"\xff\xfe nonsense\n")
    with Journal(path) as read:
        assert points(read) == {"ada": 2.0} and read.damaged == 2
        read.append(entry("carl"))
    assert points(Journal(path)) == {"ada": 2.0, "carl": 1.0}


@pytest.mark.parametrize(
    "other",
    [
        {"verdict_of": {"student": "eve"}},
        {"verdict_of": {**entry("eve").to_json(), "more": 1}},
        {"verdict_of": {**entry("eve").to_json(), "student": ["eve"]}},
        {"verdict_of": {**entry("eve").to_json(), "verdict": None}},
        {"verdict_of": {**entry("eve").to_json(), "verdict": {**entry("eve").verdict.to_json(), "cells": 3}}},
        {"verdict_of": {**entry("eve", "many").to_json()}},
        {"verdict_of": entry("eve", float("nan")).to_json()},
        {"applied": 7},
        {"applied": ""} | {"applied": None},
        {"something": "else"},
        ["applied"],
        "applied",
        None,
    ],
)
def test_a_line_of_something_else_counts_as_damaged(path, other):
    with path.open("ab") as file:
        file.write(journal.line_of(other))
    with Journal(path) as read:
        assert points(read) == {"ada": 2.0, "blaise": 1.0} and read.damaged == 1
        read.append(entry("carl"))
    journal.forget(path, "blaise")
    assert points(Journal(path)) == {"ada": 2.0, "carl": 1.0} and Journal(path).damaged == 0


def test_lines_that_are_no_json_although_their_checksum_is_right(path):
    with path.open("ab") as file:
        for text in (b"{", b"[" * 100_000, b"\xff"):
            file.write(b"%08x %s\n" % (zlib.crc32(text), text))
    assert points(Journal(path)) == {"ada": 2.0, "blaise": 1.0} and Journal(path).damaged == 3


def test_full_disk(path, monkeypatch):
    before = path.read_bytes()

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    with Journal(path) as written:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ClassError, match="No space left on device.*make room"):
            written.append(entry("carl"))
        monkeypatch.undo()
        assert path.read_bytes() == before and "carl" not in written.latest
        written.append(entry("carl"))
    assert points(Journal(path))["carl"] == 1.0


def test_forgetting_a_student(path):
    journal.forget(path, "ada")
    assert points(Journal(path)) == {"blaise": 1.0} and b"ada" not in path.read_bytes()
