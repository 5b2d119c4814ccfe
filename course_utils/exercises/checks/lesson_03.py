"""The checks of lesson 03, activation functions."""

from __future__ import annotations

import numpy as np

from course_utils.exercises import exercise
from course_utils.exercises.answers import Answer


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


@exercise("03_activations/collapse")
def collapse(answer: Answer) -> None:
    """the weights by hand, the bias by hand, and random layers of other sizes."""
    first, second = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[1.0], [-1.0]])
    first_bias, second_bias = np.array([1.0, 3.0]), np.array([4.0])
    weights, bias = answer(first, first_bias, second, second_bias).unpack("weights", "bias")
    weights.is_close(
        first @ second, hint="The input meets the weights of layer 1 first: multiply in this order, with `@`."
    )
    bias.is_close(
        first_bias @ second + second_bias,
        mistakes={
            "The bias of layer 1 passes through layer 2, so its weights act on it.": first_bias + second_bias,
            "Layer 2 has a bias of its own, which is added at the end.": first_bias @ second,
            "The bias of layer 1 does not vanish: it is an input of layer 2.": second_bias,
        },
    )
    _agrees_on_random_layers(answer)


def _agrees_on_random_layers(answer: Answer) -> None:
    rng = answer.rng
    first, first_bias = rng.normal(size=(3, 4)), rng.normal(size=4)
    second, second_bias = rng.normal(size=(4, 2)), rng.normal(size=2)
    weights, bias = answer(first, first_bias, second, second_bias).unpack("weights", "bias")
    weights.is_close(first @ second)
    bias.is_close(first_bias @ second + second_bias)


@exercise("03_activations/softplus")
def softplus(answer: Answer) -> None:
    """the value, the derivative, whole arrays, and numbers as large as 1000."""
    z = np.array([-2.0, 0.0, 1.5])
    value, slope = answer(z).unpack("value", "derivative")
    value.is_close(
        np.log1p(np.exp(z)),
        mistakes={
            "That is ReLU; softplus rounds off its corner.": np.maximum(z, 0),
            "The 1 belongs inside the logarithm: ln(1 + e^z).": 1 + z,
        },
    )
    slope.is_derivative_of(
        lambda at: np.logaddexp(0, at),
        at=z,
        mistakes={
            "The chain rule has a second factor: the derivative of 1 + e^z, which is e^z.": 1
            / (1 + np.exp(z)),
            "That is the slope of ReLU; the slope of softplus changes smoothly.": np.where(z > 0, 1.0, 0.0),
            "That is the slope of the sigmoid. The slope of softplus is the sigmoid itself.": (
                _sigmoid(z) * (1 - _sigmoid(z))
            ),
        },
    )
    value, slope = answer(np.array([-1000.0, 1000.0])).unpack("value", "derivative")
    value.is_finite(hint="e^1000 overflows. `np.logaddexp(0, z)` is ln(e^0 + e^z), without overflow.")
    slope.is_finite(
        hint="e^1000 overflows in the derivative. The function `sigmoid` of this lesson never does."
    )
    value.is_close([0.0, 1000.0])
    slope.is_close([0.0, 1.0])


@exercise("03_activations/chain_gradient")
def chain_gradient(answer: Answer) -> None:
    """one unit, the chain worked by hand, negative weights, and long chains, by finite differences."""
    one = 2 * _slope(2 * 0.5)
    answer([2.0], 0.5).is_number().is_close(
        one,
        mistakes={
            "The weight is a factor as well: one unit passes on w · σ'(z).": _slope(2 * 0.5),
            "Take the slope at z = w · a, not at a.": 2 * _slope(0.5),
            "That is the output of the chain; its slope is asked for.": _sigmoid(1.0),
            "`sigmoid_derivative` takes z, not the output of the unit.": 2 * _slope(_sigmoid(1.0)),
        },
    )
    first, passed_on = 1.5 * _slope(1.5 * 0.5), _sigmoid(1.5 * 0.5)
    second = 2 * _slope(2 * passed_on)
    answer([1.5, 2.0], 0.5).is_close(
        first * second,
        mistakes={
            "The slopes are multiplied, not added.": first + second,
            "The second unit takes the output of the first, not x: pass `a` on.": first * 2 * _slope(2 * 0.5),
            "That is the slope of the last unit only: multiply by those before it.": second,
            "The second unit takes the output of the first, so apply the sigmoid in between.": first
            * 2
            * _slope(2 * 1.5 * 0.5),
        },
    )
    answer([-1.5, 2.0, 0.5], 0.3).is_derivative_of(lambda x: _chain([-1.5, 2.0, 0.5], x), at=0.3)
    weights = [float(weight) for weight in answer.rng.normal(0, 3, size=8)]
    for x in (-1.0, 0.7):
        slope = float(np.prod(_slopes(weights, x)))
        answer(weights, x).is_close(
            slope, tolerance=1e-9, hint="Does every unit take the output of the one before it?"
        )


def _slope(z):
    return _sigmoid(z) * (1 - _sigmoid(z))


def _chain(weights, x):
    for weight in weights:
        x = _sigmoid(weight * x)
    return x


def _slopes(weights, x):
    outputs = [_chain(weights[:place], x) for place in range(len(weights))]
    return [weight * _slope(weight * output) for weight, output in zip(weights, outputs, strict=True)]


@exercise("03_activations/count_dead")
def count_dead(answer: Answer) -> None:
    """units closed for all pictures, sums of exactly 0, and random sums."""
    sums = np.array([[-1.0, 2.0, -3.0, -0.5], [-2.0, -1.0, -1.0, 0.5], [-0.1, -4.0, -2.0, -0.5]])
    mistakes = {
        "A unit that is closed for *some* pictures learns from the others. Dead means closed for *all*.": 4,
        "That is the number of zeros in ReLU's outputs. Ask of each unit whether *all* pictures close it.": int(
            np.sum(sums <= 0)
        ),
        "That counts pictures. Units are columns: look down the rows with axis=0.": 1,
        "That is the share of units; the number is asked for.": 0.5,
    }
    answer(sums).is_number(
        hint="Return how many units are dead, one number; `.sum()` counts True values."
    ).is_close(2, mistakes=mistakes)
    on_the_edge = np.array([[0.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    answer(on_the_edge).is_close(
        1, hint="A sum of exactly 0 is closed as well: the slope of ReLU is 0 there."
    )
    answer.agrees_with(
        lambda sums: np.all(sums <= 0, axis=0).sum(), inputs=lambda rng: (rng.normal(-1.5, 1, size=(9, 40)),)
    )


@exercise("03_activations/entropy")
def entropy(answer: Answer) -> None:
    """a fair coin, certainty, tables, and random probabilities."""
    coin, skewed = np.array([0.5, 0.5]), np.array([0.5, 0.25, 0.25])
    answer(coin).is_number(hint="Sum over the classes: one list has one entropy.").is_close(
        1.0,
        mistakes={
            "The logarithm of a probability is negative; a minus in front makes the entropy positive.": -1.0,
            "That is in nats. For bits use `np.log2`.": np.log(2),
            "Weight each logarithm with its probability.": 2.0,
            "Add the terms up; their mean is too small.": 0.5,
        },
    )
    answer(skewed).is_close(1.5)
    answer(np.array([1.0, 0.0, 0.0])).is_finite(
        hint="0 · log2(0) is NaN for NumPy. Put a 1 in the place of each 0 before you take the logarithm."
    ).is_close(0.0, tolerance=1e-4)
    table = np.array([[0.5, 0.5, 0.0], [0.5, 0.25, 0.25]])
    answer(table).has_shape(
        (2,), hint="Sum along the last axis only (axis=-1): one entropy for each row."
    ).is_close([1.0, 1.5], tolerance=1e-4)
    answer.agrees_with(
        lambda p: -(p * np.log2(p)).sum(axis=-1), inputs=lambda rng: (rng.dirichlet(np.ones(4), size=6),)
    )


@exercise("03_activations/cross_entropy")
def cross_entropy(answer: Answer) -> None:
    """moderate logits, a target of 1, logits as large as 1000, and random ones."""
    logits, targets = np.array([0.0, 2.0, -1.0]), np.array([0.0, 1.0, 0.0])
    terms = np.logaddexp(0, logits) - targets * logits
    answer(logits, targets).is_number(hint="Return the mean over all elements, one number.").is_close(
        terms.mean(),
        mistakes={
            "That is the sum; the mean is asked for.": terms.sum(),
            "The sign is turned round: a loss is positive.": -terms.mean(),
            "The target is missing: subtract y · z.": np.mean(np.logaddexp(0, logits)),
            "Subtract y · z; you have added it.": np.mean(np.logaddexp(0, logits) + targets * logits),
            "That is the loss for targets of 1 only; where y = 0 there is a loss, too.": np.mean(
                -targets * np.log(_sigmoid(logits))
            ),
        },
    )
    hint = "e^1000 overflows, and through the sigmoid ln 0 appears. Use ln(1 + e^z) = np.logaddexp(0, z)."
    answer(np.array([1000.0, -1000.0]), np.array([1.0, 0.0])).is_finite(hint=hint).is_close(0.0)
    answer(np.array([1000.0, -1000.0]), np.array([0.0, 1.0])).is_finite(hint=hint).is_close(1000.0, hint=hint)
    answer.agrees_with(
        lambda z, y: np.mean(np.logaddexp(0, z) - y * z),
        inputs=lambda rng: (rng.normal(0, 5, size=(6, 2)), rng.integers(0, 2, size=(6, 2))),
    )
