"""A shown figure has its words in all three forms, follows the theme, and disturbs nothing on the page."""

import base64
import html
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter
from PIL import Image

from course_utils import plotting
from course_utils.theme import LIGHT

ALT = 'A line rises from 0 to 1; its label says "x < 1 & y > 0".'


@pytest.fixture
def drawn():
    figure, ax = plotting.figure()
    ax.plot([0, 0.5, 1], [0, 0.3, 1])
    ax.scatter([0, 0.5, 1], [1, 0.5, 0])
    ax.set_title("A title")
    ax.text(0.5, 0.5, "inside", color="black")
    return figure


def svg_text(fragment: str) -> str:
    """The SVG file inside the image of an HTML output."""
    return base64.b64decode(re.search('data:image/svg\\+xml;base64,([^"]+)', fragment)[1]).decode()


def svg_of(fragment: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg_text(fragment))


def test_alternative_text_is_in_every_form(drawn):
    data, metadata = plotting.bundle(drawn, ALT)
    assert set(data) == {"text/html", "image/png", "text/plain"}
    assert data["text/plain"] == metadata["image/png"]["alt"] == ALT
    assert f'alt="{html.escape(ALT)}"' in data["text/html"]


@pytest.mark.parametrize("alt", ["", "   ", "plot", "too short", "x" * 40, None])
def test_a_figure_without_a_describing_sentence_is_refused(drawn, alt):
    with pytest.raises(ValueError, match="Say in a sentence what is drawn"):
        plotting.show(drawn, alt=alt)


def test_something_that_is_no_figure_is_refused():
    with pytest.raises(TypeError, match="expected a Matplotlib Figure or Axes, got ndarray"):
        plotting.bundle(np.zeros(3), ALT)


def test_an_axes_stands_for_its_figure(drawn):
    data, _ = plotting.bundle(drawn.axes[0], ALT)
    assert len(re.findall("<svg", svg_text(data["text/html"]))) == 1


def test_show_without_a_notebook_prints_the_words(drawn, capsys):
    plotting.show(drawn, alt=ALT)
    assert capsys.readouterr().out.strip() == ALT


def test_every_palette_colour_is_a_variable(drawn):
    body = svg_text(plotting.bundle(drawn, ALT)[0]["text/html"]).split("</style>")[1]
    without_variables = re.sub(r"var\(--course-\w+, #[0-9a-f]{6}\)", "", body)
    left = re.findall(r"#[0-9a-f]{6}\b", without_variables)
    assert "var(--course-blue, #0b63b0)" in body
    assert not {colour for colour in left if colour in {*LIGHT.values(), "#000000"}}


def test_style_rules_touch_nothing_outside_the_figure(drawn):
    html = plotting.bundle(drawn, ALT)[0]["text/html"]
    css = re.search("<style>(.*?)</style>", html)[1]
    selectors = re.findall(r"(?:^|[{}])\s*([^{}@]+?)\s*\{", re.sub(r"@media[^{]*\{", "", css))
    assert selectors
    assert all(".course-figure" in part for selector in selectors for part in selector.split(", "))
    assert html.count("<style") == 1


def test_every_reference_has_its_target_and_no_id_is_idle(drawn):
    svg = svg_text(plotting.bundle(drawn, ALT)[0]["text/html"])
    ids = re.findall(r'\sid="([^"]+)"', svg)
    assert ids and set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) == set(ids)


def test_the_same_notebook_stores_the_same_text_again():
    program = (
        "from course_utils import plotting\n"
        "ax = plotting.lines([0, 1, 2], {'a': [0, 1, 4], 'b': [1, 1, 2]})\n"
        "print(plotting.bundle(ax, 'Two lines that rise from left to right.')[0]['text/html'])"
    )
    first, second = (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert first == second and "<svg" in svg_text(first)


def test_a_style_that_occurs_again_stands_once_as_a_class(drawn):
    text = svg_text(plotting.bundle(drawn, ALT)[0]["text/html"])
    content = text.partition("</style>")[2]
    styles = re.findall(r' style="([^"]*)"', content)
    assert len(styles) == len(set(styles)) and re.search(r'class="s\d+"', content)
    rules = re.findall(r"\.(s\d+) \{", text)
    assert len(rules) == len(set(rules)) and set(re.findall(r'class="(s\d+)"', content)) == set(rules)


def test_text_stays_text_and_the_picture_keeps_its_size(drawn):
    svg = svg_of(plotting.bundle(drawn, ALT)[0]["text/html"])
    texts = [element.text for element in svg.iter() if element.tag.endswith("text")]
    assert {"A title", "inside", "0.0", "1.0"} <= set(texts)
    assert svg.get("width") == "504pt" and svg.get("height") == "216pt"


def test_png_is_small_and_has_the_size_of_the_figure(drawn):
    raw = base64.b64decode(plotting.bundle(drawn, ALT)[0]["image/png"])
    assert Image.open(io.BytesIO(raw)).size == (630, 270)
    assert len(raw) < 15_000


def test_typical_figure_is_small(drawn):
    data, _ = plotting.bundle(drawn, ALT)
    assert sum(map(len, data.values())) < 40_000


def test_small_pictures_keep_their_pixels_inside_the_svg():
    pixels = np.arange(64, dtype=np.uint8).reshape(1, 8, 8) * 4
    svg = svg_text(plotting.bundle(plotting.images(pixels), ALT)[0]["text/html"])
    encoded = re.search(r"data:image/png;base64,([^\"]+)", svg)[1]
    embedded = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("L"))
    np.testing.assert_array_equal(embedded, pixels[0])
    assert "pixelated" in svg


def test_photographs_are_stored_as_jpeg():
    noise = np.random.default_rng(0).integers(0, 255, (1, 200, 300, 3), dtype=np.uint8)
    svg = svg_text(plotting.bundle(plotting.images(noise, columns=1), ALT)[0]["text/html"])
    assert re.findall('href="data:image/([a-z]+)', svg) == ["jpeg"]


def test_layout_engine_is_given_back(drawn):
    before = drawn.get_layout_engine()
    plotting.bundle(drawn, ALT)
    assert drawn.get_layout_engine() is before


def export(data: dict, metadata: dict, template: str) -> str:
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("plotting.show(figure, alt=...)", outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    return HTMLExporter(template_name=template).from_notebook_node(notebook)[0]


def test_html_export_has_the_picture_and_its_name(drawn):
    page = export(*plotting.bundle(drawn, "A line rises from 0 to 1 in steps."), template="lab")
    assert 'alt="A line rises from 0 to 1 in steps."' in page
    assert page.count('class="course-figure"') == 1


def test_png_export_has_the_alternative_text(drawn):
    data, metadata = plotting.bundle(drawn, "A line rises from 0 to 1 in steps.")
    del data["text/html"]
    page = export(data, metadata, template="classic")
    assert re.search(r'<img[^>]*alt="A line rises from 0 to 1 in steps\."', page)


def test_the_picture_brings_the_colours_that_it_uses_and_no_others(drawn):
    text = svg_text(plotting.bundle(drawn, ALT)[0]["text/html"])
    given = re.findall(r"(--course-\w+):", text)
    assert set(given) == set(re.findall(r"var\((--course-\w+)", text))
    assert all(given.count(name) == 2 for name in given)  # light and dark
