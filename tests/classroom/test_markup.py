"""What formgrader shows of a student's Markdown: everything as written, and no tag, link or picture of theirs."""

from __future__ import annotations

import random
from html.parser import HTMLParser
from threading import Thread

import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from course_utils.classroom.markup import TEX, harmless

TAGS = "p em strong del code pre ul ol li blockquote h1 h2 h3 h4 h5 h6 br hr table thead tbody tr th td dl dt dd input"
PIECES = [
    *"`$~<>[]()!&:\\\n#*_|-+ ",
    *[
        "``",
        "```",
        "~~~",
        "$$",
        "\n\n",
        "    ",
        "- ",
        "> ",
        "1. ",
        "| a |\n|:-:|\n| ",
        "\t",
        "\\(",
        "\\\\(",
        "\\[",
    ],
    *[
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<!-- ",
        "-->",
        "<a href='//x'>",
        "</code>",
    ],
    *[
        "[x](javascript:alert(1))",
        "![x](//e/x.png)",
        "![y](attachment:y.png)",
        "[y]: javascript:z",
        "[y]",
        "<b",
    ],
    *["https://evil.example", "<https://evil.example>", "<a@b.example>", "<1@b.example>", "www.e.example"],
    *[
        "\\href{javascript:alert(1)}{x}",
        "\\style{position:fixed}{x}",
        "&#92;href{//x}{y}",
        "&lt;b&gt;",
        "\\href",
    ],
    *[
        "\\begin{align}",
        "\\end{align}",
        "```mermaid\n",
        "```python\n",
        "~~~html\n",
        "<pre>",
        "</pre>",
        "<?php ?>",
    ],
    *[
        "w[0][1]",
        "a<b",
        "x",
        "word",
        "</p",
        "<svg/onload=alert(1)>",
        "<![CDATA[",
        "&",
        "\u200b",
        "\r\n",
        "\0",
    ],
]


class Looking(HTMLParser):
    """Notes tags with what they have, and the text that MathJax looks at."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.odd, self.text, self.code = [], [], 0

    def handle_starttag(self, tag, attributes):
        self.code += tag in ("pre", "code")
        found = dict(attributes)
        is_anchor = tag == "a" and found.get("class") == "anchor-link" and found["href"].startswith("#")
        names = {
            "class",
            "id",
            "href" if is_anchor else "id",
            "start",
            "style",
            "type",
            "disabled",
            "checked",
        }
        if (tag not in TAGS.split() and not is_anchor) or found.keys() - names:
            self.odd.append((tag, attributes))

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        self.code -= tag in ("pre", "code")

    def handle_data(self, data):
        if not self.code:
            self.text.append(data)

    def handle_comment(self, data):
        self.odd.append(("comment", data))

    handle_decl = handle_pi = unknown_decl = handle_comment


def faults(text):
    """What there is in the page that formgrader makes of a text and must not be there."""
    looking = Looking()
    looking.feed(markdown2html_mistune(harmless(text)))
    looking.close()
    return looking.odd + TEX.findall("".join(looking.text))


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("Use `weights[0][1]` where $a<b$.", "<p>Use <code>weights[0][1]</code> where $a&lt;b$.</p>"),
        ("`w<b` and a<b", "<p><code>w&lt;b</code> and a&lt;b</p>"),
        ("``a`<b>`` and `x & y`", "<p><code>a`&lt;b&gt;</code> and <code>x &amp; y</code></p>"),
        ("```python\nx[0](1) < b[2]: y\n```", "<pre><code>x[0](1) &lt; b[2]: y\n</code></pre>"),
        ("~~~\nw[0][1]<b\n~~~", "<pre><code>w[0][1]&lt;b\n</code></pre>"),
        ("```\nif a<b:\n    x[0](1)", "<pre><code>if a&lt;b:\n    x[0](1)\n</code></pre>"),
        ("so:\n\n    w[0][1] <b\n", "<p>so:</p>\n<pre><code>w[0][1] &lt;b</code></pre>"),
        ("$$\na<b & c[0](1)\n$$", "<p>$$\na&lt;b &amp; c[0](1)\n$$</p>"),
        (r"\begin{align}a&<b\end{align}", r"<p>\begin{align}a&amp;&lt;b\end{align}</p>"),
        ("an unterminated `<b>", "<p>an unterminated `&lt;b&gt;</p>"),
        ("1 < 2, a[0](b) & c", "<p>1 &lt; 2, a[0](b) &amp; c</p>"),
        ("```mermaid\n<img src=x>\n```", "<pre><code>&lt;img src=x&gt;\n</code></pre>"),
        ("see https://a.example/b", "<p>see https://a.example/b</p>"),
        ("- a\n\n    <b>x</b>", "<pre><code>- a\n\n    &lt;b&gt;x&lt;/b&gt;\n</code></pre>"),
    ],
)
def test_shown_as_written(text, page):
    assert markdown2html_mistune(harmless(text)).strip() == page.strip()
    assert faults(text) == []


def test_tables_headings_and_lists_stay():
    text = "# On `w[0]` <b>\n\n| a | b |\n|:-:|--:|\n| `x[0](1)` | $a<b$ |\n\n- [ ] one\n- [x] two"
    page = markdown2html_mistune(harmless(text))
    for part in ("<h1", "<table>", "<code>x[0](1)</code>", "$a&lt;b$", 'type="checkbox"', "&lt;b&gt;"):
        assert part in page
    assert faults(text) == []


@pytest.mark.parametrize("command", ["href", "style", "class", "cssId", "mmlToken", "require", "unicode"])
@pytest.mark.parametrize(
    "around", ["${}$", "$${}$$", "\\begin{{align}}{}\\end{{align}}", "\\\\({}\\\\)", "\\${}\\$"]
)
def test_formulas_make_no_links(command, around):
    assert faults(around.format(f"\\{command}{{javascript:alert(1)}}{{x}}")) == []
    assert f"\\{command}" in harmless(f"`\\{command}`")  # code stays as it is


def test_whatever_is_written_comes_to_no_tag_and_no_link():
    dice = random.Random(5)
    for _ in range(1500):
        text = "".join(dice.choices(PIECES, k=dice.randrange(2, 14)))
        assert faults(text) == [], text


def test_a_text_of_which_no_page_can_be_made_is_shown_as_code(monkeypatch):
    def fail(text):
        raise RecursionError

    monkeypatch.setattr("nbconvert.filters.markdown_mistune.markdown2html_mistune", fail)
    assert harmless("``` `a` and ````b") == "`````\n``` `a` and ````b\n`````"


@pytest.mark.parametrize("piece", ["\\begin{a}", "$x", "[<b>](", "`a", "> ", "*_"])
def test_a_text_that_takes_long_is_shown_as_code_or_safe(piece, monkeypatch):
    monkeypatch.setattr("course_utils.classroom.markup.SECONDS", 0.2)
    text = piece * (60_000 // len(piece))
    shown = harmless(text)
    assert shown.startswith("```") or faults(text) == []


def test_without_a_limit_of_time_nothing_is_tried():
    found = []
    thread = Thread(target=lambda: found.append(harmless("`w<b`")))
    thread.start()
    thread.join()
    assert found == ["```\n`w<b`\n```"]
