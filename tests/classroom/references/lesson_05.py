"""Answers to the assignment of lesson 05: others that are right, and typical wrong ones with their marks."""

ALTERNATIVE = {
    "batches": """
class Deck:
    def __init__(self, cards, rng):
        self.cards, self.rng, self.left = list(cards), rng, []

    def deal(self):
        if not self.left:
            self.left = self.cards[:]
            self.rng.shuffle(self.left)
        return self.left.pop()


class Batches:
    def __init__(self, labels, per_class, seed):
        import random
        self.rng, self.per_class = random.Random(seed), per_class
        self.decks = [Deck([i for i, label in enumerate(labels) if label == c], self.rng) for c in set(labels.tolist())]

    def __iter__(self):
        return self

    def __next__(self):
        batch = [deck.deal() for deck in self.decks for _ in range(self.per_class)]
        self.rng.shuffle(batch)
        return batch


def balanced_batches(labels, per_class, seed):
    return Batches(labels, per_class, seed)
""",
    "lion": """
class Lion:
    def __init__(self, learning_rate, beta_1, beta_2, decay):
        self.rate, self.betas, self.decay, self.memory = learning_rate, (beta_1, beta_2), decay, {}

    def mixed(self, number, gradient, beta):
        return beta * self.memory.get(number, 0.0) + (1 - beta) * gradient

    def one(self, number, array, gradient):
        direction = self.mixed(number, gradient, self.betas[0])
        self.memory[number] = self.mixed(number, gradient, self.betas[1])
        push = (direction > 0).astype(float) - (direction < 0)
        return (1 - self.rate * self.decay) * array - self.rate * push

    def step(self, weights, gradients):
        return [self.one(number, *pair) for number, pair in enumerate(zip(weights, gradients))]
""",
    "plateau": """
class PlateauRate:
    def __init__(self, rate, factor, patience, smallest):
        self.rate, self.factor, self.patience, self.smallest = rate, factor, patience, smallest
        self.losses, self.since = [], 0

    def after_epoch(self, loss):
        import math
        better = not math.isnan(loss) and all(loss < old for old in self.losses)
        if not math.isnan(loss):
            self.losses.append(loss)
        self.since = 0 if better else self.since + 1
        if self.since >= self.patience:
            self.since = 0
            self.rate *= self.factor
            if self.rate < self.smallest:
                self.rate = self.smallest
        return self.rate
""",
    "folds": """
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler


def one_part(features, labels, train, validation, fit_and_predict):
    scaler = StandardScaler().fit(features[train])
    said = fit_and_predict(scaler.transform(features[train]), labels[train], scaler.transform(features[validation]))
    return sum(int(a) == int(b) for a, b in zip(said, labels[validation])) / len(validation)


def cross_validate(features, labels, k, seed, fit_and_predict):
    order = np.random.default_rng(seed).permutation(len(features))
    parts = [(order[train], order[test]) for train, test in KFold(k).split(order)]
    return np.array([one_part(features, labels, *part, fit_and_predict) for part in parts])


scores = cross_validate(features, labels, 5, 1, nearest_mean)
""",
    "protocols": """
words = "rate too large,regularised too strongly,over-fitted,in order,rate too small".split(",")
nights = {name: word for name, word in zip("ABCDE", words)}
""",
}

WRONG = {
    "batches": [
        (  # drawn with replacement
            """
def balanced_batches(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    while True:
        batch = [rng.choice(np.flatnonzero(labels == c), per_class) for c in np.unique(labels)]
        yield rng.permutation(np.concatenate(batch))
""",
            {"batches_balanced": 1, "batches_decks": 0, "batches_random": 1},
        ),
        (  # the rest of a deck is thrown away
            """
def balanced_batches(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(labels == c) for c in np.unique(labels)]
    decks = [[] for _ in members]
    while True:
        batch = []
        for number, indices in enumerate(members):
            if len(decks[number]) < per_class:
                decks[number] = list(rng.permutation(indices))
            batch += decks[number][:per_class]
            decks[number] = decks[number][per_class:]
        yield rng.permutation(batch)
""",
            {"batches_balanced": 1, "batches_decks": 0, "batches_random": 1},
        ),
        (  # class after class, in the order of the table
            """
def balanced_batches(labels, per_class, seed):
    members = [np.flatnonzero(labels == c) for c in np.unique(labels)]
    start = 0
    while True:
        picked = [indices[(start + np.arange(per_class)) % len(indices)] for indices in members]
        start += per_class
        yield np.concatenate(picked)
""",
            {"batches_balanced": 1, "batches_decks": 2, "batches_random": 0},
        ),
        (  # a single batch, returned and not yielded
            """
def balanced_batches(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    batch = [rng.permutation(np.flatnonzero(labels == c))[:per_class] for c in np.unique(labels)]
    return [rng.permutation(np.concatenate(batch))]
""",
            {"batches_balanced": 0, "batches_decks": 0, "batches_random": 0},
        ),
        (  # one epoch, then the supply ends
            """
def balanced_batches(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    decks = [rng.permutation(np.flatnonzero(labels == c)) for c in np.unique(labels)]
    for start in range(0, min(map(len, decks)) - per_class + 1, per_class):
        yield rng.permutation(np.concatenate([deck[start:start + per_class] for deck in decks]))
""",
            {"batches_balanced": 0, "batches_decks": 0, "batches_random": 0},
        ),
        (  # ordinary mini-batches
            """
def balanced_batches(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    size = per_class * len(np.unique(labels))
    while True:
        order = rng.permutation(len(labels))
        for start in range(0, len(order) - size + 1, size):
            yield order[start:start + size]
""",
            {"batches_balanced": 0, "batches_decks": 0, "batches_random": 1},
        ),
        (  # a deck is cut, not shuffled
            """
def balanced_batches(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(labels == c) for c in np.unique(labels)]
    decks = [[] for _ in members]
    while True:
        batch = []
        for number, indices in enumerate(members):
            while len(decks[number]) < per_class:
                decks[number] = [*decks[number], *np.roll(indices, rng.integers(len(indices)))]
            batch += decks[number][:per_class]
            decks[number] = decks[number][per_class:]
        yield rng.permutation(batch)
""",
            {"batches_balanced": 1, "batches_decks": 2, "batches_random": 0},
        ),
        (  # the classes take turns inside a batch
            """
def balanced_batches(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(labels == c) for c in np.unique(labels)]
    decks = [[] for _ in members]
    while True:
        batch = []
        for number, indices in enumerate(members):
            while len(decks[number]) < per_class:
                decks[number] = [*decks[number], *rng.permutation(indices)]
            batch.append(decks[number][:per_class])
            decks[number] = decks[number][per_class:]
        yield np.array(batch).T.ravel()
""",
            {"batches_balanced": 1, "batches_decks": 2, "batches_random": 0},
        ),
    ],
    "lion": [
        (  # the memory is brought up to date first, and the direction taken from it
            """
class Lion:
    def __init__(self, learning_rate, beta_1, beta_2, decay):
        self.rate, self.beta_1, self.beta_2, self.decay, self.m = learning_rate, beta_1, beta_2, decay, None

    def step(self, weights, gradients):
        self.m = self.m or [np.zeros_like(g) for g in gradients]
        self.m = [self.beta_2 * m + (1 - self.beta_2) * g for m, g in zip(self.m, gradients)]
        return [w - self.rate * (np.sign(m) + self.decay * w) for w, m in zip(weights, self.m)]
""",
            {"lion_first": 1, "lion_memory": 0, "lion_decay": 1},
        ),
        (  # no memory at all
            """
class Lion:
    def __init__(self, learning_rate, beta_1, beta_2, decay):
        self.rate, self.decay = learning_rate, decay

    def step(self, weights, gradients):
        return [w - self.rate * (np.sign(g) + self.decay * w) for w, g in zip(weights, gradients)]
""",
            {"lion_first": 1, "lion_memory": 0, "lion_decay": 1},
        ),
        (  # no sign: momentum
            """
class Lion:
    def __init__(self, learning_rate, beta_1, beta_2, decay):
        self.rate, self.beta_1, self.beta_2, self.decay, self.m = learning_rate, beta_1, beta_2, decay, None

    def step(self, weights, gradients):
        self.m = self.m or [np.zeros_like(g) for g in gradients]
        c = [self.beta_1 * m + (1 - self.beta_1) * g for m, g in zip(self.m, gradients)]
        self.m = [self.beta_2 * m + (1 - self.beta_2) * g for m, g in zip(self.m, gradients)]
        return [w - self.rate * (each + self.decay * w) for w, each in zip(weights, c)]
""",
            {"lion_first": 0, "lion_memory": 0, "lion_decay": 0},
        ),
        (  # the decay is added to the gradient, and vanishes in the sign
            """
class Lion:
    def __init__(self, learning_rate, beta_1, beta_2, decay):
        self.rate, self.beta_1, self.beta_2, self.decay, self.m = learning_rate, beta_1, beta_2, decay, None

    def step(self, weights, gradients):
        self.m = self.m or [np.zeros_like(g) for g in gradients]
        gradients = [g + self.decay * w for g, w in zip(gradients, weights)]
        c = [self.beta_1 * m + (1 - self.beta_1) * g for m, g in zip(self.m, gradients)]
        self.m = [self.beta_2 * m + (1 - self.beta_2) * g for m, g in zip(self.m, gradients)]
        return [w - self.rate * np.sign(each) for w, each in zip(weights, c)]
""",
            {"lion_first": 1, "lion_memory": 2, "lion_decay": 0},
        ),
        (  # all optimisers share one memory
            """
class Lion:
    memories = {}

    def __init__(self, learning_rate, beta_1, beta_2, decay):
        self.rate, self.beta_1, self.beta_2, self.decay = learning_rate, beta_1, beta_2, decay

    def step(self, weights, gradients):
        moved = []
        for w, g in zip(weights, gradients):
            m = self.memories.get(np.shape(w), np.zeros(np.shape(w)))
            c = np.sign(self.beta_1 * m + (1 - self.beta_1) * g)
            moved.append(w - self.rate * (c + self.decay * w))
            self.memories[np.shape(w)] = self.beta_2 * m + (1 - self.beta_2) * g
        return moved
""",
            {"lion_first": 0, "lion_memory": 0, "lion_decay": 0},
        ),
        (  # the sign of the whole step, decay included; and only the first array
            """
class Lion:
    def __init__(self, learning_rate, beta_1, beta_2, decay):
        self.rate, self.beta_1, self.beta_2, self.decay, self.m = learning_rate, beta_1, beta_2, decay, 0

    def step(self, weights, gradients):
        w, g = weights[0], gradients[0]
        c = self.beta_1 * self.m + (1 - self.beta_1) * g
        self.m = self.beta_2 * self.m + (1 - self.beta_2) * g
        return [w - self.rate * np.sign(c + self.decay * w)]
""",
            {"lion_first": 0, "lion_memory": 0, "lion_decay": 0},
        ),
    ],
    "plateau": [
        (  # compared with the last epoch, not with the best
            """
class PlateauRate:
    def __init__(self, rate, factor, patience, smallest):
        self.rate, self.factor, self.patience, self.smallest = rate, factor, patience, smallest
        self.last, self.waited = float("inf"), 0

    def after_epoch(self, loss):
        self.waited = 0 if loss < self.last else self.waited + 1
        self.last = loss
        if self.waited == self.patience:
            self.rate, self.waited = max(self.smallest, self.rate * self.factor), 0
        return self.rate
""",
            {"plateau_falls": 0, "plateau_counts": 1, "plateau_safe": 0},
        ),
        (  # the counting does not begin anew after a fall
            """
class PlateauRate:
    def __init__(self, rate, factor, patience, smallest):
        self.rate, self.factor, self.patience, self.smallest = rate, factor, patience, smallest
        self.best, self.waited = float("inf"), 0

    def after_epoch(self, loss):
        if loss < self.best:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        if self.waited >= self.patience:
            self.rate = max(self.smallest, self.rate * self.factor)
        return self.rate
""",
            {"plateau_falls": 1, "plateau_counts": 0, "plateau_safe": 1},
        ),
        (  # no floor, and equal counts as an improvement
            """
class PlateauRate:
    def __init__(self, rate, factor, patience, smallest):
        self.rate, self.factor, self.patience = rate, factor, patience
        self.best, self.waited = float("inf"), 0

    def after_epoch(self, loss):
        if loss <= self.best:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        if self.waited == self.patience:
            self.rate, self.waited = self.rate * self.factor, 0
        return self.rate
""",
            {"plateau_falls": 0, "plateau_counts": 1, "plateau_safe": 0},
        ),
        (  # nan becomes the best loss, and is never beaten again
            """
class PlateauRate:
    def __init__(self, rate, factor, patience, smallest):
        self.rate, self.factor, self.patience, self.smallest = rate, factor, patience, smallest
        self.best, self.waited = float("inf"), 0

    def after_epoch(self, loss):
        if loss >= self.best:
            self.waited += 1
        else:
            self.best, self.waited = loss, 0
        if self.waited == self.patience:
            self.rate, self.waited = max(self.smallest, self.rate * self.factor), 0
        return self.rate
""",
            {"plateau_falls": 1, "plateau_counts": 1, "plateau_safe": 0},
        ),
        (  # epochs without improvement are counted altogether, not in a row
            """
class PlateauRate:
    def __init__(self, rate, factor, patience, smallest):
        self.rate, self.factor, self.patience, self.smallest = rate, factor, patience, smallest
        self.best, self.waited = float("inf"), 0

    def after_epoch(self, loss):
        if loss < self.best:
            self.best = loss
        else:
            self.waited += 1
            if self.waited == self.patience:
                self.rate, self.waited = max(self.smallest, self.rate * self.factor), 0
        return self.rate
""",
            {"plateau_falls": 1, "plateau_counts": 0, "plateau_safe": 1},
        ),
        (  # patience is one epoch too long
            """
class PlateauRate:
    def __init__(self, rate, factor, patience, smallest):
        self.rate, self.factor, self.patience, self.smallest = rate, factor, patience, smallest
        self.best, self.waited = float("inf"), 0

    def after_epoch(self, loss):
        self.waited = 0 if loss < self.best else self.waited + 1
        self.best = min(self.best, loss)
        if self.waited > self.patience:
            self.rate, self.waited = max(self.smallest, self.rate * self.factor), 0
        return self.rate
""",
            {"plateau_falls": 0, "plateau_counts": 0, "plateau_safe": 0},
        ),
    ],
    "folds": [
        (  # the leak: standardised once, with all examples
            """
def cross_validate(features, labels, k, seed, fit_and_predict):
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    parts, shares = np.array_split(np.random.default_rng(seed).permutation(len(labels)), k), []
    for part in parts:
        rest = np.setdiff1d(np.arange(len(labels)), part)
        said = fit_and_predict(features[rest], labels[rest], features[part])
        shares.append(np.mean(said == labels[part]))
    return shares


scores = cross_validate(features, labels, 5, 1, nearest_mean)
""",
            {"folds_parts": 1, "folds_clean": 0, "folds_scores": 1},
        ),
        (  # the validation set is standardised with its own numbers
            """
def standardise(rows):
    return (rows - rows.mean(axis=0)) / rows.std(axis=0)


def cross_validate(features, labels, k, seed, fit_and_predict):
    parts, shares = np.array_split(np.random.default_rng(seed).permutation(len(labels)), k), []
    for part in parts:
        rest = np.setdiff1d(np.arange(len(labels)), part)
        said = fit_and_predict(standardise(features[rest]), labels[rest], standardise(features[part]))
        shares.append(np.mean(said == labels[part]))
    return shares


scores = cross_validate(features, labels, 5, 1, nearest_mean)
""",
            {"folds_parts": 1, "folds_clean": 0, "folds_scores": 1},
        ),
        (  # not shuffled
            """
def cross_validate(features, labels, k, seed, fit_and_predict):
    shares = []
    for part in np.array_split(np.arange(len(labels)), k):
        rest = np.setdiff1d(np.arange(len(labels)), part)
        mean, deviation = features[rest].mean(axis=0), features[rest].std(axis=0)
        said = fit_and_predict((features[rest] - mean) / deviation, labels[rest], (features[part] - mean) / deviation)
        shares.append(np.mean(said == labels[part]))
    return shares


scores = cross_validate(features, labels, 5, 1, nearest_mean)
""",
            {"folds_parts": 0, "folds_clean": 2, "folds_scores": 1},
        ),
        (  # trained on the part, and validated on the rest
            """
def cross_validate(features, labels, k, seed, fit_and_predict):
    shares = []
    for part in np.array_split(np.random.default_rng(seed).permutation(len(labels)), k):
        rest = np.setdiff1d(np.arange(len(labels)), part)
        mean, deviation = features[part].mean(axis=0), features[part].std(axis=0) + 1e-9
        said = fit_and_predict((features[part] - mean) / deviation, labels[part], (features[rest] - mean) / deviation)
        shares.append(np.mean(said == labels[rest]))
    return shares


scores = cross_validate(features, labels, 5, 1, nearest_mean)
""",
            {"folds_parts": 0, "folds_clean": 2, "folds_scores": 0},
        ),
        (  # examples left over at the end are lost, and one number is returned
            """
def cross_validate(features, labels, k, seed, fit_and_predict):
    order, size, shares = np.random.default_rng(seed).permutation(len(labels)), len(labels) // k, []
    for number in range(k):
        part = order[number * size:(number + 1) * size]
        rest = np.setdiff1d(order[:k * size], part)
        mean, deviation = features[rest].mean(axis=0), features[rest].std(axis=0)
        said = fit_and_predict((features[rest] - mean) / deviation, labels[rest], (features[part] - mean) / deviation)
        shares.append(np.mean(said == labels[part]))
    return np.mean(shares)


scores = [cross_validate(features, labels, 5, 1, nearest_mean)] * 5
""",
            {"folds_parts": 0, "folds_clean": 0, "folds_scores": 0},
        ),
        (  # right, but the scores are those of the training sets
            """
def cross_validate(features, labels, k, seed, fit_and_predict):
    parts, shares = np.array_split(np.random.default_rng(seed).permutation(len(labels)), k), []
    for part in parts:
        rest = np.setdiff1d(np.arange(len(labels)), part)
        mean, deviation = features[rest].mean(axis=0), features[rest].std(axis=0)
        said = fit_and_predict((features[rest] - mean) / deviation, labels[rest], (features[part] - mean) / deviation)
        shares.append(np.mean(said == labels[part]))
    return shares


standard = (features - features.mean(axis=0)) / features.std(axis=0)
scores = [np.mean(nearest_mean(standard, labels, standard) == labels)] * 5
""",
            {"folds_parts": 1, "folds_clean": 2, "folds_scores": 0},
        ),
    ],
    "protocols": [
        (  # over-fitted and in order exchanged
            """
nights = {"A": "rate too large", "B": "regularised too strongly", "C": "in order", "D": "over-fitted",
          "E": "rate too small"}
""",
            {"protocols_rates": 1, "protocols_fit": 0},
        ),
        (  # stands still: taken for a small rate
            """
nights = {"A": "rate too large", "B": "rate too small", "C": "over-fitted", "D": "in order",
          "E": "regularised too strongly"}
""",
            {"protocols_rates": 0, "protocols_fit": 0},
        ),
        (  # everything that is not perfect is over-fitted
            """
nights = {"A": "over-fitted", "B": "over-fitted", "C": "over-fitted", "D": "in order", "E": "over-fitted"}
""",
            {"protocols_rates": 0, "protocols_fit": 0},
        ),
        (  # words of one's own
            """
nights = {"A": "too fast", "B": "stuck", "C": "overfitting", "D": "ok", "E": "too slow"}
""",
            {"protocols_rates": 0, "protocols_fit": 0},
        ),
        (  # the two rates exchanged
            """
nights = {"A": "rate too small", "B": "regularised too strongly", "C": "over-fitted", "D": "in order",
          "E": "rate too large"}
""",
            {"protocols_rates": 0, "protocols_fit": 1},
        ),
    ],
}
