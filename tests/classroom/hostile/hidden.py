"""Attacks on the limits: use that no process is seen to have, time that nobody is told of, sleep in small pieces."""

from __future__ import annotations

from pathlib import Path

from tests.classroom.hostile.case import DOUBLE, MEAN, Case
from tests.classroom.hostile.files import RIGHT, Notebook, cell_of

NUMBER = """
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    from course_utils.classroom.sandbox import seccomp
    number = seccomp.REFUSED[name][platform.machine() == 'aarch64']
    print(name, libc.syscall(number, *arguments), os.strerror(ctypes.get_errno()))
"""
# Children that compute for 50 ms each and end between two looks; IGNORE makes the kernel bury them.
SHORT_LIVES = """
import ctypes, os, signal, time
def compute():
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    os._exit(0)
def bury():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
try:
    IGNORE
except OSError as error:
    print(error)
while True:
    try:
        if os.fork() == 0:
            compute()
        time.sleep(0.02)
    except OSError:
        time.sleep(0.02)
        bury()
"""
NO_ZOMBIES = """
    class Action(ctypes.Structure):
        _fields_ = [('handler', ctypes.c_void_p), ('mask', ctypes.c_ulong * 16), ('flags', ctypes.c_int),
                    ('restorer', ctypes.c_void_p)]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.sigaction(signal.SIGCHLD, ctypes.byref(Action(flags=2)), None):
        raise OSError(ctypes.get_errno(), 'sigaction')
"""
FILL = "hoard = bytearray(150 << 20)\nhoard[::4096] = b'x' * len(hoard[::4096])\n"

TIME = [
    Case(
        "lets children compute whom nobody waits for",
        SHORT_LIVES.replace("IGNORE", "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"),
        reason="CPU time",
    ),
    Case(
        "lets children compute who leave no trace",
        SHORT_LIVES.replace("    IGNORE", NO_ZOMBIES),
        reason="CPU time",
    ),
    Case(
        "lets grandchildren compute",
        """
import os, time
while True:
    if os.fork() == 0:
        if os.fork() == 0:
            until = time.process_time() + 0.05
            while time.process_time() < until:
                pass
        os._exit(0)
    os.wait()
    time.sleep(0.02)
""",
        reason="CPU time",
    ),
    Case(
        "sleeps in the guise of waiting for the disk",
        """
import ctypes, platform, time
VFORK = 0x4000
if ctypes.CDLL(None).syscall(220 if platform.machine() == 'aarch64' else 56, VFORK | 17, 0, 0, 0, 0) == 0:
    time.sleep(10**6)
""",
        reason="did nothing",
    ),
]

MEMORY = [
    Case("gives pages to a pipe", NUMBER + "call('vmsplice', 1, None, 0, 0)", shows="vmsplice -1 Operation"),
    Case(
        "moves pages between pipes",
        "import os\nhere, there = os.pipe(), os.pipe()\nos.splice(here[0], there[1], 4096)",
        shows="PermissionError",
    ),
    Case("copies pages between pipes", NUMBER + "call('tee', 0, 1, 4096, 0)", shows="tee -1 Operation"),
    Case(
        "makes a pipe larger",
        "import fcntl, os\nfcntl.fcntl(os.pipe()[1], 1031, 1 << 20)",
        shows="PermissionError",
    ),
    Case(
        "asks for a ring of events", NUMBER + "call('io_setup', 60_000, None)", shows="io_setup -1 Operation"
    ),
    Case("watches files", NUMBER + "call('inotify_init1', 0)", shows="inotify_init1 -1 Operation"),
    Case(
        "writes messages to nobody", NUMBER + "call('mq_open', b'x', 0, 0, 0)", shows="mq_open -1 Operation"
    ),
    Case(
        "makes rules without end",
        NUMBER + "call('landlock_create_ruleset', None, 0, 1)",
        shows="landlock_create_ruleset -1 Operation",
    ),
    Case(
        "starts a million timers",
        """
import ctypes
libc, timer = ctypes.CDLL(None), ctypes.c_void_p()
print('failed after', next(number for number in range(10**6) if libc.timer_create(0, None, ctypes.byref(timer))))
""",
        shows="failed after",
    ),
    Case(
        "lets go of shared memory that stays",
        """
import mmap
hoard = []
while True:
    hoard.append(mmap.mmap(-1, 1 << 24))
    hoard[-1].write(bytes(1 << 24))
    hoard[-1].madvise(mmap.MADV_DONTNEED)
""",
        reason="MB of memory",
    ),
    Case("shares a large piece of memory", "import mmap\nmmap.mmap(-1, 1 << 28)", shows="Cannot allocate"),
    Case(
        "maps a device that holds memory",
        "import mmap, os\nmmap.mmap(os.open('/dev/zero', os.O_RDWR), 1 << 20)",
        shows="No such device",
    ),
    Case(
        "asks for huge pages that are set aside",
        "import mmap\nmmap.mmap(-1, 1 << 21, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)",
        shows="Cannot allocate",
    ),
    Case(
        "hides its memory from being measured",
        f"""
import ctypes, os, time
for _ in range(4):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
        {FILL.strip().replace(chr(10), chr(10) + "        ")}
        time.sleep(100)
time.sleep(100)
""",
        reason="memory",
    ),
    Case(
        "shares memory among new programs",
        f"""
import subprocess, sys
code = {FILL + "import os, time; os.fork(); time.sleep(100)"!r}
others = [subprocess.Popen([sys.executable, '-c', code]) for _ in range(4)]
others[0].wait()
""",
        reason="MB of memory",
    ),
]

SYSTEM = [
    Case(
        "asks for a dump of its memory outside",
        """
import resource
try:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
finally:
    print('core', resource.getrlimit(resource.RLIMIT_CORE))
""",
        shows="core (1, 1)",
    ),
    Case(
        "reads the kernel's log", NUMBER + "call('syslog', 3, b' ' * 4096, 4096)", shows="syslog -1 Operation"
    ),
    Case(
        "looks for the groups that count it",
        """
import os
print(os.path.exists('/sys/fs/cgroup'), 'course' in open('/proc/self/cgroup').read())
""",
        shows="False False",
    ),
]


def nap_often(notebook: Notebook, path: Path) -> None:
    nap = {"cell_type": "code", "source": "import time; time.sleep(2.5)", "metadata": {}, "outputs": []}
    place = notebook["cells"].index(cell_of(notebook, "double"))
    notebook["cells"][place:place] = [nap] * 60


def nap_sometimes(notebook: Notebook, path: Path) -> None:
    nap = {"cell_type": "code", "source": "import time; time.sleep(2.5)", "metadata": {}, "outputs": []}
    place = notebook["cells"].index(cell_of(notebook, "double"))
    notebook["cells"][place:place] = [nap] * 3


FILES = [
    Case("naps in every cell", RIGHT, nap_often, passed=(), reason="did nothing for 15 s in all"),
    Case("naps in three cells", RIGHT, nap_sometimes, passed=(*DOUBLE, *MEAN)),
]

CASES = [*TIME, *MEMORY, *SYSTEM, *FILES]
