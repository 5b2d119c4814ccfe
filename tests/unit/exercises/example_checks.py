"""Checks for the tests, written as a lesson's author would write them."""

import numpy as np

from course_utils.exercises import exercise, keras_function


@exercise("99_example/neuron")
def neuron(answer):
    """the weighted sum, the bias, and random inputs."""
    inputs, weights, bias = np.array([1.0, 2.0]), np.array([0.5, -1.0]), 0.25
    mistakes = {
        "Add the bias after the weighted sum.": inputs @ weights,
        "The bias is added, not subtracted.": inputs @ weights - bias,
    }
    answer(inputs, weights, bias).is_number().is_close(-1.25, mistakes=mistakes)
    answer.agrees_with(lambda x, w, b: x @ w + b, shapes=[(3,), (3,), ()])


@exercise("99_example/softmax")
def softmax(answer):
    """the shape, a sum of one, large inputs, and agreement with Keras."""
    logits = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    answer(logits).has_shape((2, 3)).is_between(0, 1).sums_to(1, axis=-1, hint="Sum over the last axis.")
    answer(logits + 1000).is_finite(hint="Subtract the largest logit first.")
    answer.agrees_with(keras_function("activations.softmax"), shapes=[(4, 3)], tolerance=1e-4)


@exercise("99_example/sigmoid_derivative")
def sigmoid_derivative(answer):
    """the slope of the sigmoid, for whole arrays."""
    z = np.linspace(-3.0, 3.0, 7)
    answer(z).is_derivative_of(sigmoid, at=z, mistakes={"That is the sigmoid itself.": sigmoid(z)})
    answer.is_elementwise(z)


@exercise("99_example/loss_and_gradient")
def loss_and_gradient(answer):
    """the loss and its gradient."""
    weights = np.array([[1.0, -2.0], [0.5, 3.0]])
    loss, gradient = answer(weights).unpack("loss", "gradient")
    loss.is_number().is_close(14.25)
    gradient.is_gradient_of(
        lambda w: np.sum(w**2), at=weights, mistakes={"A square gives a factor 2.": weights}
    )


@exercise("99_example/width", kind="value")
def width(answer):
    """the number of units."""
    answer.value.is_close(42, mistakes={"Count the biases as well.": 40})


@exercise("99_example/layer", name="Layer", kind="class")
def layer(answer):
    """the weights' shape and the forward pass."""
    made = answer.build(3, 2)
    made.attribute("weights").has_shape((3, 2))
    made.call("forward", np.zeros((5, 3))).is_close(np.zeros((5, 2)))


@exercise("99_example/step", in_place=True)
def step(answer):
    """one step of gradient descent."""
    answer([1.0, 2.0]).is_equal([0.5, 1.5])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))
