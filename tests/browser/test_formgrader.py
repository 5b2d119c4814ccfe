"""Formgrader in a class: what students are called, and what they wrote, is text for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from course_utils.classroom import release
from course_utils.classroom.course import Course
from tests.browser.lab import Server
from tests.classroom import sample
from tests.classroom.test_grade import RIGHT, graded, hand_in

EVIL = "<img src=x onerror=\"window.stolen = 'yes'\">"
NAMES = {
    "ada": (EVIL, "</a><script>window.stolen = 'yes'</script>"),
    "blaise": ("&lt;b&gt;", "'\"><b id=bold>"),
}
ANSWER = f"{EVIL} <script>window.stolen = 'yes'</script> [x](javascript:alert(1)) www.example.org"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A class with an old gradebook, whose names nobody has looked at."""
    made = sample.make_class(tmp_path_factory.mktemp("formgrader") / "class")
    release.release(made, sample.NAME, {}, run=False)
    inbox = tmp_path_factory.mktemp("inbox")
    for student in NAMES:
        hand_in(made, inbox, student, RIGHT | {"why": ANSWER})
    graded(made)
    with made.gradebook() as gradebook:
        for id, (first, last) in NAMES.items():
            entry = gradebook.find_student(id)
            entry.first_name, entry.last_name, entry.email = first, last, EVIL
        gradebook.db.commit()
    return made


@pytest.fixture(scope="module")
def server(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab as the guide has it: started in the folder of the class."""
    server = Server(tmp_path_factory.mktemp("lab"), course.folder)
    yield server
    server.stop()


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    page = browser.new_page()
    # MathJax is asked of another machine, which the tests do not reach.
    page.route(lambda address: "127.0.0.1" not in address, lambda route: route.abort())
    yield page
    page.close()


def submissions(course: Course) -> dict[str, str]:
    """nbgrader's numbers of the submitted notebooks, by student."""
    with course.gradebook() as gradebook:
        found = gradebook.notebook_submissions(sample.NAME, sample.NAME)
        return {each.student.id: each.id for each in found}


def open_page(page: Page, server: Server, path: str) -> None:
    page.goto(f"{server.url}/formgrader/{path}?token={server.token}")
    page.wait_for_load_state("load")


def is_clean(page: Page) -> bool:
    """Whether nothing of a name or an answer became a part of the page."""
    return page.evaluate(
        "() => !window.stolen && !document.querySelector('img[src=x], #bold, a[href^=javascript]')"
    )


def test_names_in_lists_are_text(course: Course, server: Server, page: Page) -> None:
    open_page(page, server, "manage_students")
    expect(page.get_by_text(f"{NAMES['ada'][1]}, {EVIL}")).to_be_visible()
    assert is_clean(page)
    open_page(page, server, f"gradebook/{sample.NAME}/{sample.NAME}")
    page.locator(".name-hidden.glyphicon").first.click()
    expect(page.locator("a.name-shown").first).to_be_visible()
    assert is_clean(page)


@pytest.mark.parametrize("student", list(NAMES))
def test_names_and_answers_on_the_page_of_a_submission_are_text(
    course: Course, server: Server, page: Page, student: str
) -> None:
    open_page(page, server, f"submissions/{submissions(course)[student]}/")
    first, last = NAMES[student]
    assert f"{last}, {first}" in page.locator("body").evaluate("body => body.textContent")
    assert is_clean(page)
    assert page.locator("a[href*='example.org']").count() == 0
    question = page.locator(".nbgrader_cell", has_text="onerror")
    assert question.count() > 0
