"""Web pages of lessons in a real browser: formulas are drawn, and nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from course_utils.cli import pages
from tests.browser.lab import REPOSITORY

# What a reader sees outside of code: LaTeX that nobody translated would show its dollar signs or brackets.
SEEN = """() => [...document.querySelectorAll('.jp-RenderedMarkdown')].map(cell => {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll('code, pre, math').forEach(part => part.remove());
    return copy.textContent;
}).join(' ')"""
AREAS = "formulas => formulas.map(each => each.getBoundingClientRect()).map(box => box.width * box.height)"


@pytest.mark.parametrize("lesson", ["02_neurons", "03_activations"])
def test_formulas_of_a_page_are_drawn_without_a_network(
    browser: BrowserContext, tmp_path: Path, lesson: str
) -> None:
    notebook = tmp_path / f"{lesson}.ipynb"
    notebook.write_bytes((REPOSITORY / "notebooks" / notebook.name).read_bytes())
    pages.write(notebook)
    page = browser.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(notebook.with_suffix(".html").as_uri())
    areas = page.locator("math").evaluate_all(AREAS)
    assert len(areas) > 50
    assert min(areas) > 0
    seen = page.evaluate(SEEN)
    assert not [mark for mark in ("$", r"\(", r"\[", r"\frac") if mark in seen]
    assert [url for url in fetched if not url.startswith(("file:", "data:"))] == []
    page.close()
