"""Explorers of pictures: samples, a file that arrives in parts, what the state holds and what it does not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from course_utils import datasets
from course_utils.explorers.engine.linker import link, stylesheet
from tests.picture_explorer import MeanColour

PLAIN = (10, 20, 30)


def png(width: int = 400, height: int = 200) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), PLAIN).save(buffer, "PNG")
    return buffer.getvalue()


def send(
    explorer: MeanColour, data: bytes, name: str = "cat.png", file_id: str = "1", parts: int = 3
) -> None:
    """Hand over a file as the browser does."""
    size = -(-len(data) // parts)
    for part in range(parts):
        content = {"kind": "picture", "id": file_id, "name": name, "part": part, "parts": parts}
        explorer._receive(explorer, content, [memoryview(data[part * size : (part + 1) * size])])


def shown(explorer: MeanColour) -> np.ndarray:
    """The picture that the browser has."""
    sent = explorer.arrays["picture"]
    return np.frombuffer(sent["buffer"], np.uint8).reshape(sent["shape"])


def test_it_starts_with_the_first_sample() -> None:
    explorer = MeanColour()
    assert explorer.answer["sentence"] == "a cup of coffee: 300 × 200, mean colour 159 86 51"
    assert explorer.own_picture is None
    assert explorer.spec["upload"]["mostBytes"] == 20_000_000
    np.testing.assert_array_equal(shown(explorer), datasets.shrink(datasets.photo("coffee"), 300))


def test_another_sample_can_be_chosen() -> None:
    explorer = MeanColour()
    explorer.set(picture="chelsea")
    assert explorer.answer["sentence"].startswith("a cat: 300 × 200")
    np.testing.assert_array_equal(shown(explorer), datasets.shrink(datasets.photo("chelsea"), 300))
    assert explorer.arrays["pictureWords"] == "a cat"


def test_a_file_becomes_the_picture() -> None:
    explorer = MeanColour()
    explorer.set(gain=2)
    send(explorer, png())
    assert explorer.state == {"picture": "own", "gain": 2}
    assert explorer.answer == {
        "sentence": "your own picture: 300 × 150, mean colour 20 40 60",
        "state": explorer.state,
    }
    assert explorer.upload["note"] == "400 × 200 pixels, made smaller: 300 × 150"
    assert explorer.own_picture.shape == shown(explorer).shape == (150, 300, 3)
    send(explorer, png(50, 60), file_id="2")
    assert "50 × 60" in explorer.answer["sentence"], "a second file in the place of the first"
    explorer.set(picture="chelsea")
    explorer.set(picture="own")
    assert shown(explorer).shape == (60, 50, 3), "it is still there"


def test_a_refused_file_is_told_and_changes_nothing() -> None:
    explorer = MeanColour()
    send(explorer, png())
    before = explorer.state, explorer.answer, explorer.own_picture
    for data, words in (
        (b"", "empty"),
        (b"<svg/>", "SVG"),
        (png()[:60], "cannot be read"),
        (b"a text", "not a picture"),
    ):
        send(explorer, data)
        assert words in explorer.upload["fault"]
        assert "again" in explorer.upload["fault"] or "another" in explorer.upload["fault"]
        assert (explorer.state, explorer.answer, explorer.own_picture) == before


def test_of_two_files_the_one_that_began_later_is_taken() -> None:
    explorer = MeanColour()
    first, second = png(10, 10), png(20, 20)
    content = {"kind": "picture", "name": "x", "parts": 2}
    for file_id, part, data in (
        ("1", 0, first[:9]),
        ("2", 0, second[:9]),
        ("1", 1, first[9:]),
        ("2", 1, second[9:]),
    ):
        explorer._receive(explorer, content | {"id": file_id, "part": part}, [memoryview(data)])
    assert explorer.own_picture.shape == (20, 20, 3)
    explorer._receive(explorer, {"kind": "something else"}, [])


def test_a_copied_state_says_that_the_picture_is_missing() -> None:
    explorer = MeanColour.from_state({"picture": "own", "gain": 1})
    assert explorer.answer["sentence"].startswith(
        "a cup of coffee (your own picture is no part of a copied state"
    )
    send(explorer, png())
    assert explorer.answer["sentence"].startswith("your own picture: 300")


def test_a_picture_can_be_handed_over_in_python() -> None:
    own = np.broadcast_to(np.uint8(PLAIN), (600, 300, 3))
    explorer = MeanColour(own_picture=own)
    assert explorer.answer["sentence"] == "your own picture: 150 × 300, mean colour 10 20 30"
    assert explorer.spec["shared"] == ", own_picture=picture"
    assert MeanColour(own_picture=own, picture="chelsea").state["picture"] == "chelsea"
    with pytest.raises(ValueError, match="a picture has the shape"):
        MeanColour(own_picture=own[..., 0])


def test_bad_states_are_told_as_in_every_explorer() -> None:
    explorer = MeanColour()
    explorer.state = {"picture": "nothing", "gain": 1}
    assert "picture must be one of coffee, chelsea, own" in explorer.fault
    explorer.state = {"picture": ["own"], "gain": 1}
    assert "picture must be one of" in explorer.fault
    explorer.state = {"picture": "chelsea", "gain": 1}
    assert explorer.fault == ""
    assert explorer.arrays["pictureWords"] == "a cat"


def test_a_module_brings_its_styles() -> None:
    assert "class Upload" in link(MeanColour.module)
    assert ".course-upload {" in stylesheet(MeanColour.module)
    assert ".course-upload {" not in stylesheet("neuron")
