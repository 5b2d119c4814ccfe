"""Calls of the Linux kernel that no submission needs, refused by the kernel itself.

Namespaces and limits leave gaps, which this filter closes: memory that belongs to no process (memory files,
System V segments), sockets of families that no network namespace holds (to the host of a virtual machine),
new namespaces with privileges of their own, and the parts of the kernel that are attacked most.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterator, Sequence

from course_utils.classroom.sandbox import linux

INSTRUCTION = struct.Struct("<HBBI")
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT, THIRD_ARGUMENT = (
    0,
    4,
    16,
    24,
    32,
)  # offsets in the kernel's struct seccomp_data
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
CLONE, CLONE3, SOCKET, SET_OPTION = (56, 220), 435, (41, 198), (54, 208)
SOCKET_LEVEL, SEND_BUFFER = 1, 7  # how much may wait in a socket: memory that belongs to no process


class _Tracker(ctypes.Structure):
    """The kernel's struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]


def is_known(machine: str = "") -> bool:
    """Whether the numbers of the calls are known for this kind of processor."""
    return (machine or platform.machine()) in MACHINES


def apply(families: Sequence[int] = FAMILIES) -> None:
    """Filter the calls of this process and of all that it will start; it must have given up privileges.

    Raises:
        OSError: the kernel does not take the filter.
    """
    column, architecture = MACHINES[platform.machine()]
    program = b"".join(instructions(column, architecture, families))
    buffer = ctypes.create_string_buffer(program, len(program))
    filtered = _Tracker(len(program) // INSTRUCTION.size, ctypes.addressof(buffer))
    linux.prctl(linux.PR_SET_SECCOMP, FILTER_MODE, ctypes.addressof(filtered))


def instructions(column: int, architecture: int, families: Sequence[int]) -> Iterator[bytes]:
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
    yield INSTRUCTION.pack(EQUAL, 0, 3, CLONE[column])
    yield INSTRUCTION.pack(LOAD, 0, 0, FIRST_ARGUMENT)
    yield from refuse(INSTRUCTION.pack(ANY_BIT, 0, 1, NAMESPACES), errno.EPERM)
    yield INSTRUCTION.pack(LOAD, 0, 0, NUMBER)
    yield INSTRUCTION.pack(EQUAL, 0, 5, SET_OPTION[column])
    yield INSTRUCTION.pack(LOAD, 0, 0, SECOND_ARGUMENT)
    yield INSTRUCTION.pack(EQUAL, 0, 3, SOCKET_LEVEL)
    yield INSTRUCTION.pack(LOAD, 0, 0, THIRD_ARGUMENT)
    yield from refuse(INSTRUCTION.pack(EQUAL, 0, 1, SEND_BUFFER), errno.EPERM)
    yield INSTRUCTION.pack(LOAD, 0, 0, NUMBER)
    yield INSTRUCTION.pack(EQUAL, 0, len(families) + 2, SOCKET[column])
    yield INSTRUCTION.pack(LOAD, 0, 0, FIRST_ARGUMENT)
    for place, family in enumerate(families):
        yield INSTRUCTION.pack(EQUAL, len(families) - place, 0, family)
    yield INSTRUCTION.pack(RETURN, 0, 0, REFUSE | errno.EAFNOSUPPORT)
    yield INSTRUCTION.pack(RETURN, 0, 0, ALLOW)


def refuse(test: bytes, error: int) -> tuple[bytes, bytes]:
    """Where `test` holds the call fails with `error`; else the program goes on after it."""
    return test, INSTRUCTION.pack(RETURN, 0, 0, REFUSE | error)
