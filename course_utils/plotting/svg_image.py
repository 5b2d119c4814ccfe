"""Turn Matplotlib's SVG into an image in HTML that is small, follows the theme and has a name."""

from __future__ import annotations

import base64
import html
import io
import re
from collections import Counter
from itertools import groupby
from operator import itemgetter

from course_utils import theme
from course_utils.plotting.svg_paths import lighter

_COLOUR_NAMES = {hex_: name for name, hex_ in theme.LIGHT.items()}
_COLOUR_NAMES["#000000"] = "ink"  # what Matplotlib takes where a lesson names no colour
_COLOUR = re.compile(f"(?:{'|'.join(_COLOUR_NAMES)})(?![0-9a-f])", re.IGNORECASE)
_REFERENCE = re.compile(r'(?:href="#|url\(#)([^")]+)')
_ID = re.compile(r'\sid="([^"]*)"')
_COORDINATES = re.compile(r'(?<=\s)(?:d|x|y|width|height)="[^"]*"')
_PATH = re.compile(r' d="([^"]*)"')
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_FONT_FAMILY = re.compile(r" ?font-family: [^;\"]*;?")
_IMAGE_STYLE = re.compile(r' style="image-rendering:[^"]*"')
_NO_ROTATION = re.compile(r' transform="rotate\(-?0 [^)]*\)"')
_NOISE = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->|<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_STYLE = re.compile(r' style="([^"]*)"')
_VARIABLE = re.compile(r"var\((--course-\w+)")
_COLOUR_RULE = re.compile(r"(--course-\w+):[^;]*;")
_MARKERS = re.compile(r'(?:<use [^>]*?style="[^"]*"/>\s*){3,}')
_MARKER = re.compile(r'(<use [^>]*?) style="([^"]*)"/>')
_EMBEDDED = re.compile(r"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)")
_LARGE_RASTER = 24_000  # bytes of PNG from which a photograph is stored as JPEG

# Formulas are placed glyph by glyph with the widths of DejaVu Sans, which Verdana shares.
_RULES = """
svg { background: var(--course-paper); stroke-linejoin: round; }
text { fill: var(--course-ink); font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", \
"Noto Sans", "Liberation Sans", "DejaVu Sans", Arial, sans-serif; }
tspan { font-family: "DejaVu Sans", Verdana, sans-serif; }
image[href^="data:image/png"] { image-rendering: pixelated; }
"""


def as_html(svg: str, alt: str) -> str:
    """Return HTML that shows ``svg`` as one image with the alternative text ``alt``.

    ``svg`` is a whole file as Matplotlib writes it (``svg.fonttype: none``) in colours of the light palette.
    It stays a picture of its own, not a part of the page: JupyterLab's sanitiser drops SVG from notebooks
    that are not trusted, but keeps images, and the ids of several pictures cannot meet. The picture follows
    the theme by its colour scheme.
    """
    root, content = _COLOUR.sub(_as_variable, _compact(svg[svg.index("<svg") :])).split(">", 1)
    content, looks = _styles_as_classes(content)
    rules = _without_unused_colours(theme.svg_css() + _RULES + looks, content)
    style = html.escape(" ".join(rules.split()), quote=False)
    file = base64.b64encode(f"{root}><style>{style}</style>{content}".encode()).decode("ascii")
    scheme = " ".join(theme.scheme_css(".course-figure").split())
    return (
        f'<div class="course-figure"><style>{scheme}</style>'
        f'<img src="data:image/svg+xml;base64,{file}" alt="{html.escape(alt)}" '
        'style="max-width: 100%; height: auto"></div>'
    )


def _compact(svg: str) -> str:
    """Drop what a page does not need: metadata, fonts, digits beyond 1/100 point, idle points, page-wide rules."""
    text = svg
    for pattern in (_NOISE, _FONT_FAMILY, _IMAGE_STYLE, _NO_ROTATION):
        text = pattern.sub("", text)
    text = _EMBEDDED.sub(_smaller_raster, text)
    text = text.replace("xlink:href", "href").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    text = _COORDINATES.sub(lambda part: _LONG_NUMBER.sub(_rounded, part[0]).replace(" \n", " "), text)
    text = _PATH.sub(lambda path: f' d="{lighter(path[1])}"', text)
    return _without_unused_ids(_MARKERS.sub(_with_one_style, re.sub(r">\s*\n\s*<", "><", text).strip()))


def _styles_as_classes(svg: str) -> tuple[str, str]:
    """Return the SVG with a class for every style that occurs again, and the rules of these classes."""
    again = [look for look, count in Counter(_STYLE.findall(svg)).items() if count > 1]
    names = {look: f"s{number}" for number, look in enumerate(again)}
    svg = _STYLE.sub(lambda style: f' class="{names[style[1]]}"' if style[1] in names else style[0], svg)
    return svg, "".join(f".{name} {{ {look} }}" for look, name in names.items())


def _without_unused_colours(rules: str, content: str) -> str:
    used = set(_VARIABLE.findall(rules + content))
    return _COLOUR_RULE.sub(lambda rule: rule[0] if rule[1] in used else "", rules)


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


def _without_unused_ids(svg: str) -> str:
    used = set(_REFERENCE.findall(svg))
    return _ID.sub(lambda found: found[0] if found[1] in used else "", svg)
