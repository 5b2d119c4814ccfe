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
# What Markdown would take for the start of a list, a heading, a quotation, a rule, code or a formula.
BLOCK_START = re.compile(
    r"(?:[-*+]|\d+[.)]|#{1,6}|=+|-+)(?:\s|$)|>|```|~~~|\$\$|\||(?:\* *){3,}$|(?:_ *){3,}$|(?:- *){3,}$"
)
FENCE = re.compile(r"\s*(`{3,}|~{3,}|\$\$)")
VERBATIM = re.compile(r"<(/?)(?:pre|script|style|textarea)\b", flags=re.IGNORECASE)
TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)\s*")


def one_a_line(markdown: str) -> str:
    """`markdown` with a line break after every sentence of its paragraphs, lists and quotations.

    Code, formulas, tables, headings and HTML stay as they are; lines are never joined, and no line becomes
    something else than text.
    """
    return "\n".join(split_lines(markdown.split("\n")))


def split_lines(lines: list[str]) -> Iterator[str]:
    """Each line, split where it holds several sentences, outside of all that is no prose."""
    fence = ""
    verbatim = in_table = False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        mark = FENCE.match(line)
        tags = [] if fence else VERBATIM.findall(line)
        in_table = "|" in line and (in_table or TABLE_RULE.fullmatch(following) is not None)
        is_prose = not (fence or mark or verbatim or tags or in_table or UNDERLINE.fullmatch(following))
        if is_prose and not line.startswith(NO_PROSE):
            yield from split_line(line)
        else:
            yield line
        verbatim = tags[-1] == "" if tags else verbatim
        if mark and not verbatim:
            fence = after_fence(fence, mark[1], line)


def after_fence(fence: str, mark: str, line: str) -> str:
    """The fence that is open after a `line` that begins with `mark`; `fence` was open before, or none ("")."""
    if not fence:
        return mark if line.count(mark) == 1 else ""
    closes = mark[0] == fence[0] and len(mark) >= len(fence)
    return "" if closes else fence


def split_line(line: str) -> Iterator[str]:
    """The sentences of one line; later ones are indented to stay in their list item or quotation."""
    prefix = "".join(PREFIX.findall(line)[:1])
    begin = len(prefix)
    indent = re.sub(r"[^>\s]", " ", prefix)
    lead = prefix
    for end in SENTENCE_END.finditer(line, begin):
        begins_block = BLOCK_START.match(line, end.end())
        if not begins_block and ends_sentence(line[: end.start()], end.group()):
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
