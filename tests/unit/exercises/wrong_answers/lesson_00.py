"""Typical wrong answers of lesson 00, with the hint that each gets."""

WRONG_ANSWERS = {
    "00_start_here/accuracy": [
        (
            "def accuracy(predictions, labels):\n    return np.sum(predictions == labels)",
            "how many are right",
        ),
        (
            "def accuracy(predictions, labels):\n    return np.mean(predictions != labels)",
            "share of wrong answers",
        ),
        (
            "def accuracy(predictions, labels):\n    return 100 * np.mean(predictions == labels)",
            "not a percentage",
        ),
        ("def accuracy(predictions, labels):\n    return predictions == labels", "their mean"),
        ("def accuracy(predictions, labels):\n    np.mean(predictions == labels)", "`return` missing"),
        ("def accuracy(predictions, labels):\n    return 0.6", "All predictions are right here"),
    ],
}
