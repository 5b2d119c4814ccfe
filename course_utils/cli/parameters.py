"""The parameters of a lesson: what its cell tagged ``parameters`` assigns, and values as a person types them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from course_utils.cli import notebooks

UNKNOWN: Any = object()  # the lesson computes its own value
KINDS: dict[type, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a word",
    list: "a list",
    dict: "a dictionary",
}


def of(lesson: Path) -> dict[str, object]:
    """Name -> the lesson's own value, `UNKNOWN` where that is no literal."""
    found: dict[str, object] = {}
    for cell in notebooks.read(lesson)["cells"]:
        if cell["cell_type"] == "code" and "parameters" in notebooks.tags(cell):
            tree = notebooks.parsed(cell["source"]) or ast.Module([], [])
            for statement in tree.body:
                found |= assigned(statement)
    return found


def assigned(statement: ast.stmt) -> dict[str, object]:
    """What ``NAME = value``, ``NAME: int = value`` or ``ONE = OTHER = value`` assigns."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return {}
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    try:
        value = as_lists(ast.literal_eval(statement.value))
    except (ValueError, TypeError):
        value = UNKNOWN
    return {target.id: value for target in targets if isinstance(target, ast.Name)}


def value_of(text: str) -> Any:
    """`text` as a Python literal (3, 0.5, True, [1, 2], tuples as lists); anything else is a string.

    Raises:
        ValueError: a literal that cannot be handed to a lesson (a set, bytes, a complex number, ...).
    """
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
    return as_lists(value)


def as_lists(value: Any) -> Any:
    """`value` with lists in the place of tuples, as papermill writes them into a notebook.

    Raises:
        ValueError: papermill would write it, or a part of it, as a text.
    """
    if isinstance(value, list | tuple):
        return [as_lists(part) for part in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError(f"the keys of {value} are not all words")
        return {key: as_lists(part) for key, part in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(
        f"{value!r} cannot be a parameter; numbers, words, True, False, None, lists and dictionaries can"
    )


def read(name: str, text: str, own: Any) -> Any:
    """The value that `text` gives to the parameter `name`, whose value in the lesson is `own`.

    Raises:
        ValueError: it is of another kind than `own`; the message says what is expected.
    """
    try:
        value = value_of(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}.") from error
    if own is UNKNOWN or own is None:
        return value
    if isinstance(own, int) and not isinstance(own, bool) and isinstance(value, float) and value.is_integer():
        value = int(value)  # 1e3
    if not is_alike(value, own):
        raise ValueError(
            f"{name} is {KINDS[type(own)]} (the lesson has {own!r}), and {text!r} is not. "
            f"For instance:  -p {name} {typed(own)}"
        )
    return value


def is_alike(value: Any, own: Any) -> bool:
    """Whether `value` may stand where the lesson has `own`: the same kind, and in lists the same kinds."""
    if isinstance(own, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(own, list) and isinstance(value, list):
        return not own or all(any(is_alike(part, each) for each in own) for part in value)
    return type(value) is type(own)


def typed(own: Any) -> str:
    """`own` as one types it on a command line."""
    text = own if isinstance(own, str) and value_of(own) == own else repr(own)
    return text if text and all(letter.isalnum() or letter in "_.-+" for letter in text) else f'"{text}"'
