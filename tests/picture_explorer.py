"""A small explorer of pictures, for the tests of the engine's uploads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from course_utils import plotting
from course_utils.explorers.engine import Number
from course_utils.explorers.engine.uploads import PictureExplorer, picture_choice


class MeanColour(PictureExplorer):
    """Says how bright a picture is, times a gain."""

    module = str(Path(__file__).parent / "browser" / "upload_sample")
    title = "Mean colour"
    fields = {
        "picture": picture_choice({"coffee": "a cup of coffee", "chelsea": "a cat"}),
        "gain": Number(default=1, low=0, high=2, label="gain"),
    }
    picture_side = 300

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {"sentence": self.describe(state)}

    def describe(self, state: Mapping[str, Any]) -> str:
        height, width, _ = (picture := self.picture(state)).shape
        red, green, blue = (round(state["gain"] * value) for value in picture.mean(axis=(0, 1)))
        return f"{self.picture_words(state)}: {width} × {height}, mean colour {red} {green} {blue}"

    def draw(self, state: Mapping[str, Any]) -> Any:
        figure, ax = plotting.figure()
        ax.imshow(self.picture(state))
        return figure
