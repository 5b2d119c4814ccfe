"""Typical wrong answers to the exercises of lesson 02, with a part of the hint that each must get."""

NEURON = "def neuron(inputs, weights, bias):\n    "
STEP = "def perceptron_step(weights, bias, point, label):\n    "
DENSE = "def dense(inputs, weights, biases):\n    "
COUNT = "def count_parameters(sizes):\n    "
BUMP = "def bump(x, left, right, height, steepness):\n    "

WRONG_ANSWERS = {
    "02_neurons/neuron": [
        (NEURON + "return inputs @ weights + bias", "weighted sum z itself"),
        (NEURON + "return sigmoid(inputs @ weights)", "Add the bias"),
        (NEURON + "return sigmoid(inputs @ weights) + bias", "inside the sigmoid"),
        (NEURON + "return sigmoid(inputs @ weights - bias)", "not subtracted"),
        (NEURON + "return sigmoid(inputs * weights + bias)", "must be added up"),
        (NEURON + "return sigmoid(np.sum((inputs + bias) * weights))", "added once"),
        (NEURON + "return step(inputs @ weights + bias)", "not the step's"),
        (NEURON + "return sigmoid(inputs[0] * weights[0] + inputs[1] * weights[1] + bias)", "three inputs"),
        (NEURON + "sigmoid(inputs @ weights + bias)", "`return` missing"),
        (NEURON + "return 1 / (1 + np.exp(inputs @ weights + bias))", "sign of the exponent"),
        (NEURON + "return 1 / (1 + 2.718 ^ -(inputs @ weights + bias))", "`^` is no power"),
        (NEURON + "return sigmoid(inputs @ weights + bias),", "makes a tuple"),
        (NEURON + "return sigmoid(inputs @ weights + bias), bias", "One result is asked for"),
        (NEURON + "return [sigmoid(inputs @ weights + bias)]", "without a list around it"),
    ],
    "02_neurons/implication": [
        ("implication = [1, -1, 0.5]", "At (0, 1) the sum is the bias plus w2"),
        ("implication = [-1, 1, 0]", "only the bias counts"),
        ("implication = [-1, 1, 1.5]", "At (1, 0) the sum is the bias plus w1"),
        ("implication = [-2, 1, 0.5]", "At (1, 1) the sum is the bias plus w1 plus w2"),
        ("implication = [-1, 1]", "three numbers"),
        ("implication = [-0.3, 0.1, 0.2]", "At (1, 1) the sum is the bias plus w1 plus w2"),
        ("implication = [-1, 1, float('nan')]", "NaN"),
    ],
    "02_neurons/perceptron_step": [
        (
            STEP
            + "error = label - int(point @ weights + bias >= 0)\n    return weights + error * point, bias + error",
            "it needs z > 0",
        ),
        (
            STEP
            + "sign = step(point @ weights + bias) - label\n    return weights + sign * point, bias + sign",
            "wrong way",
        ),
        (
            STEP + "error = label - step(point @ weights + bias)\n    return weights + error * point, bias",
            "The bias moves too",
        ),
        (
            STEP + "error = label - step(point @ weights + bias)\n    return weights + error, bias + error",
            "its own input",
        ),
        (STEP + "return weights + point, bias + 1", "wrong way"),
        (STEP + "return weights + (2 * label - 1) * point, bias + 2 * label - 1", "nothing should change"),
        (
            STEP
            + "error = label - step(point @ weights + bias)\n    weights += error * point\n"
            + "    return weights, bias + error",
            "Work on a copy",
        ),
        (STEP + "return weights + (label - step(point @ weights + bias)) * point", "return weights, bias"),
    ],
    "02_neurons/dense": [
        (DENSE + "return inputs @ weights + biases", "ReLU is missing"),
        (DENSE + "return np.max(0, inputs @ weights + biases)", "use `np.maximum`"),
        (DENSE + "return relu(inputs @ weights)", "Add the biases"),
        (DENSE + "return relu(inputs @ weights) + biases", "inside the ReLU"),
        (DENSE + "return relu(inputs @ weights.T + biases)", "no transpose"),
        (DENSE + "return relu(weights @ inputs + biases)", "The batch comes first"),
        (DENSE + "return relu(inputs * weights + biases)", "matrix product"),
        (DENSE + "return relu(inputs) @ weights + biases", "on the sums"),
        (DENSE + "return relu(inputs @ weights + biases[:, None])", "not to an example"),
    ],
    "02_neurons/count_parameters": [
        (COUNT + "return sum(a * b for a, b in zip(sizes[:-1], sizes[1:]))", "has a bias as well"),
        (
            COUNT + "first = sizes.pop(0)\n    return first * sizes[0] + sum(sizes)",
            "`sizes = list(sizes)`",
        ),
        (
            COUNT + "return sum(a * b for a, b in zip(sizes[:-1], sizes[1:])) + sum(sizes)",
            "Inputs have no bias",
        ),
        (COUNT + "return sum(a * b + 1 for a, b in zip(sizes[:-1], sizes[1:]))", "not every layer"),
        (COUNT + "return sum(a * b + a for a, b in zip(sizes[:-1], sizes[1:]))", "not to each of its inputs"),
        (COUNT + "return sizes[0] * sizes[1] + sizes[1]", "first layer only"),
        (
            COUNT + "for a, b in zip(sizes[:-1], sizes[1:]):\n        total = a * b + b\n    return total",
            "last layer only",
        ),
    ],
    "02_neurons/bump": [
        (BUMP + "return sigmoid(steepness * (x - left)) - sigmoid(steepness * (x - right))", "by the height"),
        (
            BUMP + "return height * (sigmoid(steepness * (x - right)) - sigmoid(steepness * (x - left)))",
            "upside down",
        ),
        (
            BUMP + "return height * (sigmoid(steepness * (x - left)) + sigmoid(steepness * (x - right)))",
            "must be subtracted",
        ),
        (BUMP + "return height * sigmoid(steepness * (x - left))", "never comes down"),
        (
            BUMP + "return height * (sigmoid(steepness * x - left) - sigmoid(steepness * x - right))",
            "distance",
        ),
        (BUMP + "return height * (step(x - left) - step(x - right))", "Use the steepness"),
        (BUMP + "return np.where((left < x) & (x < right), height, 0.0)", "Use the steepness"),
    ],
}
