"""How people write numbers: the reader (``numerals.js``) of quizzes and explorers, which runs in the browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PATH = Path(__file__).with_suffix(".js")


@cache
def script() -> str:
    """Return the reader for a script that is no module: ``readNumber(text, unit)``."""
    return PATH.read_text("utf-8").replace("\nexport ", "\n")
