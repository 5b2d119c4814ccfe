"""Scalar expressions as graphs: ``(x*y + z)**2`` becomes inputs, constants and operations, in order of computing.

The text is read by Python's own parser and every part is checked against a short list; nothing is evaluated.
Equal parts become one node, so that a value that is used twice is seen to be used twice.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

MOST_CHARACTERS = 100
MOST_OPERATIONS = 10
LARGEST_CONSTANT = 1000
LARGEST_EXPONENT = 10
FUNCTIONS = ("exp", "log", "tanh", "sigmoid", "relu")
RESULT = "f"

_NAME = re.compile(r"[a-z][0-9]?")
_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class ExpressionError(ValueError):
    """A text that is not an expression of this kind; the message says what is wrong and where."""


@dataclass(frozen=True)
class Node:
    """One value of the graph.

    ``kind``: "name", "constant", one of ``+ - * /``, "**", "negate" or a function's name. ``args``: the places
    of the values that go in. ``name``: an input's name. ``number``: a constant, or the exponent of "**".
    """

    kind: str
    args: tuple[int, ...] = ()
    name: str = ""
    number: float = 0.0


@dataclass(frozen=True)
class Graph:
    """Nodes in order of computing; the last one is the result."""

    nodes: tuple[Node, ...]

    @property
    def names(self) -> list[str]:
        """Return the inputs' names in the order in which they appear."""
        return [node.name for node in self.nodes if node.kind == "name"]

    @property
    def operations(self) -> list[int]:
        """Return the places of the nodes that compute something."""
        return [place for place, node in enumerate(self.nodes) if node.args]

    def labels(self) -> list[str]:
        """Return what each value is called: its name, its number, u₁ u₂ … for what is in between, f at the end."""
        operations = self.operations
        texts = {place: f"u{index}".translate(_SUBSCRIPTS) for index, place in enumerate(operations, start=1)}
        texts[len(self.nodes) - 1] = RESULT
        return [texts.get(place) or _leaf_label(node) for place, node in enumerate(self.nodes)]

    def depends(self) -> list[bool]:
        """Return for each value whether it depends on an input: the others need no gradient."""
        found: list[bool] = []
        for node in self.nodes:
            found.append(node.kind == "name" or any(found[place] for place in node.args))
        return found


def _leaf_label(node: Node) -> str:
    return node.name.translate(_SUBSCRIPTS) if node.kind == "name" else f"{node.number:g}".replace("-", "−")


def parse(text: str) -> Graph:
    """Return the graph of an expression.

    Args:
        text: numbers, names of one letter (a digit may follow), ``+ - * /``, ``**`` with a constant exponent,
            brackets and the functions exp, log, tanh, sigmoid, relu; at most 100 characters, 1 to 10
            operations, of which equal ones count once.

    Raises:
        ExpressionError: saying what is wrong, at which character.
    """
    _check_characters(text)
    builder = _Builder(text)
    builder.add(_syntax_tree(text).body)
    graph = Graph(tuple(builder.places))
    if not graph.names:
        raise ExpressionError("there is no input: use at least one letter, such as x")
    if not graph.operations:
        raise ExpressionError("there is nothing to compute: use at least one operation, such as x * y")
    if len(graph.operations) > MOST_OPERATIONS:
        raise ExpressionError(
            f"{len(graph.operations)} operations are too many to follow: at most {MOST_OPERATIONS}"
        )
    return graph


def _check_characters(text: str) -> None:
    if not text.strip():
        raise ExpressionError("it is empty: type an expression such as x*y + z")
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"{len(text)} characters are too many: at most {MOST_CHARACTERS}")
    for at, character in enumerate(text, start=1):
        if not (" " <= character <= "~"):
            raise ExpressionError(
                f"character {at} is {character!r}: use letters, digits, + - * / ** and brackets"
            )


def _syntax_tree(text: str) -> ast.Expression:
    blank = len(text) - len(text.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        at = blank + error.offset if error.offset else len(text) + 1  # 0: the text ended too early
        where = f"at character {at}, {text[at - 1]!r}" if at <= len(text.rstrip()) else "at the end"
        raise ExpressionError(f"it cannot be read {where}: {_plain(error.msg)}") from None


def _plain(message: str) -> str:
    """Return the parser's complaint in words for people who compute, not program."""
    if "never closed" in message or "unmatched" in message:
        return f"the bracket {message}".replace("the bracket unmatched", "no bracket opens before")
    if "literal" in message:
        return "write a * between a number and a letter"
    return "an operator, a value or a bracket is missing, or there is one too many"


class _Builder:
    """Turns a syntax tree into nodes; equal nodes are one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blank = len(text) - len(text.lstrip())
        self.places: dict[Node, int] = {}

    def place(self, node: Node) -> int:
        return self.places.setdefault(node, len(self.places))

    def refuse(self, part: ast.expr, why: str) -> ExpressionError:
        at = part.col_offset + self.blank
        written = self.text[at : (part.end_col_offset or part.col_offset) + self.blank]
        return ExpressionError(f"at character {at + 1}, {written!r}: {why}")

    def add(self, part: ast.expr) -> int:
        number = _signed_number(part)
        if number is not None:
            return self.constant(part, number)
        if isinstance(part, ast.Name):
            return self.name(part)
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
            return self.place(Node("negate", (self.add(part.operand),)))
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.UAdd):
            return self.add(part.operand)
        if isinstance(part, ast.BinOp):
            return self.binary(part)
        if isinstance(part, ast.Call):
            return self.call(part)
        raise self.refuse(part, "use numbers, letters, + - * / **, brackets and " + ", ".join(FUNCTIONS))

    def constant(self, part: ast.expr, number: float) -> int:
        if abs(number) > LARGEST_CONSTANT:
            raise self.refuse(part, f"numbers lie between −{LARGEST_CONSTANT} and {LARGEST_CONSTANT}")
        return self.place(Node("constant", number=number))

    def name(self, part: ast.Name) -> int:
        if part.id in FUNCTIONS:
            raise self.refuse(part, f"a function needs brackets, {part.id}(x)")
        if not _NAME.fullmatch(part.id):
            raise self.refuse(
                part, "a name is one small letter, a digit may follow; write a * between factors"
            )
        if part.id == RESULT or re.fullmatch("u[0-9]", part.id):
            raise self.refuse(part, "f and u1, u2 … are names of results here; choose another letter")
        return self.place(Node("name", name=part.id))

    def binary(self, part: ast.BinOp) -> int:
        if isinstance(part.op, ast.Pow):
            return self.power(part)
        if isinstance(part.op, ast.BitXor):
            raise self.refuse(part, "powers are written with **, as in x**2")
        if type(part.op) not in _OPERATORS:
            raise self.refuse(part, "the operators are + - * / and **")
        left = self.add(part.left)
        return self.place(Node(_OPERATORS[type(part.op)], (left, self.add(part.right))))

    def power(self, part: ast.BinOp) -> int:
        exponent = _signed_number(part.right)
        if exponent is None:
            raise self.refuse(part.right, "the exponent must be a number; for e to a power write exp(...)")
        if abs(exponent) > LARGEST_EXPONENT:
            raise self.refuse(part.right, f"exponents lie between −{LARGEST_EXPONENT} and {LARGEST_EXPONENT}")
        return self.place(Node("**", (self.add(part.left),), number=exponent))

    def call(self, part: ast.Call) -> int:
        if not isinstance(part.func, ast.Name) or part.func.id not in FUNCTIONS:
            raise self.refuse(
                part.func, f"the functions are {', '.join(FUNCTIONS)}; write a * between factors"
            )
        if len(part.args) != 1 or part.keywords or isinstance(part.args[0], ast.Starred):
            raise self.refuse(part, f"{part.func.id} takes one value")
        return self.place(Node(part.func.id, (self.add(part.args[0]),)))


def _signed_number(part: ast.expr) -> float | None:
    """Return the number that ``part`` writes, with any signs before it, or None where it is not a number."""
    if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub | ast.UAdd):
        number = _signed_number(part.operand)
        return -number if number is not None and isinstance(part.op, ast.USub) else number
    if (
        isinstance(part, ast.Constant)
        and isinstance(part.value, int | float)
        and not isinstance(part.value, bool)
    ):
        return float(min(max(part.value, -1e9), 1e9))  # an integer may be too large for a float
    return None
