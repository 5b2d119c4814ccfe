"""What a process and all its descendants use, read from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
PROC = Path("/proc")


SOCKET = 256 << 10  # bytes that may wait in a socket whose buffer has the usual size


@dataclass(frozen=True)
class Usage:
    """CPU time in seconds, memory in bytes (that of the imports, shared by all, not counted), and whether
    anything computes or would if it were its turn.
    """

    cpu: float
    memory: int
    runnable: bool


def of_tree(root: int, imports: int, enough: int) -> Usage:
    """The usage of `root` and its descendants.

    Args:
        imports: bytes that each process has in common with the parent it was forked from.
        enough: only where the quick upper bound is above so many bytes, memory is measured page by page.
    """
    tree = _tree(root)
    cpu = sum(sum(int(number) for number in fields[11:15]) for fields in tree.values()) / TICK
    memory = sum(max(0, resident(pid) - imports) for pid in tree)
    if len(tree) > 1 or memory > enough:
        memory = max(memory, sum(_own(pid) for pid in tree))
    memory += sum(_page_tables(pid) for pid in tree)
    return Usage(cpu, memory, any(_is_runnable(pid) for pid in tree))


def _is_runnable(pid: int) -> bool:
    """Whether a thread of the process runs, waits for a processor or for the disk."""
    try:
        threads = os.listdir(PROC / str(pid) / "task")
    except FileNotFoundError:
        return False  # the process has ended
    return any(_stat(f"{pid}/task/{thread}")[:1] in (["R"], ["D"]) for thread in threads)


def resident(pid: int | str) -> int:
    """Bytes of a process that no file holds; 0 when it is gone."""
    fields = _read(PROC / str(pid) / "statm").split()
    return (int(fields[1]) - int(fields[2])) * PAGE if fields else 0


def data_size(pid: int | str) -> int:
    """Bytes that count for the limit of a process's data."""
    fields = _read(PROC / str(pid) / "statm").split()
    return int(fields[5]) * PAGE if fields else 0


def _own(pid: int) -> int:
    """Bytes that a process shares with no file and no other process, and its part of shared ones."""
    lines = _read(PROC / str(pid) / "smaps_rollup").splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
    return 1024 * (sizes.get("Private_Dirty", 0) + sizes.get("Pss_Shmem", 0))


def of_sockets(pid: int) -> int:
    """Bytes that may wait in the sockets of the network namespace of a process."""
    words = _read(PROC / str(pid) / "net" / "sockstat").split()
    return SOCKET * int(words[2]) if words else 0


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
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""  # the process has ended
