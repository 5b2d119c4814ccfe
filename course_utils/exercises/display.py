"""Show a verdict: HTML in the colours of the front end's theme, and plain text everywhere else."""

from __future__ import annotations

from html import escape
from pathlib import Path

from course_utils import theme

from .results import HEADINGS, Result

CSS_CLASSES = {"passed": "course-passed", "failed": "course-failed", "not attempted": "course-open"}


def show(result: Result) -> None:
    """Display a result below the cell; print its text where there is no notebook."""
    from IPython import get_ipython

    if get_ipython() is None:
        print(result)
        return
    from IPython.display import display

    display({"text/html": html(result), "text/plain": repr(result)}, raw=True)


def html(result: Result) -> str:
    """Return a result as HTML: symbol and word, message, the one line of code, the hint, what was printed."""
    symbol, word = HEADINGS[result.status]
    rows = [f'<strong><span aria-hidden="true">{symbol}</span> {word}.</strong> {code_marks(result.message)}']
    if result.line:
        place, _, source = result.line.partition(": ")
        rows.append(
            f"In {escape(place)}: <code>{escape(source)}</code>" if source else f"In {escape(place)}."
        )
    if result.hint:
        rows.append(f"<em>Hint:</em> {code_marks(result.hint)}")
    body = "".join(f"<p>{row}</p>" for row in rows)
    if result.printed:
        body += f"<p>Your code printed:</p><pre>{escape(result.printed)}</pre>"
    kind = CSS_CLASSES[result.status]
    return f'<style>{style()}</style><div class="course course-check {kind}" role="status">{body}</div>'


def code_marks(text: str) -> str:
    """Escape `text` for HTML and turn pairs of backticks into ``<code>``."""
    pieces = escape(text).split("`")
    if len(pieces) % 2 == 0:
        return escape(text)
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))


def style() -> str:
    """Return the style sheet of a verdict, with the course's colours for light and dark."""
    return theme.css(".course-check") + (Path(__file__).parent / "static" / "check.css").read_text("utf-8")
