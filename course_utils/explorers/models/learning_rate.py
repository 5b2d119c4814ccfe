"""A small network learns handwritten digits in 200 steps, under any schedule of the learning rate.

2,000 digits, reduced to 10 x 10 pixels, 32 ReLU units, softmax, mean cross-entropy of mini-batches. Networks that
differ in their rates only are trained at once: the arrays of weights and signals have a first axis K for them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from course_utils.explorers.models import optimisers
from course_utils.explorers.models.threads import one_thread

STEPS = 200
MOST_WARMUP = 100
BETWEEN_VALIDATIONS = 10  # steps
NUM_TRAIN, NUM_VALIDATION = 2000, 400
NUM_INPUTS, NUM_HIDDEN, NUM_CLASSES = 100, 32, 10
GUESSING = math.log(NUM_CLASSES)  # the loss of ten equal probabilities
DIVERGED_ABOVE = 10 * GUESSING
SCHEDULES = {"constant": "constant", "step": "step", "exponential": "exponential", "cosine": "cosine"}
OPTIMISERS = {"sgd": "SGD", "momentum": "SGD + momentum", "adam": "Adam"}
RANGE = (1e-4, 10.0)  # of the rates in the range test

_NEIGHBOUR = 3.0  # a rate is judged beside its third and its triple
_FARTHER = 1.1  # a neighbour is better where its loss falls farther by this factor
_NO_FALL = 0.02  # share of the start's loss that counts as no fall
_RISE = 1.25  # a batch loss of this many times the start's is no noise
_SMOOTHING = 0.9  # of the range test's losses: how much of the mean stays at each step
_BEGUN = 0.1  # the useful range begins where this share of the whole fall is done
_BLOWN_UP = 2.0  # the range test ends where the smoothed loss is this many times the start's
_FIRST_LAYER = (NUM_INPUTS + 1) * NUM_HIDDEN  # weights and biases
NUM_WEIGHTS = _FIRST_LAYER + (NUM_HIDDEN + 1) * NUM_CLASSES


@dataclass(frozen=True)
class Setting:
    """Everything that a run depends on; ``end`` is the rate at the end as a share of the peak ``rate``."""

    rate: float
    schedule: str = "constant"
    warmup: int = 0
    end: float = 0.01
    optimiser: str = "sgd"
    batch: int = 32
    seed: int = 0


# ---- schedules -----------------------------------------------------------------------------------------


def schedule(setting: Setting) -> NDArray:
    """Return the learning rate of each step, (STEPS,): a linear warm-up from 0, then a KERAS schedule.

    These are ``PiecewiseConstantDecay``, ``ExponentialDecay`` and ``CosineDecay`` of keras.optimizers.schedules.
    """
    step = np.arange(STEPS)
    peak, end, warmup = setting.rate, setting.end, setting.warmup
    share = (step - warmup) / (STEPS - warmup)
    if setting.schedule == "step":
        first, second = boundaries(warmup)
        rates = peak * np.where(step > second, end, np.where(step > first, math.sqrt(end), 1.0))
    elif setting.schedule == "exponential":
        rates = peak * end**share
    elif setting.schedule == "cosine":
        rates = peak * ((1 - end) * 0.5 * (1 + np.cos(np.pi * share)) + end)
    else:
        rates = np.full(STEPS, float(peak))
    return np.where(step < warmup, peak * step / max(1, warmup), rates)


def boundaries(warmup: int) -> tuple[int, int]:
    """Return the steps after which the step schedule drops: at half and at three quarters of what follows warm-up."""
    left = STEPS - warmup
    return warmup + left // 2, warmup + 3 * left // 4


# ---- pictures and network --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pictures:
    """N pictures: ``inputs`` (N, 101), 100 pixels from 0 (paper) to 1 (ink) and a constant 1, and ``classes`` (N,).

    The weights of the constant are the biases, which need no operations of their own then.
    """

    inputs: NDArray
    classes: NDArray

    def __getitem__(self, chosen: NDArray | slice) -> Pictures:
        """Return some of the pictures."""
        return Pictures(self.inputs[chosen], self.classes[chosen])


@lru_cache(maxsize=1)
def pictures() -> tuple[Pictures, Pictures]:
    """Return the pictures for training and for validation: every four pixels of 20 x 20 become one."""
    from course_utils import datasets

    train = datasets.digits().train
    count = NUM_TRAIN + NUM_VALIDATION
    small = train.images[:count].reshape(count, 10, 2, 10, 2).mean(axis=(2, 4)) / 255
    inputs = np.column_stack([small.reshape(count, NUM_INPUTS), np.ones(count)])
    every = Pictures(inputs, train.labels[:count])
    return every[:NUM_TRAIN], every[NUM_TRAIN:]


def initial_weights(seed: int) -> NDArray:
    """Return weights (NUM_WEIGHTS,) drawn by He's rule, and biases of 0."""
    theta = np.zeros(NUM_WEIGHTS)
    generator = np.random.default_rng(seed)
    for part in unpack(theta)[::2]:
        part[:] = generator.normal(0, math.sqrt(2 / len(part)), part.shape)
    return theta


def unpack(theta: NDArray) -> tuple[NDArray, ...]:
    """Return W1 (..., 100, 32), b1 (..., 32), W2 (..., 32, 10), b2 (..., 10) as views of ``theta`` (..., 3562)."""
    first, second = _layers(theta)
    return first[..., :-1, :], first[..., -1, :], second[..., :-1, :], second[..., -1, :]


def _layers(theta: NDArray) -> tuple[NDArray, NDArray]:
    """Return both layers, (..., 101, 32) and (..., 33, 10), as views; the biases are their last rows."""
    nets = theta.shape[:-1]
    first, second = theta[..., :_FIRST_LAYER], theta[..., _FIRST_LAYER:]
    return (
        first.reshape(*nets, NUM_INPUTS + 1, NUM_HIDDEN),
        second.reshape(*nets, NUM_HIDDEN + 1, NUM_CLASSES),
    )


def batches(batch: int, seed: int) -> Iterator[NDArray]:
    """Yield the picture numbers (batch,) of each step: pass after pass, every picture once a pass."""
    generator = np.random.default_rng((seed, 1))
    passes = math.ceil(STEPS * batch / NUM_TRAIN)
    order = np.concatenate([generator.permutation(NUM_TRAIN) for _ in range(passes)])
    return iter(order[: STEPS * batch].reshape(STEPS, batch))


def loss_and_gradient(theta: NDArray, examples: Pictures, gradient: NDArray) -> NDArray:
    """Return the mean cross-entropy (K,) of networks ``theta`` (K, 3562); write its ``gradient``, of the same shape."""
    by_first, by_second = _layers(gradient)
    hidden, logits = _forward(theta, examples)
    losses, errors = _cross_entropy(logits, examples.classes)
    errors[:, np.arange(len(examples.classes)), examples.classes] -= 1
    errors /= len(examples.classes)
    hidden_errors = errors @ unpack(theta)[2].swapaxes(1, 2)
    hidden_errors *= hidden[..., :-1] > 0
    np.matmul(examples.inputs.T, hidden_errors, out=by_first)
    np.matmul(hidden.swapaxes(1, 2), errors, out=by_second)
    return losses


def loss_and_accuracy(theta: NDArray, examples: Pictures) -> tuple[NDArray, NDArray]:
    """Return the mean cross-entropy and the share of right answers, both (K,)."""
    _, logits = _forward(theta, examples)
    right = logits.argmax(axis=2) == examples.classes
    return _cross_entropy(logits, examples.classes)[0], right.mean(axis=1)


def _forward(theta: NDArray, examples: Pictures) -> tuple[NDArray, NDArray]:
    """Return the hidden units with a constant 1, (K, N, 33), and the logits (K, N, 10)."""
    first, second = _layers(theta)
    hidden = np.ones((len(theta), len(examples.classes), NUM_HIDDEN + 1))
    np.maximum(examples.inputs @ first, 0, out=hidden[..., :-1])
    return hidden, hidden @ second


def _cross_entropy(logits: NDArray, classes: NDArray) -> tuple[NDArray, NDArray]:
    """Return the mean losses (K,) of ``logits`` (K, N, 10), and the probabilities, of their shape."""
    shifted = logits - logits.max(axis=2, keepdims=True)
    probabilities = np.exp(shifted)
    totals = probabilities.sum(axis=2, keepdims=True)
    losses = np.log(totals[..., 0]) - shifted[:, np.arange(len(classes)), classes]
    probabilities /= totals
    return losses.mean(axis=1), probabilities


# ---- training ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trained:
    """K networks after training.

    ``losses`` (K, STEPS) of the mini-batches, before each step; NaN from the step on at which a loss was above
    DIVERGED_ABOVE. ``validation`` (21,) losses of the first network every 10 steps. ``final`` and ``accuracy`` (K,)
    on the validation pictures.
    """

    losses: NDArray
    validation: NDArray
    final: NDArray
    accuracy: NDArray


def train(rates: NDArray, optimiser: str, batch: int, seed: int) -> Trained:
    """Train K networks from the same start on the same mini-batches, with learning rates (K, STEPS)."""
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        return _train(rates, optimisers.RULES[optimiser], batch, seed)


def _train(rates: NDArray, rule: optimisers.Rule, batch: int, seed: int) -> Trained:
    examples, held_out = pictures()
    theta = np.tile(initial_weights(seed), (len(rates), 1))
    gradient, memory = np.empty_like(theta), optimisers.fresh_memory(theta.shape)
    losses, validation = np.full(rates.shape, np.nan), []
    going = np.ones(len(rates), dtype=bool)
    for step, chosen in enumerate(batches(batch, seed)):
        if step % BETWEEN_VALIDATIONS == 0:
            validation.append(loss_and_accuracy(theta[:1], held_out)[0][0] if going[0] else np.nan)
        found = loss_and_gradient(theta, examples[chosen], gradient)
        going &= found <= DIVERGED_ABOVE
        if not going.any():
            break
        losses[going, step] = found[going]
        theta = rule(theta, gradient, memory, optimisers.Settings(rates[:, step, None]))
    final, accuracy = loss_and_accuracy(theta, held_out)
    final = np.where(going, final, np.nan)
    validation = validation + [np.nan] * (STEPS // BETWEEN_VALIDATIONS - len(validation)) + [final[0]]
    return Trained(losses, np.array(validation), final, accuracy)


@dataclass(frozen=True)
class Run:
    """One setting's run, judged beside a third and three times its rate.

    ``rates``, ``losses`` (STEPS,), ``validation`` (21,) every 10 steps, the start first; ``final`` validation loss
    (NaN where it diverged) and ``accuracy``; ``diverged_at``, the step, or None; ``third`` and ``triple``, the
    neighbours' final losses (NaN where they diverged); ``verdict``: "small", "good", "large", "stuck" (the loss rose
    and ended no lower than it began) or "diverged".
    """

    rates: NDArray
    losses: NDArray
    validation: NDArray
    final: float
    accuracy: float
    diverged_at: int | None
    third: float
    triple: float
    verdict: str


@lru_cache(maxsize=32)
def run(setting: Setting) -> Run:
    """Train with ``setting`` and with its neighbours; remembered, for the curves that are kept."""
    peaks = [setting.rate * factor for factor in (1, 1 / _NEIGHBOUR, _NEIGHBOUR)]
    rates = np.stack([schedule(replace(setting, rate=peak)) for peak in peaks])
    trained = train(rates, setting.optimiser, setting.batch, setting.seed)
    losses = trained.losses[0]
    final, third, triple = map(float, trained.final)
    diverged_at = int(np.isfinite(losses).sum()) if math.isnan(final) else None
    return Run(
        rates[0],
        losses,
        trained.validation,
        final,
        float(trained.accuracy[0]),
        diverged_at,
        third,
        triple,
        _verdict(trained),
    )


def _verdict(trained: Trained) -> str:
    """Judge the first network: how far its validation loss fell, against the second's and the third's."""
    start = trained.validation[0]
    own, third, triple = start - trained.final
    if math.isnan(own):
        return "diverged"
    if own <= _NO_FALL * start and np.nanmax(trained.losses[0]) > _RISE * trained.losses[0, 0]:
        return "stuck"
    if third > _FARTHER * max(own, 0):
        return "large"
    return "small" if triple > _FARTHER * max(own, 0) else "good"


# ---- the range test ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RangeTest:
    """Losses while the rate grows by equal factors through RANGE (Smith 2017).

    ``rates`` (n,), ``losses`` (n,) of the mini-batches and ``smoothed`` (n,), up to the end or to where the smoothed
    loss is twice the start's (then ``blown_up``). Rates: ``begun``, where a tenth of the whole fall is done;
    ``steepest``, where the smoothed loss falls fastest; ``lowest``, where it is smallest.
    """

    rates: NDArray
    losses: NDArray
    smoothed: NDArray
    begun: float
    steepest: float
    lowest: float
    blown_up: bool


@lru_cache(maxsize=16)
def range_test(optimiser: str, batch: int, seed: int) -> RangeTest:
    """Let the rate grow from RANGE[0] to RANGE[1] within one run; remembered, for it does not need the rate."""
    rates = np.geomspace(*RANGE, STEPS)
    losses = train(rates[None], optimiser, batch, seed).losses[0]
    smoothed = smooth(losses)
    too_high = ~(smoothed <= _BLOWN_UP * losses[0])
    count = int(too_high.argmax()) if too_high.any() else STEPS
    smoothed = smoothed[:count]
    lowest = int(smoothed.argmin())
    fallen = smoothed[0] - smoothed >= _BEGUN * (smoothed[0] - smoothed[lowest])
    steepest = int(np.gradient(smoothed[: lowest + 1]).argmin()) if lowest else 0
    return RangeTest(
        rates=rates[:count],
        losses=losses[:count],
        smoothed=smoothed,
        begun=float(rates[fallen.argmax()]),
        steepest=float(rates[steepest]),
        lowest=float(rates[lowest]),
        blown_up=bool(too_high.any()),
    )


def smooth(losses: NDArray) -> NDArray:
    """Return the running mean of ``losses``, corrected for its start at zero as in Adam."""
    mean, smoothed = 0.0, np.empty_like(losses)
    for i, loss in enumerate(losses):
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * loss
        smoothed[i] = mean / (1 - _SMOOTHING ** (i + 1))
    return smoothed
