"""The quiz as a widget: everything after loading happens in the browser, so it answers without a kernel."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from course_utils import theme

from .markup import to_html, to_text
from .questions import Choice, Number, Question

STATIC = Path(__file__).parent / "static"
STYLE = theme.css(".course-quiz") + (STATIC / "quiz.css").read_text("utf-8")
PROSE = {"text", "feedback", "right", "wrong"}
INSTRUCTIONS = {
    "single": "Choose one answer.",
    "multiple": "Choose every answer that is right.",
    "number": "Type a number.",
}


class Quiz(anywidget.AnyWidget):
    """One recall question. `question` is what the browser needs: texts as safe HTML, answers, feedback."""

    _esm = STATIC / "quiz.js"
    _css = STYLE
    question = traitlets.Dict().tag(sync=True)

    def __init__(self, question: Question) -> None:
        self._source = question
        super().__init__(question={**rendered(asdict(question)), "instruction": INSTRUCTIONS[question.kind]})

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the widget together with the question as text, for readers without a live widget."""
        bundle = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        fallback = {"text/plain": plain_text(self._source), "text/html": static_html(self._source)}
        return {**data, **fallback}, metadata


def rendered(value: Any) -> Any:
    """Return plain data in which every text for readers is HTML."""
    if isinstance(value, dict):
        return {
            key: to_html(item) if key in PROSE and isinstance(item, str) else rendered(item)
            for key, item in value.items()
        }
    return [rendered(item) for item in value] if isinstance(value, (list, tuple)) else value


def plain_text(question: Question) -> str:
    """Return the question and its options as text."""
    rows = [f"Question: {to_text(question.text)}", INSTRUCTIONS[question.kind]]
    if isinstance(question, Choice):
        rows += [f"  ( ) {to_text(option.text)}" for option in question.options]
    return "\n".join([*rows, "Run this cell to answer the question."])


def static_html(question: Question) -> str:
    """Return the question, its options and the folded explanation as plain HTML without a script."""
    parts = [f"<p><strong>Question.</strong> {to_html(question.text)} {INSTRUCTIONS[question.kind]}</p>"]
    if isinstance(question, Choice):
        parts.append(f"<ul>{''.join(f'<li>{to_html(option.text)}</li>' for option in question.options)}</ul>")
    parts.append(f"<details><summary>Answer</summary>{explanation(question)}</details>")
    return "".join(parts)


def explanation(question: Question) -> str:
    if isinstance(question, Number):
        return f"<p>{question.answer:g} {escape(question.unit)}: {to_html(question.right)}</p>"
    rows = (
        f"<li>{'✓' if option.right else '✗'} {to_html(option.text)}: {to_html(option.feedback)}</li>"
        for option in question.options
    )
    return f"<ul>{''.join(rows)}</ul>"
