"""What the text of a cell says, without running it: the names that it binds and needs, and what students see of it.

The text may be a student's: whatever is no Python, or nested too deeply to read, says nothing.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator
from functools import lru_cache

MAGIC = re.compile(r"^([ \t]*)(?:[%!].*|[^#\n'\"]*[\w.]\?{1,2}[ \t]*)$", re.MULTILINE)
MAGIC_VALUE = re.compile(r"(?<![=!<>])=[ \t]*[%!].*$", re.MULTILINE)
REGION = r"^[ \t]*### BEGIN {0}\b.*?^[ \t]*### END {0}\b[^\n]*\n?"
AWAIT = re.compile(r"\bawait[ \t]+")  # which a cell may do outside of functions
HIDDEN = re.compile(REGION.format("HIDDEN TESTS"), re.MULTILINE | re.DOTALL)
SOLUTION = re.compile(REGION.format("SOLUTION"), re.MULTILINE | re.DOTALL)
STUB = "# YOUR CODE HERE\n{0}raise NotImplementedError()\n"
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


@lru_cache(maxsize=4096)
def plain(source: str) -> str:
    """The text as Python alone would have it: where it is none, IPython's own lines do nothing."""
    if _parsed(source) is not None:
        return source
    return MAGIC_VALUE.sub("= None", MAGIC.sub(r"\1pass", source))


@lru_cache(maxsize=4096)
def tree(source: str) -> ast.Module | None:
    """The parsed text; None where it is no Python."""
    return _parsed(plain(source))


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except UNREADABLE:
        return None


@lru_cache(maxsize=4096)
def bound(source: str) -> frozenset[str]:
    """The names that the text binds at its top level by `def`, `class` or an assignment; imports do not count."""
    parsed = tree(source)
    return frozenset(name for each in parsed.body for name in _defined(each)) if parsed else frozenset()


def provided(source: str) -> frozenset[str]:
    """The names that the text binds at its top level, those of modules included."""
    parsed = tree(source)
    imports = (
        [each for each in parsed.body if isinstance(each, ast.Import | ast.ImportFrom)] if parsed else []
    )
    modules = {(each.asname or each.name).partition(".")[0] for line in imports for each in line.names}
    return bound(source) | modules


def defined(statement: ast.stmt) -> frozenset[str]:
    """The names that a statement binds where it stands; those inside functions and classes are not meant."""
    return frozenset(_defined(statement))


def _defined(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Store):
            yield node.id
    elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        for inner in ast.iter_child_nodes(node):
            yield from _defined(inner)


@lru_cache(maxsize=4096)
def needed(source: str) -> frozenset[str]:
    """The names that the text, and the functions in it, look up among those of the notebook."""
    try:
        table = symtable.symtable(AWAIT.sub("", plain(source)), "cell", "exec")
        return frozenset(_looked_up(table))
    except UNREADABLE:
        return frozenset()


def _looked_up(table: symtable.SymbolTable) -> Iterator[str]:
    is_top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (is_top or symbol.is_global()):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _looked_up(inner)


def statements(source: str) -> list[tuple[str, ast.stmt]]:
    """The statements at the top level, each with its text; IPython's own lines are left out."""
    parsed = tree(source)
    lines = plain(source).splitlines(keepends=True)
    found = []
    for statement in parsed.body if parsed else ():
        first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
        text = "".join(lines[first - 1 : statement.end_lineno])
        if not isinstance(statement, ast.Pass):
            found.append((text, statement))
    return found


def is_prose(source: str) -> bool:
    """Whether a code cell holds words instead of code: no Python at all, or nothing but comments and texts."""
    parsed = tree(source)
    if parsed is None:
        return True
    is_text = [isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in parsed.body]
    return all(is_text) and bool(re.search(r"\w", source))


def shown(source: str) -> str:
    """A teacher's text as students see it: without hidden tests, and with a stub for each solution."""
    return SOLUTION.sub(_stub, HIDDEN.sub("", source))


def _stub(solution: re.Match[str]) -> str:
    indent = re.match(r"[ \t]*", solution[0])
    space = indent[0] if indent else ""
    return space + STUB.format(space)


def normalised(text: str) -> str:
    """The text without differences in white space."""
    return " ".join(text.split())
