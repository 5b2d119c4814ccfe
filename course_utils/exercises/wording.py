"""Short words for values and calls, so that a message stays readable whatever the student's code returned."""

from __future__ import annotations

import inspect
import re

import numpy as np

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
LONGEST_VALUE = 72
LONGEST_CALL = 160
MOST_ELEMENTS = 12


def describe(value: object) -> str:
    """Return a short one-line description of any value; it never fails, even where ``repr`` does."""
    if value is None or isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return describe_number(value)
    if isinstance(value, str):
        return shortened(repr(str(value)), LONGEST_VALUE)
    if inspect.isroutine(value) or inspect.isclass(value):
        return name_of(value)
    if isinstance(value, np.ndarray):
        return describe_array(value)
    if isinstance(value, np.random.Generator):
        return "rng"
    if isinstance(value, (list, tuple)) and len(value) <= MOST_ELEMENTS:
        return describe_sequence(value)
    return shortened(safe_repr(value), LONGEST_VALUE)


def name_of(value: object) -> str:
    """Return the name of a function or class, without the underscore of those that belong to a check."""
    name = getattr(value, "__name__", "").lstrip("_")
    return name if name.isidentifier() else kind_of(value)


def describe_number(value: float | np.integer | np.floating) -> str:
    if isinstance(value, (int, np.integer)):
        return shortened(str(value), LONGEST_VALUE)
    return f"{float(value):.6g}"


def describe_array(array: np.ndarray) -> str:
    """Return the elements of a small array, the shape and dtype of a large one."""
    if array.dtype == object or array.size > MOST_ELEMENTS:
        return f"an array of shape {array.shape} and dtype {array.dtype}"
    return describe(array.tolist())


def describe_sequence(sequence: list | tuple) -> str:
    items = ", ".join(describe(item) for item in sequence)
    if not isinstance(sequence, tuple):
        return shortened(f"[{items}]", LONGEST_CALL)
    return shortened(f"({items},)" if len(sequence) == 1 else f"({items})", LONGEST_CALL)


def describe_call(name: str, arguments: tuple[object, ...]) -> str:
    """Return ``name(1, [0.5, -1])``; arguments that are too long are replaced by their type."""
    call = f"{name}({', '.join(describe(argument) for argument in arguments)})"
    return call if len(call) <= LONGEST_CALL else f"{name}({', '.join(kind_of(item) for item in arguments)})"


def kind_of(value: object) -> str:
    """Return what kind of thing a value is, with an article: "a list", "an array of shape (2, 3)"."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    name = type(value).__name__
    words = {
        "function": "a function",
        "str": "a piece of text",
        "type": "a class",
        "bool": "True or False",
        "int": "a whole number",
        "float": "a number",
        "NoneType": "None",
        "ellipsis": "`...`",
    }
    article = "an" if name[:1].lower() in "aeiou" else "a"
    return words.get(name, f"{article} {name}")


def shortened(text: str, length: int) -> str:
    """Return the first line of `text`, cut to `length` characters."""
    lines = text.strip().splitlines() or [""]
    line = lines[0]
    cut = len(line) > length or len(lines) > 1
    return f"{line[:length].rstrip()} …" if cut else line


def safe_repr(value: object) -> str:
    """Return ``repr(value)`` without memory addresses, or the type's name where the student's own fails."""
    try:
        return ADDRESS.sub("", repr(value))
    except Exception:
        return f"<{type(value).__name__}>"
