"""Joins the small ES modules of ``static/`` into the one module that anywidget wants: no bundler, no build
step.

Modules stay plain ES modules with relative imports of names. Joined, they share one scope, so a top-level
name may be declared in one module only; a test watches that.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"

_IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)


@cache
def link(name: str) -> str:
    """Return the module ``static/<name>.js`` with everything that it imports, each once, in order of need."""
    parts: dict[Path, str] = {}
    _collect((STATIC / f"{name}.js").resolve(), parts)
    return "\n".join(parts.values())


def _collect(path: Path, parts: dict[Path, str]) -> None:
    if path in parts:
        return
    source = path.read_text(encoding="utf-8")
    for relative in _IMPORT.findall(source):
        _collect((path.parent / relative).resolve(), parts)
    parts[path] = _EXPORT.sub("", _IMPORT.sub("", source))


@cache
def stylesheet(name: str) -> str:
    """Return the engine's styles followed by ``static/<name>.css`` where an explorer has styles of its own."""
    from course_utils import theme

    own = STATIC / f"{name}.css"
    parts = [theme.css(), (STATIC / "engine" / "style.css").read_text(encoding="utf-8")]
    return "\n".join([*parts, own.read_text(encoding="utf-8")] if own.exists() else parts)
