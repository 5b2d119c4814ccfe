"""The course's colours, for figures, explorers and quizzes alike.

Every colour keeps a contrast of at least 3:1 (lines, marks) or 4.5:1 (text: ``ink``, ``muted``) against the
paper of its theme. Blue and orange lead because every common form of colour blindness tells them apart; a
second cue (line style, marker, label) always goes with a colour.
"""

from __future__ import annotations

LIGHT = {
    "ink": "#1f2328",
    "muted": "#57606a",
    "grid": "#d8dee4",
    "paper": "#ffffff",
    "card": "#f6f8fa",
    "blue": "#0b63b0",
    "orange": "#c2510a",
    "green": "#0a7a58",
    "purple": "#8442a5",
    "gold": "#8a6a00",
    "red": "#b3261e",
}

DARK = {
    "ink": "#e6edf3",
    "muted": "#9ba7b4",
    "grid": "#3a434d",
    "paper": "#111418",
    "card": "#1b2027",
    "blue": "#6cb6ff",
    "orange": "#ff9d5c",
    "green": "#4fd1a5",
    "purple": "#d0a2f0",
    "gold": "#e3c34f",
    "red": "#ff8a80",
}

SERIES = ("blue", "orange", "green", "purple", "gold", "red")
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")

# Where a front end says that it is dark: JupyterLab, VS Code, Google Colab.
DARK_HOSTS = (
    '[data-jp-theme-light="false"]',
    "body.vscode-dark",
    "body.vscode-high-contrast",
    'html[theme="dark"]',
)


def css(selector: str = ".course") -> str:
    """Return CSS that defines ``--course-<name>`` on ``selector`` and follows the front end's theme live.

    Pages that name no theme (an HTML export) follow the reader's operating system.
    """
    return _themed(selector, _variables(LIGHT), _variables(DARK))


def scheme_css(selector: str) -> str:
    """Return CSS that tells pictures inside ``selector`` whether the page is light or dark; see ``svg_css``."""
    return _themed(selector, "", "")


def svg_css() -> str:
    """Return CSS for an SVG file of its own: it takes the colour scheme of the page's element that shows it."""
    return f":root {{ {_variables(LIGHT)} }} @media (prefers-color-scheme: dark) {{ :root {{ {_variables(DARK)} }} }}"


def _themed(selector: str, light: str, dark: str) -> str:
    in_dark_host = ", ".join(f"{host} {selector}" for host in DARK_HOSTS)
    unthemed = f":root:not(:has([data-jp-theme-light])):not([theme]) body:not([class*='vscode']) {selector}"
    return "\n".join(
        (
            f"{selector} {{ {light} color-scheme: light; }}",
            f"{in_dark_host} {{ {dark} color-scheme: dark; }}",
            f"@media (prefers-color-scheme: dark) {{ {unthemed} {{ {dark} color-scheme: dark; }} }}",
        )
    )


def _variables(palette: dict[str, str]) -> str:
    return " ".join(f"--course-{name}: {colour};" for name, colour in palette.items())
