"""Grad-CAM: where in a picture a classifier finds what speaks for a class, two classes side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.explorers.engine import Choice, Flag, Integer, Number, Preset, percent
from course_utils.explorers.engine.uploads import PictureExplorer, picture_choice
from course_utils.explorers.models import grad_cam as model_of_heat
from course_utils.quiet import start_tensorflow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LIKELIEST = -1  # in place of a class's number: the likeliest class, in B the second-likeliest
NUM_TOP = 5
GOLD = (255, 204, 0)
_PHOTOS = {
    "chelsea": "cat (photo)",
    "coffee": "cup of coffee (photo)",
    "flower": "flower (photo)",
    "china": "temple (photo)",
    "astronaut": "astronaut (photo)",
    "rocket": "rocket (photo)",
    "starry_night": "Starry Night (painting)",
}


class GradCAM(PictureExplorer):
    """Two heat maps of one picture: which places speak for class A, and which for class B.

    The kernel computes, and keeps what it has: a new picture costs one pass through the network (about 0.2 s for
    EfficientNet-Lite0 on 2 CPU cores that others used, too), a new class one gradient (0.01 s in the last layer,
    0.2 s in the first), another layer 0.7 s. Opacity and scale are the browser's alone.

    Args:
        model: a Keras classifier of pictures that ends with a softmax or with the scores before it, e.g.
            ``pretrained.efficientnet_lite0()``.
        preprocess: makes of one picture, (height, width, 3) uint8, the batch of one that the model takes, e.g.
            ``pretrained.preprocess``.
        class_names: what the classes are called, one for each of the model's outputs.
        pictures: name -> picture, in any form that ``preprocess`` takes; by default the course's photos. A
            picture of the reader's own comes as (height, width, 3) uint8.
        own_picture: a picture of yours to start with.
        state: ``picture``; ``layer``, the name of a layer with feature maps: by default the last one; offered are
            the last of each size, and any other that is named here; ``first`` and ``second``, the numbers of
            classes A and B, -1 for the likeliest and the second-likeliest; ``opacity`` of the heat, 0 to 1;
            ``same_scale``: both maps on the scale of the stronger one.

    Raises:
        ValueError: Grad-CAM cannot be computed for this model, or the names do not fit it.
    """

    module = "grad_cam"
    title = "Grad-CAM"
    hint = "Golden light falls on what speaks for the class; the line is at half of the largest value."
    needs = ("picture", "layer", "first", "second")
    kept = ("picture",)
    picture_side = 448

    def __init__(
        self,
        model: Any,
        preprocess: Callable[[Any], ArrayLike],
        class_names: Sequence[str],
        pictures: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """Start with the first picture, the last layer, and the two likeliest classes."""
        start_tensorflow()
        self._cam = model_of_heat.GradCam(model)
        self._names = [str(name) for name in class_names]
        if len(self._names) != self._cam.num_classes:
            raise ValueError(
                f"class_names has {len(self._names)} names, but the model has {self._cam.num_classes} outputs"
            )
        self._preprocess, self._pictures = preprocess, dict(pictures or {})
        self._taken: tuple[Any, NDArray[np.float32]] | None = None  # the last picture, and what became of it
        self._offered = self._layers_to_choose(str(options.get("layer", "")))
        self.fields = self._make_fields()
        self.presets = self._make_presets()
        given = ", pictures=pictures" if pictures else ""
        shared = f", model=model, preprocess=preprocess, class_names=class_names{given}"
        super().__init__(arrays={"names": self._names}, shared=shared, **options)

    def _layers_to_choose(self, asked: str) -> list[str]:
        layers = model_of_heat.last_of_each_size(self._cam.layers)
        return [name for name in self._cam.layers if name in (*layers, asked)]

    def _make_fields(self) -> dict[str, Any]:
        pictures = {name: name.replace("_", " ") for name in self._pictures} or _PHOTOS
        sizes = {name: " × ".join(map(str, self._cam.layers[name])) for name in self._offered}
        last_class = len(self._names) - 1
        return {
            "picture": picture_choice(pictures),
            "layer": Choice(
                default=model_of_heat.last_of_each_size(self._cam.layers)[-1],
                options={name: f"{name} · {size}" for name, size in sizes.items()},
                label="layer",
            ),
            "first": Integer(default=LIKELIEST, low=LIKELIEST, high=last_class, label="class A"),
            "second": Integer(default=LIKELIEST, low=LIKELIEST, high=last_class, label="class B"),
            "opacity": Number(default=0.6, low=0, high=1, step=0.05, label="opacity", help="of the heat"),
            "same_scale": Flag(
                default=False,
                label="one scale for both",
                help="else each map has its full light at its own largest value",
            ),
        }

    def _make_presets(self) -> tuple[Preset, ...]:
        first, last = self._offered[0], self._offered[-1]
        lit = {"first": LIKELIEST, "opacity": 0.6}
        both = lit | {"second": LIKELIEST}
        return (
            Preset(
                "Two guesses",
                "Predict: do the two likeliest classes speak from the same place?",
                both | {"layer": last, "same_scale": False},
            ),
            Preset(
                "An absurd class",
                "Predict: nothing here is a B. Is its map empty? Then put both on one scale.",
                lit | {"second": len(self._names) - 1, "layer": last, "same_scale": False},
            ),
            Preset(
                "One scale",
                "Predict: which class has the stronger evidence, and is it the likelier one?",
                both | {"layer": last, "same_scale": True},
            ),
            Preset(
                "An early layer",
                "Predict: the first maps know edges, not things. What becomes of the light?",
                both | {"layer": first},
            ),
            Preset(
                "Only the picture",
                "Predict: where would you look to tell this class from the others? Then bring the light back.",
                both | {"opacity": 0},
            ),
        )

    # ---- pictures --------------------------------------------------------------------------------

    def sample(self, name: str) -> Any:
        """Return a picture of those that were given, else one of the course's photos."""
        return self._pictures[name] if self._pictures else super().sample(name)

    def batch(self, state: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return the picture of ``state`` as the model takes it, (1, height, width, channels).

        Raises:
            ValueError: ``preprocess`` gives another shape.
        """
        picture = self.picture(state)
        if self._taken is None or self._taken[0] is not picture:
            found = np.asarray(self._preprocess(picture), dtype=np.float32)
            if found.ndim != 4 or len(found) != 1:
                raise ValueError(
                    f"preprocess must return a batch of one, (1, height, width, channels), not {found.shape}"
                )
            self._taken = picture, found
        return self._taken[1]

    def _shown(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {"picture": _visible(self.batch(state)[0]), "pictureWords": self.picture_words(state)}

    # ---- what is seen ------------------------------------------------------------------------------

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return probabilities, the numbers of both classes, their heat maps, and the sentence."""
        batch = self.batch(state)
        probabilities = self._cam.probabilities(batch, state["layer"])
        ranked = np.argsort(-probabilities, kind="stable")
        classes = [
            int(ranked[min(rank, len(ranked) - 1)]) if state[name] == LIKELIEST else state[name]
            for rank, name in enumerate(("first", "second"))
        ]
        heats = [self._cam.heat_map(batch, state["layer"], number) for number in classes]
        return {
            "probabilities": probabilities,
            "top": [int(number) for number in ranked[:NUM_TOP]],
            "classes": classes,
            "heats": np.stack(heats).astype(np.float32),
            "sentence": self._sentence(state, probabilities, ranked, classes, heats),
        }

    def _sentence(
        self,
        state: Mapping[str, Any],
        probabilities: NDArray[np.float64],
        ranked: NDArray[np.int64],
        classes: Sequence[int],
        heats: Sequence[NDArray[np.float32]],
    ) -> str:
        words = self.picture_words(state)
        best = int(ranked[0])
        rows, columns = heats[0].shape
        told = [
            f"{letter}, {self._names[number]} ({percent(probabilities[number], 1)}): {model_of_heat.where(heat)}."
            for letter, number, heat in zip("AB", classes, heats, strict=True)
        ]
        return (
            f"{words[0].upper()}{words[1:]}: the network says {self._names[best]} ({percent(probabilities[best])}). "
            f"Light of {state['layer']} ({rows} × {columns}) for {told[0]} For {told[1]}"
        )

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say what the network takes the picture for, and where the light falls for both classes."""
        if self._answers(state):
            return self.answer["sentence"]
        return self.compute(state)["sentence"]

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the picture, and both heat maps laid over it."""
        from course_utils import plotting

        result = self.compute(state)
        picture = _visible(self.batch(state)[0])
        largest = [float(heat.max()) for heat in result["heats"]]
        scales = [max(largest)] * 2 if state["same_scale"] else largest
        lit = [
            _lit(picture, heat, scale, state["opacity"])
            for heat, scale in zip(result["heats"], scales, strict=True)
        ]
        labels = [
            f"{letter}: {self._names[number]}, {percent(result['probabilities'][number], 1)}"
            for letter, number in zip("AB", result["classes"], strict=True)
        ]
        return plotting.images([picture, *lit], labels=["the picture", *labels], columns=3)


def _visible(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return what the model gets, as a picture (height, width, 3): from 0..1, from 0..255, else from its own range."""
    low, high = float(picture.min()), float(picture.max())
    if low < -0.01 or high > 255:
        picture = (picture - low) / max(high - low, 1e-9)
        high = 1.0
    scaled = picture * (255 if high <= 1.01 else 1)
    grey = scaled if scaled.shape[-1] == 3 else scaled.mean(axis=-1, keepdims=True)
    return np.broadcast_to(np.clip(np.round(grey), 0, 255), (*grey.shape[:2], 3)).astype(np.uint8)


def _lit(
    picture: NDArray[np.uint8], heat: NDArray[np.float32], scale: float, opacity: float
) -> NDArray[np.uint8]:
    """Return the picture with golden light: the twin of ``paintLight`` in grad_cam.js."""
    light = model_of_heat.enlarged(heat, *picture.shape[:2])[..., np.newaxis] / (scale or 1)
    grey = picture.mean(axis=-1, keepdims=True)
    base = picture + (grey - picture) * min(1, 2 * opacity)
    return np.clip((1 - opacity) * base + opacity * light * np.array(GOLD), 0, 255).astype(np.uint8)
