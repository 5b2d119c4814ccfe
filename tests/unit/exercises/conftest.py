"""Run source code as a notebook's kernel would, so that the lines of a function can be shown."""

import itertools
import linecache
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from course_utils.exercises import Result, registry
from course_utils.exercises.checking import judge
from tests.unit.exercises import example_checks  # noqa: F401  (registers the checks that the tests use)

_cells = itertools.count(1)


def run_cell(source: str, names: dict[str, Any]) -> dict[str, Any]:
    """Execute a cell's source in `names`, with its lines known to ``linecache``, and return `names`."""
    filename = f"/kernel/cell_{next(_cells)}.py"
    code = TransformerManager().transform_cell(source)
    linecache.cache[filename] = (len(code), None, code.splitlines(keepends=True), filename)
    exec(compile(code, filename, "exec"), names)
    return names


@pytest.fixture
def answer_with() -> Callable[[str, str], Result]:
    """Return a function that judges the source code of an answer to one of the example exercises."""

    def answer(id: str, source: str) -> Result:
        definition = registry.find(f"99_example/{id}")
        names = run_cell(source, {"np": __import__("numpy")})
        return judge(definition, names[definition.name])

    return answer
