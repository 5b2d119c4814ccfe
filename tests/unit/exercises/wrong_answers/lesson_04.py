"""Typical wrong answers to the exercises of lesson 04, with the hint that each gets."""

NLL = "def negative_log_likelihood(probabilities, labels):\n    rows = np.arange(len(labels))\n    "
SOFTMAX = (
    "def softmax_cross_entropy(logits, labels):\n    p = softmax(logits)\n    rows = np.arange(len(labels))\n"
    "    y = np.eye(logits.shape[1])[labels]\n    loss = -np.log(p[rows, labels]).mean()\n    "
)
PATHS = "def two_paths(x, y):\n    v = x * y + x\n    "
LINEAR = "def linear_backward(inputs, weights, gradient):\n    "
NUMERICAL = (
    "def numerical_gradient(function, array, step=1e-5):\n"
    "    nudged, gradient = array.copy(), np.zeros(array.shape)\n"
    "    for place in np.ndindex(array.shape):\n"
    "        nudged[place] = array[place] + step\n        above = function(nudged)\n"
    "        nudged[place] = array[place] - step\n        below = function(nudged)\n"
    "        nudged[place] = array[place]\n        "
)
REPAIR = (
    "def repaired_gradients(inputs, targets, weights_1, bias_1, weights_2, bias_2):\n"
    "    hidden = sigmoid(inputs @ weights_1 + bias_1)\n"
    "    output = sigmoid(hidden @ weights_2 + bias_2)\n"
    "    message_2 = (output - targets) / len(inputs)\n"
    "    back = message_2 @ weights_2.T\n    "
)
RETURN = (
    "\n    return inputs.T @ message_1, message_1.sum(axis=0), hidden.T @ message_2, message_2.sum(axis=0)"
)
ORDER = "def backward_order(parents, output):\n    "

WRONG_ANSWERS = {
    "04_backprop/negative_log_likelihood": [
        (NLL + "return np.log(probabilities[rows, labels]).mean()", "a minus in front"),
        (NLL + "return -np.log(probabilities[rows, labels]).sum()", "the mean is asked for"),
        (NLL + "return -np.log(probabilities[rows, labels].mean())", "logarithm of each picture first"),
        (NLL + "return -np.log(probabilities).mean()", "Only the probability of the true class"),
        (NLL + "return -np.log(probabilities[:, labels]).mean()", "pick one number from each row"),
        (NLL + "return -np.log(probabilities.max(axis=1)).mean()", "Use the true class"),
        (NLL + "return -np.log(probabilities[rows, labels])", "one number"),
    ],
    "04_backprop/softmax_cross_entropy": [
        (SOFTMAX + "return loss, p - y", "divided by the number of pictures"),
        (SOFTMAX + "return loss, (y - p) / len(labels)", "sign is turned round"),
        (SOFTMAX + "return loss, p / len(labels)", "Subtract 1"),
        (SOFTMAX + "return loss, (p - y) / p.size", "not by the number of elements"),
        (SOFTMAX + "return loss * len(labels), (p - y) / len(labels)", "That is the sum"),
        (SOFTMAX + "return -loss, (p - y) / len(labels)", "a loss is positive"),
        (SOFTMAX + "return loss", "2 results were expected"),
    ],
    "04_backprop/two_paths": [
        (PATHS + "return v**2, 2 * v * y, 2 * v * x", "directly from the sum"),
        (PATHS + "return v**2, 2 * v, 2 * v * x", "through the product"),
        (PATHS + "return v**2, y + 1, x", "The square has a slope"),
        (PATHS + "return v**2, v * (y + 1), v * x", "a factor of 2"),
        (PATHS + "return v**2, 2 * v * (y + 1), 2 * v * y", "the other factor"),
        (PATHS + "return v**2, 2 * v * y * 2 * v, 2 * v * x", "added, not multiplied"),
    ],
    "04_backprop/linear_backward": [
        (LINEAR + "return inputs @ gradient, gradient.sum(axis=0), gradient @ weights.T", "its own input"),
        (LINEAR + "return gradient.T @ inputs, gradient.sum(axis=0), gradient @ weights.T", "exchanged"),
        (LINEAR + "return inputs.T @ gradient, gradient, gradient @ weights.T", "add up the pictures"),
        (LINEAR + "return inputs.T @ gradient, gradient.sum(axis=1), gradient @ weights.T", "axis=0"),
        (LINEAR + "return inputs.T @ gradient, gradient.mean(axis=0), gradient @ weights.T", "not averaged"),
        (LINEAR + "return inputs.T @ gradient, gradient.sum(axis=0), gradient @ weights", "turned round"),
        (LINEAR + "return gradient @ weights.T, gradient.sum(axis=0), inputs.T @ gradient", "the order is"),
        (LINEAR + "inputs *= 2\n    return inputs.T @ gradient / 2, gradient.sum(axis=0), 0", "chang"),
    ],
    "04_backprop/numerical_gradient": [
        (NUMERICAL + "gradient[place] = (above - below) / step\n    return gradient", "two steps apart"),
        (NUMERICAL + "gradient[place] = (below - above) / (2 * step)\n    return gradient", "turned round"),
        (NUMERICAL + "gradient[place] = above - below\n    return gradient", "Divide the change"),
        (
            NUMERICAL + "gradient[place] = (above - function(array)) / step\n    return gradient",
            "one side alone",
        ),
        (
            "def numerical_gradient(function, array, step=1e-5):\n"
            "    return (function(array + step) - function(array - step)) / (2 * step)",
            "one element at a time",
        ),
    ],
    "04_backprop/repaired_gradients": [
        (REPAIR + "message_1 = back" + RETURN, "multiply by their slope"),
        (REPAIR + "message_1 = back * sigmoid(hidden) * (1 - sigmoid(hidden))" + RETURN, "a · (1 − a)"),
        (
            REPAIR + "message_1 = back * hidden * (1 - hidden)"
            "\n    return inputs.T @ message_1, message_1.sum(axis=0), output.T @ message_2, message_2.sum(axis=0)",
            "not the network's output",
        ),
        (
            REPAIR + "message_1 = back * hidden * (1 - hidden)"
            "\n    return hidden.T @ message_2, message_2.sum(axis=0), inputs.T @ message_1, message_1.sum(axis=0)",
            "the other layer",
        ),
    ],
    "04_backprop/backward_order": [
        (ORDER + "return list(parents)", "Append a name only after"),
        (
            ORDER + "order = []\n    def visit(name):\n        order.append(name)\n"
            "        for parent in parents[name]:\n            visit(parent)\n    visit(output)\n    return order",
            "Remember what you have seen",
        ),
        (
            ORDER + "order = [output]\n    for name in order:\n        for parent in parents[name]:\n"
            "            if parent not in order:\n                order.append(parent)\n    return order",
            "only after all its parents",
        ),
        (
            ORDER + "order = []\n    def visit(name):\n        if name not in order:\n"
            "            for parent in parents[name]:\n                visit(parent)\n"
            "            order.append(name)\n    visit(output)\n    return order",
            "turn it round",
        ),
        (ORDER + "return [output, *parents[output]]", "down to the inputs"),
    ],
}
