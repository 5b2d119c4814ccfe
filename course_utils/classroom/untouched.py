"""Those assertions of a test that look at arguments: whether a call has left them as they were.

A call changes a copy of its arguments, for they travel. An assertion about what the call returned is made with the
examiner's own arguments, which no student can change. One that looks at nothing that came from an answer can only
ask whether arguments were left alone, so that it is made with what the call has left of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from course_utils.classroom.codetext import tree


def assertions(source: str, answers: frozenset[str]) -> ast.Module | None:
    """The test, whose assertions about answers may fail; None where it makes no other.

    Args:
        answers: names that come from the student, those that earlier tests have made of them included.
    """
    parsed = tree(source)
    if parsed is None:
        return None
    known = from_answers(source, answers)
    keep = _Others(known)
    changed = keep.visit(ast.parse(ast.unparse(parsed)))
    return ast.fix_missing_locations(changed) if keep.found else None


def from_answers(source: str, answers: frozenset[str]) -> frozenset[str]:
    """The names that come from the student when this code has run."""
    parsed, known, before = tree(source), set(answers), -1
    while parsed is not None and len(known) != before:
        before = len(known)
        for node in ast.walk(parsed):
            known |= set(_bound_by(node, known))
    return frozenset(known)


def _bound_by(node: ast.AST, known: set[str]) -> Iterator[str]:
    """What a node binds to something that was made of names that are known."""
    made: Sequence[ast.AST]
    places: Sequence[ast.AST]
    match node:
        case ast.Assign(targets=targets, value=value):
            made, places = [value], targets
        case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            made, places = [value], [target]
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            made, places = [value], [target]
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            made, places = [value], [target]
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            made, places = [value], [target]
        case ast.FunctionDef(name=name, body=body) | ast.ClassDef(name=name, body=body):
            made, places = body, [ast.Name(name, ast.Store())]
        case _:
            return
    if any(_names(each) & known for each in made):
        for place in places:
            yield from _stored(place)


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _stored(target: ast.AST) -> Iterator[str]:
    """The names that a target binds, or changes, as `found` in ``found[0] = 1``."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and not _is_index(node, target):
            yield node.id


def _is_index(name: ast.Name, target: ast.AST) -> bool:
    indices = [each.slice for each in ast.walk(target) if isinstance(each, ast.Subscript)]
    return any(name in ast.walk(index) for index in indices)


class _Others(ast.NodeTransformer):
    """Lets assertions about names that are known fail; notes whether there are others."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known = known
        self.found = False

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        if _names(node.test) & self.known:
            return _tried(ast.Expr(node.test))
        self.found = True
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        call = node.value
        if not isinstance(call, ast.Call) or not ast.unparse(call.func).split(".")[-1].startswith("assert"):
            return node
        if _names(call) & self.known:
            return _tried(node)
        self.found = True
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        return node  # what it asserts depends on what it is given


def _tried(statement: ast.stmt) -> ast.stmt:
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    return ast.Try([statement], [handler], [], [])
