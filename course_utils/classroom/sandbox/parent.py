"""The warm parent: imports once, then forks a process for every submission. Run inside bubblewrap.

    grader ── bubblewrap ── parent ── keeper ── init ── candidate (the student's code)

The keeper watches a submission from outside its namespaces and ends it as a whole. `init` is process 1 of the
namespaces: with it every process in them dies. Students' code runs in the candidate and its descendants only.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from course_utils.classroom import candidate, warm
from course_utils.classroom.limits import MEGABYTE, NO_DUMP, Limits
from course_utils.classroom.protocol import Channel, ConnectionLostError
from course_utils.classroom.sandbox import cgroup, linux, seccomp, usage
from course_utils.classroom.sandbox.command import EMPTIED, HOME, SCRATCH

PERIOD = 0.1  # seconds between two looks of the keeper
SLACK = 1.25  # so that one process that asks for too much gets a MemoryError, before the keeper ends it
MOST_FILES = 10_000
MOST_DESCRIPTORS = 4096  # of the parent and the keeper
NICENESS = 5
SAFE = linux.MS_NOSUID | linux.MS_NODEV
SIGNALS = 1024  # that may wait, timers included
SHORTEST_MESSAGE = 1 << 16


def main() -> None:
    """Serve the grader whose socket is the descriptor given on the command line."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    settings = Channel(connection, warm.FIRST_SETTINGS).receive()
    limits, isolated = Limits(**settings["limits"]), settings["isolated"]
    grounds, user = cgroup.inherited()
    if isolated and os.geteuid() == 0:
        linux.become(user, user)
        linux.prctl(linux.PR_SET_DUMPABLE, 1)  # lets the keeper measure memory; changing the user unset it
    warm.serve(
        connection,
        settings,
        candidate.rehearse,
        lambda sockets: keep(*_two(sockets), limits, isolated, grounds),
    )


def _two(sockets: list[socket.socket]) -> tuple[socket.socket, socket.socket]:
    talk, control = sockets
    return talk, control


def keep(
    talk: socket.socket, control: socket.socket, limits: Limits, isolated: bool, grounds: dict[str, int]
) -> None:
    """Fork a candidate that talks to the examiner, and watch it until the examiner says that it is enough."""
    data = usage.data_size("self")
    meter = usage.Meter(
        cgroup.Group(grounds, limits),
        usage.resident("self"),
        limits.memory_mb * MEGABYTE,
        isolated=isolated,
    )
    if isolated:
        linux.unshare(linux.CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        control.close()
        is_counted = meter.begin()
        live(talk, limits, data, isolated, is_counted)
    talk.close()
    meter.attach(pid)
    Keeper(pid, control, limits, meter=meter).watch()


class Keeper:
    """Looks again and again at what a candidate uses, answers the examiner, and ends the candidate."""

    def __init__(
        self,
        pid: int,
        control: socket.socket,
        limits: Limits,
        imports: int = 0,
        meter: usage.Meter | None = None,
    ) -> None:
        self.pid, self.limits = pid, limits
        enough = limits.memory_mb * MEGABYTE
        self.meter = meter or usage.Meter(cgroup.Group({}, limits), imports, enough, pid)
        self.control = control
        self.channel = Channel(control, SHORTEST_MESSAGE)
        self.started = time.monotonic()
        self.seen = usage.Usage(0.0, 0, True)
        self.peak = 0
        self.looked = self.started
        self.idle = 0.0  # seconds; on a busy machine who waits for a processor is not idle
        self.disk = 0.0  # seconds of waiting for the disk, which are no idle ones as long as they are few
        self.ended = ""
        self.before = {"cpu": 0.0, "wall": 0.0}  # seconds that former candidates of the submission have used

    def watch(self) -> None:
        """Until the examiner hangs up or asks for the end."""
        with contextlib.suppress(ConnectionLostError):
            while True:
                ready, _, _ = select.select([self.control], [], [], PERIOD)
                self.look()
                if ready:
                    question = self.channel.receive()
                    if isinstance(question, dict):
                        self.before = question
                    last = question == "end"
                    if last:
                        self.end("the examination is over")
                    self.channel.send(self.report())
                    if last:
                        return
        self.end("the examiner is gone")

    def look(self) -> None:
        """Measure, and end what uses too much; nothing is left to see after the end."""
        if self.ended:
            return
        self.seen = self.meter.look()
        self.peak = max(self.peak, self.seen.memory)
        before, self.looked = self.looked, time.monotonic()
        self.rest(self.looked - before)
        if reason := self.excess():
            self.end(reason)
        elif (ended := os.wait4(self.pid, os.WNOHANG))[0]:
            self.conclude(ended[1], ended[2])

    def rest(self, seconds: float) -> None:
        """Count the seconds since the last look where nothing wants to compute."""
        if self.seen.runnable:
            return
        if self.seen.waits:
            self.disk += seconds
        if not self.seen.waits or self.disk > self.limits.all_idle_s:
            self.idle += seconds

    def excess(self) -> str:
        """Which limit was exceeded, as words for a person; empty if none."""
        limits, seen = self.limits, self.seen
        files = limits.work_mb if self.meter.counts_files else 0
        if seen.memory > (SLACK * limits.memory_mb + files) * MEGABYTE:
            return self.too_much_memory()
        if seen.hides:
            return "a process of it did not let its memory be measured"
        if self.before["cpu"] + seen.cpu > limits.cpu_s:
            return f"it used more than {limits.cpu_s} s of CPU time"
        if self.before["wall"] + time.monotonic() - self.started > limits.wall_s:
            return f"it took longer than {limits.wall_s} s"
        return ""

    def too_much_memory(self) -> str:
        return f"it used more than {self.limits.memory_mb} MB of memory"

    def end(self, reason: str) -> None:
        """Kill the candidate and everything it started."""
        if self.ended:
            return
        os.kill(self.pid, signal.SIGKILL)
        _, _, used = os.wait4(self.pid, 0)
        self.conclude(0, used)
        self.ended = reason

    def conclude(self, status: int, used: resource.struct_rusage) -> None:
        """Keep why and after how much CPU time it ended."""
        cpu = max(self.seen.cpu, self.meter.cpu(), used.ru_utime + used.ru_stime)
        self.seen = usage.Usage(cpu, self.seen.memory, False)
        code = os.waitstatus_to_exitcode(status)
        self.ended = (
            f"its process ended with exit code {code}" if code >= 0 else f"signal {-code} ended its process"
        )
        if self.meter.group.overflowed():
            self.ended = self.too_much_memory()
        self.meter.close()

    def report(self) -> dict[str, Any]:
        """What the examiner may know."""
        return {"cpu": self.seen.cpu, "memory": self.peak / MEGABYTE, "idle": self.idle, "ended": self.ended}


def live(talk: socket.socket, limits: Limits, data: int, isolated: bool, is_counted: bool) -> NoReturn:
    """Be `init` and the candidate's parent; or without isolation the candidate itself."""
    if not isolated:
        os.setsid()
        set_limits(limits, data)
        close_files(talk.fileno())
        finish(lambda: candidate.run(talk, limits))
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()  # a signal to the process group must not reach the keeper
    confine(limits, data, is_counted=is_counted)
    close_files(talk.fileno())
    pid = os.fork()
    if pid == 0:
        os.setsid()
        finish(lambda: candidate.run(talk, limits))
    talk.close()
    finish(lambda: reap(pid))


def reap(pid: int) -> int:
    """As process 1: bury orphans until the candidate is dead; returns what it died of."""
    while True:
        dead, status = os.wait()
        if dead == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def finish(work: Callable[[], int | None]) -> NoReturn:
    """Exit with what `work` returns, past whatever a student's code has put in the way of an exit."""
    code = 1
    try:
        code = work() or 0
    finally:
        os._exit(code)


def confine(limits: Limits, data: int, *, is_counted: bool, is_kernel: bool = False) -> None:
    """Shut this process in: own namespaces, an empty bounded folder, limits, no privileges, filtered calls.

    Args:
        data: bytes that do not count, for the imports.
        is_counted: the time of processes is known even where nobody waits for their end.
        is_kernel: it talks to itself over the network of bubblewrap's namespace, which has no other end.
    """
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS | linux.CLONE_NEWCGROUP)
    if not is_kernel:
        linux.unshare(linux.CLONE_NEWNET)
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    empty_places(limits)
    linux.mount("proc", "/proc", "proc", SAFE | linux.MS_NOEXEC)
    os.chdir(HOME)
    yield_to_others()
    set_limits(limits, data)
    linux.drop_capabilities()
    families = seccomp.KERNELS_FAMILIES if is_kernel else seccomp.FAMILIES
    seccomp.apply(families, may_ignore_children=is_counted)


def empty_places(limits: Limits) -> None:
    """Give this process empty folders of its own; the course and Python stay where they are, also below these."""
    kept = {place: os.open(place, os.O_PATH) for place in linux.mounted_below(EMPTIED)}
    size = f"size={limits.work_mb}m,nr_inodes={MOST_FILES},mode=0755"
    linux.mount("tmpfs", SCRATCH, "tmpfs", SAFE, size)
    for number, place in enumerate(place for place in EMPTIED if place != SCRATCH):
        os.mkdir(f"{SCRATCH}/{number}")
        linux.mount(f"{SCRATCH}/{number}", place, None, linux.MS_BIND)
    for place, descriptor in kept.items():
        os.makedirs(place, exist_ok=True)
        linux.mount(f"/proc/self/fd/{descriptor}", place, None, linux.MS_BIND | linux.MS_REC)
        os.close(descriptor)


def yield_to_others() -> None:
    """Let the keeper have the processor first, and the system take this one's memory first where it is short."""
    os.nice(NICENESS)
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def set_limits(limits: Limits, data: int) -> None:
    """Limits that the kernel holds for every process; `data` is what the imports use."""
    memory = data + limits.memory_mb * MEGABYTE
    for kind, most in (
        (resource.RLIMIT_CORE, NO_DUMP),
        (resource.RLIMIT_CPU, limits.cpu_s + 5),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, limits.file_mb * MEGABYTE),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, SIGNALS),
    ):
        resource.setrlimit(kind, (most, most))


def close_files(*kept: int) -> None:
    """Leave no descriptor but these and a silent 0, 1 and 2, in the candidate and what it can look into."""
    silence = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(silence, number)
    for first, last in itertools.pairwise(sorted({2, *kept, MOST_DESCRIPTORS})):
        os.closerange(first + 1, last)


if __name__ == "__main__":
    main()
