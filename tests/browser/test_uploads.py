"""One's own picture in a real JupyterLab: chosen, dropped, refused, fifty megapixels, while the kernel is busy."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import BrowserContext, Locator

from tests.browser.lab import REPOSITORY, ExplorerView, Notebook, Server, running
from tests.picture_explorer import MeanColour

PLAIN = (10, 20, 30)
PAINTED = """canvas => [canvas.width, canvas.height,
    ...canvas.getContext("2d").getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data.slice(0, 3)]"""
DROP = """(element, { text, name, kind }) => {
    const data = new DataTransfer();
    const bytes = () => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    if (name) data.items.add(new File([bytes()], name, { type: kind }));
    else data.setData("text/plain", text);
    for (const type of ["dragenter", "dragover", "drop"])
        element.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true })); }"""

BUSY = """() => {
    jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code: "time.sleep(6)"}); }"""


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    return Image.new("RGB", size, PLAIN).convert(mode)


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    """The explorer of the tests, twice, with two titles."""
    with running(
        browser,
        server,
        "uploads",
        f"import sys\nsys.path.insert(0, {str(REPOSITORY)!r})\nfrom tests.picture_explorer import MeanColour",
        "mean = MeanColour()\nmean",
        "import time\n\nclass Patient(MeanColour):\n    title = 'Patient'\n\nPatient()",
    ) as notebook:
        # Playwright takes choosers over while someone listens; a key pressed right after the first listener
        # came would be faster than that.
        notebook.page.on("filechooser", lambda chooser: None)
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    view = notebook.explorer(MeanColour.module)
    view.reset()
    view.settled()
    return view


def words(view: ExplorerView) -> Locator:
    return view.root.locator(".course-upload-words")


def refusal(view: ExplorerView) -> Locator:
    return view.root.locator(".course-upload .course-fault")


def choose(view: ExplorerView, name: str, data: bytes, folder: Path) -> None:
    """Choose a file as people do."""
    (folder / name).write_bytes(data)
    with view.page.expect_file_chooser() as chooser:
        view.button("Your own picture …").click()
    chooser.value.set_files(folder / name)


def accepted(view: ExplorerView, name: str, note: str) -> None:
    """Wait until the explorer says what was done to the file."""
    words(view).get_by_text(f"{name}: {note}").wait_for(timeout=30_000)
    view.settled()


def refused(view: ExplorerView, sentence: str) -> None:
    refusal(view).get_by_text(sentence).wait_for(timeout=30_000)


def painted(view: ExplorerView) -> list[int]:
    """Width, height and the colour of the middle of what is painted."""
    view.drawn()
    return view.root.locator(".sample-picture").evaluate(PAINTED)


def test_a_chosen_picture_is_shown_and_described(
    notebook: Notebook, view: ExplorerView, tmp_path: Path
) -> None:
    assert view.sentence().startswith("a cup of coffee: 300 × 200")
    choose(view, "my cat.png", file_of(plain(size=(600, 300))), tmp_path)
    accepted(
        view,
        "my cat.png",
        "600 × 300 pixels, made smaller: 300 × 150. Copy state does not carry your own picture.",
    )
    assert view.sentence() == "your own picture: 300 × 150, mean colour 10 20 30"
    assert painted(view) == [300, 150, *PLAIN]
    assert view.field("picture").input_value() == "own"
    assert notebook.evaluate("mean.own_picture.shape") == [150, 300, 3]
    view.field("picture").select_option("chelsea")
    view.settled()
    assert view.sentence().startswith("a cat")
    assert painted(view)[:2] == [300, 200]
    view.field("picture").select_option("own")
    view.settled()
    assert painted(view) == [300, 150, *PLAIN]


def test_the_same_file_can_be_chosen_again(view: ExplorerView, tmp_path: Path) -> None:
    for colour in ((200, 0, 0), (0, 200, 0)):
        choose(view, "again.png", file_of(Image.new("RGB", (20, 20), colour)), tmp_path)
        view.root.locator(".course-sentence").get_by_text(f"colour {' '.join(map(str, colour))}").wait_for()
        assert painted(view) == [20, 20, *colour]


def test_the_button_works_by_keyboard(view: ExplorerView, tmp_path: Path) -> None:
    (tmp_path / "keys.png").write_bytes(file_of(plain(size=(31, 21))))
    view.button("Your own picture …").focus()
    with view.page.expect_file_chooser() as chooser:
        view.page.keyboard.press("Enter")
    chooser.value.set_files(tmp_path / "keys.png")
    accepted(view, "keys.png", "31 × 21 pixels.")


TURNED = b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
PICTURES = {
    "one.png": (file_of(plain(size=(1, 1))), "1 × 1 pixels"),
    "palette.gif": (file_of(plain("P"), "GIF"), "60 × 40 pixels"),
    "grey.png": (file_of(plain("L")), "60 × 40 pixels"),
    "cmyk.jpg": (file_of(plain("CMYK"), "JPEG"), "60 × 40 pixels"),
    "holes.png": (file_of(Image.new("RGBA", (9, 9))), "9 × 9 pixels, transparent parts are white"),
    "deep.png": (
        file_of(Image.fromarray(np.full((9, 9), 9000, np.uint16))),
        "9 × 9 pixels, 16-bit grey made 8-bit",
    ),
    "moves.gif": (
        file_of(plain(), "GIF", save_all=True, append_images=[Image.new("RGB", (60, 40))]),
        "60 × 40 pixels, the first of its pictures",
    ),
    "turned.jpg": (
        file_of(plain(), "JPEG", exif=TURNED),
        "60 × 40 pixels, turned upright as the camera noted",
    ),
    "<b>& 'quoted' 猫.png": (file_of(plain()), "60 × 40 pixels"),
}
NO_PICTURES = {
    "empty.png": (b"", "This file is empty."),
    "drawing.svg": (
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "SVG drawing",
    ),
    "photo.heic": (b"\0\0\0\x18ftypheic" + bytes(99), "HEIC photo. Open it on your phone or computer"),
    "letter.png": (b"no picture", "This file is not a picture"),
    "half.jpg": (file_of(Image.effect_noise((300, 300), 90), "JPEG")[:9000], "it is damaged or cut off"),
    "bomb.png": (file_of(Image.new("1", (20_000, 20_000))), "too large"),
    "large.png": (file_of(Image.new("1", (9000, 8000))), "9,000 × 8,000 pixels, and at most 64 million"),
    "heavy.jpg": (bytes(20_000_001), "heavy.jpg has 21 MB, and at most 20 MB are taken"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_kind_of_picture_is_taken(view: ExplorerView, tmp_path: Path, name: str) -> None:
    data, note = PICTURES[name]
    choose(view, name, data, tmp_path)
    accepted(view, name, note)
    assert view.sentence().startswith("your own picture: ")
    assert not refusal(view).is_visible()


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_cannot_be_shown_is_refused_and_the_page_lives_on(
    notebook: Notebook, view: ExplorerView, tmp_path: Path, name: str
) -> None:
    data, sentence = NO_PICTURES[name]
    choose(view, "good.png", file_of(plain(size=(44, 33))), tmp_path)
    accepted(view, "good.png", "44 × 33 pixels")
    choose(view, name, data, tmp_path)
    refused(view, sentence)
    assert "again" in refusal(view).inner_text() or "another" in refusal(view).inner_text()
    assert painted(view) == [44, 33, *PLAIN], "the picture before is still there"
    view.exact("gain").fill("2")
    view.exact("gain").press("Enter")
    view.settled()
    assert view.sentence() == "your own picture: 44 × 33, mean colour 20 40 60"
    choose(view, "good.png", file_of(plain(size=(45, 33))), tmp_path)
    accepted(view, "good.png", "45 × 33 pixels")
    assert not refusal(view).is_visible()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_fifty_megapixels_are_taken(view: ExplorerView, tmp_path: Path, kind: str) -> None:
    choose(view, f"large.{kind}", file_of(plain(size=(8160, 6120)), kind), tmp_path)
    accepted(view, f"large.{kind}", "8160 × 6120 pixels, made smaller: 300 × 225")
    assert "300 × 225, mean colour 10 20 30" in view.sentence()


def test_a_file_that_is_larger_than_a_message_of_jupyter_may_be_arrives_whole(
    notebook: Notebook, view: ExplorerView, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2400, 2600, 3), dtype=np.uint8)
    data = file_of(Image.fromarray(noise), compress_level=1)
    assert 15_000_000 < len(data) < 20_000_000
    choose(view, "noise.png", data, tmp_path)
    accepted(view, "noise.png", "2600 × 2400 pixels, made smaller: 300 × 277")
    assert notebook.evaluate("1 + 1") == 2, "the connection to the kernel holds"


def drop(view: ExplorerView, text: str, name: str = "", kind: str = "") -> None:
    view.root.locator(".course-upload").evaluate(DROP, {"text": text, "name": name, "kind": kind})


def test_a_dropped_file_is_taken_and_the_page_stays(view: ExplorerView) -> None:
    address = view.page.url
    drop(view, base64.b64encode(file_of(plain(size=(52, 25)))).decode(), "dropped.png", "image/png")
    accepted(view, "dropped.png", "52 × 25 pixels")
    assert painted(view) == [52, 25, *PLAIN]
    drop(view, "https://example.org/cat.png")
    refused(view, "That was no file.")
    assert view.page.url == address
    assert view.root.locator(".course-upload-over").count() == 0


def test_a_copied_state_does_not_carry_the_picture_and_says_so(
    notebook: Notebook, view: ExplorerView, tmp_path: Path
) -> None:
    choose(view, "own.png", file_of(plain()), tmp_path)
    accepted(view, "own.png", "60 × 40 pixels. Copy state does not carry your own picture.")
    line = view.copied_line()
    assert line == 'explorers.MeanColour.from_state({"picture": "own", "gain": 1})'
    made = notebook.evaluate(line.replace("explorers.", "") + ".answer['sentence']")
    assert made.startswith(
        "a cup of coffee (your own picture is no part of a copied state, choose it again): "
    )


def test_a_busy_kernel_is_told_and_the_file_waits_for_it(notebook: Notebook, tmp_path: Path) -> None:
    view = notebook.explorer(MeanColour.module, 1)
    view.page.evaluate(BUSY)
    choose(view, "patient.png", file_of(plain()), tmp_path)
    words(view).get_by_text("Reading patient.png …").wait_for()
    words(view).get_by_text("patient.png is sent. The kernel is busy with a cell").wait_for(timeout=6000)
    accepted(view, "patient.png", "60 × 40 pixels")
    assert view.sentence() == "your own picture: 60 × 40, mean colour 10 20 30"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_used_by_everyone(
    notebook: Notebook, view: ExplorerView, theme: str, tmp_path: Path
) -> None:
    notebook.set_theme(theme)
    choose(view, "broken.png", b"no picture", tmp_path)
    refused(view, "This file is not a picture")
    found = Axe().run(view.page, context=f'[data-explorer="{MeanColour.module}"]')
    assert not found.response["violations"], found.generate_report()
    notebook.set_theme("light")
