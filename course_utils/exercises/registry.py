"""The definitions of checks: one readable Python file a lesson, loaded when it is first needed."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from . import checks
from .answers import Answer

KINDS = ("function", "value", "class")

CheckFunction = Callable[[Answer], None]


@dataclass(frozen=True)
class Definition:
    """One coding exercise: its id, the name of the answer, what the check verifies, and the check itself."""

    id: str
    name: str
    kind: str
    in_place: bool
    verifies: str
    check: CheckFunction


_definitions: dict[str, Definition] = {}


def exercise(
    id: str, *, name: str | None = None, kind: str = "function", in_place: bool = False
) -> Callable[[CheckFunction], CheckFunction]:
    """Register the decorated function as the check of exercise `id`, for example "02_neurons/neuron".

    `name` is what messages call the answer (default: the id's last part); `kind` is "function", "value" or
    "class"; ``in_place=True`` allows the student's function to change its arguments. The docstring of the
    decorated function says what the check verifies: it completes the sentence "5 of 5 checks: ...".
    ValueError for a wrong declaration.
    """

    def register(check: CheckFunction) -> CheckFunction:
        verifies = " ".join((inspect.getdoc(check) or "").split())
        if kind not in KINDS:
            raise ValueError(f"Exercise {id!r}: kind must be one of {', '.join(KINDS)}, not {kind!r}.")
        if not verifies:
            raise ValueError(f"Exercise {id!r}: give the check a docstring that says what it verifies.")
        earlier = _definitions.get(id)
        if earlier and earlier.check.__module__ != check.__module__:
            raise ValueError(
                f"Exercise {id!r} is defined in {earlier.check.__module__} already; choose another id."
            )
        _definitions[id] = Definition(id, name or id.rsplit("/", 1)[-1], kind, in_place, verifies, check)
        return check

    return register


def find(id: str) -> Definition:
    """Return the definition of exercise `id`; LookupError with near matches if there is none."""
    if id not in _definitions:
        load_lesson(id)
    if id not in _definitions:
        raise LookupError(unknown("exercise", id, check_ids()))
    return _definitions[id]


def load_lesson(id: str) -> None:
    """Import the definitions of the lesson of `id`, if any: "02_neurons/xor" -> checks/lesson_02.py."""
    module = f"lesson_{id.split('_')[0]}"
    if module in lesson_modules():
        importlib.import_module(f"{checks.__name__}.{module}")


def lesson_modules() -> list[str]:
    """Return the names of the definition files, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(checks.__path__))


def check_ids() -> list[str]:
    """Return the ids of all coding exercises, sorted; this imports every definition file."""
    for module in lesson_modules():
        importlib.import_module(f"{checks.__name__}.{module}")
    return sorted(_definitions)


def unknown(kind: str, id: object, known: Iterable[str]) -> str:
    """Return the message for an id that is not defined, with the nearest ids that are."""
    known = list(known)
    near = difflib.get_close_matches(str(id), known, n=3, cutoff=0.5)
    if near:
        return f"There is no {kind} {id!r}. Did you mean {' or '.join(map(repr, near))}?"
    return f"There is no {kind} {id!r}. Known: {', '.join(known) or 'none'}."
