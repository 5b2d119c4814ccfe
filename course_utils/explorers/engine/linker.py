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
    return "\n".join(_modules(name).values())


@cache
def _modules(name: str) -> dict[Path, str]:
    parts: dict[Path, str] = {}
    _collect((STATIC / f"{name}.js").resolve(), parts)
    return parts


def _collect(path: Path, parts: dict[Path, str]) -> None:
    if path in parts:
        return
    source = path.read_text(encoding="utf-8")
    for relative in _IMPORT.findall(source):
        _collect((path.parent / relative).resolve(), parts)
    parts[path] = _EXPORT.sub("", _IMPORT.sub("", source))


@cache
def stylesheet(name: str) -> str:
    """Return the engine's styles, and those that stand beside a module of the explorer: ``name.css`` by ``name.js``."""
    from course_utils import theme

    beside = [path.with_suffix(".css") for path in _modules(name)]
    sheets = [STATIC / "engine" / "style.css", *(path for path in beside if path.exists())]
    return "\n".join([theme.css(), *(path.read_text(encoding="utf-8") for path in sheets)])
