"""Web pages of executed lessons: one file each, readable without a network.

Formulas become MathML, which browsers show by themselves.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import click
from jinja2 import pass_context
from math_core import LatexError, LatexToMathML
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

# nbconvert's page without the scripts that it fetches. Fonts with large brackets: those of Windows, macOS and Linux.
TEMPLATE = """{%- extends 'index.html.j2' -%}
{%- block html_head_js_requirejs -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}
<style>math { font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", "DejaVu Math TeX Gyre", math; }
math[display="block"] { margin: 1em 0; }</style>
{%- endblock -%}
{%- block data_latex -%}
<div class="jp-RenderedLatex jp-OutputArea-output">{{ output.data['text/latex'] | markdown2html }}</div>
{%- endblock -%}
"""


def write(notebook: Path) -> None:
    """Write a web page beside an executed notebook; say which formulas could not be translated."""
    page, _ = LessonPage(raw_template=TEMPLATE, embed_images=True).from_filename(str(notebook))
    notebook.with_suffix(".html").write_text(page, encoding="utf-8")


class LessonPage(HTMLExporter):
    """nbconvert's page with formulas as MathML."""

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Return the HTML of Markdown, as the exporter does but for its formulas."""
        renderer = FormulaRenderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=self.embed_images,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
        )
        return MarkdownWithMath(renderer=renderer).render(source)


class FormulaRenderer(IPythonRenderer):
    """Markdown's HTML with MathML in the place of LaTeX."""

    def block_math(self, body: str) -> str:
        """Return a formula on a line of its own."""
        return mathml(body, displayed=True)

    def inline_math(self, body: str) -> str:
        """Return a formula within a line."""
        return mathml(body, displayed=False)

    def latex_environment(self, name: str, body: str) -> str:
        """Return an environment that stands outside of dollar signs."""
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", displayed=True)


def mathml(formula: str, *, displayed: bool) -> str:
    """Return LaTeX as MathML; what cannot be translated stays LaTeX, and a line on the terminal says so."""
    converter = LatexToMathML(fancy_error=False)
    try:
        return converter.convert_with_local_state(formula, displaystyle=displayed)
    except LatexError as error:
        click.echo(f"  a formula stays LaTeX on the page, {error}: {formula.strip()}", err=True)
        return f"<code>{html.escape(formula)}</code>"
