"""The augmentation explorer of lesson 05: random variants of a real picture, made by Keras' own layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from course_utils.explorers.engine import Choice, Explorer, Flag, Integer, Number, Preset, decimal, percent
from course_utils.explorers.models import augmentation as model
from course_utils.explorers.models.label_limits import verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FILLS = {
    "reflect": "the mirrored picture (reflect)",
    "constant": "black (constant)",
    "nearest": "the edge's pixels (nearest)",
    "wrap": "the other side (wrap)",
}
_OFF = {"flip_horizontal": False, "rotation": 0, "zoom": 0, "contrast": 0}
# How the sentence writes what is on, from the value of the slider.
_WORDS = {
    "crop": lambda share: f"crops of {percent(1 - share)} of the side",
    "flip_horizontal": lambda on: "flips left–right",
    "flip_vertical": lambda on: "flips upside down",
    "rotation": lambda turns: f"rotation ±{decimal(360 * turns, 0)}°",
    "zoom": lambda share: f"zoom ±{percent(share)}",
    "translation": lambda share: f"translation ±{percent(share)}",
    "shear": lambda factor: f"shear ±{decimal(factor)}",
    "brightness": lambda share: f"brightness ±{percent(share)}",
    "contrast": lambda share: f"contrast ±{percent(share)}",
    "saturation": lambda share: f"saturation ±{decimal(share)}",
    "hue": lambda factor: f"hue ±{decimal(180 * factor, 0)}°",
    "noise": lambda deviation: f"noise {decimal(deviation)}",
    "erasing": lambda share: f"{percent(share)} erased",
}


def _slider(label: str, high: float, help: str, default: float = 0, step: float = 0.05) -> Number:
    return Number(default=default, low=0, high=high, step=step, label=label, help=help)


class Augmentation(Explorer):
    """Eight random variants of a picture, the Keras layers that make them, and whether the label survives.

    The first picture imports Keras, which takes some seconds where it has not been imported yet. The verdict on
    the label comes from a small table, judged by eye; no network is asked.

    Args:
        state: ``picture`` (a photo, two pieces of clothing, three digits); the transforms, each 0 or False when
            off: ``flip_horizontal``, ``flip_vertical`` True or False; ``rotation`` in turns, to 0.5; ``zoom`` to
            0.9; ``translation`` to 0.5; ``shear`` to 1; ``crop``, the share of the side that is cut away, to
            0.8; ``brightness``, ``contrast``, ``hue`` to 1; ``saturation`` to 0.5; ``noise`` to 0.5;
            ``erasing``, the share of the picture, to 0.6; ``fill``, what stands where no picture is; ``seed``
            0 to 99.
    """

    module = "augmentation"
    title = "Augmentation"
    hint = "Every slider at 0 is off; its value is what the Keras layer takes."
    fields = {
        "picture": Choice(
            default="chelsea", label="picture", options={key: s.name for key, s in model.SOURCES.items()}
        ),
        "flip_horizontal": Flag(default=True, label="flip left–right", help="each result: heads or tails"),
        "flip_vertical": Flag(default=False, label="flip upside down", help="each result: heads or tails"),
        "rotation": _slider(
            "rotation", 0.5, "in turns, to either side: 0.5 is 180°", default=0.04, step=0.01
        ),
        "zoom": _slider("zoom", 0.9, "0.2: the picture shrinks or grows by up to 20 %", default=0.2),
        "translation": _slider("translation", 0.5, "0.2: up to 20 % of the side in each direction"),
        "shear": _slider("shear", 1, "how far rows are moved against each other"),
        "crop": _slider("crop", 0.8, "the share of the side that is cut away; the rest is enlarged again"),
        "fill": Choice(default="reflect", label="outside it is", options=_FILLS),
        "brightness": _slider("brightness", 1, "0.2: up to 20 % of the range is added or taken away"),
        "contrast": _slider("contrast", 1, "0.3: 30 % less to 30 % more contrast", default=0.3),
        "saturation": _slider("saturation", 0.5, "from paler to stronger colours; at 0.5 from grey on"),
        "hue": _slider("hue", 1, "how far colours go round the colour circle: 1 is half of it"),
        "noise": _slider("noise", 0.5, "standard deviation of noise; pictures go from 0 to 1"),
        "erasing": _slider("erasing", 0.6, "the share of the picture that a patch of noise covers"),
        "seed": Integer(default=0, low=0, high=99, label="seed"),
    }
    presets = (
        Preset(
            "A shoe flipped",
            "Predict: each result is mirrored by the toss of a coin. Is a mirrored sneaker still a sneaker?",
            {**_OFF, "picture": "sneaker", "flip_horizontal": True},
        ),
        Preset(
            "A 6 turned",
            "Predict: the 6 is turned by up to half a turn. Which digit does it become?",
            {**_OFF, "picture": "six", "rotation": 0.5, "fill": "constant"},
        ),
        Preset(
            "A 2 mirrored",
            "Predict: for shoes a flip does no harm. Does a mirrored 2 keep its label? And an 8?",
            {**_OFF, "picture": "two", "flip_horizontal": True},
        ),
        Preset(
            "Crop too strong",
            "Predict: three quarters of the side are cut away. On how many of the eight crops do you see a rocket?",
            {**_OFF, "picture": "rocket", "crop": 0.75},
        ),
        Preset(
            "Any colour",
            "Predict: the hue goes round the whole circle. Which label survives: flower, or orange flower?",
            {**_OFF, "picture": "flower", "hue": 1},
        ),
        Preset(
            "All together",
            "Predict: each of these alone does no harm. Do all of them together? Switch some off again.",
            {
                "picture": "chelsea",
                "flip_horizontal": True,
                "rotation": 0.1,
                "zoom": 0.3,
                "translation": 0.2,
                "shear": 0.3,
                "crop": 0.3,
                "brightness": 0.4,
                "contrast": 0.5,
                "saturation": 0.25,
                "hue": 0.1,
                "noise": 0.1,
                "erasing": 0.2,
            },
        ),
    )

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the original and the eight results as uint8, how far each is from it, code, verdict, sentence."""
        results = model.results(state)
        source = model.SOURCES[state["picture"]]
        return {
            "original": results.original,
            "pictures": results.pictures,
            "changes": results.changes(),
            "code": model.code(state),
            "credit": source.credit(),
            "verdict": verdict(state["picture"], source.thing, state, model.active(state)),
            "sentence": _sentence(state, results),
        }

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say which transforms are on, with their ranges, and how far the results are from the original."""
        if self._answers(state):
            return self.answer["sentence"]
        return _sentence(state, model.results(state))

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the original and the eight results."""
        from course_utils import plotting

        results = model.results(state)
        labels = ["original", *(f"result {i + 1}" for i in range(model.COUNT))]
        return plotting.images([results.original, *results.pictures], labels=labels, columns=5)


def _sentence(state: Mapping[str, Any], results: model.Results) -> str:
    source = model.SOURCES[state["picture"]]
    named = model.active(state)
    told = ", ".join(_WORDS[name](state[name]) for name in named) or "no transform is on"
    changes = results.changes()
    kind = "colour" if source.channels == 3 else "grey"
    return (
        f"{source.thing[0].upper()}{source.thing[1:]}, {source.side} × {source.side} pixels, {kind}: {told}. "
        f"On average a number of a result is {decimal(changes.mean(), 1)} of 255 away from the original’s "
        f"({decimal(changes.min(), 1)} in the nearest result, {decimal(changes.max(), 1)} in the farthest)."
    )
