"""Answers to the assignment of lesson 02: others that are right, and typical wrong ones with their marks."""

ALTERNATIVE = {
    "gates": """
gates = dict.fromkeys(["exactly one", "all alike"])
gates["two of three"] = np.array([2.0, 2.0, 2.0, -3.0])
gates["start"] = (2, 2, -4, -1)
gates["key"] = [20, 10, 10, -25]
""",
    "margin": """
def margin(points, labels, weights, bias):
    length = sum(weight**2 for weight in weights) ** 0.5
    smallest = float("inf")
    for point, label in zip(points, labels):
        distance = (sum(x * w for x, w in zip(point, weights)) + bias) / length
        smallest = min(smallest, (2 * label - 1) * distance)
    return float(smallest)
""",
    "pocket": """
class PocketNeuron:
    def __init__(self, num_inputs):
        self.pocket = np.zeros(num_inputs + 1)
        self.now, self.history, self.fewest = np.zeros(num_inputs + 1), [], float("inf")

    pocket_weights = property(lambda self: self.pocket[:-1])
    pocket_bias = property(lambda self: self.pocket[-1])

    @staticmethod
    def extended(points):
        return np.column_stack([points, np.ones(len(points))])

    def fit(self, points, labels, passes):
        rows = self.extended(points)
        for _ in range(passes):
            for row, label in zip(rows, labels):
                self.now += (label - (row @ self.now > 0)) * row
            self.history.append(int(sum((rows @ self.now > 0) != labels)))
            if self.history[-1] < self.fewest:
                self.fewest, self.pocket = self.history[-1], self.now.copy()

    def predict(self, points):
        return [int(z > 0) for z in self.extended(points) @ self.pocket]
""",
    "forward": """
def forward(inputs, layers):
    *hidden, (weights, biases) = layers
    for matrix, shift in hidden:
        inputs = (inputs @ matrix + shift[None, :]).clip(min=0)
    return inputs @ weights + biases[None, :]
""",
    "box": """
def box_network(low, high):
    # One hidden unit a side says "beyond this side"; the output says yes if none of them does.
    count = len(low)
    weights_1 = np.zeros((count, 2 * count))
    for number in range(count):
        weights_1[number, 2 * number], weights_1[number, 2 * number + 1] = -1, 1
    biases_1 = np.ravel([[bottom, -top] for bottom, top in zip(low, high)])
    return weights_1, biases_1, np.full((2 * count, 1), -1.0), np.array([0.5])


inside = np.array([
    sum(bool(np.all(row > low) and np.all(row < high)) for row in rows) for rows in (own, others)
])
""",
}

WRONG = {
    "gates": [
        (
            """
decided = {"two of three": [0, 0, 0, 1, 0, 1, 1, 1], "start": [0, 0, 1, 0, 1, 0, 1, 0], "key": [0] * 5 + [1] * 3}
gates = {name: [0, 0, 0, np.array(found) - 0.5] for name, found in decided.items()}
gates |= {"exactly one": None, "all alike": None}
""",
            {"gates_exact": 0, "gates_noise": 0, "gates_impossible": 1},
        ),
        (  # right for exact sensors, but the lines pass close to corners
            """
gates = {"two of three": [1, 1, 1, -1.9], "start": [1, 1, -2, -0.5], "key": [2, 1, 1, -2.5],
         "exactly one": None, "all alike": None}
""",
            {"gates_exact": 2, "gates_noise": 0, "gates_impossible": 1},
        ),
        (  # numbers for a decision that no line makes
            """
gates = {"two of three": [1, 1, 1, -1.5], "start": [1, 1, -2, -0.5], "key": [2, 1, 1, -2.5],
         "exactly one": [1, 1, 1, -0.5], "all alike": None}
""",
            {"gates_exact": 2, "gates_noise": 1, "gates_impossible": 0},
        ),
        (  # x3 does not forbid the start strongly enough
            """
gates = {"two of three": [1, 1, 1, -1.5], "start": [1, 1, -1, -0.5], "key": [2, 1, 1, -2.5],
         "exactly one": None, "all alike": None}
""",
            {"gates_exact": 0, "gates_noise": 0, "gates_impossible": 1},
        ),
        (  # gives up on all of them
            """
gates = dict.fromkeys(["two of three", "start", "key", "exactly one", "all alike"])
""",
            {"gates_exact": 0, "gates_noise": 0, "gates_impossible": 0},
        ),
        (  # the bias is forgotten
            """
gates = {"two of three": [1, 1, 1], "start": [1, 1, -2], "key": [2, 1, 1], "exactly one": None, "all alike": None}
""",
            {"gates_exact": 0, "gates_noise": 0, "gates_impossible": 1},
        ),
    ],
    "margin": [
        (  # not divided by the length of the weights
            """
def margin(points, labels, weights, bias):
    return np.min((2 * labels - 1) * (points @ weights + bias))
""",
            {"margin_right": 0, "margin_scale": 0, "margin_wrong": 0},
        ),
        (  # no sign: wrong points count as if they were right
            """
def margin(points, labels, weights, bias):
    return np.min(np.abs(points @ weights + bias)) / np.linalg.norm(weights)
""",
            {"margin_right": 1, "margin_scale": 1, "margin_wrong": 0},
        ),
        (  # labels taken as factors: label 0 makes every distance 0
            """
def margin(points, labels, weights, bias):
    return np.min(labels * (points @ weights + bias)) / np.linalg.norm(weights)
""",
            {"margin_right": 0, "margin_scale": 0, "margin_wrong": 0},
        ),
        (  # the length of the weights by absolute values
            """
def margin(points, labels, weights, bias):
    return np.min((2 * labels - 1) * (points @ weights + bias)) / np.sum(np.abs(weights))
""",
            {"margin_right": 0, "margin_scale": 0, "margin_wrong": 0},
        ),
        (  # written for two inputs
            """
def margin(points, labels, weights, bias):
    length = np.sqrt(weights[0] ** 2 + weights[1] ** 2)
    return np.min(np.where(labels == 1, 1, -1) * (points @ weights + bias)) / length
""",
            {"margin_right": 1, "margin_scale": 0, "margin_wrong": 0},
        ),
    ],
    "pocket": [
        (  # no pocket: the last weights
            """
class PocketNeuron:
    def __init__(self, num_inputs):
        self.pocket_weights, self.pocket_bias, self.history = np.zeros(num_inputs), 0.0, []

    def fit(self, points, labels, passes):
        for _ in range(passes):
            for point, label in zip(points, labels):
                error = label - self.predict(point)
                self.pocket_weights = self.pocket_weights + error * point
                self.pocket_bias = self.pocket_bias + error
            self.history.append(int(np.sum(self.predict(points) != labels)))

    def predict(self, points):
        return step(points @ self.pocket_weights + self.pocket_bias)
""",
            {"pocket_new": 1, "pocket_rule": 1, "pocket_best": 0},
        ),
        (  # the pocket is the same array as the weights, which change in place
            """
class PocketNeuron:
    def __init__(self, num_inputs):
        self.weights, self.bias, self.history = np.zeros(num_inputs), 0.0, []
        self.pocket_weights, self.pocket_bias = self.weights, self.bias

    def fit(self, points, labels, passes):
        for _ in range(passes):
            for point, label in zip(points, labels):
                error = label - step(point @ self.weights + self.bias)
                self.weights += error * point
                self.bias += error
            wrong = int(np.sum(step(points @ self.weights + self.bias) != labels))
            if wrong < min(self.history, default=np.inf):
                self.pocket_weights, self.pocket_bias = self.weights, self.bias
            self.history.append(wrong)

    def predict(self, points):
        return step(points @ self.pocket_weights + self.pocket_bias)
""",
            {"pocket_new": 1, "pocket_rule": 1, "pocket_best": 0},
        ),
        (  # the weights are updated once a pass, by the sum over all points
            """
class PocketNeuron:
    def __init__(self, num_inputs):
        self.weights, self.bias, self.history = np.zeros(num_inputs), 0.0, []
        self.pocket_weights, self.pocket_bias = np.zeros(num_inputs), 0.0

    def fit(self, points, labels, passes):
        for _ in range(passes):
            errors = labels - step(points @ self.weights + self.bias)
            self.weights, self.bias = self.weights + errors @ points, self.bias + errors.sum()
            wrong = int(np.sum(step(points @ self.weights + self.bias) != labels))
            if wrong < min(self.history, default=np.inf):
                self.pocket_weights, self.pocket_bias = self.weights, self.bias
            self.history.append(wrong)

    def predict(self, points):
        return step(points @ self.pocket_weights + self.pocket_bias)
""",
            {"pocket_new": 1, "pocket_rule": 0, "pocket_best": 0},
        ),
        (  # the sign of the error is turned round
            """
class PocketNeuron:
    def __init__(self, num_inputs):
        self.weights, self.bias, self.history = np.zeros(num_inputs), 0.0, []
        self.pocket_weights, self.pocket_bias = np.zeros(num_inputs), 0.0

    def fit(self, points, labels, passes):
        for _ in range(passes):
            for point, label in zip(points, labels):
                error = step(point @ self.weights + self.bias) - label
                self.weights, self.bias = self.weights + error * point, self.bias + error
            wrong = int(np.sum(step(points @ self.weights + self.bias) != labels))
            if wrong < min(self.history, default=np.inf):
                self.pocket_weights, self.pocket_bias = self.weights, self.bias
            self.history.append(wrong)

    def predict(self, points):
        return step(points @ self.pocket_weights + self.pocket_bias)
""",
            {"pocket_new": 1, "pocket_rule": 0, "pocket_best": 0},
        ),
        (  # never initialised
            """
class PocketNeuron:
    pocket_bias = 0.0
    history = []

    def fit(self, points, labels, passes):
        self.pocket_weights = np.linalg.pinv(points) @ labels

    def predict(self, points):
        return step(points @ self.pocket_weights)
""",
            {"pocket_new": 0, "pocket_rule": 0, "pocket_best": 0},
        ),
    ],
    "forward": [
        (  # all three faults
            """
forward = broken_forward
""",
            {"forward_bias": 0, "forward_output": 0, "forward_chain": 0},
        ),
        (  # only the biases mended
            """
def forward(inputs, layers):
    for weights, biases in layers:
        activations = np.maximum(0, inputs @ weights + biases)
    return activations
""",
            {"forward_bias": 1, "forward_output": 0, "forward_chain": 0},
        ),
        (  # ReLU at the end as well
            """
def forward(inputs, layers):
    for weights, biases in layers:
        inputs = np.maximum(0, inputs @ weights + biases)
    return inputs
""",
            {"forward_bias": 1, "forward_output": 0, "forward_chain": 1},
        ),
        (  # no ReLU at all
            """
def forward(inputs, layers):
    for weights, biases in layers:
        inputs = inputs @ weights + biases
    return inputs
""",
            {"forward_bias": 1, "forward_output": 1, "forward_chain": 0},
        ),
        (  # the biases still stand upright
            """
def forward(inputs, layers):
    for number, (weights, biases) in enumerate(layers):
        inputs = inputs @ weights + (biases[:, None] if np.any(biases) else 0)
        inputs = inputs if number == len(layers) - 1 else np.maximum(0, inputs)
    return inputs
""",
            {"forward_bias": 0, "forward_output": 1, "forward_chain": 1},
        ),
    ],
    "box": [
        (  # the output unit is content with one side
            """
def box_network(low, high):
    n = len(low)
    weights_1 = np.hstack([np.eye(n), -np.eye(n)])
    return weights_1, np.concatenate([-low, high]), np.ones((2 * n, 1)), np.array([-0.5])


inside = [59, 119]
""",
            {"box_plane": 0, "box_any": 0, "box_wine": 0},
        ),
        (  # right, but only for two measurements
            """
def box_network(low, high):
    weights_1 = np.array([[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0]])
    return weights_1, np.concatenate([-low, high]), np.ones((4, 1)), np.array([-3.5])


inside = [int(np.sum(np.all((rows > low) & (rows < high), axis=1))) for rows in (own, others)]
""",
            {"box_plane": 1, "box_any": 0, "box_wine": 1},
        ),
        (  # the upper sides look the wrong way
            """
def box_network(low, high):
    n = len(low)
    weights_1 = np.hstack([np.eye(n), np.eye(n)])
    return weights_1, np.concatenate([-low, -high]), np.ones((2 * n, 1)), np.array([0.5 - 2 * n])


inside = [0, 0]
""",
            {"box_plane": 0, "box_any": 0, "box_wine": 0},
        ),
        (  # shares instead of bottles, and a flat array at the end
            """
def box_network(low, high):
    n = len(low)
    weights_1 = np.hstack([np.eye(n), -np.eye(n)])
    return weights_1, np.concatenate([-low, high]), np.ones(2 * n), 0.5 - 2 * n


inside = [np.mean(np.all((rows > low) & (rows < high), axis=1)) for rows in (own, others)]
""",
            {"box_plane": 0, "box_any": 0, "box_wine": 0},
        ),
    ],
}
