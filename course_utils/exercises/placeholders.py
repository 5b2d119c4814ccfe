"""Tell an exercise that nobody has begun from one that is wrong.

A stub is recognised by its source (a body of a docstring and ``...``), never by its result: a function that
returns None has a forgotten ``return``, and its author deserves to hear so.
"""

from __future__ import annotations

import ast
import dis
import inspect
import textwrap
from collections.abc import Iterator
from types import FunctionType

_STUB_INSTRUCTIONS = {
    "RESUME",
    "NOP",
    "LOAD_CONST",
    "RETURN_VALUE",
    "RETURN_CONST",
    "COPY_FREE_VARS",
    "MAKE_CELL",
}


def find_placeholder(answer: object) -> str:
    """Return where the first placeholder of an unfinished answer stands, or "" if there is none.

    `answer` may be a function, a class (its methods are read) or a value (``...`` itself, or a list, tuple or
    dictionary that holds one).
    """
    if inspect.isclass(answer):
        methods = [method for method in vars(answer).values() if isinstance(method, FunctionType)]
        return next(filter(None, map(find_in_function, methods)), "")
    if inspect.isroutine(answer):
        function = inspect.unwrap(answer)
        return find_in_function(function) if isinstance(function, FunctionType) else ""
    return "`...` still stands where your answer goes" if holds_ellipsis(answer) else ""


def holds_ellipsis(value: object) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return any(item is Ellipsis for item in value)
    return value is Ellipsis


def find_in_function(function: FunctionType) -> str:
    """Return where the first placeholder in a function's body stands, or ""."""
    definition = parse(function)
    if definition is None:
        return f"The body of {function.__name__} is still empty" if has_empty_bytecode(function) else ""
    if is_blank(definition.body):
        return f"The body of {function.__name__} is still empty"
    line = next(placeholder_lines(definition), None)
    if line is None:
        return ""
    return f"`...` still stands in line {function.__code__.co_firstlineno + line - 1}"


def parse(function: FunctionType) -> ast.FunctionDef | None:
    """Return the syntax tree of a function, or None where its source is out of reach (or it is a lambda)."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    return tree.body[0] if isinstance(tree.body[0], ast.FunctionDef) else None


def is_blank(body: list[ast.stmt]) -> bool:
    """Tell whether a body is only a docstring, ``...``, ``pass`` or ``raise NotImplementedError``."""
    return all(
        isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        or (isinstance(statement, ast.Raise) and "NotImplementedError" in ast.unparse(statement))
        for statement in body
    )


def placeholder_lines(definition: ast.FunctionDef) -> Iterator[int]:
    """Yield the lines of ``name = ...``, ``return ...`` and of inner blocks that hold only ``...``.

    A ``...`` that was left above finished code does no harm and is passed over.
    """
    for node in ast.walk(definition):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Return)) and is_ellipsis(node.value):
            yield node.lineno
        if isinstance(node, (ast.If, ast.For, ast.While, ast.With)):
            for block in (node.body, getattr(node, "orelse", [])):
                if len(block) == 1 and isinstance(block[0], ast.Expr) and is_ellipsis(block[0].value):
                    yield block[0].lineno


def is_ellipsis(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def has_empty_bytecode(function: FunctionType) -> bool:
    """Tell whether a function without reachable source does nothing but return None (or ``...``)."""
    instructions = list(dis.get_instructions(function))
    constants = [item.argval for item in instructions if item.opname in ("LOAD_CONST", "RETURN_CONST")]
    only_stub = all(item.opname in _STUB_INSTRUCTIONS for item in instructions)
    return only_stub and all(constant is None or constant is Ellipsis for constant in constants)
