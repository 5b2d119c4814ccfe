"""Web pages for students and teachers: one file each, no script, nothing fetched, light and dark."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

from course_utils import theme

BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
STYLE = """
body { margin: 0; }
.course { min-height: 100vh; background: var(--course-paper); color: var(--course-ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; margin: 0.75rem 0; }
th, td { padding: 0.3rem 0.8rem 0.3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--course-grid); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: var(--course-card); padding: 0.6rem 0.8rem; overflow-x: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: 0.85rem; }
img { max-width: 100%; }
.muted { color: var(--course-muted); } .passed { color: var(--course-green); }
.failed { color: var(--course-red); } .note { border-left: 4px solid var(--course-orange); padding-left: 0.8rem; }
"""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(title: str, *parts: str) -> str:
    """A whole page with a heading; `parts` are HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{text(title)}</title><style>{theme.css()}{STYLE}</style></head>\n"
        f'<body><div class="course"><main><h1>{text(title)}</h1>\n'
        + "\n".join(parts)
        + "\n</main></div></body></html>\n"
    )


def text(words: str) -> str:
    """Words as HTML shows them: nothing in them is markup."""
    return html.escape(words, quote=True)


def paragraph(words: str, kind: str = "") -> str:
    """A paragraph of plain words."""
    return f'<p class="{kind}">{text(words)}</p>' if kind else f"<p>{text(words)}</p>"


def block(words: str) -> str:
    """Words as they stand, spaces and line ends kept."""
    return f"<pre>{text(words)}</pre>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> str:
    """A table; the cells of `rows` are HTML. `numbers` are the columns that are set to the right."""

    def line(cells: Sequence[str], tag: str) -> str:
        places = ((cell, ' class="number"' if place in numbers else "") for place, cell in enumerate(cells))
        return "<tr>" + "".join(f"<{tag}{kind}>{cell}</{tag}>" for cell, kind in places) + "</tr>"

    head = line([text(cell) for cell in heads], 'th scope="col"').replace('</th scope="col">', "</th>")
    return f"<table><thead>{head}</thead><tbody>{''.join(line(row, 'td') for row in rows)}</tbody></table>"


def output(record: dict[str, Any]) -> str:
    """An nbformat output as text or picture; whatever else it holds is left out."""
    data = record.get("data", {})
    if (picture := data.get("image/png")) and BASE64.fullmatch(picture):
        return (
            f'<img alt="Picture that this cell drew" src="data:image/png;base64,{"".join(picture.split())}">'
        )
    words = record.get("text") or data.get("text/plain") or "\n".join(record.get("traceback", []))
    return block(joined(words)) if words else ""


def joined(words: str | list[str]) -> str:
    """nbformat's text, which is a string or a list of lines."""
    return words if isinstance(words, str) else "".join(words)


def number(value: float) -> str:
    """A number with two decimals at most."""
    return f"{round(value, 2) + 0.0:.12g}"  # 0.0: nothing is "-0"
