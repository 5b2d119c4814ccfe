"""A student's Markdown as formgrader may show it: with code and formulas as written, without HTML, links and pictures.

Formgrader makes HTML of it and shows it with the teacher's rights. So what this module gives is tried with the
same filter first: text of which anything else comes than a few plain tags is shown as a block of code.
"""

from __future__ import annotations

import html
import re
import threading

from course_utils.classroom.limits import TimeIsUp, cpu_limit

SECONDS = 2.0  # of processor time that making HTML of a text may take
PARTS = re.compile(
    r"""
    (?P<fenced> ^[ ]{0,3} (?P<fence> `{3,} | ~{3,}) [^\n`]* \n
        (?P<block> .*?) (?: ^[ ]{0,3} (?P=fence) [`~]* [ \t]* $ | \Z ) )
    | (?P<indented> (?: \A | (?<=\n\n) ) (?: (?: [ ]{4} | \t ) [^\n]* (?: \n | \Z ) )+ )
    | (?P<span> (?<!`) (?P<ticks> `+ ) (?!`) (?: (?!\n[ \t]*\n) . )+? (?<!`) (?P=ticks) (?!`) )
    | (?P<formula> (?<!\\) \$\$ .+? (?<!\\) \$\$
        | (?<![$\\]) \$ (?: (?!\n[ \t]*\n) [^$] )+? (?<![$\\]) \$
        | \\begin\{ (?P<name> [a-z]* \*? ) \} .*? \\end\{ (?P=name) \} )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
# Commands by which MathJax makes links, or changes how the page looks.
TEX = re.compile(
    r"\\(?=\s*(?:href|url|style|class|cssId|data|mmlToken|require|unicode|csname|html\w*|include\w*)\b)"
)
BROKEN = "\\\u200b"  # a backslash after which no command begins
ENTITIES = (
    (re.compile(r"&(?=[#\w])"), "&amp;"),
    (re.compile(r"<(?=[A-Za-z/!?])|<(?=[^\s<>]+[@:])"), "&lt;"),
    (re.compile(r"\](?=\s*[(\[:])"), "&#93;"),
    (re.compile(r"(?<=\w):(?=//)"), "&#58;"),
)
TAGS = "p|em|strong|del|code|pre|ul|ol|li|blockquote|h[1-6]|br|hr|table|thead|tbody|tr|th|td|dl|dt|dd"
ATTRIBUTES = (
    r'class="[\w -]*"',
    r'id="[^"<>]*"',
    r'start="\d+"',
    r'style="text-align: ?(?:left|right|center)"',
)
TAG = re.compile(
    rf"</?(?:{TAGS})(?: (?:{'|'.join(ATTRIBUTES)}))* ?/?>"
    r'|<input class="[\w -]+" type="checkbox" disabled(?: checked)?/?>'
    r'|<a class="anchor-link" href="#[^"<>]*">(?:¶|&\#182;)</a>'
)
CODE = re.compile(r"<(pre|code)\b.*?</\1>", re.DOTALL)


def harmless(text: str) -> str:
    """Markdown that shows the text, and makes neither a tag of the student's nor a link nor a picture."""
    if not re.search(r"[<&\]:\\`~$]", text):
        return text
    if threading.current_thread() is not threading.main_thread():
        return _as_block(text)  # the time that more takes could not be limited
    try:
        with cpu_limit(SECONDS):
            shown = _with_entities(text)
            return shown if _is_safe(shown) else _as_block(text)
    except (Exception, TimeIsUp):  # what cannot be done with the text here formgrader could not do either
        return _as_block(text)


def _with_entities(text: str) -> str:
    """The text with entities for what would become markup; code and formulas stay."""
    found, place = [], 0
    for part in PARTS.finditer(text):
        found += [_plain(text[place : part.start()]), _kept(part)]
        place = part.end()
    return "".join([*found, _plain(text[place:])])


def _plain(text: str) -> str:
    for pattern, entity in ENTITIES:
        text = pattern.sub(entity, text)
    return TEX.sub(lambda found: BROKEN, text)


def _kept(part: re.Match[str]) -> str:
    """Code as it is, but no other language than the reader's own is named; formulas without links."""
    if part["formula"]:
        return TEX.sub(lambda found: BROKEN, part[0])
    if part["fenced"]:
        block = part["block"] if part["block"].endswith("\n") else part["block"] + "\n"
        return f"{part['fence']}\n{block}{part['fence']}"
    return part[0]


def _as_block(text: str) -> str:
    """The text as a block of code, of which nothing else can come."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _is_safe(markdown: str) -> bool:
    """Whether formgrader makes nothing but plain tags, and no formula with a link, of the text."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    page = markdown2html_mistune(markdown)
    formulas = html.unescape(CODE.sub("", page))
    return "<" not in TAG.sub("", page) and not TEX.search(formulas)
