"""The whole circle of a graded class in real browsers: release, fetch, solve, validate, submit, mark, feedback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from course_utils.classroom.course import open_course
from course_utils.cli.app import app
from tests.browser.lab import Notebook, Server, launch
from tests.classroom import sample

PATIENCE = 90_000  # milliseconds; "Validate" and the first page of a server start Python programs
SET_SOURCE = """([name, source]) => {
    const cells = jupyterapp.shell.currentWidget.content.widgets.map(widget => widget.model);
    const cell = cells.find(cell => cell.getMetadata('nbgrader')?.grade_id === name);
    cell.sharedModel.setSource(source); }"""
OWNED = "owned"
HOSTILE = f"""<script>document.title = "{OWNED}"</script> <img src=x onerror="document.title = '{OWNED}'">
[a link](javascript:document.title='{OWNED}')"""
ANSWERS = {
    "ada": {"double": sample.DOUBLE, "mean": sample.MEAN, "why": "Because the *sum* is shared out."},
    "blaise": {"double": sample.DOUBLE, "mean": sample.WRONG_MEAN, "why": HOSTILE},
}
TEACHERS_SETTINGS = """\
from course_utils.classroom.course import configure
configure(get_config(), {path!r})
"""


class Desk:
    """A person's own JupyterLab, and a browser: on one host, servers would see each other's cookies."""

    def __init__(self, browser: BrowserContext, server: Server, root: Path) -> None:
        self.browser, self.server, self.root = browser, server, root

    @contextmanager
    def page(self, address: str) -> Iterator[Page]:
        """A page of this server."""
        page = self.browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{self.server.url}{address}?token={self.server.token}")
        yield page
        page.close()

    @contextmanager
    def assignment_list(self) -> Iterator[Page]:
        """JupyterLab with nbgrader's list of assignments."""
        page = self.server.take_page(self.browser)
        page.set_default_timeout(PATIENCE)
        page.evaluate("() => jupyterapp.commands.execute('nbgrader:open-assignment-list')")
        yield page
        page.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class with an exchange."""
    folder = tmp_path_factory.mktemp("circle")
    (folder / "exchange").mkdir()
    sample.make_class(folder / "class", exchange=folder / "exchange")
    return folder


@pytest.fixture
def desks(folder: Path, playwright: Playwright) -> Iterator[dict[str, Desk]]:
    """The teacher's JupyterLab, and one for each student."""
    course = open_course(folder / "class")
    settings = {"teacher": TEACHERS_SETTINGS.format(path=str(course.folder / "nbgrader_config.py"))}
    roots = {"teacher": course.folder}
    for student in ANSWERS:
        roots[student] = folder / "files" / student
        roots[student].mkdir(parents=True)
        settings[student] = (course.folder / "for_students" / "nbgrader_config.py").read_text(
            encoding="utf-8"
        )
        # On a JupyterHub these are the user's name and home.
        settings[student] += f"c.CourseDirectory.student_id = {student!r}\n"
        settings[student] += f"c.Exchange.assignment_dir = {str(roots[student])!r}\n"
    homes = {name: folder / "homes" / name for name in settings}
    with ThreadPoolExecutor() as pool:  # every server takes seconds to start
        started = {name: pool.submit(start, homes[name], settings[name], roots[name]) for name in settings}
        servers = {name: server.result() for name, server in started.items()}
        browsers = {name: launch(playwright, homes[name] / "browser") for name in settings}
        yield {name: Desk(browsers[name], servers[name], roots[name]) for name in settings}
        for name in settings:
            browsers[name].close()
            pool.submit(servers[name].stop)


def start(home: Path, settings: str, root: Path) -> Server:
    """A JupyterLab server with nbgrader's settings."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    return Server(home, root)


def teachers_command(folder: Path, *words: str) -> str:
    """Run `course class ...`; returns what it says."""
    result = CliRunner().invoke(app, ["class", "-C", str(folder / "class"), *words])
    assert result.exit_code == 0, result.output
    return result.output


def fetch_solve_validate_submit(desk: Desk, answers: dict[str, str], validation: str) -> None:
    """What a student does in JupyterLab."""
    with desk.assignment_list() as page:
        page.locator("#released_assignments_list").get_by_text("Fetch", exact=True).click()
        page.locator("#fetched_assignments_list").get_by_text("Submit", exact=True).wait_for()
    notebook = Notebook(desk.browser, desk.server, f"{sample.NAME}/{sample.NAME}.ipynb")
    for name, source in answers.items():
        notebook.page.evaluate(SET_SOURCE, [name, source])
    notebook.page.get_by_text("Validate", exact=True).click()
    dialog = notebook.page.locator(".jp-Dialog")
    expect(dialog).to_contain_text(validation, timeout=PATIENCE)
    dialog.locator("button").last.click()
    notebook.close()
    with desk.assignment_list() as page:
        page.locator("#fetched_assignments_list").get_by_text("Submit", exact=True).click()
        page.locator("#submitted_assignments_list").get_by_text("Fetch Feedback", exact=True).wait_for()


def mark_by_hand(desk: Desk, points: dict[str, str]) -> None:
    """What the teacher does in formgrader: points and a comment for each written answer."""
    external: list[str] = []
    with desk.page("/lab") as page:
        page.on("request", lambda request: external.append(request.url))
        page.goto(f"{desk.server.url}/formgrader/gradebook/{sample.NAME}/{sample.NAME}")
        page.get_by_text("Submission #1").wait_for()
        links = {
            each.text_content(): each.get_attribute("href") for each in page.locator("a.name-shown").all()
        }
        for name, mark in points.items():
            page.goto(f"{desk.server.url}{links[name]}", wait_until="networkidle")
            assert page.title() != OWNED
            assert page.locator("a[href^=javascript]").count() == 0
            put(page, "input#why", mark, "/grade/")
            put(page, "textarea#why-comment", f"{mark} points & my <thanks>", "/comment/")
    strange = [url for url in external if not url.startswith((desk.server.url, "data:", "blob:"))]
    assert all("/mathjax/" in url for url in strange), strange  # nbgrader's own template asks for it


def put(page: Page, field: str, text: str, address: str) -> None:
    """Fill a field of formgrader and wait until the gradebook has the new one."""
    box = page.locator(field)
    box.fill(text)
    with page.expect_response(lambda answer: address in answer.url and answer.request.method == "PUT"):
        box.blur()


def look_at_feedback(desk: Desk) -> str:
    """What a student fetches: the text of the page."""
    with desk.assignment_list() as page:
        page.locator("#submitted_assignments_list").get_by_text("Fetch Feedback", exact=True).click()
        page.locator("#submitted_assignments_list").get_by_text("(view feedback)").wait_for()
    [path] = (desk.root / sample.NAME / "feedback").rglob("*.html")
    with desk.page(f"/files/{path.relative_to(desk.root)}") as page:
        assert page.title() != OWNED and page.locator("script, main img, a").count() == 0
        return page.locator("body").inner_text()


def test_circle(folder: Path, desks: dict[str, Desk]) -> None:
    said = teachers_command(folder, "release", sample.NAME, "--due", "2030-01-01", "--no-run")
    assert "assignment list" in said
    fetch_solve_validate_submit(desks["ada"], ANSWERS["ada"], "Success!")
    fetch_solve_validate_submit(desks["blaise"], ANSWERS["blaise"], "the mean of three numbers is wrong")
    assert "2 new" in teachers_command(folder, "collect", sample.NAME)
    teachers_command(folder, "grade", sample.NAME)
    mark_by_hand(desks["teacher"], {"Lovelace, Ada": "3", "Pascal, Blaise": "1"})
    teachers_command(folder, "feedback", sample.NAME)
    seen = {student: look_at_feedback(desks[student]) for student in ANSWERS}
    assert "9 of 10 points" in seen["ada"] and "3 points & my <thanks>" in seen["ada"]
    assert "4 of 10 points" in seen["blaise"] and "the mean of three numbers is wrong" in seen["blaise"]
    assert "10.75" not in json.dumps(seen)
