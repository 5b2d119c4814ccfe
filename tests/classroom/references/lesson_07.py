"""Answers to the assignment of lesson 07: others that are right, and typical wrong ones with their marks."""

ALTERNATIVE = {
    "separable": """
def separable_cost(side, kernel_size, channels, filters):
    depthwise = channels * kernel_size * kernel_size
    pointwise = 1 * 1 * channels * filters
    places = side * side
    return depthwise + pointwise, places * depthwise + places * pointwise


ordinary = 0
while (ordinary + 1) * 9 * 64 * 784 <= 5e6:
    ordinary += 1
affordable = np.array([ordinary, int((5e6 / 784 / 64) - 9)])
""",
    "block": """
import keras
from keras import layers


class Bottleneck(keras.Model):
    def __init__(self, channels, filters, strides):
        super().__init__()
        same = channels == 4 * filters and strides == 1
        self.skip = None if same else layers.Conv2D(4 * filters, 1, strides, padding="same")
        self.chain = [
            layers.Conv2D(filters, 1), layers.ReLU(), layers.Conv2D(filters, 3, strides, padding="same"),
            layers.ReLU(), layers.Conv2D(4 * filters, 1),
        ]

    def call(self, maps):
        skip = maps if self.skip is None else self.skip(maps)
        for layer in self.chain:
            maps = layer(maps)
        return keras.ops.relu(maps + skip)


def bottleneck(side, channels, filters, strides=1):
    block = Bottleneck(channels, filters, strides)
    block(np.zeros((1, side, side, channels), dtype="float32"))
    return block
""",
    "fold": """
def folded(kernels, biases, gamma, beta, mean, variance, epsilon=0.001):
    new_kernels, new_biases = np.empty(kernels.shape), np.empty(len(biases))
    for f in range(kernels.shape[3]):
        deviation = (variance[f] + epsilon) ** 0.5
        new_kernels[:, :, :, f] = gamma[f] * kernels[:, :, :, f] / deviation
        new_biases[f] = gamma[f] * (biases[f] - mean[f]) / deviation + beta[f]
    return [new_kernels, new_biases]
""",
    "sliding": """
import keras


def sliding(weights, biases, side, channels):
    kernel = np.zeros((side, side, channels, weights.shape[1]))
    row = 0
    for i in range(side):
        for j in range(side):
            for c in range(channels):
                kernel[i, j, c] = weights[row]
                row += 1
    picture = keras.Input((None, None, channels))
    scores = keras.layers.Conv2D(
        weights.shape[1], side, kernel_initializer=keras.initializers.Constant(kernel),
        bias_initializer=keras.initializers.Constant(biases),
    )(picture)
    return keras.Model(picture, scores)
""",
    "match": """
def judged(boxes, scores, truth, threshold):
    free = list(range(len(truth)))
    hits = 0
    for score, box in sorted(zip(scores.tolist(), boxes.tolist()), reverse=True):
        if not free:
            break
        overlaps = iou(np.array(box), truth[free])
        best = int(np.argmax(overlaps))
        if overlaps[best] >= threshold:
            free.pop(best)
            hits += 1
    return {"hits": hits, "false": len(boxes) - hits, "missed": len(free)}.values()


def judged_as_list(*arguments):
    return tuple(old_judged(*arguments))


old_judged, judged = judged, judged_as_list
hits, false, missed = judged(guesses, sureness, trees, 0.5)
quality = hits / (hits + false), hits / (hits + missed)
""",
}

WRONG = {
    "separable": [
        (  # an ordinary convolution
            """
def separable_cost(side, kernel_size, channels, filters):
    weights = kernel_size**2 * channels * filters
    return weights, weights * side**2


affordable = [11, 11]
""",
            {"separable_price": 0, "separable_budget": 0},
        ),
        (  # the biases are counted as well
            """
def separable_cost(side, kernel_size, channels, filters):
    weights = channels * kernel_size**2 + channels * filters
    return weights + channels + filters, weights * side**2


affordable = [11, 90]
""",
            {"separable_price": 0, "separable_budget": 1},
        ),
        (  # only one side of the maps; rounded up
            """
def separable_cost(side, kernel_size, channels, filters):
    weights = channels * kernel_size**2 + channels * filters
    return weights, weights * side


affordable = [12, 91]
""",
            {"separable_price": 0, "separable_budget": 0},
        ),
        (  # one depthwise kernel for all channels together
            """
def separable_cost(side, kernel_size, channels, filters):
    weights = kernel_size**2 + channels * filters
    return weights, weights * side**2


affordable = [11, 99]
""",
            {"separable_price": 0, "separable_budget": 0},
        ),
        (  # right, but the depthwise step is forgotten in the budget
            """
def separable_cost(side, kernel_size, channels, filters):
    return channels * (kernel_size**2 + filters), channels * (kernel_size**2 + filters) * side**2


affordable = [5_000_000 // (784 * 9 * 64), 5_000_000 // (784 * 64)]
""",
            {"separable_price": 1, "separable_budget": 0},
        ),
    ],
    "block": [
        (
            """
class Block:
    def __init__(self, side, channels, filters, strides=1):
        wide, self.side = 4 * filters, side // strides
        shapes = [(1, 1, channels, filters), (filters,), (3, 3, filters, filters), (filters,)]
        shapes += [(1, 1, filters, wide), (wide,)]
        shapes += [(1, 1, channels, wide), (wide,)] if strides != 1 or channels != wide else []
        self.weights = [np.zeros(shape) for shape in shapes]

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def __call__(self, maps):
        return np.zeros((len(maps), self.side, self.side, self.weights[5].size))


bottleneck = Block
""",
            {"block_shape": 0, "block_identity": 0, "block_projection": 0},
        ),
        (  # always a convolution in the skip
            """
import keras


def bottleneck(side, channels, filters, strides=1):
    maps = keras.Input((side, side, channels))
    made = keras.layers.Conv2D(filters, 1, activation="relu")(maps)
    made = keras.layers.Conv2D(filters, 3, strides=strides, padding="same", activation="relu")(made)
    made = keras.layers.Conv2D(4 * filters, 1)(made)
    skip = keras.layers.Conv2D(4 * filters, 1, strides=strides)(maps)
    return keras.Model(maps, keras.layers.ReLU()(made + skip))
""",
            {"block_shape": 0, "block_identity": 0, "block_projection": 2},
        ),
        (  # no skip at all
            """
import keras


def bottleneck(side, channels, filters, strides=1):
    return keras.Sequential([
        keras.Input((side, side, channels)),
        keras.layers.Conv2D(filters, 1, activation="relu"),
        keras.layers.Conv2D(filters, 3, strides=strides, padding="same", activation="relu"),
        keras.layers.Conv2D(4 * filters, 1, activation="relu"),
    ])
""",
            {"block_shape": 0, "block_identity": 0, "block_projection": 0},
        ),
        (  # ReLU before the sum
            """
import keras


def bottleneck(side, channels, filters, strides=1):
    maps = keras.Input((side, side, channels))
    made = keras.layers.Conv2D(filters, 1, activation="relu")(maps)
    made = keras.layers.Conv2D(filters, 3, strides=strides, padding="same", activation="relu")(made)
    made = keras.layers.Conv2D(4 * filters, 1, activation="relu")(made)
    skip = maps
    if strides != 1 or channels != 4 * filters:
        skip = keras.layers.Conv2D(4 * filters, 1, strides=strides, activation="relu")(maps)
    return keras.Model(maps, made + skip)
""",
            {"block_shape": 1, "block_identity": 0, "block_projection": 0},
        ),
        (  # the stride stands in the first convolution: every second row and column is never seen
            """
import keras


def bottleneck(side, channels, filters, strides=1):
    maps = keras.Input((side, side, channels))
    made = keras.layers.Conv2D(filters, 1, strides=strides, activation="relu")(maps)
    made = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(made)
    made = keras.layers.Conv2D(4 * filters, 1)(made)
    skip = maps
    if strides != 1 or channels != 4 * filters:
        skip = keras.layers.Conv2D(4 * filters, 1, strides=strides)(maps)
    return keras.Model(maps, keras.layers.ReLU()(made + skip))
""",
            {"block_shape": 1, "block_identity": 2, "block_projection": 0},
        ),
        (  # a convolution in the skip only where the stride needs it
            """
import keras


def bottleneck(side, channels, filters, strides=1):
    maps = keras.Input((side, side, channels))
    made = keras.layers.Conv2D(filters, 1, activation="relu")(maps)
    made = keras.layers.Conv2D(filters, 3, strides=strides, padding="same", activation="relu")(made)
    made = keras.layers.Conv2D(4 * filters, 1)(made)
    skip = maps if strides == 1 else keras.layers.Conv2D(4 * filters, 1, strides=strides)(maps)
    return keras.Model(maps, keras.layers.ReLU()(keras.layers.Add()([made, skip])))
""",
            {"block_shape": 0, "block_identity": 2, "block_projection": 0},
        ),
        (  # with batch normalisation
            """
import keras


def bottleneck(side, channels, filters, strides=1):
    maps = keras.Input((side, side, channels))
    made = keras.layers.Conv2D(filters, 1)(maps)
    made = keras.layers.ReLU()(keras.layers.BatchNormalization()(made))
    made = keras.layers.Conv2D(filters, 3, strides=strides, padding="same", activation="relu")(made)
    made = keras.layers.Conv2D(4 * filters, 1)(made)
    skip = maps
    if strides != 1 or channels != 4 * filters:
        skip = keras.layers.Conv2D(4 * filters, 1, strides=strides)(maps)
    return keras.Model(maps, keras.layers.ReLU()(made + skip))
""",
            {"block_shape": 0, "block_identity": 0, "block_projection": 0},
        ),
    ],
    "fold": [
        (  # divided by the variance
            """
def folded(kernels, biases, gamma, beta, mean, variance, epsilon=0.001):
    factors = gamma / (variance + epsilon)
    return kernels * factors, beta + (biases - mean) * factors
""",
            {"fold_kernels": 0, "fold_biases": 0, "fold_layer": 0},
        ),
        (  # the old biases are left out
            """
def folded(kernels, biases, gamma, beta, mean, variance, epsilon=0.001):
    factors = gamma / np.sqrt(variance + epsilon)
    return kernels * factors, beta - mean * factors
""",
            {"fold_kernels": 1, "fold_biases": 0, "fold_layer": 0},
        ),
        (  # the old biases are not scaled
            """
def folded(kernels, biases, gamma, beta, mean, variance, epsilon=0.001):
    factors = gamma / np.sqrt(variance + epsilon)
    return kernels * factors, biases + beta - mean * factors
""",
            {"fold_kernels": 1, "fold_biases": 0, "fold_layer": 0},
        ),
        (  # epsilon is forgotten
            """
def folded(kernels, biases, gamma, beta, mean, variance, epsilon=0.001):
    factors = gamma / np.sqrt(variance)
    return kernels * factors, beta + (biases - mean) * factors
""",
            {"fold_kernels": 0, "fold_biases": 0, "fold_layer": 0},
        ),
        (  # the kernels are left as they are
            """
def folded(kernels, biases, gamma, beta, mean, variance, epsilon=0.001):
    return kernels, gamma * (biases - mean) / np.sqrt(variance + epsilon) + beta
""",
            {"fold_kernels": 0, "fold_biases": 1, "fold_layer": 0},
        ),
        (  # one factor for all filters
            """
def folded(kernels, biases, gamma, beta, mean, variance, epsilon=0.001):
    factor = gamma[-1] / np.sqrt(variance[-1] + epsilon)
    return kernels * factor, beta + (biases - mean) * gamma / np.sqrt(variance + epsilon)
""",
            {"fold_kernels": 0, "fold_biases": 1, "fold_layer": 0},
        ),
    ],
    "sliding": [
        (  # the axes in the wrong order
            """
import keras


def sliding(weights, biases, side, channels):
    model = keras.Sequential([keras.Input((None, None, channels)), keras.layers.Conv2D(len(biases), side)])
    model.set_weights([weights.reshape(channels, side, side, len(biases)).transpose(1, 2, 0, 3), biases])
    return model
""",
            {"sliding_patch": 0, "sliding_picture": 0},
        ),
        (  # the picture is padded: as many places as pixels
            """
import keras


def sliding(weights, biases, side, channels):
    layer = keras.layers.Conv2D(len(biases), side, padding="same")
    model = keras.Sequential([keras.Input((None, None, channels)), layer])
    model.set_weights([weights.reshape(side, side, channels, len(biases)), biases])
    return model
""",
            {"sliding_patch": 0, "sliding_picture": 0},
        ),
        (  # patches side by side instead of every patch
            """
import keras


def sliding(weights, biases, side, channels):
    layer = keras.layers.Conv2D(len(biases), side, strides=side)
    model = keras.Sequential([keras.Input((None, None, channels)), layer])
    model.set_weights([weights.reshape(side, side, channels, len(biases)), biases])
    return model
""",
            {"sliding_patch": 1, "sliding_picture": 0},
        ),
        (  # still a dense layer: one patch only
            """
import keras


def sliding(weights, biases, side, channels):
    units = len(biases)
    model = keras.Sequential([
        keras.Input((side, side, channels)), keras.layers.Flatten(), keras.layers.Dense(units),
        keras.layers.Reshape((1, 1, units)),
    ])
    model.set_weights([weights, biases])
    return model
""",
            {"sliding_patch": 1, "sliding_picture": 0},
        ),
        (  # the weights are never set
            """
import keras


def sliding(weights, biases, side, channels):
    return keras.Sequential([keras.Input((None, None, channels)), keras.layers.Conv2D(len(biases), side)])
""",
            {"sliding_patch": 0, "sliding_picture": 0},
        ),
        (  # scores above 0 only
            """
import keras


def sliding(weights, biases, side, channels):
    layer = keras.layers.Conv2D(len(biases), side, activation="relu")
    model = keras.Sequential([keras.Input((None, None, channels)), layer])
    model.set_weights([weights.reshape(side, side, channels, len(biases)), biases])
    return model
""",
            {"sliding_patch": 0, "sliding_picture": 0},
        ),
    ],
    "match": [
        (  # a true box may be taken again and again
            """
def judged(boxes, scores, truth, threshold):
    hits = sum(bool(len(truth)) and iou(box, truth).max() >= threshold for box in boxes)
    found = sum(bool(len(boxes)) and iou(box, boxes).max() >= threshold for box in truth)
    return int(hits), len(boxes) - int(hits), len(truth) - int(found)


quality = [judged(guesses, sureness, trees, 0.5)[0] / len(guesses), judged(guesses, sureness, trees, 0.5)[0] / 61]
""",
            {"match_counts": 1, "match_once": 0, "match_order": 0, "match_forest": 0},
        ),
        (  # in the order of the list
            """
def judged(boxes, scores, truth, threshold):
    free, hits = np.ones(len(truth), dtype=bool), 0
    for box in boxes:
        overlaps = np.where(free, iou(box, truth), -1)
        if free.any() and overlaps.max() >= threshold:
            free[overlaps.argmax()] = False
            hits += 1
    return hits, len(boxes) - hits, len(truth) - hits


hits = judged(guesses, sureness, trees, 0.5)[0]
quality = [hits / len(trees), hits / len(guesses)]
""",
            {"match_counts": 1, "match_once": 1, "match_order": 0, "match_forest": 0},
        ),
        (  # the lowest score first
            """
def judged(boxes, scores, truth, threshold):
    free, hits = np.ones(len(truth), dtype=bool), 0
    for number in np.argsort(scores):
        overlaps = np.where(free, iou(boxes[number], truth), -1)
        if free.any() and overlaps.max() >= threshold:
            free[overlaps.argmax()] = False
            hits += 1
    return hits, len(boxes) - hits, len(truth) - hits


quality = [0.5, 0.5]
""",
            {"match_counts": 1, "match_once": 1, "match_order": 0, "match_forest": 0},
        ),
        (  # more than the threshold; no answer where there are no trees
            """
def judged(boxes, scores, truth, threshold):
    free, hits = np.ones(len(truth), dtype=bool), 0
    for number in np.argsort(-scores):
        overlaps = np.where(free, iou(boxes[number], truth), -1)
        if overlaps.max() > threshold:
            free[overlaps.argmax()] = False
            hits += 1
    return hits, len(boxes) - hits, len(truth) - hits


hits, false, missed = judged(guesses, sureness, trees, 0.5)
quality = [hits / (hits + false), hits / (hits + missed)]
""",
            {"match_counts": 0, "match_once": 1, "match_order": 1, "match_forest": 1},
        ),
        (  # only the best tree of each box is looked at, taken or not
            """
def judged(boxes, scores, truth, threshold):
    taken = set()
    for number in np.argsort(-scores):
        if len(truth):
            overlaps = iou(boxes[number], truth)
            best = int(overlaps.argmax())
            if overlaps[best] >= threshold:
                taken.add(best)
    return len(taken), len(boxes) - len(taken), len(truth) - len(taken)


hits, false, missed = judged(guesses, sureness, trees, 0.5)
quality = [hits / (hits + missed), hits / (hits + false)]
""",
            {"match_counts": 1, "match_once": 0, "match_order": 0, "match_forest": 0},
        ),
        (  # the counts in another order
            """
def judged(boxes, scores, truth, threshold):
    free, hits = np.ones(len(truth), dtype=bool), 0
    for number in np.argsort(-scores):
        overlaps = np.where(free, iou(boxes[number], truth), -1)
        if free.any() and overlaps.max() >= threshold:
            free[overlaps.argmax()] = False
            hits += 1
    return hits, len(truth) - hits, len(boxes) - hits


hits = judged(guesses, sureness, trees, 0.5)[0]
quality = [hits / len(guesses), hits / len(trees)]
""",
            {"match_counts": 0, "match_once": 0, "match_order": 1, "match_forest": 1},
        ),
    ],
}
