"""Answers to the assignment of lesson 04: others that are right, and typical wrong ones with their marks."""

ALTERNATIVE = {
    "loss": """
def weighted_loss(logits, targets, weight):
    total, gradient = 0.0, []
    for z, y in zip(np.ravel(logits), np.ravel(targets)):
        sign, factor = (-1, weight) if y else (1, 1)
        total += factor * (max(0, sign * z) + np.log1p(np.exp(-abs(z))))
        power = np.exp(-abs(z))
        wrong = power / (1 + power) if sign * z < 0 else 1 / (1 + power)
        gradient.append([sign * factor * wrong / len(logits)])
    return total / len(logits), np.array(gradient)
""",
    "layer": """
class ScaleShift:
    def __init__(self, scale, shift):
        self.scale, self.shift = [float(s) for s in scale], [float(t) for t in shift]

    def forward(self, inputs):
        self.last = np.array(inputs)
        return np.array([[x * s + t for x, s, t in zip(row, self.scale, self.shift)] for row in inputs])

    def backward(self, gradient):
        self.scale_gradient = np.einsum("ij,ij->j", gradient, self.last)
        self.shift_gradient = np.ones(len(gradient)) @ gradient
        return gradient @ np.diag(self.scale)

    def step(self, learning_rate):
        self.scale = list(self.scale - learning_rate * self.scale_gradient)
        self.shift = list(self.shift - learning_rate * self.shift_gradient)
""",
    "tied": """
def tied_gradient(inputs, targets, weights, times):
    # Recursive: the loss and the gradients of this use's inputs and of all later uses of the weights.
    def use(values, left):
        if left == 0:
            difference = values - targets
            return (difference**2).mean(), 2 * difference / difference.size, np.zeros(weights.shape)
        outputs = np.tanh(values @ weights)
        loss, message, later = use(outputs, left - 1)
        through = message * (1 - outputs * outputs)
        return loss, through @ weights.T, later + values.T @ through

    loss, _, gradient = use(inputs, times)
    return float(loss), gradient
""",
    "check": """
def wrong_gradients(loss, parameters, gradients):
    names = []
    for name, array in parameters.items():
        flat, found = np.array(array, dtype=float).ravel(), []
        for number in range(flat.size):
            values = []
            for change in (1e-5, -1e-5):
                nudged = flat.copy()
                nudged[number] += change
                values.append(loss(dict(parameters, **{name: nudged.reshape(np.shape(array))})))
            found.append((values[0] - values[1]) / 2e-5)
        claim, found = np.ravel(gradients[name]), np.array(found)
        size = max(np.sqrt(np.sum(claim**2)), np.sqrt(np.sum(found**2)))
        if np.sqrt(np.sum((claim - found) ** 2)) > 1e-4 * size:
            names.append(name)
    names.sort()
    return names
""",
    "train": """
class Network:
    def __init__(self, parameters):
        self.w1, self.b1, self.w2, self.b2 = (np.array(each, dtype=float) for each in parameters)

    def forward(self, x):
        self.x, self.h = x, np.tanh(x @ self.w1 + self.b1)
        return self.h @ self.w2 + self.b2

    def learn(self, message, rate):
        back = (message @ self.w2.T) * (1 - self.h**2)
        for own, gradient in (
            (self.w2, self.h.T @ message), (self.b2, message.sum(0)), (self.w1, self.x.T @ back), (self.b1, back.sum(0))
        ):
            own -= rate * gradient


def train(inputs, targets, parameters, loss_and_gradient, learning_rate, num_steps):
    network, losses = Network(parameters), []
    while len(losses) < num_steps:
        loss, message = loss_and_gradient(network.forward(inputs), targets)
        network.learn(message, learning_rate)
        losses.append(float(loss))
    return (network.w1, network.b1, network.w2, network.b2), losses


def ill_or_not(weight):
    # A logistic loss with weights for the samples, so that nothing of task 1 is needed.
    factors = np.where(malignant[known] == 1, weight, 1)

    def loss(z, y):
        p = 1 / (1 + np.exp(-z))
        return -np.mean(factors * np.log(np.where(y == 1, p, 1 - p))), factors * (p - y) / len(y)

    return loss


counts = []
for weight in (1, 4):
    network = Network(train(measurements[known], malignant[known], start, ill_or_not(weight), 0.3, 200)[0])
    pairs = [(bool(z > 0), bool(y)) for z, y in zip(network.forward(measurements[new]), malignant[new])]
    counts.append((pairs.count((False, True)), pairs.count((True, False))))
""",
}

WRONG = {
    "loss": [
        (  # the definition, word by word: it overflows
            """
def weighted_loss(logits, targets, weight):
    p = 1 / (1 + np.exp(-logits))
    losses = -weight * targets * np.log(p) - (1 - targets) * np.log(1 - p)
    return losses.mean(), np.where(targets == 1, weight * (p - 1), p) / len(logits)
""",
            {"loss_value": 1, "loss_gradient": 1, "loss_large": 0},
        ),
        (  # the probability is kept away from 0 and 1: finite, and not right
            """
def weighted_loss(logits, targets, weight):
    p = np.clip(0.5 * (1 + np.tanh(logits / 2)), 1e-12, 1 - 1e-12)
    losses = -weight * targets * np.log(p) - (1 - targets) * np.log(1 - p)
    return losses.mean(), np.where(targets == 1, weight * (p - 1), p) / len(logits)
""",
            {"loss_value": 1, "loss_gradient": 1, "loss_large": 0},
        ),
        (  # the gradient is not averaged
            """
def weighted_loss(logits, targets, weight):
    losses = np.where(targets == 1, weight * np.logaddexp(0, -logits), np.logaddexp(0, logits))
    p = 0.5 * (1 + np.tanh(logits / 2))
    return losses.mean(), np.where(targets == 1, weight * (p - 1), p)
""",
            {"loss_value": 1, "loss_gradient": 0, "loss_large": 0},
        ),
        (  # the weight is applied to all
            """
def weighted_loss(logits, targets, weight):
    losses = weight * (np.logaddexp(0, logits) - targets * logits)
    p = 0.5 * (1 + np.tanh(logits / 2))
    return losses.mean(), weight * (p - targets) / len(logits)
""",
            {"loss_value": 0, "loss_gradient": 0, "loss_large": 0},
        ),
        (  # the gradient of the plain cross-entropy, without the weight
            """
def weighted_loss(logits, targets, weight):
    losses = np.where(targets == 1, weight * np.logaddexp(0, -logits), np.logaddexp(0, logits))
    p = 0.5 * (1 + np.tanh(logits / 2))
    return losses.mean(), (p - targets) / len(logits)
""",
            {"loss_value": 1, "loss_gradient": 0, "loss_large": 0},
        ),
    ],
    "layer": [
        (  # not added up over the batch
            """
class ScaleShift:
    def __init__(self, scale, shift):
        self.scale, self.shift = scale, shift

    def forward(self, inputs):
        self.inputs = inputs
        return inputs * self.scale + self.shift

    def backward(self, gradient):
        self.scale_gradient, self.shift_gradient = gradient * self.inputs, gradient
        return gradient * self.scale

    def step(self, learning_rate):
        self.scale = self.scale - learning_rate * self.scale_gradient
        self.shift = self.shift - learning_rate * self.shift_gradient
""",
            {"layer_forward": 1, "layer_backward": 0, "layer_step": 0},
        ),
        (  # gradients are added to those of the batch before
            """
class ScaleShift:
    def __init__(self, scale, shift):
        self.scale, self.shift = scale, shift
        self.scale_gradient = self.shift_gradient = 0

    def forward(self, inputs):
        self.inputs = inputs
        return inputs * self.scale + self.shift

    def backward(self, gradient):
        self.scale_gradient = self.scale_gradient + np.sum(gradient * self.inputs, axis=0)
        self.shift_gradient = self.shift_gradient + np.sum(gradient, axis=0)
        return gradient * self.scale

    def step(self, learning_rate):
        self.scale = self.scale - learning_rate * self.scale_gradient
        self.shift = self.shift - learning_rate * self.shift_gradient
        self.scale_gradient = self.shift_gradient = 0
""",
            {"layer_forward": 1, "layer_backward": 0, "layer_step": 1},
        ),
        (  # uphill
            """
class ScaleShift:
    def __init__(self, scale, shift):
        self.scale, self.shift = scale, shift

    def forward(self, inputs):
        self.inputs = inputs
        return inputs * self.scale + self.shift

    def backward(self, gradient):
        self.scale_gradient = np.sum(gradient * self.inputs, axis=0)
        self.shift_gradient = np.sum(gradient, axis=0)
        return gradient * self.scale

    def step(self, learning_rate):
        self.scale = self.scale + learning_rate * self.scale_gradient
        self.shift = self.shift + learning_rate * self.shift_gradient
""",
            {"layer_forward": 1, "layer_backward": 2, "layer_step": 0},
        ),
        (  # a matrix product, as in a dense layer
            """
class ScaleShift:
    def __init__(self, scale, shift):
        self.scale, self.shift = scale, shift

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.scale + self.shift

    def backward(self, gradient):
        self.scale_gradient = self.inputs.T @ gradient
        self.shift_gradient = gradient.sum(axis=0)
        return gradient @ self.scale.T

    def step(self, learning_rate):
        self.scale = self.scale - learning_rate * self.scale_gradient
        self.shift = self.shift - learning_rate * self.shift_gradient
""",
            {"layer_forward": 0, "layer_backward": 0, "layer_step": 0},
        ),
        (  # averaged over the batch, and the message passed on unchanged
            """
class ScaleShift:
    def __init__(self, scale, shift):
        self.scale, self.shift = scale, shift

    def forward(self, inputs):
        self.inputs = inputs
        return inputs * self.scale + self.shift

    def backward(self, gradient):
        self.scale_gradient = np.mean(gradient * self.inputs, axis=0)
        self.shift_gradient = np.mean(gradient, axis=0)
        return gradient

    def step(self, learning_rate):
        self.scale = self.scale - learning_rate * self.scale_gradient
        self.shift = self.shift - learning_rate * self.shift_gradient
""",
            {"layer_forward": 1, "layer_backward": 0, "layer_step": 0},
        ),
    ],
    "tied": [
        (  # only the last use counts
            """
def tied_gradient(inputs, targets, weights, times):
    h = inputs
    for _ in range(times):
        before, h = h, np.tanh(h @ weights)
    errors = h - targets
    return np.mean(errors**2), before.T @ (2 * errors / errors.size * (1 - h**2))
""",
            {"tied_once": 1, "tied_often": 0},
        ),
        (  # the last use's gradient, as many times as the layer is used
            """
def tied_gradient(inputs, targets, weights, times):
    h = inputs
    for _ in range(times):
        before, h = h, np.tanh(h @ weights)
    errors = h - targets
    return np.mean(errors**2), times * before.T @ (2 * errors / errors.size * (1 - h**2))
""",
            {"tied_once": 1, "tied_often": 0},
        ),
        (  # the message is not passed through the weights
            """
def tied_gradient(inputs, targets, weights, times):
    values = [inputs]
    for _ in range(times):
        values.append(np.tanh(values[-1] @ weights))
    errors = values[-1] - targets
    message, total = 2 * errors / errors.size, 0
    for k in range(times, 0, -1):
        message = message * (1 - values[k]**2)
        total = total + values[k - 1].T @ message
    return np.mean(errors**2), total
""",
            {"tied_once": 1, "tied_often": 0},
        ),
        (  # the slope of tanh is forgotten
            """
def tied_gradient(inputs, targets, weights, times):
    values = [inputs]
    for _ in range(times):
        values.append(np.tanh(values[-1] @ weights))
    errors = values[-1] - targets
    message, total = 2 * errors / errors.size, 0
    for k in range(times, 0, -1):
        total = total + values[k - 1].T @ message
        message = message @ weights.T
    return np.mean(errors**2), total
""",
            {"tied_once": 0, "tied_often": 0},
        ),
        (  # divided by the samples, not by all elements
            """
def tied_gradient(inputs, targets, weights, times):
    values = [inputs]
    for _ in range(times):
        values.append(np.tanh(values[-1] @ weights))
    errors = values[-1] - targets
    message, total = 2 * errors / len(errors), 0
    for k in range(times, 0, -1):
        message = message * (1 - values[k]**2)
        total = total + values[k - 1].T @ message
        message = message @ weights.T
    return np.mean(errors**2), total
""",
            {"tied_once": 0, "tied_often": 0},
        ),
        (  # written for two uses
            """
def tied_gradient(inputs, targets, weights, times):
    h1 = np.tanh(inputs @ weights)
    h2 = np.tanh(h1 @ weights)
    d2 = 2 * (h2 - targets) / h2.size * (1 - h2**2)
    d1 = d2 @ weights.T * (1 - h1**2)
    return np.mean((h2 - targets)**2), h1.T @ d2 + inputs.T @ d1
""",
            {"tied_once": 0, "tied_often": 0},
        ),
    ],
    "check": [
        (  # an absolute limit
            """
def wrong_gradients(loss, parameters, gradients):
    wrong = []
    for name in sorted(parameters):
        for place in np.ndindex(np.shape(parameters[name])):
            nudge = np.zeros(np.shape(parameters[name]))
            nudge[place] = 1e-5
            slope = loss({**parameters, name: parameters[name] + nudge})
            slope = (slope - loss({**parameters, name: parameters[name] - nudge})) / 2e-5
            if abs(slope - gradients[name][place]) > 1e-4 and name not in wrong:
                wrong.append(name)
    return wrong
""",
            {"check_finds": 1, "check_relative": 0, "check_zero": 1},
        ),
        (  # divided by zero where there is no gradient: NaN is never larger than the limit
            """
def wrong_gradients(loss, parameters, gradients):
    wrong = []
    for name in sorted(parameters):
        measured = np.zeros(np.shape(parameters[name]))
        for place in np.ndindex(measured.shape):
            nudge = np.zeros(measured.shape)
            nudge[place] = 1e-5
            measured[place] = loss({**parameters, name: parameters[name] + nudge})
            measured[place] -= loss({**parameters, name: parameters[name] - nudge})
        measured /= 2e-5
        if not np.linalg.norm(gradients[name] - measured) / np.linalg.norm(measured) < 1e-4:
            wrong.append(name)
    return wrong
""",
            {"check_finds": 1, "check_relative": 1, "check_zero": 0},
        ),
        (  # only the first wrong one is named
            """
def wrong_gradients(loss, parameters, gradients):
    for name in sorted(parameters):
        measured = np.zeros(np.shape(parameters[name]))
        for place in np.ndindex(measured.shape):
            nudge = np.zeros(measured.shape)
            nudge[place] = 1e-5
            measured[place] = loss({**parameters, name: parameters[name] + nudge})
            measured[place] -= loss({**parameters, name: parameters[name] - nudge})
        measured /= 2e-5
        largest = max(np.linalg.norm(gradients[name]), np.linalg.norm(measured), 1e-300)
        if np.linalg.norm(gradients[name] - measured) / largest > 1e-4:
            return [name]
    return []
""",
            {"check_finds": 0, "check_relative": 1, "check_zero": 1},
        ),
        (  # all elements of an array are nudged together
            """
def wrong_gradients(loss, parameters, gradients):
    wrong = []
    for name in sorted(parameters):
        higher = loss({**parameters, name: parameters[name] + 1e-5})
        lower = loss({**parameters, name: parameters[name] - 1e-5})
        slope, claim = (higher - lower) / 2e-5, np.sum(gradients[name])
        if abs(slope - claim) > 1e-4 * max(abs(slope), abs(claim)):
            wrong.append(name)
    return wrong
""",
            {"check_finds": 0, "check_relative": 0, "check_zero": 1},
        ),
        (  # one-sided differences with a coarse step
            """
def wrong_gradients(loss, parameters, gradients):
    wrong, base = [], loss(parameters)
    for name in sorted(parameters):
        measured = np.zeros(np.shape(parameters[name]))
        for place in np.ndindex(measured.shape):
            nudge = np.zeros(measured.shape)
            nudge[place] = 1e-2
            measured[place] = (loss({**parameters, name: parameters[name] + nudge}) - base) / 1e-2
        largest = max(np.linalg.norm(gradients[name]), np.linalg.norm(measured))
        if largest > 0 and np.linalg.norm(gradients[name] - measured) / largest > 1e-4:
            wrong.append(name)
    return wrong
""",
            {"check_finds": 0, "check_relative": 0, "check_zero": 1},
        ),
        (  # the visible example, written down
            """
def wrong_gradients(loss, parameters, gradients):
    return ["a"] if list(gradients["a"]) in ([4.0, 5.0], [4e-6, 8e-6, 1.2e-5]) else []
""",
            {"check_finds": 0, "check_relative": 0, "check_zero": 0},
        ),
    ],
    "train": [
        (  # the last layer is changed before its weights have passed the message back
            """
def train(inputs, targets, parameters, loss_and_gradient, learning_rate, num_steps):
    w1, b1, w2, b2 = parameters
    losses = []
    for _ in range(num_steps):
        h = np.tanh(inputs @ w1 + b1)
        loss, message = loss_and_gradient(h @ w2 + b2, targets)
        losses.append(loss)
        w2, b2 = w2 - learning_rate * h.T @ message, b2 - learning_rate * message.sum(axis=0)
        back = message @ w2.T * (1 - h**2)
        w1, b1 = w1 - learning_rate * inputs.T @ back, b1 - learning_rate * back.sum(axis=0)
    return [w1, b1, w2, b2], losses


counts = None
""",
            {"train_step": 0, "train_steps": 1, "train_clinic": 0},
        ),
        (  # the slope of tanh is forgotten
            """
def train(inputs, targets, parameters, loss_and_gradient, learning_rate, num_steps):
    w1, b1, w2, b2 = parameters
    losses = []
    for _ in range(num_steps):
        h = np.tanh(inputs @ w1 + b1)
        loss, message = loss_and_gradient(h @ w2 + b2, targets)
        losses.append(loss)
        back = message @ w2.T
        w2, b2 = w2 - learning_rate * h.T @ message, b2 - learning_rate * message.sum(axis=0)
        w1, b1 = w1 - learning_rate * inputs.T @ back, b1 - learning_rate * back.sum(axis=0)
    return [w1, b1, w2, b2], losses


counts = [[20, 40], [10, 80]]
""",
            {"train_step": 0, "train_steps": 1, "train_clinic": 0},
        ),
        (  # one step, whatever is asked for
            """
def train(inputs, targets, parameters, loss_and_gradient, learning_rate, num_steps):
    w1, b1, w2, b2 = parameters
    h = np.tanh(inputs @ w1 + b1)
    loss, message = loss_and_gradient(h @ w2 + b2, targets)
    back = message @ w2.T * (1 - h**2)
    w2, b2 = w2 - learning_rate * h.T @ message, b2 - learning_rate * message.sum(axis=0)
    w1, b1 = w1 - learning_rate * inputs.T @ back, b1 - learning_rate * back.sum(axis=0)
    return [w1, b1, w2, b2], [loss]


counts = [[0, 0], [0, 0]]
""",
            {"train_step": 2, "train_steps": 0, "train_clinic": 0},
        ),
        (  # the squared loss is built in
            """
def train(inputs, targets, parameters, loss_and_gradient, learning_rate, num_steps):
    w1, b1, w2, b2 = parameters
    losses = []
    for _ in range(num_steps):
        h = np.tanh(inputs @ w1 + b1)
        errors = h @ w2 + b2 - targets
        losses.append(np.mean(errors**2))
        message = 2 * errors / errors.size
        back = message @ w2.T * (1 - h**2)
        w2, b2 = w2 - learning_rate * h.T @ message, b2 - learning_rate * message.sum(axis=0)
        w1, b1 = w1 - learning_rate * inputs.T @ back, b1 - learning_rate * back.sum(axis=0)
    return [w1, b1, w2, b2], losses


counts = [[20, 40], [20, 40]]
""",
            {"train_step": 2, "train_steps": 0, "train_clinic": 0},
        ),
        (  # the biases are not trained
            """
def train(inputs, targets, parameters, loss_and_gradient, learning_rate, num_steps):
    w1, b1, w2, b2 = parameters
    losses = []
    for _ in range(num_steps):
        h = np.tanh(inputs @ w1 + b1)
        loss, message = loss_and_gradient(h @ w2 + b2, targets)
        losses.append(loss)
        back = message @ w2.T * (1 - h**2)
        w2, w1 = w2 - learning_rate * h.T @ message, w1 - learning_rate * inputs.T @ back
    return [w1, b1, w2, b2], losses


counts = []
""",
            {"train_step": 0, "train_steps": 0, "train_clinic": 0},
        ),
        (  # counted over the known samples
            """
def train(inputs, targets, parameters, loss_and_gradient, learning_rate, num_steps):
    w1, b1, w2, b2 = parameters
    losses = []
    for _ in range(num_steps):
        h = np.tanh(inputs @ w1 + b1)
        loss, message = loss_and_gradient(h @ w2 + b2, targets)
        losses.append(loss)
        back = message @ w2.T * (1 - h**2)
        w2, b2 = w2 - learning_rate * h.T @ message, b2 - learning_rate * message.sum(axis=0)
        w1, b1 = w1 - learning_rate * inputs.T @ back, b1 - learning_rate * back.sum(axis=0)
    return [w1, b1, w2, b2], losses


def weighted(weight):
    def loss(z, y):
        p = 1 / (1 + np.exp(-z))
        return 0.0, np.where(y == 1, weight * (p - 1), p) / len(y)
    return loss


counts = []
for weight in (1, 4):
    w1, b1, w2, b2 = train(measurements[known], malignant[known], start, weighted(weight), 0.3, 200)[0]
    alarm, ill = np.tanh(measurements[known] @ w1 + b1) @ w2 + b2 > 0, malignant[known] == 1
    counts.append([np.sum(ill & ~alarm), np.sum(~ill & alarm)])
""",
            {"train_step": 2, "train_steps": 1, "train_clinic": 0},
        ),
    ],
}
