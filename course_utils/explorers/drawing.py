"""The drawing pad: what you draw goes through a network of yours, stroke by stroke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.explorers.engine import Explorer, Number, Preset, Strokes, percent
from course_utils.explorers.models import drawing, small_network
from course_utils.explorers.models.drawn_examples import DRAWN
from course_utils.explorers.models.small_network import Layer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOTHING_DRAWN = "Draw something on the pad, and the network answers."
NO_ANSWER = "There is no answer: your function stopped with an error, which is shown above."
_UNSURE_BELOW = 0.5
_WORTH_SAYING = 0.005
_SUM_TOLERANCE = 1e-3
_DIGIT_SIZE = (20, 20)
_DIGITS = tuple("0123456789")
_DIGIT_EXAMPLES = (
    ("3", "three", "Predict: add strokes that turn the 3 into an 8. When does the answer change?"),
    ("8", "eight", "Predict: make the pen wider and wider. When does it stop being an 8?"),
    (
        "open 4",
        "open_four",
        "Predict: does the network read a 4 that is open at the top? Close it, and look again.",
    ),
    ("7 with a bar", "barred_seven", "Predict: does the bar change the answer? Undo takes it away."),
    ("3 on its side", "lying_three", "Predict: you still read it. Does the network?"),
    ("the letter A", "letter_a", "Predict: there is no class for letters. How sure will the network be?"),
    ("a dot", "dot", "Predict: a dot is no digit. Can the network say so?"),
)


class DrawingPad(Explorer):
    """A pad to draw on, what a network makes of the drawing, and the picture that it really gets.

    A trained Keras model answers in the browser, which gets its layers and weights once, as they are when the
    pad is made: it answers within a frame, and also when the kernel is busy or gone. That works for a
    chain of Reshape, Flatten, Rescaling, Conv2D, MaxPooling2D, AveragePooling2D, Dense, BatchNormalization,
    Activation, Softmax, and of Dropout, noise and augmentation, which do nothing here. Any other model, and
    any function, is called in the kernel at each stroke. A line under the answer says where it was computed,
    and why in the kernel.

    Args:
        model: a Keras model, or a function: takes pictures, float32 of shape (1, height, width) from 0 (paper)
            to 1 (ink), and returns one probability for each class: (1, num_classes). It is tried at the start.
        class_names: what the classes are called, two at least.
        size: height and width of the pictures; by default those that the model takes, else 20 and 20.
        box: the drawing is fitted into a box of so many pixels; by default 15 of 20, or 20 of 28, as in MNIST.
        state: ``strokes`` (lists of (x, y) points in 0..1, y downwards) and ``pen``, the pen's width as a share
            of the pad.

    Raises:
        ValueError: fewer than two class names.
    """

    module = "drawing_pad"
    title = "Drawing pad"
    hint = "Draw with mouse, pen or finger. Keys: arrows move the pen, Space puts it down or lifts it."
    fields = {
        "strokes": Strokes(default=(), label="drawing"),
        "pen": Number(default=0.08, low=0.03, high=0.15, step=0.01, digits=2, label="pen width"),
    }

    def __init__(
        self,
        model: Any,
        class_names: Sequence[str],
        size: tuple[int, int] | None = None,
        box: int | None = None,
        **state: Any,
    ) -> None:
        """Start with an empty pad, or with the strokes of ``state``."""
        if len(class_names) < 2:
            raise ValueError(
                f"class_names has {len(class_names)} names; a classifier needs two classes at least"
            )
        self._names = [str(name) for name in class_names]
        self._size = _size_for(model) if size is None else (int(size[0]), int(size[1]))
        self._box = int(box or drawing.usual_box(self._size))
        # Keras' own function is compiled; the model called as a function is not, and answers six times slower.
        self._predict, self._tried = getattr(model, "predict_on_batch", model), False
        self._layers, where = self._layers_for_browser(model)
        if tuple(self._names) == _DIGITS:
            self.presets = tuple(_preset(*example) for example in _DIGIT_EXAMPLES)
        shared = ", model=model, class_names=class_names"
        shared += "" if size is None else f", size={self._size}"
        super().__init__(
            arrays=self._for_view(where), shared=shared + (f", box={self._box}" if box else ""), **state
        )

    def _layers_for_browser(self, model: Any) -> tuple[list[Layer], str]:
        """Return the layers that the browser computes, none if it cannot, and a line that says so."""
        if not hasattr(model, "layers"):
            return [], "computed by your function, in the kernel"
        try:
            layers = small_network.layers_of(model)
            self._checked(small_network.run(layers, np.zeros((1, *self._size)))[-1])
        except ValueError as error:
            return [], f"computed by the kernel: the browser cannot take this model, because {error}"
        return layers, "computed in your browser"

    def _for_view(self, where: str) -> dict[str, Any]:
        texts = {"names": self._names, "nothing": NOTHING_DRAWN, "failed": NO_ANSWER, "where": where}
        network = small_network.for_browser(self._layers) if self._layers else {}
        return {**texts, "size": list(self._size), "box": self._box, **network}

    def _computes(self) -> bool:
        return not self._layers

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the picture, the probabilities and the sentence; nothing for an empty pad."""
        if not state["strokes"]:
            self._try_out()
            return {}
        picture = drawing.rasterize(state["strokes"], state["pen"], self._size, self._box)
        probabilities = self._ask(picture)
        sentence = _sentence(self._names, probabilities)
        return {"picture": picture, "probabilities": probabilities, "sentence": sentence}

    def _try_out(self) -> None:
        """Ask about blank paper, once: mistakes show at the start, and the first stroke need not wait."""
        if not self._tried and not self._layers:
            self._ask(np.zeros(self._size, dtype=np.float32))
            self._tried = True

    def _ask(self, picture: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the network's probabilities, (num_classes,); raise ValueError if they are none."""
        if self._layers:
            return self._checked(small_network.run(self._layers, picture[np.newaxis])[-1])
        return self._checked(self._predict(picture[np.newaxis]))

    def _checked(self, given: ArrayLike) -> NDArray[np.float64]:
        answer = np.asarray(given, dtype=np.float64)
        expected = (1, len(self._names))
        if answer.shape not in (expected, expected[1:]):
            raise ValueError(
                f"the model must return shape {expected}, one probability for each class, not {answer.shape}"
            )
        if not np.isfinite(answer).all() or abs(answer.sum() - 1) > _SUM_TOLERANCE or answer.min() < 0:
            raise ValueError(
                f"the model must return probabilities that add up to 1 (is a softmax missing?), not {answer}"
            )
        return answer.reshape(-1)

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say what the network takes the drawing for, and how sure it is."""
        if not state["strokes"]:
            return NOTHING_DRAWN
        if self.answer.get("state") != state:
            return self.compute(state)["sentence"]
        return NO_ANSWER if self.fault else self.answer["sentence"]

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the pad, the picture that the network gets, and the probabilities."""
        from course_utils import plotting

        answered = bool(state["strokes"]) and not self.fault
        result = self.compute(state) if answered else {"picture": np.zeros(self._size)}
        figure, (pad, seen, bars) = plotting.figure(columns=3, width=7.2, height=2.8)
        _draw_strokes(pad, state)
        seen.imshow(result["picture"], cmap="gray_r", vmin=0, vmax=1)
        seen.set(title="what the network sees", xticks=[], yticks=[])
        seen.grid(False)
        _draw_bars(bars, self._names, result.get("probabilities", np.zeros(len(self._names))))
        return figure


def _size_for(model: Any) -> tuple[int, int]:
    """Return height and width of the pictures that a model takes, the digits' where it does not say."""
    shape = getattr(model, "input_shape", None)
    if isinstance(shape, tuple) and len(shape) > 2 and all(isinstance(side, int) for side in shape[1:3]):
        return shape[1], shape[2]
    return _DIGIT_SIZE


def _preset(name: str, drawn: str, prompt: str) -> Preset:
    return Preset(name, prompt, {"strokes": [[list(point) for point in line] for line in DRAWN[drawn]]})


def _sentence(names: Sequence[str], probabilities: NDArray[np.float64]) -> str:
    first, second = np.argsort(-probabilities, kind="stable")[:2]
    guess, other = (f"{_article(names[i])} {names[i]} ({_share(probabilities[i])})" for i in (first, second))
    if probabilities[first] < _UNSURE_BELOW:
        return f"I am not sure: perhaps it is {guess}, perhaps {other}."
    also = f" My second guess is {other}." if probabilities[second] >= _WORTH_SAYING else ""
    return f"I think it is {guess}.{also}"


def _share(probability: float) -> str:
    """Return "97 %"; a network is never wholly sure, so "over 99 %" in place of "100 %"."""
    return "over 99 %" if probability >= 1 - _WORTH_SAYING else percent(probability)


def _article(name: str) -> str:
    """Return "an" before a vowel and before 8, 11, 18, 80 ..., else "a"."""
    return "an" if name[:1].lower() in tuple("aeiou8") or name in ("11", "18") else "a"


def _draw_strokes(ax: Axes, state: Mapping[str, Any]) -> None:
    from course_utils.theme import LIGHT

    width = 72 * 2.1 * state["pen"]  # points: the panel is about 2.1 inches wide
    for line in state["strokes"]:
        xs, ys = zip(*line, strict=True)
        style = {"linewidth": width, "linestyle": "-", "solid_capstyle": "round", "solid_joinstyle": "round"}
        ax.plot(xs, ys, color=LIGHT["ink"], marker="o", markersize=width, markeredgewidth=0, **style)
    ax.set(title="your drawing", xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[], aspect="equal")


def _draw_bars(ax: Axes, names: Sequence[str], probabilities: NDArray[np.float64]) -> None:
    places = np.arange(len(names))
    ax.barh(places, probabilities)
    ax.set(title="probability", xlim=(0, 1), yticks=places, yticklabels=names)
    ax.invert_yaxis()
    if probabilities.any():
        best = int(probabilities.argmax())
        inside = probabilities[best] > 0.6
        ax.text(
            probabilities[best] + (-0.03 if inside else 0.03),
            best,
            percent(probabilities[best], 1),
            ha="right" if inside else "left",
            va="center",
            color="white" if inside else None,
        )
