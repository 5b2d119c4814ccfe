"""A line that does nothing for an answer does not cost it: magics, windows, questions, packages of one's own."""

from __future__ import annotations

import pytest

from course_utils.classroom.examiner import Examination
from course_utils.classroom.limits import Limits
from tests.classroom import mishaps, sample

LINES = [
    "%matplotlib inline",
    "%matplotlib widget",
    "%matplotlib notebook",
    "%matplotlib agg",
    "%matplotlib tk",
    "%matplotlib osx",
    "%matplotlib --list",
    "%gui",
    "%gui qt",
    "%pylab inline",
    "%autoawait",
    "%autoawait asyncio",
    "%load_ext autoreload",
    "%autoreload 2",
    "%load_ext no_such_extension",
    "%config InlineBackend.figure_format = 'retina'",
    "%config NoSuchThing.option = 1",
    "get_ipython().run_line_magic('matplotlib', 'inline')",
    "get_ipython().run_line_magic('no_such_magic', '')",
    "%run not_there.py",
    "%cd ..",
    "%history",
    "%debug",
    "%pdb on",
    "%store x",
    "%store -r x",
    "%alias ll ls",
    "%macro m 1",
    "%recall 1",
    "%edit",
    "%tb",
    "%xmode Verbose",
    "%who",
    "%who_ls",
    "%clear",
    "%less /etc/hostname",
    "%autosave 60",
    "%connect_info",
    "%conda install numpy",
    "%memit 1",
    "%tensorboard --logdir logs",
    "%time 1 + 1",
    "print?",
    "display('shown')",
    "input('Press Enter')",
    "import getpass; getpass.getpass()",
    "import asyncio; await asyncio.sleep(0)",
    "breakpoint()",
    "import pdb; pdb.set_trace()",
    "from IPython.core.debugger import set_trace; set_trace()",
    "import matplotlib; matplotlib.use('TkAgg')",
    "import matplotlib.pyplot as plt; plt.ion(); plt.switch_backend('Qt5Agg')",
    "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()",
    "from matplotlib_inline.backend_inline import set_matplotlib_formats; set_matplotlib_formats('svg')",
    "from IPython.display import set_matplotlib_formats",
    "import no_such_package",
    "from google.colab import drive",
    "import sys; sys.stdout.fileno(); print(sys.stdout.name, sys.stdout.encoding.lower())",
    "import faulthandler; faulthandler.enable()",
    "%%time",
    "%%no_such_magic",
    "%%capture",
    "from __future__ import annotations",
]
USES = {
    "the package that is missing": "import no_such_package\nno_such_package.run()\nused = 1",
    "an error under %time": "%time 1 / 0\nused = 1",
}


def name_of(number: int) -> str:
    return f"answer_{number}"


@pytest.fixture(scope="module")
def verdict(tmp_path_factory):
    """One notebook with every line, each above an answer of its own."""
    folder = tmp_path_factory.mktemp("lines")
    source, submitted = [], []
    for number, line in enumerate(LINES):
        name = name_of(number)
        stub = f"{name} = None\n### BEGIN SOLUTION\n{name} = {number}\n### END SOLUTION"
        answer = sample.code([stub], grade_id=name, solution=True)
        test = [f"assert {name} == {number}"]
        source += [
            answer,
            sample.code(test, grade_id=f"test_{number}", grade=True, locked=True, points=1),
        ]
        submitted.append({**answer, "source": f"{line}\n{name} = {number}"})
    submitted += [mishaps.code(text, f"uses-{number}") for number, text in enumerate(USES.values())]
    path = mishaps.write(folder / "source.ipynb", {**sample.source(), "cells": source})
    mine = mishaps.write(folder / "submitted.ipynb", {**sample.source(), "cells": submitted})
    with Examination(path, limits=Limits(), unsafe=True) as examination:
        return examination.examine(mine)


@pytest.mark.parametrize("number", range(len(LINES)), ids=LINES.__getitem__)
def test_the_answer_below_counts(number, verdict):
    cell = next(cell for cell in verdict.cells if cell.grade_id == f"test_{number}")
    assert cell.passed, cell.message


def test_what_does_nothing_is_told(verdict):
    told = {name: str(verdict.outputs[name]) for name in verdict.outputs}
    assert "does nothing here" in told[name_of(LINES.index("%memit 1"))]
    assert "No module named 'no_such_package'" in told[name_of(LINES.index("import no_such_package"))]


@pytest.mark.parametrize("number", range(len(USES)), ids=[*USES].__getitem__)
def test_what_cannot_be_done_without_fails(number, verdict):
    assert any(output["output_type"] == "error" for output in verdict.outputs[f"uses-{number}"])
