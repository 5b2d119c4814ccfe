"""A quiz as one HTML output with a small script of its own, not a widget.

A widget would show "Error displaying widget: model not found" wherever its kernel is gone. This output keeps
asking and answering in a reopened notebook, in an HTML export and in Voila; where scripts are removed
(GitHub, a notebook that JupyterLab does not trust) the list of options and the folded answer remain.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from course_utils import numerals, theme

from .markup import to_html, to_text
from .questions import Choice, Number, Question

STATIC = Path(__file__).parent / "static"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PROSE = {"text", "feedback", "right", "wrong"}
INSTRUCTIONS = {
    "single": "Choose one answer.",
    "multiple": "Choose every answer that is right.",
    "number": "Type a number.",
}


class Quiz:
    """One recall question, shown as the value of a cell."""

    def __init__(self, question: Question) -> None:
        self.question = question

    def __repr__(self) -> str:
        return plain_text(self.question)

    def _repr_html_(self) -> str:
        return (
            f'<div class="course-quiz" data-quiz="{escape(self.question.id)}">{static_html(self.question)}'
            f'<style>{style()}</style><script type="application/json">{as_json(self.question)}</script>'
            f"<script>{script(self.question.kind)}</script></div>"
        )


@cache
def style() -> str:
    return theme.css(".course-quiz") + without_margins((STATIC / "quiz.css").read_text("utf-8"))


@cache
def script(kind: str) -> str:
    """Return the script of a question; only one that asks for a number has to read numbers."""
    reader = numerals.script() if kind == "number" else ""
    return f"(() => {{\n{without_margins(reader + (STATIC / 'quiz.js').read_text('utf-8'))}\n}})();"


def without_margins(source: str) -> str:
    """Return a script or style sheet without indentation, empty lines and comments: each output carries it."""
    lines = (line.strip() for line in COMMENT.sub("", source).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def as_json(question: Question) -> str:
    """Return what the script needs: texts as safe HTML, answers, feedback; safe inside a script element."""
    data = {**rendered(asdict(question)), "instruction": INSTRUCTIONS[question.kind]}
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


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
        rows += [f"  - {to_text(option.text)}" for option in question.options]
    return "\n".join(rows)


def static_html(question: Question) -> str:
    """Return the question, its options and the folded answer as plain HTML; the script replaces it."""
    parts = [f"<p><strong>Question.</strong> {to_html(question.text)}</p>"]
    parts.append(f"<p>{INSTRUCTIONS[question.kind]}</p>")
    if isinstance(question, Choice):
        parts.append(f"<ul>{''.join(f'<li>{to_html(option.text)}</li>' for option in question.options)}</ul>")
    parts.append(f"<details><summary>Answer</summary>{explanation(question)}</details>")
    return "".join(parts)


def explanation(question: Question) -> str:
    if isinstance(question, Number):
        number = f"{question.answer:.12g} {question.unit}".strip()
        return f"<p>{escape(number)}: {to_html(question.right)}</p>"
    rows = (
        f"<li>{'✓' if option.right else '✗'} {to_html(option.text)}: {to_html(option.feedback)}</li>"
        for option in question.options
    )
    return f"<ul>{''.join(rows)}</ul>"
