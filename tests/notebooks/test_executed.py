"""Lessons executed with other parameters: no error, small files, a description for every picture."""

from __future__ import annotations

import re

import pytest

LARGEST = 1_000_000
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURES = {"text/html", "image/png", "image/svg+xml"}
ACCESSIBLE_NAME = re.compile(r'aria-label="[^"]+"|aria-labelledby="[^"]+"|<title[^>]*>[^<]+</title>')


def test_parameters_are_changed(changed_parameters):
    assert changed_parameters, "a lesson needs SEED, or metadata.course.try_with, to be run differently"


def test_no_output_is_an_error(outputs):
    errors = [output for cell in outputs for output in cell if output["output_type"] == "error"]
    assert [error["evalue"] for error in errors] == []


def test_executed_notebook_is_small(executed):
    assert executed.stat().st_size < LARGEST


def test_every_picture_has_alternative_text(outputs):
    assert [fault for cell in outputs for output in cell for fault in undescribed(output)] == []


def test_every_widget_has_a_static_picture(outputs):
    assert sum(map(widgets_alone, outputs)) == 0


def widgets_alone(cell: list[dict]) -> int:
    """How many widgets of a cell have no picture, in their own output or in the one before."""
    kinds = [output.get("data", {}).keys() for output in cell]
    return sum(
        WIDGET in own and not PICTURES & (own | before)
        for before, own in zip([set(), *kinds], kinds, strict=False)
    )


def undescribed(output: dict) -> list[str]:
    """What in one output a person who does not see it would miss."""
    data = output.get("data", {})
    found = [
        f"{kind} without alt in its metadata"
        for kind in ("image/png", "image/jpeg")
        if kind in data and not output["metadata"].get(kind, {}).get("alt")
    ]
    html = "".join(data.get("text/html", "")) + "".join(data.get("image/svg+xml", ""))
    found += [
        f"picture without alt: {tag[:80]}" for tag in re.findall(r"<img\b[^>]*>", html) if 'alt="' not in tag
    ]
    drawings = re.findall(r"<svg\b.*?</svg>", html, flags=re.DOTALL)
    found += [
        f"svg without a name: {drawing[:80]}"
        for drawing in drawings
        if not ACCESSIBLE_NAME.search(drawing) and 'aria-hidden="true"' not in drawing.partition(">")[0]
    ]
    return found


@pytest.mark.parametrize(
    "output",
    [
        {"data": {"image/png": "x"}, "metadata": {}},
        {"data": {"text/html": "<p><img src='x'></p>"}, "metadata": {}},
        {"data": {"text/html": "<svg><path/></svg>"}, "metadata": {}},
    ],
)
def test_a_picture_without_alternative_text_is_found(output):
    assert len(undescribed(output)) == 1


@pytest.mark.parametrize(
    "output",
    [
        {"data": {"image/png": "x"}, "metadata": {"image/png": {"alt": "a line"}}},
        {"data": {"text/html": '<svg role="img" aria-label="a line"></svg>'}, "metadata": {}},
        {"data": {"text/html": "<b>words</b>"}, "metadata": {}},
        {"output_type": "stream", "text": "words"},
    ],
)
def test_a_described_picture_is_accepted(output):
    assert undescribed(output) == []


def test_a_widget_without_a_picture_is_found():
    widget, picture = {"data": {WIDGET: {}}}, {"data": {"text/html": "<svg/>"}}
    assert widgets_alone([widget]) == 1
    assert widgets_alone([picture, widget]) == 0
    assert widgets_alone([picture, widget, widget]) == 1
    assert widgets_alone([{"data": {WIDGET: {}, "image/png": "x"}}]) == 0
