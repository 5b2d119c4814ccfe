"""Fixtures: one JupyterLab server and one browser for all browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from tests.browser.lab import REPOSITORY, Notebook, Server, launch, write_notebook


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab server on a copy of the lessons, so that a test can save."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(REPOSITORY / "notebooks", root / "notebooks")
    server = Server(tmp_path_factory.mktemp("lab"), root)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What starts browsers and drives them."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A headless browser of the size of a 13-inch laptop."""
    context = launch(playwright, tmp_path_factory.mktemp("browser"))
    yield context
    context.close()


@pytest.fixture
def open_notebook(server: Server, browser: BrowserContext) -> Iterator[Callable[..., Notebook]]:
    """Open notebooks; in the end no console error and no request to another machine may have been seen."""
    opened: list[Notebook] = []

    def open_(path: str, **options: object) -> Notebook:
        opened.append(Notebook(browser, server, path, **options))
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.close()
    assert not [line for notebook in opened for line in notebook.console]
    assert not [address for notebook in opened for address in notebook.external]


@pytest.fixture
def run_cells(
    server: Server, open_notebook: Callable[..., Notebook], tmp_path: Path
) -> Callable[..., Notebook]:
    """Write a notebook of the given cells, open it and run it."""

    def run(*sources: str, **options: object) -> Notebook:
        write_notebook(server.root / f"{tmp_path.name}.ipynb", *sources)
        notebook = open_notebook(f"{tmp_path.name}.ipynb", **options)
        notebook.run_all()
        return notebook

    return run
