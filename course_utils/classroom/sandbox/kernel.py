"""An IPython kernel shut in like a candidate. Run inside bubblewrap by the kernel provisioner.

provisioner ── bubblewrap ── this process, which watches ── kernel (the student's code)
"""

from __future__ import annotations

import json
import os
import socket
import sys

from course_utils.classroom.limits import MEGABYTE, Limits
from course_utils.classroom.sandbox import linux
from course_utils.classroom.sandbox.command import SHARED
from course_utils.classroom.sandbox.parent import Keeper, confine

MOST_SHARED = 1 << 20  # bytes of files among the sockets, which lie on the machine's own disk


class KernelKeeper(Keeper):
    """Ends a kernel that puts files where only sockets should be, too."""

    def excess(self) -> str:
        """Which limit was exceeded, as words for a person; empty if none."""
        with os.scandir(SHARED) as entries:
            shared = sum(4096 + entry.stat(follow_symlinks=False).st_size for entry in entries)
        return f"it put files into {SHARED}" if shared > MOST_SHARED else super().excess()


def main() -> None:
    """Start the kernel of a connection file and watch it: arguments are the file, the limits and the user."""
    connection_file, limits, user = sys.argv[1], Limits(**json.loads(sys.argv[2])), int(sys.argv[3])
    if user:
        linux.become(user, user)
        linux.prctl(linux.PR_SET_DUMPABLE, 1)
    linux.unshare(linux.CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        confine(
            limits, limits.memory_mb * MEGABYTE, is_kernel=True
        )  # what TensorFlow reserves, beside what it uses
        os.execv(sys.executable, [sys.executable, "-m", "ipykernel_launcher", "-f", connection_file])
    nobody, control = socket.socketpair()
    with nobody:
        KernelKeeper(pid, control, limits, imports=0).watch()


if __name__ == "__main__":
    main()
