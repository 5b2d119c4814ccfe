"""What a submission uses: told by its cgroup where it has one, else read from /proc for all of its processes."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.classroom.sandbox.cgroup import Group

TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
PROC = Path("/proc")
UNIX_SOCKET = 256 << 10  # bytes that may wait in a socket whose buffer has the usual size
NETWORK_SOCKET = 10 << 20  # the same for TCP, whose buffers grow
SHARED_PIECE = 16 << 20  # bytes of the largest piece of memory without a file that processes may share
SHARED = re.compile(r" (\d+) +/dev/zero \(deleted\)$", re.MULTILINE)
COUNTED, NOT_COUNTED = b"c", b"n"

PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}
PERF_ATTRIBUTES = 128  # bytes of the kernel's struct perf_event_attr
SOFTWARE, TASK_CLOCK = 1, 1
# Of the kernel's work an ordinary user may not know, but of the time that it takes.
INHERITED, NO_KERNEL, NO_HYPERVISOR = 1 << 1, 1 << 5, 1 << 6
CLOSED_ON_EXEC = 8


@dataclass(frozen=True)
class Usage:
    """CPU time in seconds, memory in bytes (that of the imports, shared by all, not counted), whether anything
    computes or would if it were its turn, whether anything waits for the disk, and whether a process does not let
    its memory be measured.
    """

    cpu: float
    memory: int
    runnable: bool
    waits: bool = False
    hides: bool = False


@dataclass
class Meter:
    """Measures a process and all that it starts, from the first moment on.

    Args:
        imports: bytes that each process has in common with the parent it was forked from.
        enough: only where the quick upper bound is above so many bytes, memory is measured page by page.
    """

    group: Group
    imports: int
    enough: int
    pid: int = 0
    isolated: bool = True
    clock: int | None = None
    ends: tuple[socket.socket, socket.socket] = field(default_factory=socket.socketpair)

    def begin(self) -> bool:
        """In the process itself: let the measuring begin.

        Returns:
            Whether the time of its processes is counted even where nobody waits for their end.
        """
        keeper, own = self.ends
        keeper.close()
        self.group.join()
        own.sendall(COUNTED)
        with own:
            if not (answer := own.recv(1)):
                raise ConnectionError("the keeper is gone")
            return answer == COUNTED

    def attach(self, pid: int) -> None:
        """In the keeper: measure the process with this id, which is in `begin`."""
        keeper, theirs = self.ends
        theirs.close()
        with keeper:
            keeper.recv(1)
            self.pid = pid
            self.group.settle()
            if self.group.cpu() is None:
                self.clock = task_clock(pid)
            is_counted = self.clock is not None or self.group.cpu() is not None
            keeper.send(COUNTED if is_counted else NOT_COUNTED)

    @property
    def counts_files(self) -> bool:
        """Whether the files of the submission, which are in memory, count as memory."""
        return self.group.memory() is not None

    def look(self) -> Usage:
        """What is used now."""
        tree = _tree(self.pid)
        ticks = sum(int(number) for fields in tree.values() for number in fields[11:15])
        cpu = max(self.cpu(), ticks / TICK)
        states = {state for pid in tree for state in _states(pid)}
        if (memory := self.group.memory()) is not None:
            return Usage(cpu, memory, "R" in states, "D" in states)
        try:
            memory = _memory(tree, self.imports, self.enough) + (of_sockets(self.pid) if self.isolated else 0)
        except PermissionError:
            return Usage(cpu, 0, "R" in states, "D" in states, hides=True)
        return Usage(cpu, memory, "R" in states, "D" in states)

    def cpu(self) -> float:
        """Seconds of processor time that nothing escapes; 0 where there is no such count."""
        if (seconds := self.group.cpu()) is not None:
            return seconds
        return 0.0 if self.clock is None else struct.unpack("Q", os.read(self.clock, 8))[0] / 1e9

    def close(self) -> None:
        """When all processes have ended."""
        self.group.remove()
        if self.clock is not None:
            os.close(self.clock)
            self.clock = None


def task_clock(pid: int) -> int | None:
    """A descriptor that gives the nanoseconds of processor time of a process, of all that it will start included.

    None where this system keeps that from ordinary users.
    """
    attributes = bytearray(PERF_ATTRIBUTES)
    struct.pack_into("IIQ", attributes, 0, SOFTWARE, PERF_ATTRIBUTES, TASK_CLOCK)
    struct.pack_into("Q", attributes, 40, INHERITED | NO_KERNEL | NO_HYPERVISOR)
    buffer = (ctypes.c_char * PERF_ATTRIBUTES).from_buffer(attributes)
    number = PERF_EVENT_OPEN[platform.machine()]
    found = ctypes.CDLL(None, use_errno=True).syscall(number, buffer, pid, -1, -1, CLOSED_ON_EXEC)
    return None if found < 0 else found


def _memory(tree: Iterable[int], imports: int, enough: int) -> int:
    """Bytes of memory of processes.

    Pages that were shared with the parent when they were forked are the imports'. A page that processes here
    share among themselves belongs to none of them alone; all of those together are what is more than the imports
    can be, which the parent and the keeper share, too.
    """
    pids = list(tree)
    memory = sum(max(0, resident(pid) - imports) for pid in pids)
    if len(pids) > 1 or memory > enough:
        sizes = [_sizes(pid) for pid in pids]
        alone = sum(each.get("Private_Dirty", 0) for each in sizes)
        together = sum(each.get("Pss_Anon", 0) for each in sizes)
        memory = max(memory, alone, together - imports * len(pids) // (len(pids) + 2))
    shared = {inode for pid in pids for inode in SHARED.findall(_read(PROC / str(pid) / "maps"))}
    return memory + len(shared) * SHARED_PIECE + sum(_page_tables(pid) for pid in pids)


def _states(pid: int) -> set[str]:
    """The states of the threads of a process: R for what runs or waits for a processor, D for the disk."""
    try:
        threads = os.listdir(PROC / str(pid) / "task")
    except (FileNotFoundError, ProcessLookupError):
        return set()  # the process has ended
    return {state for thread in threads for state in _stat(f"{pid}/task/{thread}")[:1]}


def resident(pid: int | str) -> int:
    """Bytes of a process that no file holds; 0 when it is gone."""
    fields = _read(PROC / str(pid) / "statm").split()
    return (int(fields[1]) - int(fields[2])) * PAGE if fields else 0


def data_size(pid: int | str) -> int:
    """Bytes that count for the limit of a process's data."""
    fields = _read(PROC / str(pid) / "statm").split()
    return int(fields[5]) * PAGE if fields else 0


def _sizes(pid: int) -> dict[str, int]:
    """The bytes of a process's memory by the names that the kernel gives to its kinds."""
    lines = _read(PROC / str(pid) / "smaps_rollup").splitlines()
    return {line.split(":")[0]: 1024 * int(line.split()[1]) for line in lines if line.endswith("kB")}


def of_sockets(pid: int) -> int:
    """Bytes that may wait in the sockets of the network namespace of a process."""
    words = _read(PROC / str(pid) / "net" / "sockstat").split()
    words += _read(PROC / str(pid) / "net" / "sockstat6").split()
    used = dict(zip(words, words[2:], strict=False))  # "sockets: used 5 TCP: inuse 2 ... TCP6: inuse 0 ..."
    network = sum(int(used.get(name, 0)) for name in ("TCP:", "TCP6:"))
    return UNIX_SOCKET * int(used.get("sockets:", 0)) + NETWORK_SOCKET * network


def _page_tables(pid: int) -> int:
    """Bytes of the tables of a process's pages, which grow with all that it has only looked at."""
    lines = _read(PROC / str(pid) / "status").splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("VmPTE:"))


def _tree(root: int) -> dict[int, list[str]]:
    """The fields of /proc/*/stat after the name (state, parent, ...), for `root` and its descendants."""
    stats = {int(name): _stat(name) for name in os.listdir(PROC) if name.isdigit()}
    children: dict[int, list[int]] = {}
    for pid, fields in stats.items():
        if fields:
            children.setdefault(int(fields[1]), []).append(pid)
    found, waiting = {}, [root]
    while waiting:
        pid = waiting.pop()
        if stats.get(pid):
            found[pid] = stats[pid]
        waiting += children.get(pid, [])
    return found


def _stat(pid: str) -> list[str]:
    """Fields of /proc/pid/stat from the state on; a name may hold anything, so count from the last bracket."""
    return _read(PROC / pid / "stat").rpartition(")")[2].split()


def _read(path: Path) -> str:
    """The text of a file; empty when its process has ended.

    Raises:
        PermissionError: it lives, and does not let itself be looked at.
    """
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
