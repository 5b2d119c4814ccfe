"""What people type into a number question: read as they mean it, or told; never called wrong unread."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from course_utils import exercises, numerals
from course_utils.exercises.quiz_view import Quiz
from tests.browser.lab import Notebook

READ = {
    # commas, points and signs of other keyboards
    "0.5": 0.5, "0,5": 0.5, ".5": 0.5, ",5": 0.5, "5.": 5, "5,": 5, "0,0625": 0.0625, "0,125": 0.125, "12,5": 12.5,
    "−0.5": -0.5, "–2": -2, "‑2": -2, "+3": 3, "--3": 3, "007": 7, " 0,5 ": 0.5, "= 1/16": 1 / 16, "≈ 0.5": 0.5,
    "z = 0,5": 0.5, "a=½": 0.5, "1e−3": 0.001, "(1/2)": 0.5, "１／２": 0.5, "188,0": 188,
    # thousands
    "903168": 903168, "903 168": 903168, "903,168": 903168, "903'168": 903168, "903’168": 903168, "903_168": 903168,
    "903\u00a0168": 903168, "903\u202f168": 903168, "903\u2009168": 903168, "1 000 000,5": 1000000.5,
    "1,234,567": 1234567, "9,03,168": 903168, "1,23,456.5": 123456.5,
    "1.234.567": 1234567, "1.234,5": 1234.5, "1,234.5": 1234.5, "1 234,5": 1234.5,
    "1234,567": 1234.567, "20000": 20000, "903.168": 903.168,
    # fractions, products, powers
    "1/2": 0.5, "½": 0.5, "-½": -0.5, "1½": 1.5, "12½": 12.5, "1 1/2": 1.5, "2·1½": 3, "1:2": 0.5, "1 ÷ 2": 0.5,
    "1/16": 1 / 16, "2/3/4": 1 / 6, "1,5/2": 0.75, "14*14*9*16*32": 903168, "14·14·9·16·32": 903168,
    "14 x 14 × 9∙16⋅32": 903168, "4,608 · 196": 903168, "2 · (−1) + 3": 1, "√(2/200)": 0.1, "-2^2": -4, "2**10": 1024,
    # powers of ten
    "1e-3": 0.001, "5E-1": 0.5, "1e3": 1000, "10⁻³": 0.001, "3,2 × 10⁻⁷": 3.2e-7, "10^-3": 0.001, "1·10^(−3)": 0.001,
    # shares
    "50 %": 0.5, "50%": 0.5, "٥٠٪": 0.5, "12,5 %": 0.125,
    # digits of other scripts
    "٠٫٥": 0.5, "١٢٣": 123, "۰٫۵": 0.5, "०.५": 0.5, "๑๒": 12, "０．５": 0.5, "١½": 1.5, "－１": -1,
}  # fmt: skip
NOT_READ = [
    "abc", "half", "1/0", "0/0", "12 5", "0 123", "1,2,3", "0,5,", "1..2", "1.2.3", "1,234.567,8",
    "1e", "1e999", "(2", "2)", "*2", "2*", "2^", "½ ½", "1;2", "Infinity", "NaN", "<b>",
    "5 apples", "about 5", "0.5 = 1/2", "1.234 567", "²", "-", ",", "%",
]  # fmt: skip
WITH_UNIT = [
    ("60 %", "%", 60), ("60%", "%", 60), ("60", "%", 60), ("0,6", "%", 0.6), ("188 updates", "updates", 188),
    ("188 Update", "updates", 188), ("903 168 multiply–adds", "multiply-adds", 903168),
    ("1/2 parameter", "parameters", 0.5),
]  # fmt: skip
EITHER = {
    "1,234": (1234, 1.234),
    "1.234": (1.234, 1234),
    "903,168": (903168, 903.168),
    "٩٠٣٫١٦٨": (903.168, 903168),
}


@pytest.fixture(scope="module")
def page(browser: BrowserContext) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def question(page: Page, tmp_path: Path) -> Callable[..., Page]:
    """Return what shows a question in a page of its own."""

    def show(quiz: Quiz) -> Page:
        path = tmp_path / "quiz.html"
        path.write_text(f'<!doctype html><meta charset="utf-8"><title>q</title>{quiz._repr_html_()}', "utf-8")
        page.goto(path.as_uri())
        return page

    return show


def read(page: Page, text: str, unit: str = "") -> dict:
    body = f"([text, unit]) => {{ {numerals.script()}\nreturn readNumber(text, unit); }}"
    return page.evaluate(body, [text, unit])


def test_numbers_are_read_as_people_write_them(page: Page) -> None:
    found = {text: read(page, text).get("value") for text in READ}
    assert not {
        text: (found[text], wanted)
        for text, wanted in READ.items()
        if found[text] is None or not math.isclose(found[text], wanted, rel_tol=1e-12)
    }


def test_what_is_no_number_is_told(page: Page) -> None:
    assert not [text for text in NOT_READ if "cannot be read" not in read(page, text).get("fault", "")]
    assert read(page, "12 5")["fault"].startswith(
        "“12 5” cannot be read: “12 5” is not one number. Write, for"
    )
    assert read(page, " \u202f ") == read(page, "") == {"empty": True}


@pytest.mark.parametrize(("text", "unit", "wanted"), WITH_UNIT)
def test_the_unit_may_be_typed_as_well(page: Page, text: str, unit: str, wanted: float) -> None:
    assert read(page, text, unit)["value"] == wanted


def test_both_readings_of_three_digits_behind_a_comma_or_point_are_known(page: Page) -> None:
    for text, (value, other) in EITHER.items():
        assert read(page, text) == {"value": value, "other": other}


def typed(page: Page, text: str) -> tuple[str | None, str]:
    """Return state and text of the verdict after typing and Enter."""
    field = page.get_by_label("Your answer")
    field.fill("")
    field.press_sequentially(text)
    field.press("Enter")
    verdict = page.locator(".course-quiz-verdict")
    return verdict.get_attribute("data-state"), verdict.text_content() or ""


@pytest.mark.parametrize("text", ["0.5", "0,5", "1/2", "½", ".5", "5e-1", "50 %", "2 · 1/4"])
def test_a_half_is_right_however_it_is_written(question: Callable[..., Page], text: str) -> None:
    assert typed(question(exercises.quiz("03_activations/steepest_sigmoid")), text)[0] == "right"


def test_the_real_minus_is_no_plus(question: Callable[..., Page]) -> None:
    page = question(exercises.quiz("03_activations/steepest_sigmoid"))
    assert typed(page, "−0.5")[0] == "wrong"


@pytest.mark.parametrize(
    "text", ["14*14*9*16*32", "903 168", "903,168", "903.168,0", "4,608 · 196", "903168 multiply-adds"]
)
def test_large_numbers_are_right_with_their_separators(question: Callable[..., Page], text: str) -> None:
    assert typed(question(exercises.quiz("07_cnn_architectures/multiply_adds")), text)[0] == "right"


def test_what_cannot_be_read_is_never_wrong(question: Callable[..., Page]) -> None:
    page = question(exercises.quiz("03_activations/steepest_sigmoid"))
    assert typed(page, "") == ("open", "…Type a number first.")
    for text in ("half", "1 2", "<img src=x onerror=alert(1)>"):
        state, verdict = typed(page, text)
        assert state == "open"
        assert f"“{text}” cannot be read" in verdict
        assert "Write, for example, 0.5, −2, 1/2 or 1e-3." in verdict
        assert "Not right" not in verdict
    field = page.get_by_label("Your answer")
    assert field.get_attribute("aria-invalid") == "true"
    assert page.locator(".course-quiz-verdict img").count() == 0
    field.press("Backspace")
    assert field.get_attribute("aria-invalid") is None
    assert page.locator(".course-quiz-verdict").inner_text() == ""


def test_another_reading_that_is_right_is_asked_for(question: Callable[..., Page]) -> None:
    page = question(exercises.quiz("06_cnns/parameters"))
    assert typed(page, "1,792")[0] == "right"
    state, verdict = typed(page, "1.792")
    assert (state, verdict) == ("open", "…“1.792” was read as 1.792. If you mean 1792, write 1792.")
    state, verdict = typed(page, "1.728")
    assert state == "wrong"
    assert "“1.728” was read as 1.728." in verdict


def test_the_field_is_one_of_text_with_a_decimal_keyboard(question: Callable[..., Page]) -> None:
    page = question(exercises.quiz("03_activations/steepest_sigmoid"))
    field = page.get_by_role("textbox", name="Your answer")
    assert field.get_attribute("type") == "text"
    assert field.get_attribute("inputmode") == "decimal"
    typed(page, "1 2")
    assert not Axe().run(page, context=".course-quiz").response["violations"]
    page.get_by_role("button", name="Try again").click()
    assert field.input_value() == ""
    assert field.evaluate("field => field === document.activeElement")


def test_keys_stay_in_the_field_inside_jupyterlab(run_cells: Callable[..., Notebook]) -> None:
    notebook = run_cells(
        'from course_utils import exercises\nexercises.quiz("03_activations/steepest_sigmoid")'
    )
    page = notebook.page
    assert typed(page, "ab dd 1/2")[0] == "open"
    assert page.get_by_label("Your answer").input_value() == "ab dd 1/2"
    assert typed(page, "0,5")[0] == "right"
    cells = "() => jupyterapp.shell.currentWidget.content.model.cells.length"
    assert page.evaluate(cells) == 1, "letters are commands of JupyterLab elsewhere"
