"""Every lesson in a real JupyterLab: Run All, its explorers and quizzes alive, and what is left without a kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator

from tests.browser.lab import REPOSITORY, Notebook, Server, write_notebook

LESSONS = sorted(path.name for path in (REPOSITORY / "notebooks").glob("[0-9]*.ipynb"))
NO_MODEL = "widget model not found"


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request: pytest.FixtureRequest, server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    """A lesson after Run All."""
    notebook = Notebook(browser, server, f"notebooks/{request.param}")
    notebook.run_all(240)
    yield notebook
    notebook.close()
    assert not notebook.console
    assert not notebook.external


def source_of(lesson: Notebook) -> str:
    return lesson.page.evaluate(
        "() => jupyterapp.shell.currentWidget.content.model.toJSON().cells.map(cell => cell.source).join('\\n')"
    )


def test_every_explorer_of_the_lesson_comes_alive(lesson: Notebook) -> None:
    calls = source_of(lesson).count("explorers.") - source_of(lesson).count("import explorers.")
    alive = lesson.page.locator('.course-explorer[data-ready="true"]')
    alive.first.wait_for()
    assert 1 <= alive.count() <= calls
    assert lesson.page.locator(".course-fault:not([hidden])").count() == 0
    assert lesson.page.locator(".course-still:visible").count() == 0, (
        "the live explorer replaces its still picture"
    )


def test_every_quiz_answers_and_can_be_tried_again(lesson: Notebook) -> None:
    quizzes = lesson.page.locator(".course-quiz:has(form)")
    assert quizzes.count() == source_of(lesson).count("exercises.quiz(")
    for quiz in quizzes.all():
        quiz.scroll_into_view_if_needed()
        verdict = quiz.locator(".course-quiz-verdict")
        quiz.get_by_role("button", name="Check answer").click()
        assert verdict.get_attribute("data-state") == "open"
        _answer(quiz)
        quiz.get_by_role("button", name="Check answer").press("Enter")
        assert verdict.get_attribute("data-state") in ("right", "wrong")
        quiz.get_by_role("button", name="Try again").click()
        assert verdict.inner_text() == ""


def _answer(quiz: Locator) -> None:
    number = quiz.locator(".course-quiz-field input")
    if number.count():
        number.fill("123456")
    else:
        quiz.locator("input").first.press("Space")


def test_untouched_exercises_are_open_and_solutions_pass(lesson: Notebook) -> None:
    stubs = source_of(lesson).count("exercises.check(") // 2
    assert lesson.page.locator(".course-check.course-open").count() == stubs
    assert lesson.page.locator(".course-check.course-passed").count() == stubs
    assert lesson.page.locator(".course-check.course-failed").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_outputs_have_no_serious_accessibility_violation(lesson: Notebook, theme: str) -> None:
    lesson.set_theme(theme)
    for kind in (".course-quiz", ".course-check", ".course-figure", ".course-explorer"):
        if not lesson.page.locator(f"{kind}:visible").count():
            continue
        found = Axe().run(lesson.page, context=kind).response["violations"]
        serious = [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in found
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]
        assert not serious, "\n".join(serious)
    lesson.set_theme("light")


def test_pictures_have_alternative_text(lesson: Notebook) -> None:
    images = lesson.page.locator(".jp-OutputArea img:visible")
    for image in images.all():
        assert len(image.get_attribute("alt") or "") >= 20, image.evaluate(
            "image => image.outerHTML.slice(0, 200)"
        )


# ---- without a kernel ----------------------------------------------------------------------------


def test_a_saved_notebook_shows_the_still_picture_without_a_kernel(
    server: Server, browser: BrowserContext, run_cells: Callable[..., Notebook]
) -> None:
    made = run_cells("from course_utils import explorers\nexplorers.Neuron(w1=2, data='xor')")
    made.explorer("neuron")
    made.save()
    path = made.page.evaluate("() => jupyterapp.shell.currentWidget.context.path")
    made.close()
    reopened = Notebook(browser, server, path, wait_for_kernel=False)
    try:
        picture = reopened.page.locator(".course-still img")
        picture.wait_for()
        assert "One neuron. At the probe" in (picture.get_attribute("alt") or "")
        assert picture.evaluate("image => image.naturalWidth") > 200
        assert not reopened.page.get_by_text("Error displaying widget").is_visible()
        # ipywidgets itself notes on the console that the model is gone; nothing else may stand there.
        assert all(NO_MODEL in line for line in reopened.console), reopened.console
    finally:
        reopened.close()


def test_an_untrusted_notebook_keeps_its_pictures(server: Server, browser: BrowserContext) -> None:
    """What another person executed is not trusted: JupyterLab sanitises its HTML."""
    from nbclient import NotebookClient

    path = server.root / "untrusted.ipynb"
    write_notebook(path, "from course_utils import explorers\nexplorers.Neuron()")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, store_widget_state=False).execute()
    nbformat.write(notebook, path)
    opened = Notebook(browser, server, path.name, wait_for_kernel=False)
    try:
        picture = opened.page.locator(".jp-OutputArea img").first
        picture.wait_for()
        assert picture.evaluate("image => image.naturalWidth") > 200
        assert not opened.console
    finally:
        opened.close()


def test_browser_arithmetic_goes_on_when_the_kernel_is_restarted(run_cells: Callable[..., Notebook]) -> None:
    notebook = run_cells("from course_utils import explorers\nexplorers.Neuron()")
    view = notebook.explorer("neuron")
    notebook.restart_kernel()
    before = view.sentence()
    view.field("b").press("ArrowRight")
    assert view.sentence() != before
    notebook.run_all()
    again = notebook.explorer("neuron")
    again.field("b").press("ArrowRight")
    assert "The rule" in again.sentence()
