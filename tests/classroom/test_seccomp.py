"""The filter of calls as the kernel reads it, for both kinds of processors."""

from __future__ import annotations

import errno
import struct

import pytest

from course_utils.classroom.sandbox import seccomp

MACHINES = {0: 0xC000003E, 1: 0xC00000B7}
ALLOWED, KILLED = "allowed", "killed"
SHARED, PRIVATE, WITHOUT_FILE, HUGE = 0x01, 0x02, 0x20, 0x40000
HIGH = 1 << 32  # an address whose lower half is 0
# Numbers of a call, its arguments, and what becomes of it.
CALLS = [
    ((0, 63), (0, HIGH, 1), ALLOWED),  # read
    ((39, 172), (), ALLOWED),  # getpid
    ((56, 220), (17,), ALLOWED),  # clone: fork
    ((56, 220), (0x10000000,), errno.EPERM),
    ((435, 435), (), errno.ENOSYS),
    ((278, 75), (1, 2, 3), errno.EPERM),  # vmsplice
    ((275, 76), (1, 2, 3), errno.EPERM),
    ((276, 77), (1, 2, 3), errno.EPERM),
    ((206, 0), (1, HIGH), errno.EPERM),  # io_setup
    ((41, 198), (1, 1, 0), ALLOWED),  # socket
    ((41, 198), (10, 1, 0), ALLOWED),
    ((41, 198), (40, 1, 0), errno.EAFNOSUPPORT),
    ((54, 208), (3, 1, 7), errno.EPERM),  # setsockopt
    ((54, 208), (3, 1, 8), errno.EPERM),
    ((54, 208), (3, 1, 60), errno.EPERM),
    ((54, 208), (3, 1, 2), ALLOWED),
    ((54, 208), (3, 6, 7), ALLOWED),
    ((72, 25), (3, 1031, 1 << 20), errno.EPERM),  # fcntl
    ((72, 25), (3, 1, 0), ALLOWED),
    ((160, 164), (4, HIGH), errno.EPERM),  # setrlimit
    ((160, 164), (7, HIGH), ALLOWED),
    ((302, 261), (0, 4, HIGH, 0), errno.EPERM),  # prlimit64
    ((302, 261), (0, 4, 4096, 0), errno.EPERM),
    ((302, 261), (0, 4, 0, 4096), ALLOWED),
    ((302, 261), (0, 7, HIGH, 0), ALLOWED),
    ((9, 222), (0, 1 << 30, 3, PRIVATE | WITHOUT_FILE), ALLOWED),  # mmap
    ((9, 222), (0, 1 << 30, 3, SHARED), ALLOWED),
    ((9, 222), (0, 1 << 24, 3, SHARED | WITHOUT_FILE), ALLOWED),
    ((9, 222), (0, (1 << 24) + 1, 3, SHARED | WITHOUT_FILE), errno.ENOMEM),
    ((9, 222), (0, HIGH, 3, SHARED | WITHOUT_FILE), errno.ENOMEM),
    ((9, 222), (0, 4096, 3, PRIVATE | WITHOUT_FILE | HUGE), errno.ENOMEM),
    ((13, 134), (2, HIGH, 0), ALLOWED),  # rt_sigaction
    ((13, 134), (17, 0, 4096), ALLOWED),
]
FORGETTING = [((13, 134), (17, HIGH, 0)), ((13, 134), (17, 4096, 0))]


def outcome(column: int, number: int, arguments: tuple[int, ...], rules=seccomp.CONDITIONS, machine=None):
    """What the filter says to a call: its instructions carried out one by one."""
    program = list(seccomp.instructions(column, MACHINES[column], seccomp.FAMILIES, rules))
    full = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, machine or MACHINES[column], 0, *full)
    place, loaded = 0, 0
    while True:
        code, if_true, if_false, value = seccomp.INSTRUCTION.unpack(program[place])
        place += 1
        if code == seccomp.RETURN:
            break
        if code == seccomp.LOAD:
            loaded = struct.unpack_from("<I", data, value)[0]
        else:
            holds = {
                seccomp.EQUAL: loaded == value,
                seccomp.AT_LEAST: loaded >= value,
                seccomp.ANY_BIT: bool(loaded & value),
            }[code]
            place += if_true if holds else if_false
    names = {seccomp.ALLOW: ALLOWED, seccomp.KILL: KILLED}
    return names.get(value, value & 0xFFFF)


@pytest.mark.parametrize("column", MACHINES)
@pytest.mark.parametrize(("numbers", "arguments", "expected"), CALLS)
def test_calls(column, numbers, arguments, expected):
    assert outcome(column, numbers[column], arguments) == expected
    more = (*seccomp.CONDITIONS, *seccomp.FORGETTING)
    assert outcome(column, numbers[column], arguments, more) == expected


@pytest.mark.parametrize("column", MACHINES)
@pytest.mark.parametrize(("numbers", "arguments"), FORGETTING)
def test_the_end_of_children_may_be_ignored_only_where_time_is_counted(column, numbers, arguments):
    assert outcome(column, numbers[column], arguments) == ALLOWED
    more = (*seccomp.CONDITIONS, *seccomp.FORGETTING)
    assert outcome(column, numbers[column], arguments, more) == errno.EPERM


def test_calls_of_other_machines_end_the_process():
    assert outcome(0, 39, (), machine=0x40000003) == KILLED
    assert outcome(0, 0x40000000 + 39, ()) == errno.ENOSYS


@pytest.mark.parametrize("column", MACHINES)
def test_every_refused_call_is_refused(column):
    for name, numbers in seccomp.REFUSED.items():
        assert outcome(column, numbers[column], ()) == errno.EPERM, name
