"""Answers that are certainly wrong, to find tests that give their points for nothing."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_utils.classroom.codetext import bound, shown, statements

NUMPY = "__import__('numpy')"
# What every function, method and name of an answer is instead, by the words that tell it.
VALUES = {
    "None": "None",
    "an empty array": f"{NUMPY}.zeros(0)",
    "an empty list": "[]",
    "not a number (nan)": "float('nan')",
    "an array of nan": f"{NUMPY}.full((1, 1), float('nan'))",
    "an object that claims to be anything": "_Anything()",
}
ANYTHING = """
class _Anything:
    def _itself(self, *others, **more): return self
    __getattr__ = __getitem__ = __call__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = _itself
    __rmul__ = __truediv__ = __rtruediv__ = __matmul__ = __rmatmul__ = __neg__ = __abs__ = __pow__ = _itself
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
    def __len__(self): return 0
    def __iter__(self): return iter(())
    def __float__(self): return 0.0
"""
FUNCTION = "def {0}(*arguments, **keywords): return {1}\n"
CLASS = """
class {0}:
    def __init__(self, *arguments, **keywords): pass
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return {1}
"""


def mutants(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Notebooks in which every answer to code is wrong, as JSON holds them, each with words that say how."""
    for words, value in VALUES.items():
        yield words, _mutant(source, value, f"lambda *arguments, **keywords: {value}")
        if any("\nclass " in text or text.startswith("class ") for text in _answers(source)):
            yield f"{words} as an attribute", _mutant(source, value, value)


def _mutant(source: Path, value: str, of_attributes: str) -> dict[str, Any]:
    notebook = json.loads(source.read_text(encoding="utf-8"))
    for cell in filter(_is_answer, notebook["cells"]):
        text = shown("".join(cell["source"]))
        cell["source"] = ANYTHING + "".join(_wrong(text, value, of_attributes))
    return notebook


def _is_answer(cell: dict[str, Any]) -> bool:
    return cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution") is True


def _answers(source: Path) -> list[str]:
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in filter(_is_answer, cells)]


def _wrong(text: str, value: str, of_attributes: str) -> Iterator[str]:
    """Code that binds what a stub binds, wrongly."""
    classes = {each.name for _, each in statements(text) if isinstance(each, ast.ClassDef)}
    functions = {each.name for _, each in statements(text) if isinstance(each, ast.FunctionDef)}
    for name in sorted(bound(text)):
        if name in classes:
            yield CLASS.format(name, of_attributes)
        elif name in functions:
            yield FUNCTION.format(name, value)
        else:
            yield f"{name} = {value}\n"
