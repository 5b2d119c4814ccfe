"""The checks of lesson 02, neurons."""

from __future__ import annotations

import numpy as np

from course_utils.exercises import exercise
from course_utils.exercises.answers import Answer

_CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
_IMPLICATION = (1, 1, 0, 1)


def _step(z):
    return np.where(np.asarray(z) > 0, 1, 0)


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(np.asarray(z) / 2))


def _relu(z):
    return np.maximum(0, z)


@exercise("02_neurons/neuron")
def neuron(answer: Answer) -> None:
    """one case by hand, three inputs, and random inputs."""
    inputs, weights, bias = np.array([2.0, 1.0]), np.array([0.75, -1.0]), 0.25
    z = inputs @ weights + bias
    mistakes = {
        "This is the weighted sum z itself; the neuron's output is the sigmoid of it.": z,
        "Add the bias to the weighted sum before you take the sigmoid.": _sigmoid(inputs @ weights),
        "The bias belongs inside the sigmoid: it is part of z.": _sigmoid(inputs @ weights) + bias,
        "The bias is added, not subtracted.": _sigmoid(inputs @ weights - bias),
        "The products must be added up: one neuron gives one number.": _sigmoid(inputs * weights + bias),
        "The bias is added once, after the sum; not to every input.": _sigmoid((inputs + bias) @ weights),
        "The output is the sigmoid's, not the step's, answer.": float(_step(z)),
        "The sign of the exponent is turned round: the sigmoid is 1 / (1 + e^−z).": _sigmoid(-z),
    }
    answer(inputs, weights, bias).is_close(_sigmoid(z), mistakes=mistakes).is_number()
    three = np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, -1.0]), 0.5
    answer(*three).is_close(_sigmoid(0.5), hint="Does your neuron work for three inputs as well as for two?")
    answer.agrees_with(lambda x, w, b: _sigmoid(x @ w + b), shapes=[(4,), (4,), ()])


@exercise("02_neurons/implication", kind="value")
def implication(answer: Answer) -> None:
    """three numbers, and the right answer at all four corners."""
    answer.value.has_shape((3,), hint="Write three numbers: [w1, w2, b].").is_finite()
    w1, w2, b = answer.value.array
    for (x1, x2), wanted in zip(_CORNERS, _IMPLICATION, strict=True):
        z = float(w1 * x1 + w2 * x2 + b)
        if abs(z) <= 1e-12 * (abs(w1) + abs(w2) + abs(b)):
            z = 0.0  # 0.1 + 0.2 − 0.3 is 0 for people, and above 0 for the machine
        needs = "above 0, so that the step answers 1" if wanted else "0 or less, so that the step answers 0"
        answer.value.satisfies(
            _step(z) == wanted,
            f"at the corner ({x1}, {x2}) the sum z is {z:.3g}, and it should be {needs}",
            hint=_corner_hint(x1, x2),
        )


def _corner_hint(x1: int, x2: int) -> str:
    """Return what decides the sum at this corner."""
    parts = ["the bias", *(["w1"] if x1 else []), *(["w2"] if x2 else [])]
    if len(parts) == 1:
        return "At (0, 0) both weights are multiplied by 0: only the bias counts there."
    return f"At ({x1}, {x2}) the sum is {' plus '.join(parts)}."


_NO_CHANGE = "The neuron was right here, so nothing should change: only a wrong answer moves the weights."


@exercise("02_neurons/perceptron_step")
def perceptron_step(answer: Answer) -> None:
    """a wrong no, a wrong yes, a right answer, a sum of 0, and random examples."""
    weights, bias, point = np.array([1.0, -2.0]), 0.5, np.array([1.0, 3.0])
    _expect_step(answer, weights, bias, point, 1)
    _expect_step(answer, -weights, -bias, point, 0)
    for label, sign in ((0, 1), (1, -1)):
        _expect_step(answer, sign * weights, sign * bias, point, label)
    at_zero = "With all weights 0 the sum z is 0, and there the step answers 0: it needs z > 0 for a 1."
    _expect_step(answer, np.zeros(2), 0.0, point, 0, hint=at_zero)
    for _ in range(10):
        random = answer.rng.normal(size=(2, 4))
        _expect_step(answer, random[0], float(answer.rng.normal()), random[1], int(answer.rng.integers(2)))


def _expect_step(
    answer: Answer, weights: np.ndarray, bias: float, point: np.ndarray, label: int, hint: str = _NO_CHANGE
) -> None:
    """Check one call, weights first; `hint` is for what changes where nothing should."""
    error = int(label - _step(point @ weights + bias))
    new_weights, new_bias = answer(weights, bias, point, label).unpack("weights", "bias")
    if error == 0:
        new_weights.is_close(weights, hint=hint)
        new_bias.is_close(bias, hint=hint)
        return
    mistakes = {
        "The step goes the wrong way: a label of 1 answered by 0 must make z larger.": weights
        - error * point,
        "The weights must change after a wrong answer; did you forget the bias in z?": weights,
        "Every weight moves by its own input, not all by the same amount.": weights + error,
    }
    new_weights.is_close(weights + error * point, mistakes=mistakes)
    bias_mistakes = {
        "The bias moves too, by the same difference, as if its input were 1.": bias,
        "The bias goes the wrong way: it moves in the same direction as the weights.": bias - error,
    }
    new_bias.is_close(bias + error, mistakes=bias_mistakes)


@exercise("02_neurons/dense")
def dense(answer: Answer) -> None:
    """the shape, one batch by hand, one example, and random batches."""
    inputs = np.array([[1.0, 2.0], [0.0, -1.0]])
    weights, biases = np.array([[1.0, -2.0], [3.0, 0.5]]), np.array([0.5, 2.0])
    z = inputs @ weights + biases
    mistakes = {
        "The sums z are right; the ReLU is missing, which makes negative sums 0.": z,
        "Add the biases, one for each unit.": _relu(inputs @ weights),
        "The biases belong inside the ReLU: add them before it.": _relu(inputs @ weights) + biases,
        "The weights are (inputs, units), so no transpose is needed.": _relu(inputs @ weights.T + biases),
        "The batch comes first: (batch, inputs) @ (inputs, units).": _relu(weights @ inputs + biases),
        "`*` multiplies element by element; the matrix product is `@`.": _relu(inputs * weights + biases),
        "The ReLU comes last: it acts on the sums, not on the inputs.": _relu(inputs) @ weights + biases,
        "Each bias goes to a unit, a column of the result, not to an example.": _relu(
            inputs @ weights + biases[:, None]
        ),
    }
    answer(inputs, weights, biases).is_close(_relu(z), mistakes=mistakes)
    one = np.array([[1.0, 2.0, -1.0]]), np.ones((3, 4)), np.array([0.0, -1.0, 1.0, -3.0])
    order = "Check the order of the product: (batch, inputs) @ (inputs, units)."
    answer(*one).is_close(_relu(one[0] @ one[1] + one[2]), hint=order)
    answer.agrees_with(lambda x, w, b: _relu(x @ w + b), shapes=[(5, 3), (3, 2), (2,)], hint=order)


@exercise("02_neurons/count_parameters")
def count_parameters(answer: Answer) -> None:
    """one layer, two layers, deeper networks, and random sizes."""
    for sizes in ([3, 4], [4, 5, 3], [2, 3, 2], [784, 128, 10], [5, 4, 3, 2, 1]):
        _expect_count(answer, sizes)
    for _ in range(5):
        _expect_count(answer, answer.rng.integers(1, 50, size=4).tolist())


def _expect_count(answer: Answer, sizes: list[int]) -> None:
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    weights = sum(before * after for before, after in pairs)
    mistakes = {
        "These are the weights; every unit has a bias as well.": weights,
        "Inputs have no bias: they compute nothing.": weights + sum(sizes),
        "Give every unit a bias, not every layer.": weights + len(pairs),
        "A bias belongs to a unit of the layer, not to each of its inputs.": weights + sum(sizes[:-1]),
        "This counts the first layer only; add up all the layers.": pairs[0][0] * pairs[0][1] + pairs[0][1],
        "This counts the last layer only; does your sum start anew in each turn of the loop?": pairs[-1][0]
        * pairs[-1][1]
        + pairs[-1][1],
    }
    answer(sizes).is_close(weights + sum(sizes[1:]), mistakes=mistakes)


@exercise("02_neurons/bump")
def bump(answer: Answer) -> None:
    """the height inside, zero outside, whole arrays, and random bumps."""
    left, right, height, steepness = 1.0, 2.0, 3.0, 50.0

    def with_parts(x, combine):
        return combine(_sigmoid(steepness * (x - left)), _sigmoid(steepness * (x - right)))

    x = np.array([0.0, 1.5, 3.0])
    mistakes = {
        "The shape is right; multiply it by the height.": with_parts(x, lambda rise, fall: rise - fall),
        "This bump is upside down: subtract the sigmoid at `right` from the one at `left`.": with_parts(
            x, lambda rise, fall: height * (fall - rise)
        ),
        "Both sigmoids go up here; the second one must be subtracted.": with_parts(
            x, lambda rise, fall: height * (rise + fall)
        ),
        "This rises and never comes down: a second sigmoid must take it back at `right`.": with_parts(
            x, lambda rise, fall: height * rise
        ),
        "Multiply the whole difference by the height, not one of the sigmoids.": with_parts(
            x, lambda rise, fall: height * rise - fall
        ),
        "The steepness multiplies the distance from the edge: steepness * (x - left).": height
        * (_sigmoid(steepness * x - left) - _sigmoid(steepness * x - right)),
    }
    answer(x, left, right, height, steepness).is_close([0.0, height, 0.0], tolerance=1e-4, mistakes=mistakes)
    gentle = "Use the steepness in both sigmoids; at `left` the first one is 0.5."
    edges = np.array([left, right])
    wanted = height * (_sigmoid(5.0 * (edges - left)) - _sigmoid(5.0 * (edges - right)))
    answer(edges, left, right, height, 5.0).is_close(wanted, hint=gentle)
    answer.agrees_with(
        lambda x, a, b, h, s: h * (_sigmoid(s * (x - a)) - _sigmoid(s * (x - b))),
        inputs=lambda rng: (rng.uniform(-2, 2, 7), *map(float, rng.uniform([-1, 0.5, -2, 1], [0, 1, 2, 9]))),
        hint=gentle,
    )
