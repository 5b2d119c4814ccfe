"""Grading submissions of one assignment: two warm parents, one trusted and one in the sandbox."""

from __future__ import annotations

import ast
import queue
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from course_utils.classroom import submission
from course_utils.classroom.limits import MEGABYTE, Limits
from course_utils.classroom.protocol import Channel, ConnectionLostError, ProtocolError
from course_utils.classroom.sandbox import cgroup, command
from course_utils.classroom.submission import Cell
from course_utils.classroom.trial import CANDIDATE
from course_utils.classroom.verdict import NEEDS_A_PERSON, Verdict
from course_utils.classroom.warm import WarmParent, WarmParentError

ALWAYS = ("numpy", "IPython.core.displaypub", "IPython.core.displayhook", "course_utils.classroom.shell")
TRIALS = [sys.executable, "-m", "course_utils.classroom.trial"]
MARGIN = 120  # seconds that the examiner's own work may take beyond the submission's


class Examination:
    """Examines submissions of an assignment, each in a sandbox of its own.

    What is promised: a verdict for every submission, whatever it does; marks for what the teacher's own tests
    found in plain data, run in a process that no student's code reaches. See `sandbox` for what a submission
    can see and use. What is not promised: that a submission did not compute its answers in another way than
    meant, or was not written by somebody else; and that the inputs of hidden tests stay hidden: a submission
    gets them as arguments, and a cell further down may print them. Expected values never go there.

    Args:
        source: the teacher's notebook, with solutions and hidden tests.
        limits: what a submission may use.
        workers: how many are examined at a time; each has a warm parent of its own in the sandbox.
        unsafe: without a sandbox, for the teacher's own notebooks: the code runs with the grader's rights.

    Raises:
        SandboxError: there is no sandbox on this machine.
        SubmissionError: the source cannot be read.
    """

    def __init__(self, source: Path, *, limits: Limits, workers: int = 1, unsafe: bool = False) -> None:
        if not unsafe:
            command.require()
        self.source, self.limits, self.unsafe = source.absolute(), limits, unsafe
        self.cells = submission.read(source, limits)
        self.workers = workers
        self.parents: queue.Queue[WarmParent] = queue.Queue()
        self.trials: WarmParent
        self.resources = ExitStack()

    def __enter__(self) -> Examination:
        with ExitStack() as stack:
            parents = [self.start(self.candidates(), stack) for _ in range(self.workers)]
            self.trials = self.start(TRIALS, stack)
            for parent in (*parents, self.trials):
                parent.wait_until_ready()
            self.resources = stack.pop_all()
        for parent in parents:
            self.parents.put(parent)
        return self

    def __exit__(self, *error: object) -> None:
        self.resources.close()

    def start(self, words: list[str], stack: ExitStack) -> WarmParent:
        settings = {
            "limits": asdict(self.limits),
            "modules": [*ALWAYS, *imports(self.cells)],
            "cells": [cell.source for cell in self.cells if cell.is_set_up],
            "source": str(self.source),
            "isolated": not self.unsafe,
        }
        if words is not TRIALS:
            del settings["source"]  # where the solutions are is nothing for the sandbox
        is_inside = words is not TRIALS and not self.unsafe
        variables = (command.environment if is_inside else command.outside)(self.limits.threads)
        if is_inside:
            grounds = cgroup.Grounds()
            words, variables = [*grounds.words(), *words], {**variables, **grounds.environment()}
            stack.callback(grounds.remove)
        parent = WarmParent(words, settings, variables)
        stack.callback(parent.close)
        return parent

    def candidates(self) -> list[str]:
        """The command of the warm parent of students' code."""
        program = [sys.executable, "-m", "course_utils.classroom.sandbox.parent"]
        return program if self.unsafe else [*command.arguments(command.visible_paths()), *program]

    def examine(self, path: Path | None) -> Verdict:
        """The verdict on a submitted notebook, None where nothing was submitted; may be called from any thread.

        What goes wrong in the grader itself ends in a verdict that needs a person.
        """
        started = time.monotonic()
        try:
            with self.worker() as parent:
                return Verdict.from_json(self.hear(parent, path))
        except (WarmParentError, ConnectionLostError, ProtocolError, TypeError, KeyError) as error:
            wall = round(time.monotonic() - started, 2)
            return Verdict(NEEDS_A_PERSON, f"The grader failed: {error}", (), {}, 0.0, wall, 0.0)

    @contextmanager
    def worker(self) -> Iterator[WarmParent]:
        """A warm parent that nobody else uses meanwhile."""
        parent = self.parents.get()
        try:
            if not parent.is_alive():  # short of memory, say, the system ended it
                parent = self.start(self.candidates(), self.resources)
                parent.wait_until_ready()
            yield parent
        finally:
            self.parents.put(parent)

    def hear(self, parent: WarmParent, path: Path | None) -> dict[str, Any]:
        """Have an examiner forked, and a candidate whenever it asks for one; wait for the verdict."""
        result, result_inside = socket.socketpair()
        deadline = time.monotonic() + self.limits.wall_s + MARGIN
        with result:
            self.trials.fork(result_inside)
            channel = Channel(result, 4 * (self.limits.output_mb + self.limits.notebook_mb) * MEGABYTE)
            channel.send(None if path is None else str(path.absolute()))
            while True:
                result.settimeout(max(1.0, deadline - time.monotonic()))
                message = heard(channel, self.limits)
                if message != CANDIDATE:
                    return message
                send_candidate(parent, result)


def heard(channel: Channel, limits: Limits) -> Any:
    """What the examiner says next."""
    try:
        return channel.receive()
    except ConnectionLostError as error:
        raise ConnectionLostError(
            f"its examination broke off ({error}), perhaps because a test computed for more than {limits.cpu_s} s"
        ) from error


def send_candidate(parent: WarmParent, connection: socket.socket) -> None:
    """Have a candidate forked, and send the sockets to it and to its keeper."""
    talk, talk_inside = socket.socketpair()
    control, control_inside = socket.socketpair()
    with talk, control:
        parent.fork(talk_inside, control_inside)
        socket.send_fds(connection, [b"c"], [talk.fileno(), control.fileno()])


def imports(cells: list[Cell]) -> list[str]:
    """The modules that the assignment's cells import: the warm parents have them ready."""
    found: dict[str, None] = {}
    for cell in cells:
        if cell.kind == "code":
            found.update(dict.fromkeys(_imported(cell.source)))
    return list(found)


def _imported(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # a magic line; what the cell imports is imported when it runs
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names if node.module == "course_utils")
