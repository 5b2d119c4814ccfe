"""A cgroup of its own for each submission, where this machine lets us make one.

What a cgroup counts nothing escapes: the time of processes that nobody has waited for, and memory that belongs
to no process (pages in pipes and sockets, the kernel's own tables of watches, locks and mappings). It can be had
where systemd delegates one (``systemd-run``), and where the folder of this process's own cgroup may be written,
as by root; of version 1 or 2. Elsewhere `usage` looks at processes.

    grader ── systemd-run, where there is one ── `main` ── bubblewrap ── parent ── keeper, which makes a `Group`

`main` makes a folder for all groups of this grader and hands it on, open: inside, no cgroup is visible.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from course_utils.classroom.limits import MEGABYTE, Limits
from course_utils.classroom.sandbox import linux

VARIABLE = (
    "COURSE_GROUNDS"  # in it `main` tells the numbers of the open folders by hierarchy, and their owner
)
PREFIX, KEEPERS = "course-grading", "keepers"
NEW, MEMORY, CPU, PIDS = "", "memory", "cpuacct", "pids"  # version 2, and the hierarchies of version 1
CONTROLLERS = ("memory", "pids")  # version 2 counts processor time without being asked
BUSES = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")  # variables that systemd-run needs
PATIENCE = 10  # seconds for systemd to answer
TRIES, PAUSE = 20, 0.01  # to remove a group, and seconds between two of them


class Grounds:
    """Where this grader's groups lie; made by the process that is started with `words`, removed here."""

    def __init__(self) -> None:
        self.name = f"{PREFIX}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

    def words(self) -> list[str]:
        """What stands before a command whose groups shall lie here."""
        return [*_scope(), sys.executable, "-m", "course_utils.classroom.sandbox.cgroup", self.name]

    def environment(self) -> dict[str, str]:
        """The variables that `words` need; `main` takes them away again."""
        return {name: os.environ[name] for name in BUSES if _scope() and name in os.environ}

    def remove(self) -> None:
        """Remove the folders, and those of graders that were killed."""
        for folder in hierarchies().values():
            for path in folder.glob(f"{PREFIX}-*"):
                if path.name == self.name or not Path(f"/proc/{path.name.split('-')[2]}").exists():
                    _remove(path)


def _remove(folder: Path) -> None:
    """Remove a group and those in it; one that still has processes stays."""
    with contextlib.suppress(OSError):
        for path in [each for each in folder.iterdir() if each.is_dir()]:
            _remove(path)
    _rmdir(str(folder))


def _rmdir(name: str, ground: int | None = None) -> None:
    """Remove an empty group: the kernel counts a process in it for a moment longer than anybody else does."""
    for _ in range(TRIES):
        try:
            os.rmdir(name, dir_fd=ground)
        except OSError as error:
            if error.errno == errno.EBUSY:
                time.sleep(PAUSE)
                continue
        return


@cache
def _scope() -> tuple[str, ...]:
    """The command that starts another in a cgroup which systemd leaves to us; empty where it does not."""
    words = ["systemd-run", *(() if os.geteuid() == 0 else ("--user",))]
    words += ["--scope", "--quiet", "--collect", "--property=Delegate=yes", "--"]
    if shutil.which(words[0]) is None or not Path("/run/systemd/system").is_dir():
        return ()
    try:
        tried = subprocess.run(
            [*words, "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return ()
    return tuple(words) if tried.returncode == 0 else ()


def hierarchies() -> dict[str, Path]:
    """The folders of this process's cgroups that it may write to, by hierarchy."""
    own: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        own.update(dict.fromkeys(controllers.split(","), path))
    found = {}
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        mount, _, kind = line.partition(" - ")
        system, _, options = kind.split(" ", 2)
        root, place = mount.split()[3:5]
        mounted = {"cgroup2": {NEW}, "cgroup": {MEMORY, CPU, PIDS} & set(options.split(","))}
        for name in mounted.get(system, set()) & set(own):
            folder = Path(place, own[name].removeprefix(root.rstrip("/")).lstrip("/"))
            if os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK):
                found[name] = folder
    return found


def main() -> None:
    """Make the folder for a grader's groups, and become the command that the arguments name after it."""
    folders, user = {}, linux.new_user() if os.geteuid() == 0 else os.geteuid()
    for hierarchy, own in hierarchies().items():
        ground = own / sys.argv[1]
        with contextlib.suppress(OSError):
            ground.mkdir()
            if hierarchy == NEW:
                _enable(own, ground)
            os.chown(ground, user, -1)
            os.chown(ground / "cgroup.procs", user, -1)
            folders[hierarchy] = os.open(ground, os.O_RDONLY | os.O_DIRECTORY)
            os.set_inheritable(folders[hierarchy], True)
    variables = {name: value for name, value in os.environ.items() if name not in BUSES}
    os.execvpe(sys.argv[2], sys.argv[2:], {**variables, VARIABLE: json.dumps([folders, user])})


def _enable(own: Path, folder: Path) -> None:
    """Have groups in the folder count all they can, which version 2 lets only where no process is beside them."""
    (folder / KEEPERS).mkdir()
    (folder / KEEPERS / "cgroup.procs").write_text("0")
    for controller in CONTROLLERS:
        with contextlib.suppress(OSError):
            (own / "cgroup.subtree_control").write_text(f"+{controller}")
            (folder / "cgroup.subtree_control").write_text(f"+{controller}")


def inherited() -> tuple[dict[str, int], int]:
    """The open folders that `main` has left to this process, by hierarchy, and the user whose they are.

    Nothing that this process starts gets them.
    """
    if VARIABLE not in os.environ:
        return {}, linux.new_user()
    folders, user = json.loads(os.environ.pop(VARIABLE))
    for descriptor in folders.values():
        os.set_inheritable(descriptor, False)
    return folders, user


class Group:
    """The cgroup of one submission.

    Args:
        grounds: open folders by hierarchy, as `inherited` gives them; what cannot be made there is left out.
    """

    def __init__(self, grounds: dict[str, int], limits: Limits) -> None:
        self.name, self.grounds = uuid.uuid4().hex, grounds
        self.folders: dict[str, int] = {}
        for hierarchy, ground in grounds.items():
            with contextlib.suppress(OSError):
                os.mkdir(self.name, dir_fd=ground)
                self.folders[hierarchy] = os.open(self.name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=ground)
        most = str(
            2 * (limits.memory_mb + limits.work_mb) * MEGABYTE
        )  # the keeper ends it long before, and says why
        for name, value in (
            ("memory.max", most),
            ("memory.limit_in_bytes", most),
            ("memory.swap.max", "0"),
            ("memory.memsw.limit_in_bytes", most),
            ("pids.max", str(2 * limits.processes)),
        ):
            self.write(name, value)

    def write(self, name: str, value: str) -> None:
        """Write into a file, wherever there is one of this name."""
        for folder in self.folders.values():
            with contextlib.suppress(OSError):
                descriptor = os.open(name, os.O_WRONLY, dir_fd=folder)
                try:
                    os.write(descriptor, value.encode())
                finally:
                    os.close(descriptor)

    def read(self, name: str) -> str | None:
        """What stands in a file of this name; None where there is none."""
        for folder in self.folders.values():
            with (
                contextlib.suppress(OSError),
                open(os.open(name, os.O_RDONLY, dir_fd=folder), encoding="ascii") as file,
            ):
                return file.read()
        return None

    def join(self) -> None:
        """Put this process, and all that it will start, into the group."""
        self.write("cgroup.procs", "0")

    def settle(self) -> None:
        """Forget the folders that the process could not be put into: what they count is nothing."""
        for hierarchy, folder in list(self.folders.items()):
            with open(os.open("cgroup.procs", os.O_RDONLY, dir_fd=folder), encoding="ascii") as file:
                is_empty = not file.read()
            if is_empty:
                self._drop(hierarchy)

    def cpu(self) -> float | None:
        """Seconds of processor time so far; None where they are not counted."""
        if (text := self.read("cpuacct.usage")) is not None:
            return int(text) / 1e9
        text = self.read("cpu.stat")
        return None if text is None else _numbers(text)["usage_usec"] / 1e6

    def memory(self) -> int | None:
        """Bytes that are held, without what is only kept of files on a disk; None where they are not counted."""
        total = self.read("memory.current") or self.read("memory.usage_in_bytes")
        if total is None:
            return None
        kept = _numbers(self.read("memory.stat") or "")
        spare = (
            kept.get("file", kept.get("cache", 0)) - kept.get("shmem", 0) + kept.get("slab_reclaimable", 0)
        )
        return max(0, int(total) - spare)

    def overflowed(self) -> bool:
        """Whether a process was ended because the group had no memory left."""
        text = self.read("memory.events") or self.read("memory.oom_control") or ""
        return _numbers(text).get("oom_kill", 0) > 0

    def remove(self) -> None:
        """Remove it, when all of its processes have ended."""
        for hierarchy in list(self.folders):
            self._drop(hierarchy)

    def _drop(self, hierarchy: str) -> None:
        os.close(self.folders.pop(hierarchy))
        _rmdir(self.name, self.grounds[hierarchy])


def _numbers(text: str) -> dict[str, int]:
    return {name: int(number) for name, number in _pairs(text)}


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, _, number = line.partition(" ")
        yield name, number


if __name__ == "__main__":
    main()
