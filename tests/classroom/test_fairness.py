"""The same submission gets the same marks, on an idle machine and on a busy one."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from course_utils.classroom.examiner import Examination
from course_utils.classroom.limits import Limits
from tests.busy import busy
from tests.classroom import sample

pytestmark = pytest.mark.sandbox

TIMES = 10
CALL_CPU_S = 1
# Takes a good part of its limit: a limit of time on the clock would end it on a busy machine.
SLOW = """
import random, time
def double(x):
    started = time.process_time()
    while time.process_time() - started < 0.15:
        pass
    return 2 * x
print(random.random(), np.random.rand())
"""


def submission(folder: Path) -> Path:
    notebook = json.loads(json.dumps(sample.source()))
    for cell in notebook["cells"]:
        if cell["id"] == "double":
            cell["source"] = SLOW
    path = folder / "submitted.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def test_ten_times_the_same_marks_on_a_busy_machine(tmp_path):
    path, limits = submission(tmp_path), Limits(call_cpu_s=CALL_CPU_S)
    examination = Examination(sample.put_source(tmp_path), limits=limits, workers=2)
    with examination, busy(4), ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(examination.examine, [path] * TIMES))
    assert all(cell.passed for cell in verdicts[0].cells), verdicts[0]
    assert len({verdict.cells for verdict in verdicts}) == 1
    assert len({json.dumps(verdict.outputs) for verdict in verdicts}) == 1  # unseeded random numbers, too
