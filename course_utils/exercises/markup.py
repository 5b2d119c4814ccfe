"""The small mark-up of quiz texts, turned into safe HTML that needs no network and no formula renderer.

``*x*`` is italic (a variable), ``**not**`` is bold, a pair of backticks is code, ``<sub>1</sub>`` and
``<sup>2</sup>`` are written out; every other ``<`` or ``&`` is shown as it stands.
"""

from __future__ import annotations

import re
from html import escape, unescape

_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_ITALIC = re.compile(r"(?<![^\W\d])(?<!\*)\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])")
_SCRIPT = re.compile(r"&lt;(su[bp])&gt;(.*?)&lt;/\1&gt;")
_TAG = re.compile(r"<[^>]+>")


def to_html(text: str) -> str:
    """Return quiz text as HTML; only em, strong, code, sub and sup can come out."""
    pieces = _CODE.split(" ".join(text.split()))
    return "".join(
        f"<code>{escape(piece)}</code>" if place % 2 else prose(piece) for place, piece in enumerate(pieces)
    )


def prose(text: str) -> str:
    html = _SCRIPT.sub(r"<\1>\2</\1>", escape(text, quote=False))
    html = _BOLD.sub(r"<strong>\1</strong>", html)
    return _ITALIC.sub(r"<em>\1</em>", html)


def to_text(text: str) -> str:
    """Return quiz text for plain-text readers: x<sub>1</sub> becomes x_1, x<sup>2</sup> becomes x^2."""
    html = to_html(text).replace("<sub>", "_").replace("<sup>", "^")
    return unescape(_TAG.sub("", html))
