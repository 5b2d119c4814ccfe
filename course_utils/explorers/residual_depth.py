"""The explorer of depth in lesson 07: a plain and a residual network, signal and gradient layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from course_utils.explorers.engine import Choice, Explorer, Flag, Integer, Number, Preset, significant
from course_utils.explorers.models import residual_depth as model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_GRADIENTS = {"kernels": "each layer’s kernels", "outputs": "each block’s output"}


def _preset(title: str, prompt: str, **changed: Any) -> Preset:
    start = {
        "blocks": 27,
        "gain": 1.0,
        "skip": 1.0,
        "branch": 1.0,
        "normalise": False,
        "gradients": "kernels",
    }
    return Preset(title, prompt, start | changed)


class ResidualDepth(Explorer):
    """A plain and a residual network with the same weights: how signals grow on their way, and gradients on theirs.

    Convolutions 3 × 3 of 16 channels, blocks of two, on eight pictures of Fashion-MNIST (7 × 7); cross-entropy.

    Args:
        state: ``blocks`` 1 to 27 (8, 20, 32 and 56 layers are 3, 9, 15 and 27); ``gain`` of the first weights, 0.25 to
            2, 1 is He's; ``skip`` and ``branch``, the factors of shortcut and branch in the residual network, 0 to 1
            and 0.05 to 1; ``normalise`` (batch norm after each convolution); ``seed`` 0 to 99; ``gradients``, by
            "kernels" or "outputs"; ``block``, the one looked at closely.
    """

    module = "residual_depth"
    title = "Plain against residual"
    hint = "Point at a block in a plot, or move the block slider."
    fields = {
        "blocks": Integer(
            default=9, low=1, high=model.MOST_BLOCKS, label="blocks", help="of two layers each"
        ),
        "gain": Number(
            default=1.0, low=0.25, high=2, step=0.05, label="gain", help="of the first weights; 1 is He’s"
        ),
        "skip": Number(
            default=1.0, low=0, high=1, step=0.05, label="shortcut ×", help="0: no shortcut at all"
        ),
        "branch": Number(
            default=1.0, low=0.05, high=1, step=0.05, label="branch ×", help="in the residual network"
        ),
        "normalise": Flag(default=False, label="batch norm", help="after every convolution, in both"),
        "gradients": Choice(default="kernels", label="gradient by", options=_GRADIENTS),
        "seed": Integer(default=0, low=0, high=99, label="seed"),
        "block": Integer(default=1, low=1, high=model.MOST_BLOCKS, label="look at block"),
    }
    needs = ("blocks", "gain", "skip", "branch", "normalise", "seed")
    presets = (
        _preset(
            "Small weights",
            "Predict: weights half as large as He’s. What is left of the plain network’s signal after 15 blocks?",
            blocks=15,
            gain=0.5,
        ),
        _preset(
            "56 layers",
            "Predict: He’s weights and 27 blocks. What do all the sums do to the residual network’s signal?",
        ),
        _preset(
            "With batch norm",
            "Predict: every layer normalised. Is the plain network’s gradient the same in every layer now?",
            normalise=True,
        ),
        _preset(
            "Half a shortcut",
            "Predict: shortcuts pass on half. Of a gradient, what is left after 27 blocks along them alone?",
            skip=0.5,
            branch=0.2,
            gain=0.7,
            gradients="outputs",
        ),
        _preset(
            "Quiet branches",
            "Predict: branches add a fifth of their sums. Does the signal still explode without batch norm?",
            branch=0.2,
        ),
        _preset(
            "No shortcut",
            "Predict: shortcut × 0. How far apart are the two networks?",
            blocks=9,
            skip=0.0,
        ),
    )

    def compute(self, state: Mapping[str, Any]) -> dict[str, NDArray]:
        """Return sizes of signals and gradients in both networks."""
        return _measured(state)

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say how signal, first gradient and loss are in both networks, and what happens in the block looked at."""
        blocks, measured = state["blocks"], _measured(state)
        plain, residual = (_network_words(measured, state["gradients"], i) for i in range(2))
        return (
            f"{2 * blocks + 2} layers, {blocks} {'block' if blocks == 1 else 'blocks'}. From layer 1 to the last block "
            f"the plain network’s {plain}; the residual one’s {residual}. {_block_words(state, measured)}"
        )

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw signal and gradient over the layers of both networks."""
        from course_utils import plotting

        measured = _measured(state)
        figure, (left, right) = plotting.figure(columns=2, width=8, height=3)
        for ax, name, title in (
            (left, "signals", "signal (root mean square)"),
            (right, state["gradients"], f"gradient by {_GRADIENTS[state['gradients']]}"),
        ):
            values = measured[name]
            layers = np.arange(1, 2 * state["blocks"] + 2, 1 if name == "kernels" else 2)
            curves = dict(zip(model.NETWORKS, values, strict=True))
            plotting.lines(layers, curves, xlabel="layer", title=title, ax=ax)
            ax.set_yscale("log")
        return figure


def _network_words(measured: Mapping[str, NDArray], gradients: str, network: int) -> str:
    signal, gradient = measured["signals"][network], measured[gradients][network]
    return (
        f"signal goes from {significant(signal[0])} to {significant(signal[-1])}, the gradient at layer 1 is "
        f"{significant(gradient[0])}, the loss {significant(measured['losses'][network])}"
    )


def _block_words(state: Mapping[str, Any], measured: Mapping[str, NDArray]) -> str:
    block = min(state["block"], state["blocks"])
    shortcut, through, arriving = (
        measured[name][1, block - 1] for name in ("shortcut", "through", "outputs")
    )
    return (
        f"Block {block}, residual: of the gradient {significant(shortcut)} goes back along the shortcut and "
        f"{significant(through)} through the branch, together {significant(arriving)}."
    )


def _measured(state: Mapping[str, Any]) -> dict[str, NDArray]:
    return _remembered(*(state[name] for name in ResidualDepth.needs))


@lru_cache(maxsize=8)
def _remembered(*settings: Any) -> dict[str, NDArray]:
    return model.measure(*settings)
