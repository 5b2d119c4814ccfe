"""Lessons executed with other parameters: no error, small files, a description for every picture."""

from __future__ import annotations

import re

import pytest

LARGEST = 1_000_000
ACCESSIBLE_NAME = re.compile(r'aria-label="[^"]+"|aria-labelledby="[^"]+"|<title[^>]*>[^<]+</title>')


def test_parameters_are_changed(changed_parameters):
    assert changed_parameters, "a lesson needs SEED, or metadata.course.try_with, to be run differently"


def test_no_output_is_an_error(outputs):
    assert [output["evalue"] for output in outputs if output["output_type"] == "error"] == []


def test_executed_notebook_is_small(executed):
    assert executed.stat().st_size < LARGEST


def test_every_picture_has_alternative_text(outputs):
    assert [fault for output in outputs for fault in undescribed(output)] == []


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
    if "application/vnd.jupyter.widget-view+json" in data and not {"text/html", "image/png"} & data.keys():
        found.append("a widget without a static picture")
    return found


@pytest.mark.parametrize(
    "output",
    [
        {"data": {"image/png": "x"}, "metadata": {}},
        {"data": {"text/html": "<p><img src='x'></p>"}, "metadata": {}},
        {"data": {"text/html": "<svg><path/></svg>"}, "metadata": {}},
        {"data": {"application/vnd.jupyter.widget-view+json": {}}, "metadata": {}},
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
