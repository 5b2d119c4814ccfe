"""Calls of the Linux kernel that no submission needs, refused by the kernel itself.

Namespaces and limits leave gaps, which this filter closes: memory that belongs to no process (memory files,
System V segments, pages that were given to pipes, watches of files, rules), sockets of families that no network
namespace holds (to the host of a virtual machine), new namespaces with privileges of their own, core dumps that
the machine takes outside, and the parts of the kernel that are attacked most.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from course_utils.classroom.sandbox import linux
from course_utils.classroom.sandbox.usage import SHARED_PIECE

INSTRUCTION = struct.Struct("<HBBI")
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in the kernel's struct seccomp_data
ARGUMENT, HALF = 8, 4  # bytes; the higher half of an argument comes second
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
FILTER_MODE = 2
NAMESPACES = (
    linux.CLONE_NEWNS
    | linux.CLONE_NEWCGROUP
    | linux.CLONE_NEWUTS
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUSER
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWNET
)
FAMILIES = (1, 2, 10)  # unix, IPv4 and IPv6: the last two reach nothing but the sandbox itself
KERNELS_FAMILIES = (*FAMILIES, 16)  # netlink: the library of Jupyter's messages asks for the interfaces
FOREIGN_CALLS = 0x40000000  # on x86-64: numbers of the x32 interface begin here

# name: (x86-64, AArch64)
REFUSED = {
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "vmsplice": (278, 75),
    "splice": (275, 76),
    "tee": (276, 77),
    "io_setup": (206, 0),
    "inotify_init": (253, 26),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "mq_open": (240, 180),
    "landlock_create_ruleset": (444, 444),
    "syslog": (103, 116),
    "kcmp": (312, 272),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "quotactl": (179, 60),
    "acct": (163, 89),
}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
CLONE3, SOCKET = 435, (41, 198)
ALL = 0xFFFFFFFF


@dataclass(frozen=True)
class Test:
    """A condition on 32 bits of an argument of a call, counted from 0: the lower ones, or the higher ones."""

    argument: int
    operation: int
    value: int
    is_high: bool = False


def _is_set(argument: int) -> tuple[Test, Test]:
    """An address that is not 0: one of the two holds."""
    return Test(argument, ANY_BIT, ALL), Test(argument, ANY_BIT, ALL, is_high=True)


SHARED, WITHOUT_FILE, HUGE = Test(3, ANY_BIT, 0x01), Test(3, ANY_BIT, 0x20), Test(3, ANY_BIT, 0x40000)
CORE, PIPE_SIZE, CHILD_ENDED = 4, 1031, 17  # RLIMIT_CORE, F_SETPIPE_SZ, SIGCHLD
SOCKET_LEVEL = Test(1, EQUAL, 1)
# Options of sockets by which more memory, which belongs to no process, may wait in them.
BUFFERS = {"SO_SNDBUF": 7, "SO_RCVBUF": 8, "SO_SNDBUFFORCE": 32, "SO_RCVBUFFORCE": 33, "SO_ZEROCOPY": 60}
# Numbers of a call, tests that all hold, and the error.
Rule = tuple[tuple[int, int], tuple[Test, ...], int]
CONDITIONS: tuple[Rule, ...] = (
    ((56, 220), (Test(0, ANY_BIT, NAMESPACES),), errno.EPERM),  # clone
    *(((54, 208), (SOCKET_LEVEL, Test(2, EQUAL, option)), errno.EPERM) for option in BUFFERS.values()),
    ((72, 25), (Test(1, EQUAL, PIPE_SIZE),), errno.EPERM),  # fcntl
    ((160, 164), (Test(0, EQUAL, CORE),), errno.EPERM),  # setrlimit
    *(((302, 261), (Test(1, EQUAL, CORE), is_set), errno.EPERM) for is_set in _is_set(2)),  # prlimit64
    ((9, 222), (HUGE,), errno.ENOMEM),  # mmap; the next two count on pieces of a known size
    ((9, 222), (SHARED, WITHOUT_FILE, Test(1, AT_LEAST, SHARED_PIECE + 1)), errno.ENOMEM),
    ((9, 222), (SHARED, WITHOUT_FILE, Test(1, ANY_BIT, ALL, is_high=True)), errno.ENOMEM),
)
# What it takes for the kernel to forget the time of a process at its end: rt_sigaction of SIGCHLD.
FORGETTING: tuple[Rule, ...] = tuple(
    ((13, 134), (Test(0, EQUAL, CHILD_ENDED), is_set), errno.EPERM) for is_set in _is_set(1)
)


class _Tracker(ctypes.Structure):
    """The kernel's struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]


def is_known(machine: str = "") -> bool:
    """Whether the numbers of the calls are known for this kind of processor."""
    return (machine or platform.machine()) in MACHINES


def apply(families: Sequence[int] = FAMILIES, *, may_ignore_children: bool = False) -> None:
    """Filter the calls of this process and of all that it will start; it must have given up privileges.

    Args:
        families: of sockets, which are allowed.
        may_ignore_children: processes may end without anybody waiting for them, since their time is counted.

    Raises:
        OSError: the kernel does not take the filter.
    """
    column, architecture = MACHINES[platform.machine()]
    rules = CONDITIONS if may_ignore_children else (*CONDITIONS, *FORGETTING)
    program = b"".join(instructions(column, architecture, families, rules))
    buffer = ctypes.create_string_buffer(program, len(program))
    filtered = _Tracker(len(program) // INSTRUCTION.size, ctypes.addressof(buffer))
    linux.prctl(linux.PR_SET_SECCOMP, FILTER_MODE, ctypes.addressof(filtered))


def instructions(
    column: int, architecture: int, families: Sequence[int], rules: Sequence[Rule]
) -> Iterator[bytes]:
    """The filter as a program of the kernel's packet filter language, one instruction after the other."""
    yield INSTRUCTION.pack(LOAD, 0, 0, ARCHITECTURE)
    yield INSTRUCTION.pack(EQUAL, 1, 0, architecture)
    yield INSTRUCTION.pack(RETURN, 0, 0, KILL)
    yield INSTRUCTION.pack(LOAD, 0, 0, NUMBER)
    if column == 0:
        yield from refuse(INSTRUCTION.pack(AT_LEAST, 0, 1, FOREIGN_CALLS), errno.ENOSYS)
    yield from refuse(INSTRUCTION.pack(EQUAL, 0, 1, CLONE3), errno.ENOSYS)  # the C library then uses clone
    for numbers in REFUSED.values():
        yield from refuse(INSTRUCTION.pack(EQUAL, 0, 1, numbers[column]), errno.EPERM)
    for numbers, tests, error in rules:
        yield from refuse_where(numbers[column], tests, error)
    yield INSTRUCTION.pack(EQUAL, 0, len(families) + 2, SOCKET[column])
    yield INSTRUCTION.pack(LOAD, 0, 0, ARGUMENTS)
    for place, family in enumerate(families):
        yield INSTRUCTION.pack(EQUAL, len(families) - place, 0, family)
    yield INSTRUCTION.pack(RETURN, 0, 0, REFUSE | errno.EAFNOSUPPORT)
    yield INSTRUCTION.pack(RETURN, 0, 0, ALLOW)


def refuse_where(number: int, tests: Sequence[Test], error: int) -> Iterator[bytes]:
    """A call with this number for which all tests hold fails with `error`; else the program goes on after it."""
    yield INSTRUCTION.pack(EQUAL, 0, 2 * len(tests) + 2, number)
    for place, test in enumerate(tests):
        yield INSTRUCTION.pack(LOAD, 0, 0, ARGUMENTS + ARGUMENT * test.argument + HALF * test.is_high)
        yield INSTRUCTION.pack(test.operation, 0, 2 * (len(tests) - place) - 1, test.value)
    yield INSTRUCTION.pack(RETURN, 0, 0, REFUSE | error)
    yield INSTRUCTION.pack(LOAD, 0, 0, NUMBER)


def refuse(test: bytes, error: int) -> tuple[bytes, bytes]:
    """Where `test` holds the call fails with `error`; else the program goes on after it."""
    return test, INSTRUCTION.pack(RETURN, 0, 0, REFUSE | error)
