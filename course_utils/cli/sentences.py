"""One sentence a line in Markdown, for diffs that show what changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

SENTENCE_END = re.compile(r"[.!?]+[)\"”*_`]* +(?=[A-Z0-9“\"*_`$\[(\\])")
ABBREVIATIONS = {
    "al",
    "approx",
    "ch",
    "Ch",
    "cf",
    "Dr",
    "e.g",
    "eq",
    "Eq",
    "etc",
    "fig",
    "Fig",
    "i.e",
    "Mr",
    "Mrs",
    "p",
    "pp",
    "v",
    "vs",
}
PREFIX = re.compile(r"\s*(?:> ?)*(?:(?:[-*+]|\d+[.)])\s+)?")
NO_PROSE = ("#", "|", "<", "    ", "\t", "![")


def one_a_line(markdown: str) -> str:
    """`markdown` with a line break after every sentence of its paragraphs, lists and quotations.

    Code, formulas, tables, headings and HTML stay as they are; lines are never joined.
    """
    return "\n".join(split_lines(markdown.split("\n")))


def split_lines(lines: list[str]) -> Iterator[str]:
    """Each line, split where it holds several sentences, outside of code and formula blocks."""
    fence = None
    for line in lines:
        mark = next((mark for mark in ("```", "~~~", "$$") if line.lstrip().startswith(mark)), None)
        if fence is None and mark is None and not line.startswith(NO_PROSE):
            yield from split_line(line)
            continue
        yield line
        if mark is not None and (fence or mark) == mark and line.count(mark) == 1:
            fence = None if fence else mark


def split_line(line: str) -> Iterator[str]:
    """The sentences of one line; later ones are indented to stay in their list item or quotation."""
    prefix = "".join(PREFIX.findall(line)[:1])
    begin = len(prefix)
    indent = re.sub(r"[^>\s]", " ", prefix)
    lead = prefix
    for end in SENTENCE_END.finditer(line, begin):
        if ends_sentence(line[: end.start()], end.group()):
            yield lead + line[begin : end.end()].rstrip(" ")
            begin, lead = end.end(), indent
    yield lead + line[begin:]


def ends_sentence(before: str, end: str) -> bool:
    """Whether the stop after `before` ends a sentence: not an abbreviation, an initial, code or a formula."""
    if before.count("`") % 2 or before.count("$") % 2 or before.count("[") > before.count("]"):
        return "`" in end and before.count("`") % 2 == 1 and before.count("$") % 2 == 0
    word = before.split()[-1].lstrip('(*_"“') if before.split() else ""
    is_abbreviation = word in ABBREVIATIONS or re.fullmatch(r"[A-Z](\.-[A-Z])*", word) is not None
    return not (end.startswith(".") and is_abbreviation)
