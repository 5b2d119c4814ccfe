"""The few calls of the Linux kernel that Python has no name for. Errors are OSError, as usual."""

from __future__ import annotations

import ctypes
import errno
import os
import random
import re
from collections.abc import Iterable
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 1 << 12, 1 << 14, 1 << 18

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_SECCOMP = 1, 4, 8, 22
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
CAP_SETPCAP, CAP_SYS_ADMIN = 8, 21
CAPABILITY_VERSION_3 = 0x20080522
MOST_CAPABILITIES = 64
FIRST_USER, USERS = 2_000_000_000, 100_000_000  # ids that no account and no container has
ESCAPED = re.compile(rb"\\([0-7]{3})")  # a space, say, in the kernel's table of mounts


def _call(name: str, *arguments: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Give this process namespaces of its own (a new pid namespace begins with its next child)."""
    _call("unshare", flags)


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount in this mount namespace."""
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind, options)]
    _call("mount", words[0], words[1], words[2], ctypes.c_ulong(flags), words[3])


def mounted_below(places: Iterable[str]) -> list[str]:
    """What is mounted below one of the places in this mount namespace."""
    lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    found = [
        os.fsdecode(ESCAPED.sub(lambda match: bytes([int(match[1], 8)]), line.split()[4])) for line in lines
    ]
    return [path for path in found if any(path.startswith(place + "/") for place in places)]


def prctl(option: int, value: int, more: int = 0) -> None:
    """Change a property of this process."""
    _call("prctl", option, *(ctypes.c_ulong(number) for number in (value, more, 0, 0)))


def new_user() -> int:
    """The id of a user that nobody is."""
    return FIRST_USER + random.SystemRandom().randrange(USERS)


def become(user: int, group: int) -> None:
    """Turn from root into an unprivileged user who keeps the right to make namespaces and mounts."""
    prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    set_capabilities(CAP_SYS_ADMIN, CAP_SETPCAP)


def drop_capabilities() -> None:
    """Give up every capability, for this process and whatever it starts, for good."""
    for capability in range(MOST_CAPABILITIES):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == errno.EINVAL:  # the kernel knows no more of them
                break
            raise
    set_capabilities()
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def set_capabilities(*kept: int) -> None:
    """Make `kept` the capabilities of this process: effective and permitted, none inheritable."""
    mask = sum(1 << capability for capability in kept)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    _call("capset", ctypes.byref(header), ctypes.byref(sets))
