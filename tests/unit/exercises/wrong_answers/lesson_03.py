"""Typical wrong answers to the exercises of lesson 03, with the hint that each gets."""

COLLAPSE = "def collapse(weights_1, bias_1, weights_2, bias_2):\n    "
SOFTPLUS = "def softplus(z):\n    "
CHAIN = "def chain_gradient(weights, x):\n    "
COUNT = "def count_dead(sums):\n    "
ENTROPY = "def entropy(probabilities):\n    "
CROSS = "def cross_entropy(logits, targets):\n    "

WRONG_ANSWERS = {
    "03_activations/collapse": [
        (COLLAPSE + "return weights_1 @ weights_2, bias_1 + bias_2", "passes through layer 2"),
        (COLLAPSE + "return weights_1 @ weights_2, bias_1 @ weights_2", "a bias of its own"),
        (COLLAPSE + "return weights_1 @ weights_2, bias_2", "does not vanish"),
        (COLLAPSE + "return weights_2.T @ weights_1, bias_1 @ weights_2 + bias_2", "multiply in this order"),
        (COLLAPSE + "return weights_1 * weights_2, bias_1 @ weights_2 + bias_2", "multiply in this order"),
        (COLLAPSE + "return weights_1 @ weights_2", "2 results were expected"),
        (COLLAPSE + "weights_1 @ weights_2, bias_1 @ weights_2 + bias_2", "`return` missing"),
    ],
    "03_activations/softplus": [
        (
            SOFTPLUS + "with np.errstate(all='ignore'):\n        return np.log(1 + np.exp(z)), sigmoid(z)",
            "logaddexp",
        ),
        (
            SOFTPLUS + "with np.errstate(all='ignore'):\n"
            "        return np.logaddexp(0, z), np.exp(z) / (1 + np.exp(z))",
            "overflows in the derivative",
        ),
        (SOFTPLUS + "return np.logaddexp(0, z), 1 / (1 + np.exp(z))", "second factor"),
        (SOFTPLUS + "return np.logaddexp(0, z), np.where(z > 0, 1.0, 0.0)", "slope of ReLU"),
        (SOFTPLUS + "return np.logaddexp(0, z), sigmoid_derivative(z)", "the sigmoid itself"),
        (SOFTPLUS + "return np.maximum(0, z), sigmoid(z)", "That is ReLU"),
        (SOFTPLUS + "return np.log(np.exp(z)) + 1, sigmoid(z)", "inside the logarithm"),
        (SOFTPLUS + "return np.logaddexp(0, z)", "2 results were expected"),
    ],
    "03_activations/chain_gradient": [
        (
            CHAIN + "a, slope = x, 1.0\n    for w in weights:\n        z = w * a\n"
            "        slope *= sigmoid_derivative(z)\n        a = sigmoid(z)\n    return slope",
            "The weight is a factor",
        ),
        (
            CHAIN + "a, slope = x, 0.0\n    for w in weights:\n        z = w * a\n"
            "        slope += w * sigmoid_derivative(z)\n        a = sigmoid(z)\n    return slope",
            "multiplied, not added",
        ),
        (
            CHAIN + "a, slope = x, 1.0\n    for w in weights:\n"
            "        slope *= w * sigmoid_derivative(a)\n        a = sigmoid(w * a)\n    return slope",
            "not at a",
        ),
        (
            CHAIN + "a, slope = x, 1.0\n    for w in weights:\n        a = sigmoid(w * a)\n"
            "        slope *= w * sigmoid_derivative(a)\n    return slope",
            "takes z, not the output",
        ),
        (
            CHAIN
            + "slope = 1.0\n    for w in weights:\n        slope *= w * sigmoid_derivative(w * x)\n    return slope",
            "not x",
        ),
        (
            CHAIN + "a, slope = x, 1.0\n    for w in weights:\n        z = w * a\n"
            "        slope = w * sigmoid_derivative(z)\n        a = sigmoid(z)\n    return slope",
            "the last unit only",
        ),
        (
            CHAIN + "a = x\n    for w in weights:\n        a = sigmoid(w * a)\n    return a",
            "its slope is asked for",
        ),
    ],
    "03_activations/count_dead": [
        (COUNT + "return np.any(sums <= 0, axis=0).sum()", "closed for *all*"),
        (COUNT + "return np.sum(sums <= 0)", "number of zeros"),
        (COUNT + "return np.all(sums <= 0, axis=1).sum()", "look down the rows"),
        (COUNT + "return np.all(sums <= 0, axis=0)", "`.sum()` counts"),
        (COUNT + "return np.all(sums <= 0, axis=0).mean()", "share of units"),
        (COUNT + "return np.all(sums < 0, axis=0).sum()", "exactly 0 is closed"),
    ],
    "03_activations/entropy": [
        (ENTROPY + "return (probabilities * np.log2(probabilities)).sum(axis=-1)", "a minus in front"),
        (ENTROPY + "return -(probabilities * np.log(probabilities)).sum(axis=-1)", "in nats"),
        (
            ENTROPY + "with np.errstate(all='ignore'):\n"
            "        return -(probabilities * np.log2(probabilities)).sum(axis=-1)",
            "is NaN for NumPy",
        ),
        (
            ENTROPY + "safe = np.where(probabilities > 0, probabilities, 1)\n"
            "    return -(probabilities * np.log2(safe)).sum()",
            "one entropy for each row",
        ),
        (ENTROPY + "return -np.log2(probabilities).sum(axis=-1)", "Weight each logarithm"),
        (ENTROPY + "return -(probabilities * np.log2(probabilities)).mean(axis=-1)", "mean is too small"),
        (ENTROPY + "return -probabilities * np.log2(probabilities)", "one list has one entropy"),
    ],
    "03_activations/cross_entropy": [
        (CROSS + "return np.mean(np.log1p(np.exp(logits)) - targets * logits)", "e^1000 overflows"),
        (CROSS + "return np.sum(np.logaddexp(0, logits) - targets * logits)", "the mean is asked for"),
        (CROSS + "return np.mean(targets * logits - np.logaddexp(0, logits))", "a loss is positive"),
        (CROSS + "return np.mean(np.logaddexp(0, logits))", "target is missing"),
        (CROSS + "return np.mean(np.logaddexp(0, logits) + targets * logits)", "you have added it"),
        (CROSS + "return np.logaddexp(0, logits) - targets * logits", "the mean over all elements"),
        (CROSS + "return np.mean(-targets * np.log(sigmoid(logits)))", "where y = 0"),
        (
            CROSS + "with np.errstate(all='ignore'):\n        p = sigmoid(logits)\n"
            "        return np.mean(-targets * np.log(p) - (1 - targets) * np.log(1 - p))",
            "through the sigmoid ln 0 appears",
        ),
        (
            CROSS + "with np.errstate(all='ignore'):\n"
            "        return np.mean(np.log(1 + np.exp(logits)) - targets * logits)",
            "np.logaddexp(0, z)",
        ),
    ],
}
