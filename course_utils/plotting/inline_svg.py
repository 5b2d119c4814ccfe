"""Turn Matplotlib's SVG into a fragment of HTML that is small, follows the theme and has a name."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
from collections import Counter
from itertools import groupby
from operator import itemgetter

from course_utils import theme

_COLOUR_NAMES = {hex_: name for name, hex_ in theme.LIGHT.items()}
_COLOUR_NAMES["#000000"] = "ink"  # what Matplotlib takes where a lesson names no colour
_COLOUR = re.compile(f"(?:{'|'.join(_COLOUR_NAMES)})(?![0-9a-f])", re.IGNORECASE)
_REFERENCE = re.compile(r'(?:href="#|url\(#)([^")]+)')
_ID = re.compile(r'\sid="([^"]*)"')
_COORDINATES = re.compile(r'(?<=\s)(?:d|x|y|width|height)="[^"]*"')
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_FONT_FAMILY = re.compile(r" ?font-family: [^;\"]*;?")
_IMAGE_STYLE = re.compile(r' style="image-rendering:[^"]*"')
_NO_ROTATION = re.compile(r' transform="rotate\(-?0 [^)]*\)"')
_NOISE = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->|<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_MARKERS = re.compile(r'(?:<use [^>]*?style="[^"]*"/>\s*){3,}')
_MARKER = re.compile(r'(<use [^>]*?) style="([^"]*)"/>')
_EMBEDDED = re.compile(r"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)")
_LARGE_RASTER = 24_000  # bytes of PNG from which a photograph is stored as JPEG

# Formulas are placed glyph by glyph with the widths of DejaVu Sans, which Verdana shares.
_RULES = """
.course-figure { color: var(--course-ink); background: \
var(--jp-layout-color0, var(--vscode-editor-background, var(--course-paper))); }
.course-figure svg { display: block; max-width: 100%; height: auto; stroke-linejoin: round; }
.course-figure text { fill: var(--course-ink); font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", \
"Noto Sans", "Liberation Sans", "DejaVu Sans", Arial, sans-serif; }
.course-figure tspan { font-family: "DejaVu Sans", Verdana, sans-serif; }
.course-figure image[href^="data:image/png"] { image-rendering: pixelated; }
"""

_times_shown: Counter[str] = Counter()


def as_fragment(svg: str, alt: str) -> str:
    """Return HTML with the style that defines the palette and one inline picture named ``alt``.

    ``svg`` is a whole file as Matplotlib writes it (``svg.fonttype: none``) in colours of the light palette.
    """
    body = _with_own_ids(_COLOUR.sub(_as_variable, _compact(svg[svg.index("<svg") :])), alt)
    name = html.escape(alt)
    root, content = body.split(">", 1)
    css = " ".join((theme.css(".course-figure") + _RULES).split())
    return (
        f'<div class="course-figure"><style>{css}</style>'
        f'{root} role="img" aria-label="{name}"><title>{name}</title>{content}</div>'
    )


def _compact(svg: str) -> str:
    """Drop what a page does not need: metadata, fonts, digits beyond 1/100 point, page-wide style rules."""
    text = svg
    for pattern in (_NOISE, _FONT_FAMILY, _IMAGE_STYLE, _NO_ROTATION):
        text = pattern.sub("", text)
    text = _EMBEDDED.sub(_smaller_raster, text)
    text = text.replace("xlink:href", "href").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    text = _COORDINATES.sub(lambda part: _LONG_NUMBER.sub(_rounded, part[0]).replace(" \n", " "), text)
    return _MARKERS.sub(_with_one_style, re.sub(r">\s*\n\s*<", "><", text).strip())


def _with_one_style(markers: re.Match[str]) -> str:
    """Say the style of neighbouring markers once for all: a scatter plot becomes a third of its size."""
    pairs: list[tuple[str, str]] = _MARKER.findall(markers[0])
    groups = groupby(pairs, key=itemgetter(1))
    return "".join(
        f'<g style="{look}">{"".join(f"{marker}/>" for marker, _ in group)}</g>' for look, group in groups
    )


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _smaller_raster(embedded: re.Match[str]) -> str:
    """Store a large opaque picture as JPEG, a small one in as few channels as it needs, with exact pixels."""
    from PIL import Image

    raw = base64.b64decode(embedded[1])
    picture = Image.open(io.BytesIO(raw)).convert("RGBA")
    kind = "png"
    if picture.getchannel("A").getextrema() == (255, 255):
        red, green, blue = picture.convert("RGB").split()
        picture = picture.convert("L" if red == green == blue else "RGB")
        if len(raw) > _LARGE_RASTER:
            kind = "jpeg"
    target = io.BytesIO()
    picture.save(target, format=kind, optimize=True, quality=88)
    return f"data:image/{kind};base64,{base64.b64encode(target.getvalue()).decode('ascii')}"


def _as_variable(match: re.Match[str]) -> str:
    return f"var(--course-{_COLOUR_NAMES[match[0].lower()]}, {match[0]})"


def _with_own_ids(svg: str, alt: str) -> str:
    """Drop ids that nothing refers to, and give the others a prefix that no other figure on the page has.

    The prefix comes from the content, so that a notebook that is run again stores the same text.
    """
    digest = "c" + hashlib.sha256((svg + alt).encode()).hexdigest()[:8]
    _times_shown[digest] += 1
    prefix = digest if _times_shown[digest] == 1 else f"{digest}-{_times_shown[digest]}"
    used = set(_REFERENCE.findall(svg))
    text = _ID.sub(lambda found: f' id="{prefix}-{found[1]}"' if found[1] in used else "", svg)
    return _REFERENCE.sub(lambda found: found[0].replace(f"#{found[1]}", f"#{prefix}-{found[1]}"), text)
