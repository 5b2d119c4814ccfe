"""Attacks by a notebook's code: each stands where the answer to `double` should be."""

from __future__ import annotations

from tests.classroom.hostile.case import DOUBLE, MEAN, Case

READING = [
    Case(
        "reads the solutions",
        "print(open('FOLDER/source/01_sample/01_sample.ipynb').read())",
        shows="FileNotFound",
    ),
    Case(
        "searches the disk for notebooks",
        """
import os
print([name for _, _, names in os.walk('/') for name in names if name.endswith('.ipynb') and 'sample' in name])
""",
        shows="[]",
    ),
    Case(
        "reads another student",
        "print(open('FOLDER/submitted/ada/01_sample/01_sample.ipynb').read())",
        shows="FileNotFound",
    ),
    Case(
        "reads the gradebook",
        "import sqlite3; sqlite3.connect('file:FOLDER/gradebook.db?mode=ro', uri=True)",
        shows="unable to open",
    ),
    Case("reads the grader's home", "import os; print(os.listdir('FOLDER/home'))", shows="FileNotFound"),
    Case("reads password hashes", "print(open('/etc/shadow').read())", shows="FileNotFound"),
    Case("reads accounts", "print(open('/etc/passwd').read())", shows="FileNotFound"),
    Case(
        "reads the environment",
        "import os; print(sorted(os.environ)); print(os.environ['COURSE_TOKEN'])",
        shows="KeyError",
    ),
    Case(
        "lists the processes",
        "import os; print(len([name for name in os.listdir('/proc') if name.isdigit()]), 'processes')",
        shows="2 processes",
    ),
    Case(
        "reads the parent's memory",
        """
import os, re
found = 0
for line in open('/proc/1/maps'):
    start, end = (int(part, 16) for part in line.split()[0].split('-'))
    try:
        with open('/proc/1/mem', 'rb', 0) as memory:
            memory.seek(start)
            found += b'10' + b'.75' in memory.read(min(end - start, 1 << 22))
    except (OSError, OverflowError):
        continue
print('found', found)
""",
        shows="found 0",
    ),
    Case(
        "reaches for the parent's files",
        """
import os
print(sorted({os.readlink(f'/proc/1/fd/{name}').split(':')[0] for name in os.listdir('/proc/1/fd')}))
""",
        shows="['/dev/null']",
    ),
    Case(
        "looks through the stack and all objects",
        """
import gc, sys
frame, names = sys._getframe(), set()
while frame:
    names |= set(frame.f_locals) | set(frame.f_globals)
    frame = frame.f_back
print('tests', [name for name in names if 'hidden' in name.lower() or 'mean_values' in name])
print('cells', len([each for each in gc.get_objects() if type(each).__name__ == 'Cell']))
""",
        shows="cells 0",
    ),
    Case(
        "reads from every descriptor",
        """
import os, socket
for number in range(3, 64):
    try:
        print(number, socket.socket(fileno=number).recv(1000, socket.MSG_DONTWAIT))
    except OSError as error:
        pass
print('looked')
""",
    ),
]

WRITING = [
    Case("writes the gradebook", "open('FOLDER/gradebook.db', 'r+b').write(b'100 %')", shows="FileNotFound"),
    Case("creates the class's folder", "import os; os.makedirs('FOLDER/source')"),
    Case(
        "plants configuration",
        """
import os
from pathlib import Path
for name in ('.ipython/profile_default/startup/x.py', '.jupyter/jupyter_config.py', '.bashrc', 'nbgrader_config.py'):
    for folder in (Path.home(), Path('.'), Path('/tmp')):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text('import os; os.system("touch PLANTED")')
print('planted')
""",
        shows="planted",
    ),
    Case("overwrites a package", "import numpy; open(numpy.__file__, 'a').write('#')", shows="Error"),
    Case(
        "plants a start-up file",
        """
import sysconfig
from pathlib import Path
Path(sysconfig.get_path('purelib'), 'sitecustomize.py').write_text('print("mine")')
""",
        shows="Read-only",
    ),
    Case(
        "overwrites the grader's code",
        "import course_utils; open(course_utils.__file__, 'a').write('#')",
        shows="Error",
    ),
    Case("writes devices", "open('/dev/planted', 'w').write('x')", shows="Read-only"),
    Case(
        "writes the kernel's settings",
        "open('/proc/sys/kernel/core_pattern', 'w').write('|/tmp/x')",
        shows="denied",
    ),
    Case("writes to /", "open('/planted', 'w').write('x')", shows="Read-only"),
    Case(
        "fills the disk",
        """
number = 0
for folder in ('.', '/tmp', '/dev/shm'):
    try:
        while True:
            number += 1
            open(f'{folder}/fill{number}', 'wb').write(bytes(1 << 20))
    except OSError as error:
        print(folder, error)
print(number, 'MB')
""",
        shows="No space left",
    ),
    Case(
        "writes one huge file",
        "file = open('huge', 'wb')\nwhile True:\n    file.write(bytes(1 << 20))",
        shows="File too large",
    ),
    Case(
        "makes a million files",
        "for number in range(10**6):\n    open(f'/tmp/f{number}', 'w').close()",
        shows="No space left",
    ),
    Case("makes a hole of a terabyte", "open('hole', 'wb').truncate(1 << 40)", shows="File too large"),
]

PRIVILEGES = [
    Case("becomes root", "import os; os.setuid(0)", shows="Error"),
    Case(
        "mounts",
        """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(libc.mount(b'tmpfs', b'/home', b'tmpfs', 0, None), os.strerror(ctypes.get_errno()))
print(libc.umount2(b'/tmp', 2), os.strerror(ctypes.get_errno()))
""",
        shows="-1 Operation not permitted",
    ),
    Case(
        "makes namespaces",
        """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for flag in (0x10000000, 0x20000000, 0x00020000):
    print(libc.unshare(flag), os.strerror(ctypes.get_errno()))
""",
        shows="-1 Operation not permitted",
    ),
    Case(
        "traces the parent",
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nprint(libc.ptrace(16, 1, 0, 0), ctypes.get_errno())",
        shows="-1 1",
    ),
    Case(
        "raises its limits",
        "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (10**5, 10**5))",
        shows="ValueError",
    ),
    Case("takes a high priority", "import os; os.nice(-10)", shows="PermissionError"),
    Case(
        "runs sudo and su",
        """
import subprocess
print(subprocess.run('sudo -n id; su -c id; id -u', shell=True, capture_output=True, text=True))
""",
        shows="returncode",
    ),
    Case(
        "calls 32-bit code's numbers",
        "import ctypes\nprint(ctypes.CDLL(None, use_errno=True).syscall(0x40000000 + 39))",
        shows="-1",
    ),
]

NETWORK = [
    Case(
        "connects to the grader's machine",
        "import socket; socket.create_connection(('127.0.0.1', PORT), timeout=2)",
        shows="OSError",
    ),
    Case(
        "connects to a hidden socket",
        "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0SOCKET')",
        shows="refused",
    ),
    Case("asks a name server", "import socket; socket.getaddrinfo('example.org', 80)", shows="gaierror"),
    Case(
        "fetches a page",
        "import urllib.request; urllib.request.urlopen('http://93.184.215.14', timeout=2)",
        shows="URLError",
    ),
    Case(
        "sends datagrams",
        "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))",
        shows="OSError",
    ),
    Case(
        "opens a raw socket",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        shows="PermissionError",
    ),
    Case(
        "calls the host of the virtual machine",
        "import socket; socket.socket(socket.AF_VSOCK).connect((2, 1024))",
        shows="OSError",
    ),
    Case(
        "speaks netlink", "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", shows="OSError"
    ),
]

PROCESSES = [
    Case("leaves at once", "import os; os._exit(0)", reason="exit code 0"),
    Case(
        "leaves in the test",
        "def double(x):\n    import os\n    os._exit(0)",
        reason="exit code 0",
    ),
    Case("crashes", "import ctypes; ctypes.string_at(0)", reason="exit code 139"),
    Case(
        "kills its parent",
        "import os\nos.kill(os.getppid(), 9)\nos.kill(1, 15)\nprint('lives')",
        shows="lives",
    ),
    Case("kills everything", "import os; os.kill(-1, 9)", shows="ProcessLookupError"),
    Case("kills the process group", "import os; os.killpg(0, 9)", reason="exit code 137"),
    Case(
        "forks without end",
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        reason="stopped",
    ),
    Case(
        "leaves a process behind",
        """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in set(range(1, 32)) - {9, 19}:
            signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(1)
    os._exit(0)
print('left behind')
""",
        shows="left behind",
    ),
    Case(
        "hands its socket to a child and leaves",
        "import os, time\nif os.fork():\n    os._exit(0)\nwhile True:\n    time.sleep(1)",
        reason="exit code 0",
    ),
    Case(
        "starts too many threads",
        """
import threading, time
for number in range(10_000):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
""",
        shows="RuntimeError",
    ),
    Case(
        "keeps a thread that never stops",
        "import threading\ndef spin():\n    while True:\n        pass\nthreading.Thread(target=spin).start()",
    ),
    Case("exits politely", "import sys; sys.exit(0)"),
    Case("quits", "quit()\nexit(0)"),
    Case("interrupts itself", "raise KeyboardInterrupt", shows="KeyboardInterrupt"),
    Case("exits in the test", "def double(x):\n    raise SystemExit('0 errors')", reason="SystemExit"),
    Case(
        "raises no exception",
        "class Odd(BaseException):\n    pass\ndef double(x):\n    raise Odd",
        reason="Odd",
    ),
    Case("recurses without end", "def double(x):\n    return double(x)", reason="RecursionError"),
    Case(
        "overflows the stack",
        """
import sys
sys.setrecursionlimit(10**9)
class Deep:
    def __repr__(self):
        return repr([self])
def double(x):
    return repr(Deep())
""",
        reason="stopped",
    ),
]

TIME = [
    Case("loops without end in a cell", "while True:\n    pass", shows="TimeIsUp"),
    Case("loops without end in the test", "def double(x):\n    while True:\n        pass", reason="TimeIsUp"),
    Case(
        "loops and catches everything",
        """
def double(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
""",
        reason="could not be stopped",
    ),
    Case(
        "blocks all signals and loops",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True:\n    pass",
        reason="could not be stopped",
    ),
    Case(
        "computes for ever without Python",
        "def double(x):\n    return sum(range(10**15))",
        reason="could not be stopped",
    ),
    Case("sleeps", "import time; time.sleep(10**6)", reason="did nothing"),
    Case("waits for input", "print([input('Grade me: ')])", shows="Grade me: "),
    Case("waits in the debugger", "breakpoint()"),
    Case(
        "lets others compute",
        """
import subprocess, sys
workers = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(4)]
while True:
    workers[0].wait()
""",
        reason="CPU time",
    ),
    Case(
        "stops itself",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        reason="did nothing",
    ),
]

MEMORY = [
    Case(
        "fills the memory",
        "hoard = []\nwhile True:\n    hoard.append(bytearray(1 << 22))",
        shows="MemoryError",
    ),
    Case("asks for a terabyte", "hoard = np.ones(1 << 37)", shows="MemoryError"),
    Case(
        "fills shared memory",
        """
import mmap
hoard = []
while True:
    hoard.append(mmap.mmap(-1, 1 << 24))
    hoard[-1].write(bytes(1 << 24))
""",
        reason="MB of memory",
    ),
    Case(
        "hides memory in a file without name", "import os; os.memfd_create('hoard')", shows="PermissionError"
    ),
    Case(
        "fills memory with many processes",
        """
import os, time
for number in range(20):
    if os.fork() == 0:
        hoard = bytearray(100 << 20)
        hoard[::4096] = b'x' * len(hoard[::4096])
        time.sleep(100)
        os._exit(0)
time.sleep(100)
""",
        reason="MB of memory",
    ),
    Case(
        "hides memory in segments",
        "import ctypes\nprint(ctypes.CDLL(None).shmget(0, 1 << 30, 0o1600))",
        shows="-1",
    ),
    Case("multiplies a list", "hoard = [0] * 10**11", shows="MemoryError"),
    Case(
        "computes a huge number",
        "def double(x):\n    return 9 ** (9 ** 9)",
        reason="Your code",
    ),
]

OUTPUT = [
    Case("prints a gigabyte", "for number in range(1000):\n    print('x' * 10**6)", shows="xxx"),
    Case(
        "writes to the descriptor",
        "import os\nfor number in range(1000):\n    os.write(1, b'x' * 10**6)\n    os.write(2, b'x' * 10**6)",
    ),
    Case(
        "shows ten thousand pictures",
        "from IPython.display import display\nfor number in range(10_000):\n    display(number)",
        shows="99",
    ),
    Case(
        "shows HTML and JavaScript",
        """
from IPython.display import HTML, SVG, Javascript, display
display(HTML('<script>alert(1)</script><img src=x onerror=alert(2)>'), Javascript('alert(3)'))
display({'image/svg+xml': '<svg onload=alert(4)>', 'text/latex': '$x$', 'text/plain': 'plain'}, raw=True)
""",
        shows="plain",
    ),
    Case(
        "shows a picture that is none",
        """
from IPython.display import display
display({'image/png': 'PHNjcmlwdD4="><script>', 'text/plain': 'said'}, raw=True)
""",
        shows="said",
    ),
    Case(
        "shows a picture of a hundred megabytes",
        """
from IPython.display import display
display({'image/png': 'iVBORw0K' * 10**7, 'text/plain': 'said'}, raw=True)
""",
        shows="said",
    ),
    Case(
        "prints commands for terminals", r"print('\x1b]0;owned\x07\x1b[2J\x1b[31mred\x00\x08')", shows="red"
    ),
    Case("prints half characters", r"print('\ud800 lone')", shows="lone"),
    Case("raises an error with a huge text", "raise ValueError('<script>' * 10**7)", shows="ValueError"),
    Case("has a type with a huge name", "raise type('E' * 10**6, (Exception,), {})('x')", shows="EEE"),
]

ANSWERS = [
    Case(
        "equals everything",
        """
class Yes:
    __hash__ = None
    def __eq__(self, other): return True
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    def __ne__(self, other): return False
    def __bool__(self): return True
def double(x): return Yes()
""",
        reason="cannot be compared",
    ),
    Case(
        "has an array that lies",
        """
class Lies(np.ndarray):
    def __eq__(self, other): return np.ones(np.shape(other), bool)
    def __array_ufunc__(self, *others, **more): return True
    def __array_function__(self, *others, **more): return True
    def __array__(self, *others, **more): return np.asarray(0.0)
def double(x): return np.zeros(np.shape(x)).view(Lies)
""",
    ),
    Case(
        "points NumPy at memory",
        """
class Memory:
    __array_interface__ = {'data': (0, False), 'shape': (10**6,), 'typestr': '<f8', 'version': 3}
    __array_struct__ = None
def double(x): return Memory()
""",
        reason="plain data",
    ),
    Case(
        "answers with a number that lies",
        "class Lies(float):\n    __eq__ = lambda self, other: True\ndef double(x): return Lies(0)",
        reason="cannot be compared",
    ),
    Case(
        "answers with a text that lies",
        "class Lies(str):\n    __eq__ = lambda self, other: True\ndef double(x): return Lies('6')",
        reason="cannot be compared",
    ),
    Case("answers NaN", "def double(x): return float('nan')", reason="not twice"),
    Case("answers infinity", "def double(x): return float('inf')", reason="not twice"),
    Case("answers nothing", "def double(x): return np.zeros((0,))"),
    Case("answers a stranger's array", "def double(x): return np.array([object()], dtype=object)"),
    Case("answers 200 MB", "def double(x): return bytes(200 << 20)", reason="Error"),
    Case(
        "answers a nest",
        "def double(x):\n    nest = []\n    for _ in range(10**5):\n        nest = [nest]\n    return nest",
        reason="nested",
    ),
    Case(
        "answers a list of itself",
        "def double(x):\n    loop = []\n    loop.append(loop)\n    return loop",
        reason="nested",
    ),
    Case("answers a number of a million digits", "def double(x): return 1 << 10**7", reason="int"),
    Case("answers the type of tests", "def double(x):\n    raise AssertionError('passed')", reason="passed"),
    Case("ends the test's loop", "def double(x):\n    raise StopIteration", reason="StopIteration"),
    Case(
        "answers an endless iterator",
        """
class Endless:
    def __iter__(self): return self
    def __next__(self): return 6
    def __len__(self): return 1 << 200
def double(x): return Endless()
""",
    ),
    Case("answers itself", "def double(x): return double"),
    Case("never defines it", "triple = lambda x: 3 * x", reason="does not define 'double'"),
    Case("defines no function", "double = 6", reason="form"),
]

PATCHES = [
    Case(
        "patches NumPy",
        """
import numpy.testing
np.allclose = np.array_equal = np.isclose = np.all = lambda *others, **more: True
numpy.testing.assert_allclose = lambda *others, **more: None
def double(x): return 0
""",
    ),
    Case(
        "patches the built-ins",
        """
import builtins
builtins.all = builtins.any = builtins.isinstance = builtins.abs = lambda *others: True
builtins.AssertionError = type('Never', (Exception,), {})
def double(x): return 0
""",
    ),
    Case(
        "removes the built-ins",
        "import builtins\nfor name in dir(builtins):\n    delattr(builtins, name)",
    ),
    Case(
        "patches IPython",
        """
from IPython.core.interactiveshell import InteractiveShell
from types import SimpleNamespace
fine = SimpleNamespace(error_before_exec=None, error_in_exec=None, success=True)
InteractiveShell.run_cell = lambda *others, **more: fine
def double(x): return 0
""",
        passed=(),
    ),
    Case(
        "rewrites code before it runs",
        """
import ast
class NoAssert(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
get_ipython().ast_transformers.append(NoAssert())
get_ipython().input_transformers_post.append(lambda lines: [line.replace('assert', 'pass #') for line in lines])
def double(x): return 0
""",
    ),
    Case(
        "patches the candidate",
        """
from course_utils.classroom import candidate, protocol
candidate.Candidate.answer = lambda self, request: protocol.encode(('value', True))
def double(x): return 0
""",
        passed=(),
    ),
    Case(
        "answers for the examiner",
        """
import gc
from course_utils.classroom.protocol import Channel
channel = next(each for each in gc.get_objects() if isinstance(each, Channel))
for _ in range(100):
    channel.send(('value', {'outputs': [], 'failed': False}))
def double(x): return 0
""",
        passed=(),
    ),
    Case(
        "sends damaged data",
        """
import gc
from course_utils.classroom.protocol import Channel
channel = next(each for each in gc.get_objects() if isinstance(each, Channel))
channel.connection.sendall(b'\\0' * 7 + b'\\4' + b'pick')
""",
        reason="no plain data",
    ),
    Case(
        "announces an exabyte",
        """
import gc
from course_utils.classroom.protocol import Channel
channel = next(each for each in gc.get_objects() if isinstance(each, Channel))
channel.connection.sendall(b'\\x10' + b'\\0' * 7)
""",
        reason="no plain data",
    ),
    Case(
        "sends a pickle",
        """
import gc, pickle, os
from course_utils.classroom.protocol import Channel
class Evil:
    def __reduce__(self): return os.system, ('touch FOLDER/owned',)
channel = next(each for each in gc.get_objects() if isinstance(each, Channel))
channel.send_encoded(pickle.dumps(Evil()))
""",
        reason="no plain data",
    ),
    Case(
        "announces a huge array",
        """
import gc, struct
from course_utils.classroom.protocol import Channel
channel = next(each for each in gc.get_objects() if isinstance(each, Channel))
shape = struct.pack('>IQQ', 2, 1 << 31, 0)
channel.send_encoded(b't' + struct.pack('>I', 2) + b's' + struct.pack('>I', 5) + b'value'
                     + b'a' + struct.pack('>I', 3) + b'<f8' + shape + struct.pack('>I', 0))
""",
        passed=(),
    ),
    Case(
        "calls functions it was not given",
        """
import gc
from course_utils.classroom.protocol import Channel, Reference
channel = next(each for each in gc.get_objects() if isinstance(each, Channel))
channel.send(('callback', (Reference('callback', 0, 'eval'), ('1',), {})))
""",
        reason="not given",
    ),
    Case("closes all descriptors", "import os; os.closerange(0, 256)", reason=""),
    Case(
        "shadows modules",
        """
import sys
open('numpy.py', 'w').write('allclose = lambda *others, **more: True')
open('json.py', 'w').write('1/0')
sys.modules.clear()
""",
        passed=(),
    ),
    Case("takes the test's names", "np = None\nmean_values = double_numbers = True\ndef double(x): return 0"),
    Case(
        "redefines mean afterwards",
        "def double(x): return 2 * x\ndef mean(values): return 2",
        passed=(*DOUBLE, *MEAN),
    ),
    Case(
        "answers rightly, once",
        "calls = []\ndef double(x):\n    calls.append(x)\n    return 2 * x if len(calls) == 1 else 0",
    ),
    Case("runs shell magic", "!touch /tmp/x && ls FOLDER\n%%bash\nls FOLDER", passed=MEAN),
    Case("runs other files", "%run FOLDER/source/01_sample/01_sample.ipynb", shows="not found"),
    Case(
        "never comes back from asyncio",
        "import asyncio\nasyncio.run(asyncio.sleep(10**6))",
        reason="did nothing",
    ),
    Case(
        "hooks the exit",
        """
import atexit, os, time
atexit.register(time.sleep, 10**6)
os.register_at_fork(before=lambda: time.sleep(1))
print('hooked')
""",
        shows="hooked",
    ),
]

CASES = [
    *READING,
    *WRITING,
    *PRIVILEGES,
    *NETWORK,
    *PROCESSES,
    *TIME,
    *MEMORY,
    *OUTPUT,
    *ANSWERS,
    *PATCHES,
]
