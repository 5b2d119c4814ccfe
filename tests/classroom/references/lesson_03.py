"""Answers to the assignment of lesson 03: others that are right, and typical wrong ones with their marks."""

ALTERNATIVE = {
    "chips": """
chips = dict(zip("ABCDEFG", "SiLU sigmoid ELU softplus tanh GELU leaky".split()))
chips["G"] += " ReLU"
""",
    "meter": """
class SaturationMeter:
    def __init__(self, num_units, limit):
        self.num_units, self.limit, self.seen = num_units, limit, []

    def watch(self, sums):
        for row in sums:
            slopes = [1 / (2 + np.exp(z) + np.exp(-z)) for z in row]
            self.seen.append([slope < self.limit for slope in slopes])

    def share(self):
        return np.mean(self.seen, axis=0) if self.seen else np.zeros(self.num_units)

    def worst(self):
        return int(self.share().argmax())


def saturated(pictures):
    meter = SaturationMeter(50, 0.05)
    for start in range(0, 1000, 300):
        meter.watch(pictures[start:start + 300] @ first_weights)
    return meter.share().mean()


with np.errstate(over="ignore"):
    shares = np.array([saturated(raw), saturated(standardised)])
""",
    "alive": """
def initial_weights(num_inputs, num_units, alpha, seed):
    # A uniform distribution from -r to r has the variance r² / 3.
    variance = 2 / (num_inputs + alpha * alpha * num_inputs)
    reach = (3 * variance) ** 0.5
    return np.random.RandomState(seed).uniform(-reach, reach, (num_inputs, num_units))


growth = 1.0
for layer in range(30):
    growth *= 1.1
""",
    "repair": """
def repaired_log_softmax(logits):
    logits = np.asarray(logits, dtype=float)
    return logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
""",
    "honest": """
def best_temperature(logits, labels, temperatures):
    def loss(temperature):
        rows = logits / temperature
        total = 0
        for row, label in zip(rows, labels):
            total += np.logaddexp.reduce(row) - row[label]
        return total

    return min(temperatures, key=loss)


def judged(temperature):
    probabilities = softmax(logits_test / temperature, axis=1)
    return np.mean(np.argmax(probabilities, axis=1) == labels_test), np.mean(np.max(probabilities, axis=1))


both = [judged(1), judged(best_temperature(logits_validation, labels_validation, candidates))]
accuracy, confidence = np.array(both).T
""",
}

WRONG = {
    "chips": [
        (  # the two smooth ones that dip below zero are mixed up
            """
chips = {"A": "GELU", "B": "sigmoid", "C": "ELU", "D": "softplus", "E": "tanh", "F": "SiLU", "G": "leaky ReLU"}
""",
            {"chips_saturating": 1, "chips_bent": 1, "chips_smooth": 0},
        ),
        (  # takes the table for the functions' values: D looks like a sigmoid
            """
chips = {"A": "SiLU", "B": "softplus", "C": "ELU", "D": "sigmoid", "E": "tanh", "F": "GELU", "G": "leaky ReLU"}
""",
            {"chips_saturating": 0, "chips_bent": 1, "chips_smooth": 0},
        ),
        (  # sigmoid and tanh the wrong way round, and the wrong bent ones
            """
chips = {"A": "SiLU", "B": "tanh", "C": "leaky ReLU", "D": "softplus", "E": "sigmoid", "F": "GELU", "G": "ELU"}
""",
            {"chips_saturating": 0, "chips_bent": 0, "chips_smooth": 1},
        ),
        (  # a ReLU is on the bench after all
            """
chips = {"A": "SiLU", "B": "sigmoid", "C": "ReLU", "D": "softplus", "E": "tanh", "F": "GELU", "G": "leaky ReLU"}
""",
            {"chips_saturating": 1, "chips_bent": 0, "chips_smooth": 0},
        ),
        (  # names of one's own, only some of the chips
            """
chips = {"B": "Sigmoid", "E": "TanH", "G": "LeakyReLU"}
""",
            {"chips_saturating": 0, "chips_bent": 0, "chips_smooth": 0},
        ),
    ],
    "meter": [
        (  # the mean of the batches' shares: small batches count too much
            """
class SaturationMeter:
    def __init__(self, num_units, limit):
        self.limit, self.shares, self.num_units = limit, [], num_units

    def watch(self, sums):
        s = 1 / (1 + np.exp(-sums))
        self.shares.append(np.mean(s * (1 - s) < self.limit, axis=0))

    def share(self):
        return np.mean(self.shares, axis=0) if self.shares else np.zeros(self.num_units)

    def worst(self):
        return int(np.argmax(self.share()))


shares = []
for inputs in (raw, standardised):
    meter = SaturationMeter(50, 0.05)
    meter.watch(inputs @ first_weights)
    shares.append(meter.share().mean())
""",
            {"meter_stream": 0, "meter_worst": 1, "meter_digits": 1},
        ),
        (  # only the last batch counts
            """
class SaturationMeter:
    def __init__(self, num_units, limit):
        self.limit, self.now = limit, np.zeros(num_units)

    def watch(self, sums):
        s = 1 / (1 + np.exp(-sums))
        self.now = np.mean(s * (1 - s) < self.limit, axis=0)

    def share(self):
        return self.now

    def worst(self):
        return int(np.argmax(self.now))


shares = []
for inputs in (raw, standardised):
    meter = SaturationMeter(50, 0.05)
    meter.watch(inputs @ first_weights)
    shares.append(meter.share().mean())
""",
            {"meter_stream": 0, "meter_worst": 1, "meter_digits": 1},
        ),
        (  # saturated on one side only
            """
class SaturationMeter:
    def __init__(self, num_units, limit):
        self.limit, self.counts, self.total = limit, np.zeros(num_units), 0

    def watch(self, sums):
        s = 1 / (1 + np.exp(-sums))
        self.counts += np.sum(1 - s < self.limit, axis=0)
        self.total += len(sums)

    def share(self):
        return self.counts / max(1, self.total)

    def worst(self):
        return int(np.argmax(self.counts))


shares = []
for inputs in (raw, standardised):
    meter = SaturationMeter(50, 0.05)
    meter.watch(inputs @ first_weights)
    shares.append(meter.share().mean())
""",
            {"meter_stream": 0, "meter_worst": 0, "meter_digits": 0},
        ),
        (  # counts shared by all meters, and the limit of the text built in
            """
class SaturationMeter:
    counts, total = 0, 0

    def __init__(self, num_units, limit):
        self.num_units = num_units

    def watch(self, sums):
        s = 1 / (1 + np.exp(-sums))
        SaturationMeter.counts = SaturationMeter.counts + np.sum(s * (1 - s) < 0.05, axis=0)
        SaturationMeter.total += len(sums)

    def share(self):
        return self.counts / self.total if self.total else np.zeros(self.num_units)

    def worst(self):
        return int(np.argmax(self.counts))


meter = SaturationMeter(50, 0.05)
meter.watch(raw @ first_weights)
shares = [meter.share().mean()]
meter.watch(standardised @ first_weights)
shares.append(meter.share().mean())
""",
            {"meter_stream": 0, "meter_worst": 0, "meter_digits": 0},
        ),
        (  # what the visible tests want to see, written down
            """
class SaturationMeter:
    def __init__(self, num_units, limit):
        self.watched = False

    def watch(self, sums):
        self.watched = True

    def share(self):
        return np.array([0, 1, 0.5]) if self.watched else np.zeros(3)

    def worst(self):
        return 2


shares = [0.9, 0.1]
""",
            {"meter_stream": 0, "meter_worst": 0, "meter_digits": 0},
        ),
    ],
    "alive": [
        (  # He's rule, whatever alpha is
            """
def initial_weights(num_inputs, num_units, alpha, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(0, np.sqrt(2 / num_inputs), size=(num_inputs, num_units))


growth = 1.1 ** 30
""",
            {"alive_spread": 1, "alive_leaky": 0, "alive_growth": 1},
        ),
        (  # alpha is not squared; the growth is added up
            """
def initial_weights(num_inputs, num_units, alpha, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(0, np.sqrt(2 / ((1 + alpha) * num_inputs)), size=(num_inputs, num_units))


growth = 1 + 30 * 0.1
""",
            {"alive_spread": 1, "alive_leaky": 0, "alive_growth": 0},
        ),
        (  # the seed is ignored, the growth that of the squares
            """
def initial_weights(num_inputs, num_units, alpha, seed):
    return np.random.normal(0, np.sqrt(2 / ((1 + alpha ** 2) * num_inputs)), size=(num_inputs, num_units))


growth = 1.1 ** 60
""",
            {"alive_spread": 0, "alive_leaky": 1, "alive_growth": 0},
        ),
        (  # the variance is taken for the standard deviation
            """
def initial_weights(num_inputs, num_units, alpha, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 2 / ((1 + alpha ** 2) * num_inputs), size=(num_inputs, num_units))


growth = 1.1
""",
            {"alive_spread": 0, "alive_leaky": 0, "alive_growth": 0},
        ),
        (  # counts the units instead of the inputs
            """
def initial_weights(num_inputs, num_units, alpha, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(0, np.sqrt(2 / ((1 + alpha ** 2) * num_units)), size=(num_inputs, num_units))


growth = 17.4
""",
            {"alive_spread": 0, "alive_leaky": 1, "alive_growth": 1},
        ),
    ],
    "repair": [
        (  # all three faults
            """
repaired_log_softmax = broken_log_softmax
""",
            {"repair_axis": 0, "repair_rows": 0, "repair_small": 0},
        ),
        (  # only the axis of the sum mended
            """
def repaired_log_softmax(logits):
    powers = np.exp(logits - logits.max())
    return np.log(powers / powers.sum(axis=-1, keepdims=True))
""",
            {"repair_axis": 1, "repair_rows": 0, "repair_small": 0},
        ),
        (  # the logarithm is still taken of a probability that has become 0
            """
def repaired_log_softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.log(powers / powers.sum(axis=-1, keepdims=True))
""",
            {"repair_axis": 1, "repair_rows": 1, "repair_small": 0},
        ),
        (  # the largest logit of the whole table, not of each row
            """
def repaired_log_softmax(logits):
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
""",
            {"repair_axis": 1, "repair_rows": 0, "repair_small": 1},
        ),
        (  # a small number is added to keep the logarithm finite
            """
def repaired_log_softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.log(powers / powers.sum(axis=-1, keepdims=True) + 1e-12)
""",
            {"repair_axis": 1, "repair_rows": 1, "repair_small": 0},
        ),
        (  # written for tables only
            """
def repaired_log_softmax(logits):
    shifted = logits - logits.max(axis=1)[:, None]
    return shifted - np.log(np.exp(shifted).sum(axis=1))[:, None]
""",
            {"repair_axis": 0, "repair_rows": 1, "repair_small": 0},
        ),
    ],
    "honest": [
        (  # returns the index instead of the temperature
            """
def best_temperature(logits, labels, temperatures):
    losses = [-log_softmax(logits / t, axis=1)[np.arange(len(labels)), labels].mean() for t in temperatures]
    return int(np.argmin(losses))


chosen = candidates[best_temperature(logits_validation, labels_validation, candidates)]
accuracy = [np.mean(logits_test.argmax(axis=1) == labels_test)] * 2
confidence = [softmax(logits_test / t, axis=1).max(axis=1).mean() for t in (1, chosen)]
""",
            {"honest_best": 0, "honest_accuracy": 1, "honest_confidence": 1},
        ),
        (  # the logits are multiplied
            """
def best_temperature(logits, labels, temperatures):
    losses = [-log_softmax(logits * t, axis=1)[np.arange(len(labels)), labels].mean() for t in temperatures]
    return temperatures[int(np.argmin(losses))]


chosen = best_temperature(logits_validation, labels_validation, candidates)
accuracy = [np.mean(logits_test.argmax(axis=1) == labels_test)] * 2
confidence = [softmax(logits_test * t, axis=1).max(axis=1).mean() for t in (1, chosen)]
""",
            {"honest_best": 0, "honest_accuracy": 1, "honest_confidence": 0},
        ),
        (  # the best accuracy is looked for, which no temperature changes
            """
def best_temperature(logits, labels, temperatures):
    scores = [np.mean(softmax(logits / t, axis=1).argmax(axis=1) == labels) for t in temperatures]
    return temperatures[int(np.argmax(scores))]


chosen = best_temperature(logits_validation, labels_validation, candidates)
accuracy = [np.mean(logits_test.argmax(axis=1) == labels_test)] * 2
confidence = [softmax(logits_test / t, axis=1).max(axis=1).mean() for t in (1, chosen)]
""",
            {"honest_best": 0, "honest_accuracy": 1, "honest_confidence": 0},
        ),
        (  # reported for the validation pictures
            """
def best_temperature(logits, labels, temperatures):
    losses = [-log_softmax(logits / t, axis=1)[np.arange(len(labels)), labels].mean() for t in temperatures]
    return temperatures[int(np.argmin(losses))]


chosen = best_temperature(logits_validation, labels_validation, candidates)
accuracy = [np.mean(logits_validation.argmax(axis=1) == labels_validation)] * 2
confidence = [softmax(logits_validation / t, axis=1).max(axis=1).mean() for t in (1, chosen)]
""",
            {"honest_best": 2, "honest_accuracy": 0, "honest_confidence": 0},
        ),
        (  # the highest temperature is always taken; the confidence is made up
            """
def best_temperature(logits, labels, temperatures):
    return max(temperatures)


accuracy = [0.76, 0.80]
confidence = [0.98, 0.76]
""",
            {"honest_best": 0, "honest_accuracy": 0, "honest_confidence": 0},
        ),
    ],
}
