"""The checks of lesson 04, backpropagation."""

from __future__ import annotations

from typing import cast

import numpy as np

from course_utils.exercises import exercise
from course_utils.exercises.answers import Answer


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def _softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _probabilities_and_labels(rng):
    return rng.dirichlet(np.ones(4), size=7), rng.integers(0, 4, size=7)


def _mean_nll(probabilities, labels):
    return -np.log(probabilities[np.arange(len(labels)), labels]).mean()


@exercise("04_backprop/negative_log_likelihood")
def negative_log_likelihood(answer: Answer) -> None:
    """one number, the true class of each row, and random probabilities."""
    probabilities = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.25, 0.25, 0.5]])
    labels = np.array([0, 2, 2])
    picked = np.array([0.7, 0.1, 0.5])
    mistakes = {
        "The logarithm of a probability is negative; a minus in front makes a loss of it.": np.log(
            picked
        ).mean(),
        "That is the sum; the mean is asked for.": -np.log(picked).sum(),
        "Take the logarithm of each picture first, then the mean, not the other way round.": -np.log(
            picked.mean()
        ),
        "That uses all classes. Only the probability of the true class counts.": -np.log(
            probabilities
        ).mean(),
        "`probabilities[:, labels]` takes these columns of every row; pick one number from each row.": -np.log(
            probabilities[:, labels]
        ).mean(),
        "Use the true class, not the one with the largest probability.": -np.log(
            probabilities.max(axis=1)
        ).mean(),
        "The logarithm is missing.": -picked.mean(),
    }
    answer(probabilities, labels).is_number(hint="Return the mean over the pictures, one number.").is_close(
        _mean_nll(probabilities, labels), mistakes=mistakes
    )
    answer.agrees_with(_mean_nll, inputs=_probabilities_and_labels)


@exercise("04_backprop/softmax_cross_entropy")
def softmax_cross_entropy(answer: Answer) -> None:
    """the loss, the gradient by finite differences, and random batches."""
    logits, labels = np.array([[2.0, 1.0, 0.0], [0.0, -1.0, 1.5]]), np.array([0, 1])
    p, y = _softmax(logits), np.eye(3)[labels]
    losses = -np.log(p[[0, 1], labels])
    loss, gradient = answer(logits, labels).unpack("loss", "gradient")
    loss.is_number(hint="The loss is the mean over the pictures, one number.").is_close(
        losses.mean(),
        mistakes={
            "That is the sum; the mean over the pictures is asked for.": losses.sum(),
            "The sign is turned round: a loss is positive.": -losses.mean(),
        },
    )
    gradient.is_gradient_of(
        lambda at: _mean_nll(_softmax(at), labels),
        at=logits,
        mistakes={
            "The loss is a mean, so its gradient is divided by the number of pictures.": p - y,
            "The sign is turned round: it is p − y, which points to where the loss grows.": (y - p) / 2,
            "Subtract 1 at the true class of each row.": p / 2,
            "Divide by the number of pictures, not by the number of elements.": (p - y) / 6,
        },
    )
    _agrees_on_a_random_batch(answer)


def _agrees_on_a_random_batch(answer: Answer) -> None:
    logits, labels = answer.rng.normal(0, 3, size=(5, 4)), answer.rng.integers(0, 4, size=5)
    loss, gradient = answer(logits, labels).unpack("loss", "gradient")
    loss.is_close(_mean_nll(_softmax(logits), labels))
    gradient.is_close((_softmax(logits) - np.eye(4)[labels]) / 5)


@exercise("04_backprop/two_paths")
def two_paths(answer: Answer) -> None:
    """the value, both gradients by hand, and random numbers."""
    x, y = 2.0, 3.0
    value, by_x, by_y = answer(x, y).unpack("f", "gradient of x", "gradient of y")
    message = 2 * (x * y + x)
    value.is_close(64.0)
    by_x.is_close(
        message * (y + 1),
        mistakes={
            "x is used twice. Add the message that comes directly from the sum.": message * y,
            "x is used twice. Add the message that comes through the product.": message,
            "The square has a slope as well: multiply by 2v.": y + 1,
            "Messages that meet are added, not multiplied.": message * message * y,
            "The slope of v² is 2v: a factor of 2 is missing.": message / 2 * (y + 1),
        },
    )
    by_y.is_close(
        message * x,
        mistakes={
            "The slope of x · y with respect to y is the other factor, x.": message * y,
            "The square has a slope as well: multiply by 2v.": x,
            "The slope of v² is 2v: a factor of 2 is missing.": message / 2 * x,
        },
    )
    for x, y in answer.rng.normal(size=(4, 2)).tolist():
        value, by_x, by_y = answer(x, y).unpack("f", "gradient of x", "gradient of y")
        value.is_close((x * y + x) ** 2)
        by_x.is_close(2 * (x * y + x) * (y + 1))
        by_y.is_close(2 * (x * y + x) * x)


@exercise("04_backprop/linear_backward")
def linear_backward(answer: Answer) -> None:
    """weights, bias and inputs by hand, and random layers."""
    inputs, weights = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.5, 1.0], [-1.0, 2.0]])
    gradient = np.array([[1.0, 0.0], [10.0, -2.0]])
    parts = answer(inputs, weights, gradient).unpack("weights", "bias", "inputs")
    by_weights, by_bias, by_inputs = parts
    by_weights.is_close(
        inputs.T @ gradient,
        mistakes={
            "Each weight meets its own input: turn the inputs round with `.T`.": inputs @ gradient,
            "That has inputs and units exchanged: it is X turned round times G.": gradient.T @ inputs,
            "The pictures are added up, not averaged: the mean is already in the message.": (
                inputs.T @ gradient / 2
            ),
            "That is the gradient of the inputs; the order is weights, bias, inputs.": gradient @ weights.T,
        },
    )
    by_bias.is_close(
        gradient.sum(axis=0),
        mistakes={
            "Every picture used the bias, so add up the pictures: sum along axis 0.": gradient,
            "That sums along the units. Sum along the pictures, axis=0.": gradient.sum(axis=1),
            "The pictures are added up, not averaged: the mean is already in the message.": gradient.mean(
                axis=0
            ),
            "Each unit has a bias of its own: sum along axis 0 only.": gradient.sum(),
        },
    )
    by_inputs.is_close(
        gradient @ weights.T,
        mistakes={
            "On the way back the weights are turned round: `.T`.": gradient @ weights,
            "Multiply from the other side: G first, then the weights turned round.": weights.T @ gradient,
        },
    )
    _agrees_on_a_random_layer(answer)


def _agrees_on_a_random_layer(answer: Answer) -> None:
    rng = answer.rng
    inputs, weights, gradient = rng.normal(size=(5, 3)), rng.normal(size=(3, 2)), rng.normal(size=(5, 2))
    by_weights, by_bias, by_inputs = answer(inputs, weights, gradient).unpack("weights", "bias", "inputs")
    by_weights.is_close(inputs.T @ gradient)
    by_bias.is_close(gradient.sum(axis=0))
    by_inputs.is_close(gradient @ weights.T)


@exercise("04_backprop/numerical_gradient")
def numerical_gradient(answer: Answer) -> None:
    """a sum of squares, mixed terms, a matrix, and an untouched array."""
    squares = np.array([1.0, -2.0, 3.0])
    answer(_sum_of_squares, squares).has_shape(
        (3,), hint="One slope for each element: nudge one element at a time."
    ).is_close(
        2 * squares,
        tolerance=1e-4,
        mistakes={
            "The two points lie two steps apart: divide by 2 · step.": 4 * squares,
            "The sign is turned round: subtract the value below from the value above.": -2 * squares,
            "Divide the change by the distance of the two points.": 4 * squares * 1e-5,
        },
    )
    answer(_cubes, squares).is_close(
        3 * squares**2, tolerance=1e-8, hint="Nudge up *and* down: one side alone is too rough."
    )
    answer(_mixed, np.array([0.5, 2.0, -1.0])).is_close([2.0, 0.5 + np.cos(2.0), 0.0], tolerance=1e-4)
    table = answer.rng.normal(size=(2, 3))
    answer(_sum_of_squares, table).has_shape(
        (2, 3), hint="`np.ndindex(array.shape)` walks through arrays of any number of dimensions."
    ).is_close(2 * table, tolerance=1e-4)


def _sum_of_squares(array):
    return float((array**2).sum())


def _cubes(array):
    return float((array**3).sum())


def _mixed(array):
    return float(array[0] * array[1] + np.sin(array[1]))


def _network(parameters, inputs):
    weights_1, bias_1, weights_2, bias_2 = parameters
    hidden = _sigmoid(inputs @ weights_1 + bias_1)
    return hidden, _sigmoid(hidden @ weights_2 + bias_2)


def _backward(parameters, inputs, targets, slope):
    """Return the four gradients; `slope` maps the hidden outputs to what the message is multiplied with."""
    hidden, output = _network(parameters, inputs)
    message_2 = (output - targets) / len(inputs)
    message_1 = message_2 @ parameters[2].T * slope(hidden)
    return inputs.T @ message_1, message_1.sum(axis=0), hidden.T @ message_2, message_2.sum(axis=0)


@exercise("04_backprop/repaired_gradients")
def repaired_gradients(answer: Answer) -> None:
    """all four gradients of two random networks."""
    for num_hidden in (3, 4):
        rng = answer.rng
        inputs, targets = rng.normal(size=(5, 2)), np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])
        parameters = [
            rng.normal(size=shape) for shape in ((2, num_hidden), (num_hidden,), (num_hidden, 1), (1,))
        ]
        _check_repaired(answer, parameters, inputs, targets)


def _check_repaired(
    answer: Answer, parameters: list[np.ndarray], inputs: np.ndarray, targets: np.ndarray
) -> None:
    names = ("weights_1", "bias_1", "weights_2", "bias_2")
    found = answer(inputs, targets, *parameters).unpack(*names)
    right = _backward(parameters, inputs, targets, lambda a: a * (1 - a))
    no_slope = _backward(parameters, inputs, targets, np.ones_like)
    twice = _backward(parameters, inputs, targets, lambda a: _sigmoid(a) * (1 - _sigmoid(a)))
    output = _network(parameters, inputs)[1]
    message_2 = (output - targets) / len(inputs)
    for place in (2, 3, 0, 1):
        found[place].is_close(
            right[place],
            tolerance=1e-7,
            mistakes={
                "The message also passes through the hidden sigmoids: multiply by their slope.": no_slope[
                    place
                ],
                "`hidden` has been through the sigmoid already: its slope is a · (1 − a).": twice[place],
                "The second layer was given the hidden outputs, not the network's output.": output.T
                @ message_2,
                "The message already holds the mean: do not divide by the number of points again.": (
                    right[place] / len(inputs)
                ),
                "That is the gradient of the other layer; each has its own, in the order of the parameters.": (
                    right[(place + 2) % 4]
                ),
            },
        )


@exercise("04_backprop/backward_order")
def backward_order(answer: Answer) -> None:
    """a chain, paths that meet, and a graph where the obvious order is wrong."""
    for parents, output in (
        ({"c": ["b"], "b": ["a"], "a": []}, "c"),
        ({"f": ["v"], "v": ["u", "z"], "u": ["x", "y"], "x": [], "y": [], "z": []}, "f"),
        ({"f": ["a", "b"], "a": ["x"], "b": ["a"], "x": []}, "f"),
        ({"x": [], "p": ["x", "x"], "q": ["p", "x"], "r": ["q"], "s": ["x"], "f": ["s", "r"]}, "f"),
        ({"f": ["a"], "a": [], "elsewhere": ["a"]}, "f"),
    ):
        _check_order(answer, parents, output)


def _needed(parents: dict[str, list[str]], output: str) -> set[str]:
    return {output}.union(*(_needed(parents, parent) for parent in parents[output]))


def _check_order(answer: Answer, parents: dict[str, list[str]], output: str) -> None:
    needed = _needed(parents, output)
    found = answer(parents, output)
    order = cast("list[str]", [item.raw for item in found.items("name", "Return a list of the names.")])
    found.satisfies(
        all(isinstance(name, str) for name in order),
        "every element is a name",
        hint="Return the names themselves, one after the other.",
    )
    found.satisfies(
        len(order) == len(set(order)),
        "every name appears once",
        hint="A number that feeds two others is reached twice. Remember what you have seen.",
    )
    found.satisfies(
        needed <= set(order),
        "every name that the output depends on is there",
        hint="Go on to the parents of the parents, down to the inputs.",
    )
    found.satisfies(
        set(order) <= needed,
        "only names that the output depends on are there",
        hint="Start at the output and follow the parents; leave out what you do not reach.",
    )
    found.satisfies(
        order[0] == output,
        "the output comes first",
        hint="Your list runs the other way: turn it round.",
    )
    found.satisfies(
        all(order.index(name) < order.index(up) for name in needed for up in parents[name]),
        "every name comes after all the names that it feeds",
        hint="Append a name only after all its parents, then turn the list round at the end.",
    )
