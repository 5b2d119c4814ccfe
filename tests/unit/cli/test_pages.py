"""Web pages of lessons: formulas as MathML, nothing fetched."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from course_utils.cli import pages, project
from course_utils.cli.pages import mathml

LESSONS = project.lessons()
TEXT = r"""The slope $\sigma'(z) < 1$ costs 5\$, and

$$
\begin{aligned}
z &= x W + b \\
a &= \hat{y}
\end{aligned}
$$

`$code$` stays.

\begin{equation}
E = m c^2
\end{equation}
"""


def page_of(tmp_path: Path, *cells: nbformat.NotebookNode) -> str:
    notebook = tmp_path / "lesson.ipynb"
    nbformat.write(v4.new_notebook(cells=list(cells)), notebook)
    pages.write(notebook)
    return notebook.with_suffix(".html").read_text(encoding="utf-8")


def test_formulas_become_mathml_and_the_page_fetches_nothing(tmp_path):
    page = page_of(tmp_path, v4.new_markdown_cell(TEXT))
    assert page.count("<math") == 3
    assert page.count('<math display="block">') == 2
    assert page.count("<mtr>") == 3, "two rows, and the numbered equation"
    assert "MathJax" not in page
    assert re.findall(r"""(?:src=|from\s+)["'](https?:[^"']+)""", page) == []
    assert "<code>$code$</code>" in page
    assert "costs 5$" in page


def test_a_formula_among_the_outputs_is_translated(tmp_path):
    output = v4.new_output("display_data", {"text/latex": "$a_1 + b$"})
    assert "<msub><mi>a</mi><mn>1</mn></msub>" in page_of(tmp_path, v4.new_code_cell("a", outputs=[output]))


def test_a_formula_that_is_not_understood_stays_and_is_told(capsys):
    assert mathml(r"\nosuch{x} < 1", displayed=False) == r"<code>\nosuch{x} &lt; 1</code>"
    told = capsys.readouterr().err
    assert r"stays LaTeX" in told
    assert r"\nosuch{x} < 1" in told


@pytest.mark.parametrize("lesson", LESSONS, ids=[path.stem for path in LESSONS])
def test_every_formula_of_a_lesson_is_understood(lesson, tmp_path, capsys):
    markdown = [cell for cell in nbformat.read(lesson, as_version=4).cells if cell.cell_type == "markdown"]
    page = page_of(tmp_path, *markdown)
    assert capsys.readouterr().err == ""
    written = "".join(cell.source for cell in markdown)
    assert page.count("<math") >= written.count("$$") // 2
