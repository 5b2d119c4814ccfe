"""Lessons as they are stored: form, articles, links, and when they load TensorFlow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from course_utils.cli import notebooks, project

HEAVY = {"tensorflow", "keras", "course_utils.training", "course_utils.pretrained"}
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def test_form(lesson):
    assert notebooks.faults(lesson) == []


def test_names_only_known_articles(covered, articles):
    assert covered <= articles["articles"].keys()


def test_covers_its_articles(lesson, covered, articles):
    assert set(articles["required"].get(lesson.stem[:2], [])) <= covered


def test_every_required_article_is_known(articles):
    required = {tag for tags in articles["required"].values() for tag in tags}
    assert required <= articles["articles"].keys()


def test_links_lead_somewhere(lesson):
    text = "\n\n".join(cell["source"] for cell in markdown_cells(lesson))
    assert broken_links(text, lesson.parent) == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_of_pages_lead_somewhere(page):
    path = project.ROOT / page
    assert broken_links(path.read_text(encoding="utf-8"), path.parent) == []


def markdown_cells(lesson: Path) -> list[dict]:
    return [cell for cell in notebooks.read(lesson)["cells"] if cell["cell_type"] == "markdown"]


def broken_links(text: str, folder: Path) -> list[str]:
    """Links to files or headings that do not exist. Links into the web are not followed."""
    targets = [first or second for first, second in LINK.findall(text)]
    inside = [target for target in targets if not re.match(r"[a-z]+:", target)]
    headings = {
        anchor for line in re.findall(r"^#+ +(.+)$", text, flags=re.MULTILINE) for anchor in anchors(line)
    }
    return [target for target in inside if not leads_somewhere(unquote(target), folder, headings)]


def leads_somewhere(target: str, folder: Path, headings: set[str]) -> bool:
    path, _, anchor = target.partition("#")
    return (folder / path).exists() if path else anchor in headings


def anchors(heading: str) -> set[str]:
    """A heading's address in JupyterLab and on GitHub."""
    plain = heading.strip()
    words = re.sub(r"[^\w\- ]", "", plain.lower())
    return {plain.replace(" ", "-"), words.replace(" ", "-")}


def test_broken_links_are_found(tmp_path):
    (tmp_path / "there.md").write_text("x")
    text = "# A title\n[a](there.md) [b](gone.md) [c](#A-title) [d](#nowhere) [e](https://example.org/x)"
    assert broken_links(text, tmp_path) == ["gone.md", "#nowhere"]


def test_loads_tensorflow_only_where_it_is_used(lesson):
    code = [cell for cell in notebooks.read(lesson)["cells"] if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in code if loads_for_later(cell["source"])] == []


def loads_for_later(source: str) -> bool:
    """Whether a cell imports TensorFlow (or what imports it) without using it itself."""
    tree = parsed(source)
    names = {name for node in ast.walk(tree) for name in heavy_names(node)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return bool(names) and not names & used


def parsed(source: str) -> ast.Module:
    """A cell as Python, with ``pass`` for IPython's own commands."""
    return ast.parse(re.sub(r"^(\s*)[%!].*", r"\1pass", source, flags=re.MULTILINE))


def heavy_names(node: ast.AST) -> set[str]:
    """The names that an import of TensorFlow, Keras or a room that needs them gives to a cell."""
    if isinstance(node, ast.Import):
        return {(a.asname or a.name).split(".")[0] for a in node.names if a.name.split(".")[0] in HEAVY}
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        whole = module.split(".")[0] in HEAVY or module in HEAVY
        return {a.asname or a.name for a in node.names if whole or f"{module}.{a.name}" in HEAVY}
    return set()


@pytest.mark.parametrize(
    ("source", "early"),
    [
        ("import keras", True),
        ("from course_utils import datasets, training", True),
        ("from keras import layers\nlayers.Dense(1)", False),
        ("if True:\n    %pip install x\nimport tensorflow as tf\ntf.constant(1)", False),
        ("from course_utils import datasets, plotting", False),
    ],
)
def test_early_imports_are_found(source, early):
    assert loads_for_later(source) is early


def test_trains_without_a_compiler(lesson):
    """On a GPU Keras compiles (XLA) before it trains, anew for every shape: longer than our networks train."""
    code = [cell["source"] for cell in notebooks.read(lesson)["cells"] if cell["cell_type"] == "code"]
    assert [call for source in code if ".fit(" in "".join(code) for call in compiling(source)] == []


def compiling(source: str) -> list[str]:
    """The calls of Keras' ``compile`` in a cell that leave it to Keras whether to use the compiler."""
    calls = [node for node in ast.walk(parsed(source)) if isinstance(node, ast.Call)]
    options = {ast.unparse(call): {keyword.arg: keyword.value for keyword in call.keywords} for call in calls}
    without = {call for call, given in options.items() if "jit_compile" not in given and "loss" in given}
    return sorted(call for call in without if re.match(r"[\w.]+\.compile\(", call))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("model.compile(loss='mse')", ["model.compile(loss='mse')"]),
        ("model.compile(loss='mse', jit_compile=False)", []),
        ("words = re.compile('loss')", []),
    ],
)
def test_a_call_that_leaves_it_to_keras_is_found(source, found):
    assert compiling(source) == found


def test_rooms_without_training_do_not_load_tensorflow():
    program = (
        "import sys; from course_utils import datasets, exercises, explorers, plotting; "
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras')))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
