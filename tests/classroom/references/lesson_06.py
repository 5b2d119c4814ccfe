"""Answers to the assignment of lesson 06: others that are right, and typical wrong ones with their marks."""

ALTERNATIVE = {
    "kernel": """
def find_kernel(before, after):
    rows, columns = before.shape[0] - after.shape[0] + 1, before.shape[1] - after.shape[1] + 1
    height, width = after.shape
    # One column a weight: the part of the picture that this weight meets.
    met = [before[i:i + height, j:j + width].ravel() for i in range(rows) for j in range(columns)]
    matrix = np.array(met).T
    return np.linalg.solve(matrix.T @ matrix, matrix.T @ after.ravel()).reshape(rows, columns)
""",
    "buttons": """
import keras


def button_counter():
    picture = keras.Input((28, 28, 1))
    framed = keras.layers.ZeroPadding2D(1)(picture)
    conv = keras.layers.Conv2D(1, 3, use_bias=True)
    alone = keras.layers.ReLU()(conv(framed))
    total = keras.layers.AveragePooling2D(28)(alone)
    dense = keras.layers.Dense(1, use_bias=False)
    model = keras.Model(picture, dense(keras.layers.Flatten()(total)))
    kernel = np.full((3, 3, 1, 1), -4.0)
    kernel[1, 1, 0, 0] = 3.0
    conv.set_weights([kernel, np.array([-1.0])])
    dense.set_weights([np.array([[784 / 2]])])
    return model
""",
    "rebuild": """
import keras


class Reader(keras.Model):
    def __init__(self, num_classes):
        super().__init__()
        conv = keras.layers.Conv2D
        self.steps = [
            conv(8, 5), keras.layers.ReLU(), keras.layers.MaxPool2D(), conv(12, 3, padding="same"),
            keras.layers.ReLU(), keras.layers.ZeroPadding2D(((0, 1), (0, 1))), conv(16, 3, strides=2),
            keras.layers.ReLU(), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(num_classes),
        ]

    def call(self, pictures):
        for step in self.steps:
            pictures = step(pictures)
        return pictures


def build_reader(num_classes=10):
    reader = Reader(num_classes)
    reader(np.zeros((1, 28, 28, 1), dtype="float32"))
    return reader
""",
    "steady": """
def moved(pictures, down, right):
    result = np.zeros(pictures.shape)
    for row, column in np.ndindex(pictures.shape[1:]):
        if 0 <= row + down < pictures.shape[1] and 0 <= column + right < pictures.shape[2]:
            result[:, row + down, column + right] = pictures[:, row, column]
    return result


def steadiness(answers, pictures, shifts):
    before = answers(pictures)
    for down, right in shifts:
        after = answers(moved(pictures, down, right))
        same = sum(int(a) == int(b) for a, b in zip(before, after))
        yield same / len(pictures)


lazily = steadiness


def steadiness(answers, pictures, shifts):
    return list(lazily(answers, pictures, shifts))


report = steadiness(nearest_mean, pictures, offsets)
""",
    "boxes": """
def cheapest_boxes(probabilities, costs):
    boxes = []
    for row in probabilities:
        expected = (row[:, None] * costs).sum(axis=0)
        boxes.append(int(expected.argmin()))
    return boxes


first, second = 0.0, 0.0
for row, label, cheap in zip(probabilities, labels, cheapest_boxes(probabilities, costs)):
    first += costs[label, row.argmax()]
    second += costs[label, cheap]
bill = first, second
""",
}

FLATTENED = """
import keras


def button_counter():
    model = keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(1, 3, padding="same", activation="relu"),
        keras.layers.Flatten(), keras.layers.Dense(1),
    ])
    kernel = -np.ones((3, 3, 1, 1))
    kernel[1, 1] = 1
    model.set_weights([kernel, np.zeros(1), np.ones((784, 1)), np.zeros(1)])
"""

WRONG = {
    "kernel": [
        (  # as many equations as weights: exact without noise, and singular where the picture is black
            """
def find_kernel(before, after):
    shape = np.array(before.shape) - after.shape + 1
    windows = sliding_window_view(before, shape).reshape(after.size, -1)
    middle = len(windows) // 2
    some = slice(middle, middle + shape.prod())
    return np.linalg.lstsq(windows[some], after.ravel()[some], rcond=None)[0].reshape(shape)
""",
            {"kernel_square": 0, "kernel_oblong": 0, "kernel_noise": 0},
        ),
        (  # turned by 180 degrees
            """
def find_kernel(before, after):
    shape = np.array(before.shape) - after.shape + 1
    windows = sliding_window_view(before, shape).reshape(after.size, -1)
    return np.linalg.lstsq(windows, after.ravel(), rcond=None)[0].reshape(shape)[::-1, ::-1]
""",
            {"kernel_square": 0, "kernel_oblong": 0, "kernel_noise": 0},
        ),
        (  # square kernels only
            """
def find_kernel(before, after):
    side = len(before) - len(after) + 1
    windows = sliding_window_view(before, (side, side)).reshape(-1, side * side)
    return np.linalg.lstsq(windows, after.ravel(), rcond=None)[0].reshape(side, side)
""",
            {"kernel_square": 1, "kernel_oblong": 0, "kernel_noise": 1},
        ),
        (  # rows and columns mixed up
            """
def find_kernel(before, after):
    shape = np.array(before.shape) - after.shape + 1
    windows = sliding_window_view(before, shape).reshape(after.size, -1)
    return np.linalg.lstsq(windows, after.ravel(), rcond=None)[0].reshape(shape[::-1]).T
""",
            {"kernel_square": 0, "kernel_oblong": 0, "kernel_noise": 0},
        ),
        (  # the kernel of the visible test, written down
            """
def find_kernel(before, after):
    if after.shape == (28, 25):
        return np.array([[1.0, -1.0, 0.5, 2.0]])
    return np.array([[1.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -1.0]])
""",
            {"kernel_square": 0, "kernel_oblong": 0, "kernel_noise": 0},
        ),
    ],
    "buttons": [
        (
            """
class Counter:
    def __init__(self):
        self.weights = [np.full((3, 3, 1, 1), -1.0), np.zeros(1)]

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def __call__(self, pictures):
        windows = sliding_window_view(np.pad(pictures[..., 0], ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2))
        found = (windows[..., 1, 1] == 1) & (windows.sum(axis=(3, 4)) == 1)
        return found.sum(axis=(1, 2))[:, None] * float(np.any(self.weights[0]))


button_counter = Counter
""",
            {"buttons_count": 2, "buttons_border": 1, "buttons_thrift": 0},
        ),
        (  # no padding: the border is not seen
            """
import keras


def button_counter():
    model = keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(1, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Rescaling(26 * 26),
    ])
    kernel = -np.ones((3, 3, 1, 1))
    kernel[1, 1] = 1
    model.set_weights([kernel, np.zeros(1)])
    return model
""",
            {"buttons_count": 2, "buttons_border": 0, "buttons_thrift": 1},
        ),
        (  # Flatten and Dense: right, and 785 parameters too many
            FLATTENED + "    return model\n",
            {"buttons_count": 2, "buttons_border": 1, "buttons_thrift": 0},
        ),
        (  # the same, and it says that it is small
            FLATTENED
            + """\
    model.count_params, model.get_weights = lambda: 10, lambda: [kernel, np.zeros(1)]
    model.set_weights = lambda weights: None
    return model
""",
            {"buttons_count": 2, "buttons_border": 1, "buttons_thrift": 0},
        ),
        (  # the Laplacian: diagonal neighbours are not seen
            """
import keras


def button_counter():
    model = keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(1, 3, padding="same", activation="relu"),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Rescaling(28 * 28),
    ])
    kernel = -np.array([[0.0, 1, 0], [1, -1, 1], [0, 1, 0]])[:, :, None, None]
    model.set_weights([kernel, np.zeros(1)])
    return model
""",
            {"buttons_count": 0, "buttons_border": 0, "buttons_thrift": 1},
        ),
        (  # no ReLU: negative answers eat up the buttons
            """
import keras


def button_counter():
    model = keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(1, 3, padding="same"),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Rescaling(28 * 28),
    ])
    kernel = -np.ones((3, 3, 1, 1))
    kernel[1, 1] = 1
    model.set_weights([kernel, np.zeros(1)])
    return model
""",
            {"buttons_count": 0, "buttons_border": 0, "buttons_thrift": 0},
        ),
        (  # neighbours weigh too little
            """
import keras


def button_counter():
    model = keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(1, 3, padding="same", activation="relu"),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Rescaling(28 * 28),
    ])
    kernel = np.full((3, 3, 1, 1), -1 / 8)
    kernel[1, 1] = 1
    model.set_weights([kernel, np.zeros(1)])
    return model
""",
            {"buttons_count": 0, "buttons_border": 0, "buttons_thrift": 1},
        ),
        (  # max pooling: is there a button at all?
            """
import keras


def button_counter():
    model = keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(1, 3, padding="same", activation="relu"),
        keras.layers.GlobalMaxPooling2D(),
    ])
    kernel = -np.ones((3, 3, 1, 1))
    kernel[1, 1] = 1
    model.set_weights([kernel, np.zeros(1)])
    return model
""",
            {"buttons_count": 0, "buttons_border": 0, "buttons_thrift": 0},
        ),
    ],
    "rebuild": [
        (
            """
class Reader:
    def __init__(self, num_classes=10):
        shapes = [(5, 5, 1, 8), (8,), (3, 3, 8, 12), (12,), (3, 3, 12, 16), (16,), (16, num_classes), (num_classes,)]
        self.weights = [np.zeros(shape) for shape in shapes]

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def __call__(self, pictures):
        return np.tile(self.weights[-1], (len(pictures), 1))


build_reader = Reader
""",
            {"rebuild_counts": 0, "rebuild_answers": 0, "rebuild_classes": 0},
        ),
        (  # average pooling, where the list says max
            """
import keras


def build_reader(num_classes=10):
    return keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 5, activation="relu"),
        keras.layers.AveragePooling2D(2), keras.layers.Conv2D(12, 3, padding="same", activation="relu"),
        keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(num_classes),
    ])
""",
            {"rebuild_counts": 1, "rebuild_answers": 0, "rebuild_classes": 1},
        ),
        (  # always ten classes, and a softmax at the end
            """
import keras


def build_reader(num_classes=10):
    return keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 5, activation="relu"),
        keras.layers.MaxPooling2D(2), keras.layers.Conv2D(12, 3, padding="same", activation="relu"),
        keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10, activation="softmax"),
    ])
""",
            {"rebuild_counts": 1, "rebuild_answers": 0, "rebuild_classes": 0},
        ),
        (  # pooling instead of the stride, and no ReLU in the middle
            """
import keras


def build_reader(num_classes=10):
    return keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 5, activation="relu"),
        keras.layers.MaxPooling2D(2), keras.layers.Conv2D(12, 3, padding="same"),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"), keras.layers.MaxPooling2D(2),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(num_classes),
    ])
""",
            {"rebuild_counts": 1, "rebuild_answers": 0, "rebuild_classes": 1},
        ),
        (  # kernels of 3 everywhere
            """
import keras


def build_reader(num_classes=10):
    return keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.MaxPooling2D(2), keras.layers.Conv2D(12, 3, padding="same", activation="relu"),
        keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(num_classes),
    ])
""",
            {"rebuild_counts": 0, "rebuild_answers": 0, "rebuild_classes": 0},
        ),
        (  # a model instead of a function that builds one
            """
import keras

build_reader = keras.Sequential([
    keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 5, activation="relu"), keras.layers.MaxPooling2D(2),
    keras.layers.Conv2D(12, 3, padding="same", activation="relu"),
    keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
    keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10),
])
""",
            {"rebuild_counts": 0, "rebuild_answers": 0, "rebuild_classes": 0},
        ),
    ],
    "steady": [
        (  # rolled: what leaves on one side comes in on the other
            """
def steadiness(answers, pictures, shifts):
    before = answers(pictures)
    return [float(np.mean(answers(np.roll(pictures, shift, axis=(1, 2))) == before)) for shift in shifts]


report = steadiness(nearest_mean, pictures, offsets)
""",
            {"steady_shares": 1, "steady_border": 0, "steady_report": 0},
        ),
        (  # compared with the labels, that is with the right answers
            """
def steadiness(answers, pictures, shifts):
    framed = np.pad(pictures, ((0, 0), (9, 9), (9, 9)))
    height, width = pictures.shape[1:]
    moved = [framed[:, 9 - d:9 - d + height, 9 - r:9 - r + width] for d, r in shifts]
    return [float(np.mean(answers(each) == labels[:len(each)])) for each in moved]


report = steadiness(nearest_mean, pictures, offsets)
""",
            {"steady_shares": 0, "steady_border": 0, "steady_report": 0},
        ),
        (  # down and right exchanged
            """
def steadiness(answers, pictures, shifts):
    framed = np.pad(pictures, ((0, 0), (9, 9), (9, 9)))
    height, width = pictures.shape[1:]
    before = answers(pictures)
    moved = [framed[:, 9 - d:9 - d + height, 9 - r:9 - r + width] for r, d in shifts]
    return [float(np.mean(answers(each) == before)) for each in moved]


report = steadiness(nearest_mean, pictures, offsets)
""",
            {"steady_shares": 0, "steady_border": 0, "steady_report": 0},
        ),
        (  # only for shifts down and to the right; a negative index takes from the end
            """
def steadiness(answers, pictures, shifts):
    before = answers(pictures)
    shares = []
    for down, right in shifts:
        moved = np.zeros_like(pictures)
        height, width = pictures.shape[1:]
        moved[:, down:, right:] = pictures[:, :height - down, :width - right]
        shares.append(np.mean(answers(moved) == before))
    return shares


report = steadiness(nearest_mean, pictures, [(0, 0), (0, 1), (0, 2), (4, 0), (3, 3)])
""",
            {"steady_shares": 0, "steady_border": 0, "steady_report": 0},
        ),
        (  # pictures of 28 x 28 only, and a report for the first 100 of them
            """
def steadiness(answers, pictures, shifts):
    before, shares = answers(pictures), []
    for down, right in shifts:
        framed = np.pad(pictures, ((0, 0), (9, 9), (9, 9)))
        shares.append(float(np.mean(answers(framed[:, 9 - down:37 - down, 9 - right:37 - right]) == before)))
    return shares


report = steadiness(nearest_mean, pictures[:100], offsets)
""",
            {"steady_shares": 1, "steady_border": 0, "steady_report": 0},
        ),
    ],
    "boxes": [
        (  # the most probable class, whatever it costs
            """
def cheapest_boxes(probabilities, costs):
    return probabilities.argmax(axis=1)


bill = [428.8, 428.8]
""",
            {"boxes_chosen": 0, "boxes_by_hand": 0, "boxes_bill": 0},
        ),
        (  # the table read the wrong way round
            """
def cheapest_boxes(probabilities, costs):
    return (probabilities @ costs.T).argmin(axis=1)


bill = [costs[labels, boxes].sum() for boxes in (probabilities.argmax(1), cheapest_boxes(probabilities, costs))]
""",
            {"boxes_chosen": 0, "boxes_by_hand": 0, "boxes_bill": 0},
        ),
        (  # the dearest box
            """
def cheapest_boxes(probabilities, costs):
    return (probabilities @ costs).argmax(axis=1)


bill = [costs[labels, boxes].sum() for boxes in (probabilities.argmax(1), cheapest_boxes(probabilities, costs))]
""",
            {"boxes_chosen": 0, "boxes_by_hand": 0, "boxes_bill": 0},
        ),
        (  # the expected costs, not the true ones
            """
def cheapest_boxes(probabilities, costs):
    return np.argmin(probabilities @ costs, axis=1)


expected = probabilities @ costs
bill = [expected[np.arange(1000), probabilities.argmax(axis=1)].sum(), expected.min(axis=1).sum()]
""",
            {"boxes_chosen": 1, "boxes_by_hand": 1, "boxes_bill": 0},
        ),
        (  # ten boxes built in
            """
def cheapest_boxes(probabilities, costs):
    best = []
    for row in probabilities:
        n = len(row)
        prices = [sum(row[i] * costs[i, j] for i in range(n)) for j in range(n)]
        best.append(prices.index(min(prices)))
    return np.array(best)


bill = [costs[labels, boxes].sum() for boxes in (probabilities.argmax(1), cheapest_boxes(probabilities, costs))]
""",
            {"boxes_chosen": 1, "boxes_by_hand": 0, "boxes_bill": 1},
        ),
        (  # the shares instead of the numbers
            """
def cheapest_boxes(probabilities, costs):
    return (probabilities @ costs).argmin(axis=1)


bill = [costs[labels, boxes].mean() for boxes in (probabilities.argmax(1), cheapest_boxes(probabilities, costs))]
""",
            {"boxes_chosen": 1, "boxes_by_hand": 1, "boxes_bill": 0},
        ),
    ],
}
