"""Recall questions, read from one TOML file a lesson and checked while they are read."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from .registry import unknown

FOLDER = Path(__file__).parent / "quizzes"

CHOICE_KEYS = {"kind", "question", "options"}
NUMBER_KEYS = {"kind", "question", "answer", "tolerance", "unit", "right", "wrong", "mistakes"}
KEYS = {"single": CHOICE_KEYS, "multiple": CHOICE_KEYS, "number": NUMBER_KEYS}


class QuizError(ValueError):
    """A quiz file is wrong; the message names the file, the question and what to mend."""


@dataclass(frozen=True)
class Option:
    """One answer to choose, with the feedback that it gets."""

    text: str
    right: bool
    feedback: str


@dataclass(frozen=True)
class Mistake:
    """A wrong number that is typical, with the feedback that it gets."""

    answer: float
    feedback: str


@dataclass(frozen=True)
class Choice:
    """A question with options: `kind` "single" (exactly one is right) or "multiple" (one or more are)."""

    id: str
    kind: str
    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Number:
    """A question that is answered by a number, right within `tolerance` (absolute)."""

    id: str
    text: str
    answer: float
    tolerance: float
    unit: str
    right: str
    wrong: str
    mistakes: tuple[Mistake, ...]
    kind: str = "number"


Question = Choice | Number


def find(id: str) -> Question:
    """Return question `id`, for example "02_neurons/xor"; LookupError with near matches if there is none."""
    lesson = str(id).split("/")[0]
    path = FOLDER / f"{lesson}.toml"
    questions = load(path) if path in lesson_files() else {}
    if id not in questions:
        raise LookupError(unknown("question", id, question_ids()))
    return questions[id]


def lesson_files() -> list[Path]:
    return sorted(FOLDER.glob("*.toml"))


def question_ids() -> list[str]:
    """Return the ids of all recall questions, in the order of the files."""
    return [id for path in lesson_files() for id in load(path)]


def load(path: Path) -> dict[str, Question]:
    """Return the questions of one file by id (file name/table name); QuizError says what to mend."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise QuizError(f"{path.name}: this is not valid TOML: {error}.") from None
    return {f"{path.stem}/{name}": read_question(path, name, table) for name, table in tables.items()}


def read_question(path: Path, name: str, table: Any) -> Question:
    where = f"{path.name}, question [{name}]"
    require(isinstance(table, dict), where, "write a table with kind, question and its answers.")
    kind = table.get("kind")
    require(kind in KEYS, where, f"kind must be one of {', '.join(KEYS)}, not {kind!r}.")
    surplus = sorted(set(table) - KEYS[kind])
    require(
        not surplus,
        where,
        f"unknown key {', '.join(surplus)}; a {kind} question has {', '.join(sorted(KEYS[kind]))}.",
    )
    text = read_text(table, "question", where)
    id = f"{path.stem}/{name}"
    return (
        read_number(id, text, table, where) if kind == "number" else read_choice(id, kind, text, table, where)
    )


def read_choice(id: str, kind: str, text: str, table: dict[str, Any], where: str) -> Choice:
    rows = table.get("options", [])
    require(isinstance(rows, list) and len(rows) >= 2, where, "give at least two [[....options]].")
    options = tuple(read_option(row, f"{where}, option {place}") for place, row in enumerate(rows, 1))
    right = sum(option.right for option in options)
    if kind == "single":
        require(right == 1, where, f"exactly one option must have right = true, but {right} have.")
    require(right >= 1, where, "at least one option must have right = true.")
    require(
        len({option.text for option in options}) == len(options), where, "two options have the same text."
    )
    return Choice(id, kind, text, in_drawn_order(options))


def in_drawn_order(options: Sequence[Option]) -> tuple[Option, ...]:
    """Return the options in an order drawn from their texts: authors like to begin with the right one."""
    return tuple(sorted(options, key=lambda option: crc32(option.text.encode())))


def read_option(row: Any, where: str) -> Option:
    require(isinstance(row, dict), where, "write text, feedback and, if it is right, right = true.")
    surplus = sorted(set(row) - {"text", "right", "feedback"})
    require(not surplus, where, f"unknown key {', '.join(surplus)}; an option has text, right, feedback.")
    right = row.get("right", False)
    require(isinstance(right, bool), where, "right must be true or false.")
    return Option(read_text(row, "text", where), right, read_text(row, "feedback", where))


def read_number(id: str, text: str, table: dict[str, Any], where: str) -> Number:
    answer = read_float(table, "answer", where)
    tolerance = read_float(table, "tolerance", where, default=0.0)
    require(tolerance >= 0, where, "tolerance must not be negative.")
    rows = table.get("mistakes", [])
    mistakes = tuple(
        Mistake(read_float(row, "answer", where), read_text(row, "feedback", f"{where}, mistake {place}"))
        for place, row in enumerate(rows, 1)
    )
    for mistake in mistakes:
        apart = abs(mistake.answer - answer) > 2 * tolerance
        require(
            apart, where, f"the mistake {mistake.answer:g} lies within the tolerance of the right answer."
        )
    unit = table.get("unit", "")
    require(isinstance(unit, str), where, "unit must be a text.")
    return Number(
        id=id,
        text=text,
        answer=answer,
        tolerance=tolerance,
        unit=unit,
        right=read_text(table, "right", where),
        wrong=read_text(table, "wrong", where),
        mistakes=mistakes,
    )


def read_text(table: dict[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise QuizError(f"{where}: {key} is missing: write a sentence.")
    formula = value.count("$") >= 2
    require(
        not formula,
        where,
        f"{key} holds a $formula$; write *x*<sub>1</sub>, *x*<sup>2</sup> and Unicode instead.",
    )
    return value.strip()


def read_float(table: dict[str, Any], key: str, where: str, default: float | None = None) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise QuizError(f"{where}: {key} must be a number.")
    return float(value)


def require(holds: bool, where: str, remedy: str) -> None:
    if not holds:
        raise QuizError(f"{where}: {remedy}")
