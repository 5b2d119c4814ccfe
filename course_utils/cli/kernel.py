"""The Jupyter kernel "course" and JupyterLab's settings, registered inside this environment only."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

NAME = "course"
DISPLAY_NAME = "Deep learning course"

# JupyterLab neither fetches news nor looks for updates: the course works, and is silent, without a network.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


def register(prefix: Path | None = None) -> None:
    """Write the kernel's specification and the settings under `prefix` (default: this environment)."""
    share = (prefix or Path(sys.prefix)) / "share" / "jupyter"
    write_if_different(share / "kernels" / NAME / "kernel.json", specification())
    write_if_different(share / "lab" / "settings" / "overrides.json", LAB_SETTINGS)


def specification() -> dict[str, Any]:
    """What Jupyter needs to start the kernel: this Python, whatever the PATH says."""
    return {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "--log-level=ERROR", "-f", "{connection_file}"],
        "display_name": DISPLAY_NAME,
        "language": "python",
        "metadata": {"debugger": True},
    }


def write_if_different(path: Path, content: dict[str, Any]) -> None:
    """Write `content` as JSON unless the file already says so (an environment may be read-only)."""
    text = json.dumps(content, indent=1, sort_keys=True) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
