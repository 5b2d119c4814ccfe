"""The explorers of lesson 03: activation functions, softmax with temperature, signals through depth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.explorers.engine import (
    Choice,
    Explorer,
    Integer,
    Number,
    Numbers,
    Preset,
    Several,
    decimal,
    percent,
    significant,
)
from course_utils.explorers.models import activations, depth, softmax

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# name: (short name, palette colour, SVG dash pattern)
_LOOKS = {
    "step": ("step", "muted", "2 3"),
    "identity": ("identity", "muted", "9 4"),
    "sigmoid": ("sigmoid", "blue", ""),
    "tanh": ("tanh", "orange", "9 4"),
    "relu": ("ReLU", "green", ""),
    "leaky_relu": ("leaky ReLU", "purple", "9 4"),
    "elu": ("ELU", "gold", "2 3"),
    "gelu": ("GELU", "red", "9 3 2 3"),
    "silu": ("SiLU", "blue", "2 3"),
    "softplus": ("softplus", "orange", "9 3 2 3"),
}


class Activation(Explorer):
    """Activation functions side by side: output on the left, local gradient on the right, one point on both.

    Args:
        state: ``focus`` (the function looked at closely), ``functions`` (others shown with it), ``x`` in
            [-6, 6], ``w`` in [-3, 3], ``b`` in [-6, 6], ``alpha`` in [0, 1] for leaky ReLU and ELU.
    """

    module = "activation"
    title = "Activation functions"
    hint = "Drag the point, or anywhere in a plot; arrow keys work too."
    fields = {
        "focus": Choice(
            default="sigmoid",
            label="look closely at",
            options={name: activations.NAMES[name] for name in _LOOKS},
        ),
        "functions": Several(default=["sigmoid", "relu"], label="show", options=_LOOKS),
        "x": Number(default=1.0, low=-6, high=6, step=0.05, label="input x"),
        "w": Number(default=1.0, low=-3, high=3, step=0.1, label="weight w"),
        "b": Number(default=0.0, low=-6, high=6, step=0.1, label="bias b"),
        "alpha": Number(
            default=0.1,
            low=0,
            high=1,
            step=0.01,
            label="α",
            help="slope of leaky ReLU and depth of ELU on the negative side",
        ),
    }
    presets = (
        Preset(
            "Saturated sigmoid",
            "Predict: x moves from 5 to 6. How much does the output move?",
            {"focus": "sigmoid", "functions": ["sigmoid"], "x": 5.0},
        ),
        Preset(
            "Dead ReLU",
            "Predict: for which x in the picture can this unit still learn?",
            {"focus": "relu", "functions": ["relu"], "x": 2.0, "w": 0.5, "b": -4.0},
        ),
        Preset(
            "Leaky ReLU rescues",
            "Predict: the same unit with a leak of 0.1. What is its slope now?",
            {"focus": "leaky_relu", "functions": ["relu", "leaky_relu"], "x": 2.0, "w": 0.5, "b": -4.0},
        ),
        Preset(
            "tanh against sigmoid at 0",
            "Predict: how many times steeper is tanh at 0?",
            {"focus": "tanh", "functions": ["sigmoid", "tanh"], "x": 0.0},
        ),
        Preset(
            "GELU dips below zero",
            "Predict: x grows from −4 to 0. Does GELU only rise?",
            {"focus": "gelu", "functions": ["relu", "gelu"], "x": -0.75},
        ),
    )

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say output and slope of the focused function at x, if it is saturated, and what its outputs are."""
        name, alpha = state["focus"], state["alpha"]
        z = state["w"] * state["x"] + state["b"]
        a = float(activations.activate(name, z, alpha))
        local = float(activations.derivative(name, z, alpha))
        below = abs(local) < depth.SATURATED_BELOW
        mean = activations.mean_output(name, alpha)
        words = "Saturated there (|φ′| < 0.05)" if below else "Not saturated there (|φ′| ≥ 0.05)"
        outputs = activations.output_range(name, alpha)
        return (
            f"At x = {decimal(state['x'])} the weighted sum is z = {decimal(z)}; "
            f"{activations.NAMES[name]} answers a = {decimal(a, 3)} "
            f"with slope da/dx = {decimal(state['w'] * local, 3)}. {words}. "
            f"Outputs: {outputs}; their mean for z ~ N(0, 1) is {decimal(mean)}, "
            f"so {'zero-centred' if abs(mean) < 0.005 else 'not zero-centred'}."
        )

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw output and local gradient of every function shown, with the point."""
        from course_utils import plotting

        x = np.linspace(-6, 6, 481)
        figure, (left, right) = plotting.figure(columns=2, width=8, height=3)
        values, slopes = {}, {}
        for name in self._shown(state):
            values[_LOOKS[name][0]], slopes[_LOOKS[name][0]] = _curves(name, x, state)
        plotting.lines(x, values, xlabel="input x", title="a = φ(w·x + b)", ax=left)
        plotting.lines(x, slopes, xlabel="input x", title="da/dx = w·φ′(w·x + b)", ax=right)
        left.set(xlim=(-6, 6), ylim=(-1.5, 4))
        right.set(xlim=(-6, 6))
        for axes, at in zip(
            (left, right), _curves(state["focus"], np.array([state["x"]]), state), strict=True
        ):
            axes.plot(state["x"], at[0], marker="o", color="black")
        return figure

    def _shown(self, state: Mapping[str, Any]) -> list[str]:
        return [name for name in _LOOKS if name in state["functions"] or name == state["focus"]]


def _curves(name: str, x: np.ndarray, state: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    z = state["w"] * x + state["b"]
    return (
        activations.activate(name, z, state["alpha"]),
        state["w"] * activations.derivative(name, z, state["alpha"]),
    )


class SoftmaxTemperature(Explorer):
    """Logits as bars to drag, their probabilities beside them, and the temperature between the two.

    Args:
        state: ``logits``, six numbers in [-6, 6], of which the first ``classes`` (2 to 6) count;
            ``temperature`` in [0.05, 20]; ``shift`` in [-1000, 1000], added to all logits; ``chosen``, the
            class whose formula is written out.
    """

    module = "softmax_temperature"
    title = "Softmax with temperature"
    hint = "Drag the bars on the left; arrow keys work too."
    fields = {
        "logits": Numbers(default=[2.0, 1.0, 0.5, -1.0, -2.0, 0.0], low=-6, high=6, step=0.1, label="logits"),
        "classes": Integer(default=5, low=2, high=6, label="classes"),
        "temperature": Number(
            default=1.0, low=0.05, high=20, step=0.05, digits=3, log=True, label="temperature T"
        ),
        "shift": Number(default=0.0, low=-1000, high=1000, step=1, label="add c to all"),
        "chosen": Integer(default=1, low=1, high=6, label="formula for class"),
    }
    presets = (
        Preset(
            "Cold",
            "Predict: T falls to 0.1. What is left of the second class?",
            {"logits": [2.0, 1.0, 0.5, -1.0, -2.0, 0.0], "temperature": 0.1},
        ),
        Preset(
            "Hot",
            "Predict: T rises to 10. Which distribution do the bars come near to?",
            {"temperature": 10.0},
        ),
        Preset(
            "Tie",
            "Predict: two equal logits, and T falls to 0.1. Who wins?",
            {"logits": [2.0, 2.0, 0.5, -1.0, -2.0, 0.0], "temperature": 0.1},
        ),
        Preset(
            "One winner",
            "Predict: 6 against 0: how sure is softmax at T = 1?",
            {"logits": [6.0, 0.0, 0.0, 0.0, 0.0, 0.0]},
        ),
        Preset(
            "Shift by 100",
            "Predict: 100 is added to every logit. Which probabilities change?",
            {"shift": 100.0},
        ),
        Preset(
            "Logits near 1000",
            "Predict: e^1000 fits into no float. What must softmax do first?",
            {"shift": 1000.0},
        ),
    )

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say who wins how clearly, the entropy, and what the formula taken literally would do."""
        logits, temperature = _shifted(state), state["temperature"]
        probabilities = softmax.softmax(logits, temperature)
        winner = int(np.argmax(probabilities))
        tied = int(np.sum(np.asarray(logits) == max(logits)))
        first = f"{tied} classes tie with {percent(probabilities[winner], 1)} each"
        if tied == 1:
            first = f"class {winner + 1} has the largest probability, {percent(probabilities[winner], 1)}"
        gap = softmax.gap(logits)
        naive = [
            _NAIVE[softmax.naive_outcome(logits, temperature, kind)] for kind in (np.float32, np.float64)
        ]
        bits = softmax.entropy_in_bits(probabilities)
        return (
            f"At T = {significant(temperature, 3)}, {first}; "
            f"entropy {decimal(bits)} of at most {decimal(math.log2(len(logits)))} bits. "
            f"The two largest logits lie {decimal(gap)} apart: "
            f"a ratio of e^(gap/T) = {significant(math.exp(gap / temperature), 3)}. "
            f"Without subtracting the maximum first, float32 {naive[0]} and float64 {naive[1]}."
        )

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw logits and probabilities as bars."""
        from course_utils import plotting, theme

        logits = _shifted(state)
        probabilities = softmax.softmax(logits, state["temperature"])
        names = [str(k + 1) for k in range(len(logits))]
        figure, (left, right) = plotting.figure(columns=2, width=7.5, height=2.8)
        left.bar(names, np.subtract(logits, state["shift"]), bottom=state["shift"], color=theme.LIGHT["blue"])
        bars = right.bar(names, probabilities, color=theme.LIGHT["orange"])
        right.bar_label(bars, [decimal(p, 3) for p in probabilities])
        left.set(title="logits z", xlabel="class", ylim=(state["shift"] - 6.5, state["shift"] + 6.5))
        right.set(
            title=f"probabilities, T = {significant(state['temperature'], 3)}", xlabel="class", ylim=(0, 1.1)
        )
        return figure


_NAIVE = {
    "works": "works",
    "overflow": "overflows (∞/∞ = NaN)",
    "underflow": "underflows (0/0 = NaN)",
}


def _shifted(state: Mapping[str, Any]) -> list[float]:
    return [logit + state["shift"] for logit in state["logits"][: state["classes"]]]


class GradientThroughDepth(Explorer):
    """Activations on their way forward and gradients on their way back through up to 50 layers.

    Args:
        state: ``activation``, ``initialisation``, ``scale`` in [0.1, 10] (multiplies all weights), ``depth``
            2 to 50, ``width`` 16 to 128, ``seed`` 0 to 99, and ``layer``, the layer looked at closely.
    """

    module = "gradient_through_depth"
    title = "Signals through many layers"
    hint = "Point at a layer, or move the layer slider."
    fields = {
        "activation": Choice(
            default="sigmoid",
            label="activation",
            options={name: text for name, text in activations.NAMES.items() if name != "step"},
        ),
        "initialisation": Choice(default="glorot", label="initial weights", options=depth.INITIALISATIONS),
        "scale": Number(default=1.0, low=0.1, high=10, step=0.05, log=True, label="scaled by"),
        "depth": Integer(default=20, low=2, high=depth.MAX_DEPTH, label="layers"),
        "width": Integer(default=64, low=16, high=depth.MAX_WIDTH, step=16, label="units a layer"),
        "seed": Integer(default=0, low=0, high=99, label="seed"),
        "layer": Integer(default=1, low=1, high=depth.MAX_DEPTH, label="look at layer"),
    }
    needs = ("activation", "initialisation", "scale", "depth", "width", "seed")
    presets = (
        Preset(
            "Sigmoid vanishes",
            "Predict: at most a quarter gets through each sigmoid. What is left after 20?",
            {"activation": "sigmoid", "initialisation": "glorot"},
        ),
        Preset(
            "tanh + Glorot",
            "Predict: sigmoid gives way to tanh. By how many powers of ten does the gradient grow?",
            {"activation": "tanh", "initialisation": "glorot"},
        ),
        Preset(
            "ReLU + He, 50 layers",
            "Predict: with He's weights, how small is the gradient after 50 layers?",
            {"activation": "relu", "initialisation": "he", "depth": 50},
        ),
        Preset(
            "ReLU, weights too large",
            "Predict: weights from N(0, 1) and 20 layers. How large do the activations get?",
            {"activation": "relu", "initialisation": "large"},
        ),
        Preset(
            "All zeros",
            "Predict: every weight is 0. What does layer 1 learn?",
            {"activation": "tanh", "initialisation": "zeros"},
        ),
    )

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return what every layer's values are like: deviations, shares and histograms."""
        return _measure(*_network(state))

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say how much of the gradient reaches layer 1, how the activations fare, and how the layer is."""
        measured = _measure(*_network(state))
        spread, gradient = measured["activation_deviation"], measured["gradient_deviation"]
        last, layer = state["depth"], min(state["layer"], state["depth"])
        share = gradient[0] / gradient[-1]
        return (
            f"The gradient that reaches layer 1 is {significant(share)} times that at layer {last}: "
            f"{_verdict(share)}. The activations spread (σ) by {significant(spread[0])} in layer 1 "
            f"and by {significant(spread[-1])} in layer {last}. "
            f"Layer {layer}: {percent(measured['saturated'][layer - 1])} of the values saturated, "
            f"{percent(measured['dead'][layer - 1])} of the units dead."
        )

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the standard deviations over the layers, and the distribution of the activations in each."""
        from course_utils import plotting

        measured = _measure(*_network(state))
        layers = np.arange(1, state["depth"] + 1)
        figure, (left, right) = plotting.figure(columns=2, width=8, height=3)
        curves = {name: measured[f"{name[:-1]}_deviation"] for name in ("activations", "gradients")}
        plotting.lines(layers, curves, xlabel="layer", title="standard deviation", ax=left)
        if all(np.all(values > 0) for values in curves.values()):
            left.set_yscale("log")
        low, high = measured["range"]
        counts = np.sqrt(measured["histogram"].T / measured["histogram"].max())
        right.imshow(
            counts, origin="lower", aspect="auto", cmap="Blues", extent=(0.5, state["depth"] + 0.5, low, high)
        )
        right.set(xlabel="layer", title="distribution of the activations")
        return figure


def _network(state: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(state[name] for name in GradientThroughDepth.needs)


_ROOM = Lock()  # cells and explorers run in threads of their own, and share the room


@lru_cache(maxsize=8)
def _measure(
    activation: str, initialisation: str, scale: float, layers: int, width: int, seed: int
) -> dict[str, Any]:
    """Return deviations, shares and histograms by layer; remembered, for looking at a layer."""
    inputs, output_gradients = depth.inputs_and_output_gradients(width, seed)
    matrices = depth.weights(initialisation, layers, width, scale, seed)
    with _ROOM:
        passed = depth.propagate(
            activation, matrices, inputs, output_gradients, into=depth.room(layers, width)
        )
        return depth.summary(passed, activation)


def _verdict(share: float) -> str:
    if share == 0:
        return "nothing arrives"
    if share < 1e-3:
        return "it vanishes"
    return "it explodes" if share > 1e3 else "it arrives"
