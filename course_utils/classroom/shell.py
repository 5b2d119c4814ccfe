"""The IPython shell of a submission: what does nothing for an answer must not cost the answer.

In JupyterLab a person sits before the screen: windows open, questions are answered, extensions and packages of
their own are installed. Here nobody is, and the cell goes on: such a line does nothing, and says so.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import getpass
import importlib.abc
import importlib.machinery
import pdb
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from IPython.core import debugger
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

TIMING = ("time", "timeit", "prun")  # magics that run code of the cell, whose errors are the cell's
MOST_QUESTIONS = 1000  # to a person, of a notebook; who goes on asking waits for an answer that will not come
BACKENDS = {"matplotlib": "use", "matplotlib.pyplot": "switch_backend"}  # functions that choose how to draw
GUARDED = """
try:
    pass
except ImportError as _error:
    import sys as _sys
    print(f"This import does nothing here: {_error}", file=_sys.stderr)
"""


class Shell(InteractiveShell):
    """IPython as a kernel has it, without a person and a front end."""

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no screen: `%matplotlib` and `%gui` change nothing."""

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """Run a line magic; one that fails or is unknown here does nothing."""
        try:
            return super().run_line_magic(magic_name, line, _stack_depth=_stack_depth + 1)
        except Exception as error:
            if magic_name in TIMING:
                raise
            print(f"%{magic_name} does nothing here: {error}", file=sys.stderr)
            return None

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """Run a cell magic; one that is unknown here leaves the cell as it is."""
        if self.find_cell_magic(magic_name) is not None:
            return super().run_cell_magic(magic_name, line, cell)
        print(f"%%{magic_name} does nothing here.", file=sys.stderr)
        self.run_cell(cell).raise_error()
        return None


class Imports(ast.NodeTransformer):
    """An import at the top of a cell that fails does not stop the cell; whatever uses it will."""

    def visit_Module(self, module: ast.Module) -> ast.Module:
        body = [
            guarded(each) if isinstance(each, ast.Import | ast.ImportFrom) else each for each in module.body
        ]
        return ast.Module(body, module.type_ignores)


def guarded(statement: ast.stmt) -> ast.stmt:
    """The statement, whose ImportError is told only."""
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        return statement
    attempt = ast.parse(GUARDED).body[0]
    assert isinstance(attempt, ast.Try)
    attempt.body = [statement]
    for node in ast.walk(attempt):
        if node is not statement:
            ast.copy_location(node, statement)
    return ast.fix_missing_locations(attempt)


def make_shell() -> Shell:
    """A shell without history files, colours, prompts and a person; there is one in a process."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Context"
    shell = Shell.instance(config=config)
    if not any(isinstance(each, Imports) for each in shell.ast_transformers):
        shell.ast_transformers.append(Imports())
        leave_alone()
    return shell


def leave_alone() -> None:
    """Let nothing wait for a person or a screen: questions, debuggers, windows to draw in."""
    asked = 0

    def answer(prompt: object = "", *others: object, **more: object) -> str:
        nonlocal asked
        asked += 1
        if asked > MOST_QUESTIONS:
            raise EOFError("nobody answers")
        print(prompt)
        return ""

    def go_on(*others: object, **more: object) -> None:
        """Where a debugger would stop."""

    builtins.input = getpass.getpass = answer
    sys.breakpointhook = pdb.set_trace = debugger.set_trace = go_on
    for name in BACKENDS:
        if name in sys.modules:
            make_gentle(sys.modules[name])
    sys.meta_path.insert(0, Gentle())


def make_gentle(module: ModuleType) -> None:
    """Keep the present way of drawing where the one that is asked for cannot be had."""
    name = BACKENDS[module.__name__]
    choose: Callable[..., None] = getattr(module, name)

    def gentle(*arguments: Any, **keywords: Any) -> None:
        with contextlib.suppress(ImportError, ValueError):
            choose(*arguments, **keywords)

    setattr(module, name, gentle)


class Gentle(importlib.abc.MetaPathFinder):
    """Makes the functions of `BACKENDS` gentle as soon as their modules are imported."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in BACKENDS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module = _then(spec.loader.exec_module)  # type: ignore[method-assign, assignment]
        return spec


def _then(execute: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
    def execute_and_change(module: ModuleType) -> None:
        execute(module)
        make_gentle(module)

    return execute_and_change
