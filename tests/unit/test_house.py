"""Rules of the house that a machine can check: style, types, spelling, short functions, a fast import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FUNCTION = 60
WORDS = ("README.md", "CONTRIBUTING.md", "course.py", "conftest.py", "course_utils", "notebooks", "tests")
SOURCES = sorted((ROOT / "course_utils").rglob("*.py"))


def complaints(*command: str) -> str:
    """What a checker says; empty when it is content."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("command", [("check", "--output-format=concise"), ("format", "--check")])
def test_style(command):
    assert complaints("ruff", *command, ".") == ""


def test_types():
    assert complaints("mypy") == ""


def test_spelling():
    present = [name for name in WORDS if (ROOT / name).exists()]
    assert complaints("codespell_lib", *present) == ""


def test_functions_are_short():
    assert [long for path in SOURCES for long in long_functions(path.read_text(encoding="utf-8"))] == []


def long_functions(source: str) -> list[str]:
    """Names of functions with more than 60 lines, docstring included."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, functions) and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]


def test_long_functions_are_found():
    assert long_functions("def long():\n" + "    x = 1\n" * 60) == ["long"]


# Who may import whom; every room may have its colours from `theme`.
KNOWN_ROOMS = {
    "theme": set(),
    "quiet": set(),
    "numerals": set(),
    "datasets": set(),
    "plotting": set(),
    "explorers": {"datasets", "plotting", "quiet"},  # quiet: where Keras' own layers are what is shown
    "exercises": {"numerals"},  # what is typed into a number question
    "training": {"explorers", "plotting", "quiet"},  # the curve that lives while a model trains
    "pretrained": {"datasets", "quiet"},
    "classroom": {"datasets", "exercises", "plotting", "quiet"},  # datasets: the sandbox shows the data
    "cli": {"classroom", "datasets"},
}


def test_no_room_imports_one_above_it():
    for path in SOURCES:
        room = path.relative_to(ROOT / "course_utils").parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        strangers = rooms_imported(path.read_text(encoding="utf-8")) - KNOWN_ROOMS[room] - {room, "theme"}
        assert strangers == set(), f"{path.relative_to(ROOT)} must not know {strangers}"


def rooms_imported(source: str) -> set[str]:
    """Names of the rooms of course_utils that a module imports, anywhere in it."""
    return {name.split(".")[1] for name in imported(source) if name.startswith("course_utils.")}


def imported(source: str) -> set[str]:
    """What a module imports, anywhere in it: "ast", "course_utils.theme.LIGHT"."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_imported_rooms_are_found():
    source = "from course_utils import theme\ndef f():\n    import course_utils.cli.run\nfrom .x import y"
    assert rooms_imported(source) == {"theme", "cli"}


UNIX_ONLY = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}


def test_only_the_classroom_needs_more_than_windows_has():
    students = [path for path in SOURCES if "classroom" not in path.relative_to(ROOT / "course_utils").parts]
    assert len(students) > 100
    for path in students:
        modules = {name.partition(".")[0] for name in imported(path.read_text(encoding="utf-8"))}
        assert not modules & UNIX_ONLY, f"{path.relative_to(ROOT)} cannot be imported on Windows"


def test_importing_the_package_loads_neither_rooms_nor_libraries():
    """So it costs milliseconds on every machine."""
    program = "import sys; before = {*sys.modules}; import course_utils; print(*{*sys.modules} - before)"
    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, cwd=ROOT, capture_output=True, text=True
    )
    loaded = set(answer.stdout.split())
    assert "course_utils" in loaded
    assert {name.partition(".")[0] for name in loaded - {"course_utils"}} <= sys.stdlib_module_names
