"""Seven rules for going downhill, as Keras has them, and surfaces to race on.

A rule gets the weights w and the gradient there, both (2,), its ``memory`` (what it keeps between steps) and
its settings, and answers with the next weights. The surfaces are polynomials and fractions whose smallest
value is 0; every operation is one that the browser rounds in the same way, so that both draw the same path
even where a path is chaotic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.explorers.models.random_numbers import start_of, uniform

MOST_STEPS = 300
VIEW = ((-3.0, 3.0), (-2.0, 2.0))
LIMIT = 1000.0  # a path whose weights grow beyond this size has diverged and ends
EPSILON = 1e-7
FIRST_SUM = 0.1  # what AdaGrad's sum of squares starts with, so that the first steps are not too large
NUM_UNIFORM = 12  # uniform numbers added up to one that is almost normal, with variance 1

NAMES = {
    "sgd": "SGD",
    "momentum": "momentum",
    "nesterov": "Nesterov",
    "adagrad": "AdaGrad",
    "rmsprop": "RMSProp",
    "adam": "Adam",
    "adamw": "AdamW",
}
SURFACE_NAMES = {
    "bowl": "bowl",
    "ravine": "ravine",
    "saddle": "saddle",
    "banana": "banana",
    "valleys": "two valleys",
    "plateau": "plateau",
}


@dataclass(frozen=True)
class Settings:
    """The numbers of a rule; each rule uses those that it needs.

    ``rate`` may be an array that fits the weights, where several networks are trained at once.
    """

    rate: float | NDArray
    momentum: float = 0.9
    rho: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    decay: float = 0.004


# ---- the rules ---------------------------------------------------------------------------------


def sgd(w: NDArray, gradient: NDArray, memory: dict[str, Any], s: Settings) -> NDArray:
    """Step against the gradient (Robbins & Monro 1951)."""
    return w - s.rate * gradient


def momentum(w: NDArray, gradient: NDArray, memory: dict[str, Any], s: Settings) -> NDArray:
    """Keep a velocity that gradients push and friction slows (Polyak 1964)."""
    memory["velocity"] = s.momentum * memory["velocity"] - s.rate * gradient
    return w + memory["velocity"]


def nesterov(w: NDArray, gradient: NDArray, memory: dict[str, Any], s: Settings) -> NDArray:
    """Momentum that looks one step ahead (Nesterov 1983, in the form of Sutskever et al. 2013)."""
    memory["velocity"] = s.momentum * memory["velocity"] - s.rate * gradient
    return w + (s.momentum * memory["velocity"] - s.rate * gradient)


def adagrad(w: NDArray, gradient: NDArray, memory: dict[str, Any], s: Settings) -> NDArray:
    """Divide by the root of all squared gradients so far (Duchi, Hazan & Singer 2011)."""
    memory["sum"] = memory["sum"] + gradient * gradient
    return w - s.rate * gradient / np.sqrt(memory["sum"] + EPSILON)


def rmsprop(w: NDArray, gradient: NDArray, memory: dict[str, Any], s: Settings) -> NDArray:
    """Divide by the root of a running mean of squared gradients (Tieleman & Hinton 2012)."""
    memory["square"] = s.rho * memory["square"] + (1 - s.rho) * (gradient * gradient)
    return w - s.rate * gradient / np.sqrt(memory["square"] + EPSILON)


def adam(w: NDArray, gradient: NDArray, memory: dict[str, Any], s: Settings) -> NDArray:
    """Momentum over RMSProp, each corrected for its start at zero (Kingma & Ba 2015).

    ``power_1`` and ``power_2`` are beta_1^t and beta_2^t: how much of a running mean is still its start.
    """
    memory["mean"] = s.beta_1 * memory["mean"] + (1 - s.beta_1) * gradient
    memory["square"] = s.beta_2 * memory["square"] + (1 - s.beta_2) * (gradient * gradient)
    memory["power_1"], memory["power_2"] = memory["power_1"] * s.beta_1, memory["power_2"] * s.beta_2
    corrected_rate = s.rate * np.sqrt(1 - memory["power_2"]) / (1 - memory["power_1"])
    return w - corrected_rate * memory["mean"] / (np.sqrt(memory["square"]) + EPSILON)


def adamw(w: NDArray, gradient: NDArray, memory: dict[str, Any], s: Settings) -> NDArray:
    """Adam after a shrinking of the weights that is no part of the gradient (Loshchilov & Hutter 2019)."""
    return adam(w - w * s.decay * s.rate, gradient, memory, s)


Rule = Callable[[NDArray, NDArray, dict[str, Any], Settings], NDArray]
RULES: dict[str, Rule] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
}


def fresh_memory(shape: int | tuple[int, ...] = 2) -> dict[str, Any]:
    """Return what a rule remembers before its first step, for weights of this shape."""
    zeros = np.zeros(shape)
    return {
        "velocity": zeros,
        "sum": zeros + FIRST_SUM,
        "mean": zeros,
        "square": zeros,
        "power_1": 1.0,
        "power_2": 1.0,
    }


# ---- the surfaces ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Surface:
    """A loss over two weights: ``height`` and ``slopes`` at (x, y), and where its ``minima`` lie."""

    height: Callable[[Any, Any], Any]
    slopes: Callable[[Any, Any], tuple[Any, Any]]
    minima: tuple[tuple[float, float], ...]

    def gradient(self, w: NDArray) -> NDArray:
        """Return both partial derivatives at ``w`` (2,)."""
        return np.array(self.slopes(w[0], w[1]))

    def distance(self, w: ArrayLike) -> float:
        """Return the distance from ``w`` to the nearest minimum."""
        x, y = np.asarray(w)
        return min(float(np.sqrt((x - a) * (x - a) + (y - b) * (y - b))) for a, b in self.minima)


def _plateau_slopes(x: Any, y: Any) -> tuple[Any, Any]:
    wide = 1 + 2 * (x * x + y * y)
    return 4 * x / (wide * wide), 4 * y / (wide * wide)


SURFACES = {
    "bowl": Surface(lambda x, y: 0.5 * (x * x + y * y), lambda x, y: (x, y), ((0, 0),)),
    "ravine": Surface(lambda x, y: 0.1 * x * x + 2 * y * y, lambda x, y: (0.2 * x, 4 * y), ((0, 0),)),
    "saddle": Surface(
        lambda x, y: 0.5 * x * x + 0.25 * (y * y - 1) * (y * y - 1),
        lambda x, y: (x, y * (y * y - 1)),
        ((0, -1), (0, 1)),
    ),
    "banana": Surface(  # Rosenbrock 1960, with 10 in the place of 100
        lambda x, y: (1 - x) * (1 - x) + 10 * (y - x * x) * (y - x * x),
        lambda x, y: (-2 * (1 - x) - 40 * x * (y - x * x), 20 * (y - x * x)),
        ((1, 1),),
    ),
    "valleys": Surface(  # along x: a deep valley at −2, a hill at 0.4, a shallow valley at 1.6
        lambda x, y: 0.3 * (0.25 * x * x * x * x - 1.68 * x * x + 1.28 * x + 5.28) + 0.5 * y * y,
        lambda x, y: (0.3 * (x * x * x - 3.36 * x + 1.28), y),
        ((-2, 0),),
    ),
    "plateau": Surface(
        lambda x, y: 2 * (x * x + y * y) / (1 + 2 * (x * x + y * y)), _plateau_slopes, ((0, 0),)
    ),
}


# ---- a run ---------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def noise(seed: int) -> NDArray:
    """Return (300, 2) almost normal numbers of mean 0 and variance 1, the same in the browser.

    They are sums of 12 uniform numbers.
    """
    numbers = uniform(start_of(seed, 0), np.arange(1, MOST_STEPS * 2 * NUM_UNIFORM + 1))
    sums = numbers.reshape(MOST_STEPS, 2, NUM_UNIFORM).sum(axis=2) - NUM_UNIFORM / 2
    sums.flags.writeable = False
    return sums


@dataclass(frozen=True)
class Run:
    """The path of one rule: ``weights`` (n + 1, 2), ``losses`` and ``distances`` (n + 1,), the start first.

    ``diverged_at`` is the step at which the weights grew beyond ``LIMIT``; the path ends there.
    """

    weights: NDArray
    losses: NDArray
    distances: NDArray
    diverged_at: int | None


def run(state: Mapping[str, Any], name: str) -> Run:
    """Let the rule ``name`` take the steps that the explorer shows at ``state``."""
    surface, settings, memory = SURFACES[state["surface"]], settings_of(state, name), fresh_memory()
    pushes = state["noise"] * noise(state["seed"])
    path = [np.array([state["x"], state["y"]], dtype=np.float64)]
    diverged_at = None
    for step in range(state["step"]):
        gradient = surface.gradient(path[-1]) + pushes[step]
        path.append(RULES[name](path[-1], gradient, memory, settings))
        if not np.abs(path[-1]).max() <= LIMIT:
            diverged_at = step + 1
            break
    weights = np.array(path)
    distances = np.array([surface.distance(w) for w in path])
    return Run(weights, surface.height(weights[:, 0], weights[:, 1]), distances, diverged_at)


def settings_of(state: Mapping[str, Any], name: str) -> Settings:
    """Return the settings of the rule ``name``: its own learning rate, and the shared numbers."""
    shared = {key: state[key] for key in ("momentum", "rho", "beta_1", "beta_2", "decay")}
    return Settings(rate=state["rates"][list(NAMES).index(name)], **shared)
