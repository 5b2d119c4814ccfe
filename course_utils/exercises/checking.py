"""`check`: judge one answer and show the verdict below the cell."""

from __future__ import annotations

import inspect
from typing import Any

from . import display, registry
from .answers import Answer
from .placeholders import find_placeholder
from .results import FAILED, NOT_ATTEMPTED, PASSED, AnswerError, Result
from .student_code import safe_text


def check(id: str, answer: Any) -> Result:
    """Check `answer` to the exercise `id`, show the verdict with a hint, and return it.

    Whatever the student's code does, nothing is raised, so that "Run All" goes on; only an interrupt by the
    user passes through. LookupError with near matches if there is no such exercise.
    """
    result = judge(registry.find(id), answer)
    display.show(result)
    return result


def judge(definition: registry.Definition, subject: Any) -> Result:
    """Return the verdict on `subject` without showing it."""
    placeholder = find_placeholder(subject)
    if placeholder:
        return Result(
            NOT_ATTEMPTED, f"{placeholder}.", hint="Write your code above, then run this cell again."
        )
    answer = Answer(subject, answer_name(definition, subject), definition.id, definition.in_place)
    try:
        refuse_wrong_kind(definition, subject)
        definition.check(answer)
    except AnswerError as problem:
        return Result(FAILED, problem.message, problem.hint, problem.line, answer.printed.text())
    except Exception as error:
        return Result(
            FAILED, unforeseen(error), "Compare what your code returns with what the exercise asks for."
        )
    if not answer.checks_passed:
        raise RuntimeError(f"The check of {definition.id!r} verified nothing: it must use its answer.")
    return Result(PASSED, verdict(definition, answer), printed=answer.printed.text())


def answer_name(definition: registry.Definition, subject: Any) -> str:
    """Return what messages call the answer: a function's or class's own name, else the exercise's."""
    name = getattr(subject, "__name__", "")
    return (
        name
        if inspect.isroutine(subject) and name.isidentifier() or inspect.isclass(subject)
        else definition.name
    )


def refuse_wrong_kind(definition: registry.Definition, subject: Any) -> None:
    """Raise `AnswerError` if not a class is given where one is asked for, or a function for a value."""
    if definition.kind == "class" and not inspect.isclass(subject):
        raise AnswerError(
            f"`{definition.name}` should be a class.",
            f"Hand over the class itself: check(..., {definition.name}).",
        )
    if definition.kind == "value" and inspect.isroutine(subject):
        raise AnswerError(
            f"`{definition.name}` should be a value, but this is a function.", "Call it to get its value."
        )


def unforeseen(error: Exception) -> str:
    """Return the message for a value so unusual that the check itself stumbled over it."""
    return f"This check could not read your answer ({type(error).__name__}: {safe_text(error)[:120]})."


def verdict(definition: registry.Definition, answer: Answer) -> str:
    total = answer.checks_passed
    return f"{total} of {total} check{'' if total == 1 else 's'}: {definition.verifies}"
