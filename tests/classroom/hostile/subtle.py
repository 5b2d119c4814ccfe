"""Attacks by what runs unasked (hooks, threads, destructors), by odd data, and by ending again and again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.classroom.hostile.case import DOUBLE, MEAN, Case
from tests.classroom.hostile.files import RIGHT, WRONG, Notebook, as_bytes, cell_of

UNASKED = [
    Case(
        "equals everything by its metaclass",
        """
class Meta(type):
    __eq__ = __ne__ = __instancecheck__ = __subclasscheck__ = lambda cls, other: True
    __hash__ = None
    __bool__ = lambda cls: True
class Yes(metaclass=Meta): pass
def double(x): return Yes
""",
        reason="cannot be compared",
    ),
    Case(
        "leaves when its answer is thrown away",
        """
import os
class Bomb:
    def __del__(self): os._exit(9)
def double(x): return Bomb()
""",
        reason="exit code 9",
    ),
    Case(
        "answers from a thread, too",
        """
import gc, threading, time
from course_utils.classroom.protocol import Channel
channel = next(each for each in gc.get_objects() if isinstance(each, Channel))
sent = []
def answer():
    while True:
        channel.send(('value', 6))
        sent.append(6)
        time.sleep(0.001)
threading.Thread(target=answer, daemon=True).start()
while len(sent) < 100:
    time.sleep(0.01)
""",
        passed=(),
    ),
    Case(
        "answers twice, by forking",
        """
import gc, os
from course_utils.classroom.protocol import Channel
channel = next(each for each in gc.get_objects() if isinstance(each, Channel))
def double(x):
    done, tell = os.pipe()
    if os.fork() == 0:
        channel.send(('value', 6))
        os.write(tell, b'x')
    os.read(done, 1)
    return 2 * x
""",
        passed=(),
    ),
    Case(
        "profiles every call",
        """
import sys, threading
def profile(*others): raise SystemExit
threading.setprofile(profile)
sys.setprofile(profile)
""",
    ),
    Case(
        "searches for the examiner",
        """
import gc, sys
names = ('Proxy', 'Conversation', 'Trial', 'Examination', 'Starts')
print('found', [type(each).__name__ for each in gc.get_objects() if type(each).__name__ in names])
print('loaded', [name for name in sys.modules if name.endswith(('.trial', '.proxy', '.examiner', '.starts'))])
""",
        shows="found []\\nloaded []",
    ),
    Case("debugs by itself", "%pdb on\n1/0", shows="ZeroDivisionError"),
    Case(
        "hooks the shell",
        """
import os
get_ipython().events.register('pre_run_cell', lambda info: os._exit(8))
""",
        passed=(),
        reason="exit code 8",
    ),
    Case(
        "limits its own time",
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True:\n    pass",
        reason="exit code 137",
    ),
    Case(
        "has an array that lies about itself",
        """
import os
class Lies(np.ndarray):
    dtype = property(lambda self: os._exit(7))
    def __array_finalize__(self, other): raise RuntimeError
def double(x): return np.ndarray.__new__(Lies, (3,))
""",
    ),
]

MEMORY = [
    Case(
        "hides memory in sockets",
        """
import os, socket
pairs = []
for _ in range(30):
    if os.fork() == 0:
        break
for _ in range(28):
    pairs.append(socket.socketpair())
    for each in pairs[-1]:
        each.setblocking(False)
        try:
            while True:
                each.send(bytes(4096))
        except BlockingIOError:
            pass
import time
time.sleep(100)
""",
        reason="MB of memory",
    ),
    Case(
        "makes the buffer of a socket larger",
        """
import socket
socket.socketpair()[0].setsockopt(1, socket.SO_SNDBUF, 1 << 30)
""",
        shows="PermissionError",
    ),
    Case(
        "hides memory in tables of pages",
        """
import mmap
regions = []
for _ in range(100):
    region = mmap.mmap(-1, 1 << 36, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ)
    region.madvise(mmap.MADV_HUGEPAGE)
    regions.append(region)
    for place in range(0, 1 << 36, 1 << 21):
        region[place]
""",
        reason="MB of memory",
    ),
]

DATA = [
    Case(
        "answers keys that lie",
        """
class Key(str):
    __eq__ = lambda self, other: True
    __hash__ = lambda self: 1
def double(x): return {Key(number): Key('6') for number in range(3)}
""",
        reason="cannot be compared",
    ),
    Case(
        "answers a tree of itself",
        """
class Tree(tuple):
    _fields = ()
    __iter__ = lambda self: iter([self] * 1000)
def double(x): return Tree()
""",
    ),
    Case(
        "answers arrays of nothing",
        "def double(x): return np.broadcast_to(np.zeros(()), (0, 3)) if np.ndim(x) else np.zeros((1, 0))",
    ),
    Case(
        "answers all numbers at once",
        "def double(x): return np.arange(-100, 100)",
        reason="not of the form",
    ),
    Case("answers a truth", "def double(x): return np.True_ if np.ndim(x) else True", reason="not twice"),
    Case(
        "answers complex numbers that are none",
        "def double(x): return complex('nan') * np.ones(np.shape(x))",
    ),
    Case(
        "answers a number in a box of boxes",
        "def double(x):\n    box = np.empty((), dtype=object)\n    box[()] = 6\n    return box",
        reason="cannot be compared",
    ),
]


def leave_often(notebook: Notebook, path: Path) -> None:
    ends = {"cell_type": "code", "source": "import os; os._exit(4)", "metadata": {}, "outputs": []}
    place = notebook["cells"].index(cell_of(notebook, "double"))
    notebook["cells"][place:place] = [ends] * 50


def leave_once(notebook: Notebook, path: Path) -> None:
    ends = {"cell_type": "code", "source": "import os; os._exit(4)", "metadata": {}, "outputs": []}
    notebook["cells"].insert(notebook["cells"].index(cell_of(notebook, "double")) + 1, ends)


def huge_metadata(notebook: Notebook, path: Path) -> None:
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = [{"deep": list(range(1000))}] * 30


def half_characters(notebook: Notebook, path: Path) -> None:
    notebook["cells"].append(
        {"cell_type": "code", "source": ["\ud800 = '\udfff'\n"], "metadata": {}, "outputs": []}
    )
    odd: dict[str, Any] = {"grade_id": "\ud83d", "grade": True, "solution": True, "points": float("inf")}
    notebook["cells"].append(
        {"cell_type": "code", "source": "1", "metadata": {"nbgrader": odd}, "outputs": []}
    )
    notebook["metadata"] = {"\ud800": "\udfff"}


def every_cell_is_a_test(notebook: Notebook, path: Path) -> None:
    marks = cell_of(notebook, "double_numbers")["metadata"]["nbgrader"]
    for cell in notebook["cells"]:
        cell["metadata"]["nbgrader"] = marks


def twice_the_cells(data: bytes) -> bytes:
    wrong = json.loads(data)
    cell_of(wrong, "double")["source"] = WRONG
    return data[:-1] + b', "cells": ' + json.dumps(wrong["cells"]).encode() + b"}"


FILES = [
    Case("leaves in fifty cells", RIGHT, leave_often, passed=(), reason="stopped 9 times"),
    Case("leaves beside its answer", RIGHT, leave_once, passed=(*DOUBLE, *MEAN), reason="exit code 4"),
    Case("has huge metadata", RIGHT, huge_metadata, passed=(*DOUBLE, *MEAN)),
    Case("has half characters", RIGHT, half_characters, passed=(*DOUBLE, *MEAN)),
    Case("calls every cell a test", RIGHT, every_cell_is_a_test, passed=(*DOUBLE, *MEAN)),
    Case("says its cells twice", RIGHT, as_bytes(twice_the_cells)),
]

CASES = [*UNASKED, *MEMORY, *DATA, *FILES]
