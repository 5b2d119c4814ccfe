"""Attacks on what passes between the submission and the examiner: each answers to `double`, in its own way."""

from __future__ import annotations

from tests.classroom.hostile.case import DOUBLE, MEAN, Case

# The student finds the socket and speaks for the candidate: every later question gets what REPLY says.
SPEAK = """
import gc, os, socket, struct, time
from course_utils.classroom.protocol import Channel, Reference, encode
channel = next(each for each in gc.get_objects() if isinstance(each, Channel))
done = ('value', {'outputs': [], 'failed': False})

def fine(question):
    if question['do'] == 'run':
        return done
    names = question['arguments'][0]
    return ('value', names if question['do'] == 'defined' else Reference('handle', 1, 'thing'))

def reply(question):
    return REPLY

channel.resolve = None
channel.send(done)
while True:
    answer = reply(channel.receive())
    if isinstance(answer, bytes):
        channel.send_encoded(answer)
    elif answer is not None:
        channel.send(answer)
"""
# The first thing it says is this, and then the candidate goes on as always.
SAY = """
import gc, os, socket, struct, time
from course_utils.classroom.protocol import Channel, Reference, encode
channel = next(each for each in gc.get_objects() if isinstance(each, Channel))
"""
HANDLE = "Reference('handle', 1, 'thing')"


def speaking(reply: str) -> str:
    return SPEAK.replace("REPLY", reply)


def saying(*lines: str) -> str:
    return SAY + "\n".join(lines)


def failing(kinds: str) -> str:
    """Every question is answered by an error that says to be of these kinds."""
    return speaking(f"('error', {{'name': 'Odd', 'types': {kinds}, 'text': 'odd'}})")


NO_DATA = "no plain data"
MESSAGES = [
    Case("says an array for a kind", speaking(f"(np.array([1, 2]), {HANDLE})"), passed=(), reason=NO_DATA),
    Case("says an object for a kind", speaking(f"({HANDLE}, 1)"), passed=(), reason=NO_DATA),
    Case("says nothing", speaking("None"), passed=(), reason="did nothing"),
    Case("says yes to everything", speaking("('value', True)"), passed=()),
    Case(
        "says 6 to everything",
        speaking("('value', 6) if question['do'] == 'apply' else fine(question)"),
        passed=(),
    ),
    Case("raises what is no exception", failing("['__class__', 'print', '\\ud800']"), passed=()),
    Case("raises every exception at once", failing("dir(__builtins__)"), passed=()),
    Case("raises an array", failing("[np.array([1, 2])]"), passed=(), reason=NO_DATA),
    Case("raises an object", failing(f"[{HANDLE}]"), passed=(), reason=NO_DATA),
    Case(
        "defines arrays and objects",
        speaking(f"('value', [np.zeros(2), {HANDLE}]) if question['do'] == 'defined' else fine(question)"),
        passed=(),
        reason="does not define",
    ),
    Case("calls with an array", speaking("('callback', np.zeros(3))"), passed=(), reason="not given"),
    Case(
        "answers a shape of endless nothing",
        speaking(
            "b't\\0\\0\\0\\2s\\0\\0\\0\\5valuea\\0\\0\\0\\3<f8\\0\\0\\0\\2' + struct.pack('>QQ', 1 << 31, 0) + bytes(4)"
            " if question['do'] == 'apply' else fine(question)"
        ),
        passed=(),
    ),
    Case(
        "hands out a hundred thousand objects",
        saying("channel.send(('value', [Reference('handle', number, 'x') for number in range(100_000)]))"),
        passed=(),
    ),
    Case(
        "shows arrays and objects as outputs",
        saying(
            "odd = [{'output_type': np.zeros(2)}, {'output_type': 'stream', 'name': np.zeros(2), 'text': 'x'},",
            f"       {{'output_type': {HANDLE}}}, {HANDLE}, None]",
            "channel.send(('value', {'outputs': odd, 'failed': False}))",
        ),
        passed=(),
    ),
    Case(
        "shows more than the verdict can hold",
        saying(
            "face = {'output_type': 'stream', 'name': 'stdout', 'text': chr(0x1F600) * 900_000}",
            "channel.send(('value', {'outputs': [face], 'failed': False}))",
        ),
        passed=(),
        shows="TooMuchOutput",
    ),
    Case(
        "sends a message byte by byte",
        saying(
            "channel.connection.sendall(struct.pack('>Q', 1 << 20))",
            "while True:",
            "    channel.connection.sendall(b'n')",
            "    time.sleep(0.1)",
        ),
        reason="did nothing",
    ),
    Case("sends an empty message", saying("channel.connection.sendall(bytes(8))"), reason=NO_DATA),
    Case(
        "sends open files",
        saying(
            "files = [os.open(os.devnull, 0) for _ in range(20)]",
            "for _ in range(8):",
            "    socket.send_fds(channel.connection, [b'\\0'], [*files, channel.connection.fileno()])",
        ),
        reason=NO_DATA,
    ),
    Case(
        "closes half of its connection",
        saying("channel.connection.shutdown(socket.SHUT_WR)"),
        reason="exit code",
    ),
    Case(
        "leaves in the middle of a message",
        saying("channel.connection.sendall(struct.pack('>Q', 100) + b'abc')", "os._exit(0)"),
        reason="exit code 0",
    ),
]

OBJECTS = [
    Case(
        "is a list without end",
        "class Endless:\n    __getitem__ = lambda self, place: place\ndef double(x): return Endless()",
        reason="cannot be compared",
    ),
    Case(
        "answers every calculation with nothing",
        """
class Nothing:
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = lambda self, other: 0.0
    __abs__ = lambda self: 0.0
def double(x): return Nothing()
""",
        reason="cannot be compared",
    ),
    Case(
        "has a class that lies",
        "class Lies:\n    __class__ = float\n    __float__ = lambda self: 6.0\ndef double(x): return Lies()",
        reason="cannot be compared",
    ),
    Case(
        "answers a tuple with names that lies",
        """
class Lies(tuple):
    _fields = ('a',)
    __iter__ = lambda self: iter([6])
def double(x): return Lies((1,))
""",
    ),
    Case("answers a masked array", "def double(x): return np.ma.masked_all(np.shape(x))"),
    Case("answers no time", "def double(x): return np.datetime64('NaT')", reason="cannot be compared"),
    Case("answers long doubles", "def double(x): return np.longdouble(2) * x", passed=(*DOUBLE, *MEAN)),
    Case("answers a generator", "def double(x):\n    yield 2 * x", reason="cannot be compared"),
    Case("is asynchronous", "async def double(x): return 2 * x", reason="cannot be compared"),
    Case(
        "answers every other time",
        "asked = []\ndef double(x):\n    asked.append(x)\n    return 2 * x if len(asked) == 1 else -1",
    ),
    Case(
        "raises an error that cannot be told",
        "class Odd(Exception):\n    __str__ = lambda self: 5\ndef double(x): raise Odd",
        reason="raised TypeError",
    ),
    Case(
        "leaves while its error is told",
        "import os\nclass Odd(Exception):\n    __str__ = lambda self: os._exit(3)\ndef double(x): raise Odd",
        reason="exit code 3",
    ),
    Case(
        "raises a group",
        "def double(x): raise ExceptionGroup('many', [ValueError(1)])",
        reason="ExceptionGroup",
    ),
    Case(
        "has a type named like an answer",
        "double = lambda x: type('6' + chr(27) + '[31m<script>', (), {})()",
        reason="cannot be compared",
    ),
    Case(
        "has a module that raises",
        """
class Meta(type):
    @property
    def __module__(cls): raise SystemExit
class Odd(metaclass=Meta): pass
def double(x): return Odd()
""",
        reason="SystemExit",
    ),
    Case(
        "writes from right to left",
        "raise ValueError(chr(0x9B) + '31m' + chr(0x202E) + 'kcatta')",
        shows="31mkcatta",
    ),
]

SURROUNDINGS = [
    Case("deletes what a notebook has", "del np, In, Out, get_ipython"),
    Case("resets the notebook", "%reset -f"),
    Case("loses the names", "get_ipython()._trait_values['user_ns'] = None"),
    Case("traces every line", "import sys\ndef trace(*others): raise SystemExit\nsys.settrace(trace)"),
    Case(
        "hears of everything",
        "import sys\ndef hook(*others): raise RuntimeError\nsys.addaudithook(hook)",
        passed=(),
    ),
    Case(
        "ignores the clock",
        "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\nsignal.signal(signal.SIGPROF, signal.SIG_IGN)",
    ),
    Case(
        "takes its own limits to nothing",
        """
import resource
for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_DATA):
    resource.setrlimit(kind, (0, 0))
""",
    ),
    Case(
        "removes its folders",
        """
import shutil
for folder in ('/home/student', '/tmp', '/dev/shm'):
    shutil.rmtree(folder, ignore_errors=True)
""",
    ),
    Case(
        "waits at a pipe",
        "import os\nos.mkfifo('pipe')\nopen('pipe').read()",
        reason="did nothing",
    ),
    Case("kills all from a shell", "!kill -9 -1", reason="exit code 137"),
    Case(
        "types into the terminal",
        "import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSTI, b'x')",
        shows="Error",
    ),
]

CASES = [*MESSAGES, *OBJECTS, *SURROUNDINGS]
