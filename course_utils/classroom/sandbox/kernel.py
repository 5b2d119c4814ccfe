"""An IPython kernel shut in like a candidate. Run inside bubblewrap by the kernel provisioner.

provisioner ── bubblewrap ── this process, which watches ── kernel (the student's code)
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from course_utils.classroom.limits import MEGABYTE, Limits
from course_utils.classroom.sandbox import cgroup, linux
from course_utils.classroom.sandbox.parent import PERIOD, Keeper, close_files, confine
from course_utils.classroom.sandbox.usage import Meter

CONNECTION_FILE, SOCKETS = "/tmp/connection.json", "/tmp/socket"  # the kernel's own, which nobody else sees


class KernelKeeper(Keeper):
    """Ends a kernel that uses too much; nobody asks it anything."""

    def watch(self) -> None:
        """Until the kernel has ended, by itself or not."""
        while not self.ended:
            time.sleep(PERIOD)
            self.look()


def main() -> None:
    """Start a kernel and watch it.

    The argument holds its limits; on standard input are the details of its connection and the
    numbers of its listening sockets, which are open.
    """
    limits = Limits(**json.loads(sys.argv[1]))
    grounds, user = cgroup.inherited()
    details = json.load(sys.stdin)
    if os.geteuid() == 0:
        linux.become(user, user)
        linux.prctl(linux.PR_SET_DUMPABLE, 1)
    meter = Meter(cgroup.Group(grounds, limits), 0, limits.memory_mb * MEGABYTE)
    linux.unshare(linux.CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        live(limits, details, is_counted=meter.begin())
    meter.attach(pid)
    nobody, control = socket.socketpair()
    with nobody:
        keeper = KernelKeeper(pid, control, limits, meter=meter)
        keeper.watch()
    print(f"The kernel in the sandbox has ended: {keeper.ended}.", file=sys.stderr)


def live(limits: Limits, details: dict[str, Any], *, is_counted: bool) -> NoReturn:
    """Become the kernel."""
    os.setsid()
    reserved = limits.memory_mb * MEGABYTE  # by TensorFlow, beside what it uses
    confine(limits, reserved, is_counted=is_counted, is_kernel=True)
    Path(CONNECTION_FILE).write_text(json.dumps({**details["connection"], "ip": SOCKETS}), encoding="utf-8")
    program = [sys.executable, "-m", "course_utils.classroom.sandbox.ipython", CONNECTION_FILE]
    close_files(*details["sockets"].values())  # the others are files and the terminal of whoever started it
    addresses = {f"ipc://{SOCKETS}-{port}": number for port, number in details["sockets"].items()}
    for number in addresses.values():
        os.set_inheritable(number, True)
    os.execv(sys.executable, [*program, json.dumps(addresses)])


if __name__ == "__main__":
    main()
