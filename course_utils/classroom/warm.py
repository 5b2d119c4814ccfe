"""A process that has imported what all jobs need, and forks a child for each of them.

The import of TensorFlow takes seconds, a fork of a process that has done it takes milliseconds.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from typing import Any

from course_utils.classroom.protocol import Channel, ConnectionLostError

MOST_SOCKETS = 8
LONGEST_START = 300  # seconds; a slow disk and a busy machine included
READY = "ready"
FIRST_SETTINGS = 1 << 20  # bytes

Job = Callable[[list[socket.socket]], None]
Rehearsal = Callable[[str], None]


class WarmParentError(Exception):
    """The warm parent could not be started, or has died."""


def serve(connection: socket.socket, settings: dict[str, Any], rehearse: Rehearsal, job: Job) -> None:
    """Import, say so, then fork a child that runs `job` with the sockets of every request; ends at hang-up.

    Args:
        settings: ``modules`` to import, and ``cells``: code of the teacher's that shows what else is needed.
        rehearse: runs one of the cells, in a child whose imports are then done here.
    """
    from course_utils.quiet import quiet_stderr

    with quiet_stderr():
        load(settings["modules"])
        load(rehearsed(settings["cells"], rehearse))
    gc.collect()
    gc.freeze()  # so that collecting garbage in a child does not copy this memory
    Channel(connection, FIRST_SETTINGS).send(READY)
    while True:
        data, descriptors, _, _ = socket.recv_fds(connection, 1, MOST_SOCKETS)
        if not data:
            return
        if os.fork() == 0:
            _run(job, connection, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _bury()


def load(modules: Sequence[str]) -> None:
    """Import what a job will need; what cannot be imported here is the job's problem, in its own words."""
    for name in modules:
        if name not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def rehearsed(cells: Sequence[str], rehearse: Rehearsal) -> list[str]:
    """The modules that the cells bring in. They run in a child, since TensorFlow does not fork once it computes."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            for cell in cells:
                with contextlib.suppress(Exception):
                    rehearse(cell)
            with open(writing, "w", encoding="utf-8") as pipe:
                pipe.write("\n".join(sys.modules))
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        names = pipe.read().splitlines()
    os.waitpid(child, 0)
    return names


def seed() -> None:
    """Start all random numbers anew, for the same marks every time; Python's own change at every fork."""
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)


def _run(job: Job, connection: socket.socket, descriptors: list[int]) -> None:
    """In the child: the job, and no way back."""
    code = 1
    try:
        connection.close()
        job([socket.socket(fileno=descriptor) for descriptor in descriptors])
        code = 0
    finally:
        if code:
            sys.excepthook(*sys.exc_info())
        os._exit(code)


def _bury() -> None:
    """Collect children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


class WarmParent:
    """The grader's end of a warm parent, which ends when this end is closed, even by a kill.

    Args:
        command: starts a program that calls `serve`; the number of its socket is appended.
        settings: plain data that the program gets first.
        environment: its variables.
    """

    def __init__(self, command: Sequence[str], settings: dict[str, Any], environment: dict[str, str]) -> None:
        self.connection, theirs = socket.socketpair()
        self.lock = threading.Lock()
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        with theirs:
            self.process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.errors,
                cwd="/",
                start_new_session=True,
            )
        self.channel = Channel(self.connection, FIRST_SETTINGS)
        with contextlib.suppress(ConnectionLostError):  # it is dead, which `wait_until_ready` will tell
            self.channel.send(settings)

    def is_alive(self) -> bool:
        """Whether it can be asked to fork."""
        return self.process.poll() is None

    def wait_until_ready(self) -> None:
        """Return when it has imported everything.

        Raises:
            WarmParentError: it died or takes too long; the message has its last words.
        """
        self.connection.settimeout(LONGEST_START)
        try:
            self.channel.receive()
        except ConnectionLostError as error:
            raise WarmParentError(
                f"The grader's helper process could not start: {self._last_words()}"
            ) from error
        self.connection.settimeout(None)

    def fork(self, *sockets: socket.socket) -> None:
        """Have it fork a child with these sockets, which are closed here.

        Raises:
            WarmParentError: it is gone.
        """
        try:
            with self.lock:
                socket.send_fds(self.connection, [b"f"], [each.fileno() for each in sockets])
        except OSError as error:
            raise WarmParentError(f"The grader's helper process is gone: {self._last_words()}") from error
        finally:
            for each in sockets:
                each.close()

    def _last_words(self) -> str:
        self.process.kill()
        self.process.wait()
        self.errors.seek(0)
        return (
            self.errors.read().decode("utf-8", "replace").strip()[-1000:]
            or f"exit code {self.process.returncode}"
        )

    def close(self) -> None:
        """End it."""
        self.connection.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()
