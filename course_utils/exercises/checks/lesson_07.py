"""The checks of lesson 07, CNN architectures."""

from __future__ import annotations

import numpy as np

from course_utils.exercises import exercise
from course_utils.exercises.answers import Answer


@exercise("07_cnn_architectures/layer_cost")
def layer_cost(answer: Answer) -> None:
    """one channel, several channels, and layers of other sizes."""
    parameters, multiply_adds = answer(28, 5, 1, 6).unpack("parameters", "multiply-adds")
    parameters.is_number().is_close(
        156,
        mistakes={
            "Those are the weights; each filter has a bias as well.": 150,
            "Each filter has a bias of its own, not one for the whole layer.": 151,
            "Parameters do not depend on the size of the maps: every place uses the same kernel.": 156 * 784,
        },
    )
    multiply_adds.is_number().is_close(
        117_600,
        mistakes={
            "Those are the products at one place. The kernel is used at size · size places.": 150,
            "The maps have rows *and* columns: size · size places.": 150 * 28,
            "Leave the bias out here: it is added, not multiplied.": 156 * 784,
            "Count multiply-adds: one product and the sum it goes into are one.": 2 * 117_600,
        },
    )
    parameters, multiply_adds = answer(14, 3, 6, 16).unpack("parameters", "multiply-adds")
    parameters.is_close(
        880,
        mistakes={
            "A kernel has weights for every input channel.": 160,
            "A filter has one bias, however many input channels there are.": (9 + 1) * 6 * 16,
        },
    )
    multiply_adds.is_close(196 * 864, mistakes={"A kernel multiplies in every input channel.": 196 * 144})
    with answer.as_one_check():
        for size, kernel_size, channels, filters in ((7, 1, 256, 64), (56, 3, 64, 64), (12, 7, 3, 96)):
            weights = kernel_size**2 * channels * filters
            found = answer(size, kernel_size, channels, filters).unpack("parameters", "multiply-adds")
            found[0].is_close(weights + filters)
            found[1].is_close(weights * size**2)


def _field(chain):
    field, jump = 1, 1
    for kernel_size, stride in chain:
        field, jump = field + (kernel_size - 1) * jump, jump * stride
    return field


@exercise("07_cnn_architectures/receptive_field")
def receptive_field(answer: Answer) -> None:
    """no layer, stacked kernels, strides, and LeNet-5."""
    answer([]).is_close(1, hint="Without a layer a value sees its own pixel: begin with 1.")
    answer([(3, 1)]).is_number().is_close(
        3,
        mistakes={
            "A value sees its own pixel to begin with: start with a field of 1, not of 0.": 2,
            "The value's own pixel is in the window already: a kernel adds k − 1 pixels, not k.": 4,
        },
    )
    answer([(3, 1), (3, 1), (3, 1)]).is_close(
        7,
        mistakes={
            "Neighbouring windows overlap: each layer adds k − 1 pixels, not k.": 9,
            "Only the first layer was counted: the loop must go on.": 3,
            "Steps multiply, they do not add up: a stride of 1 leaves the step as it is.": 13,
            "The fields do not multiply: a kernel of 3 adds 2 steps to either field.": 27,
        },
    )
    answer([(2, 2), (3, 1)]).is_close(
        6,
        mistakes={
            "After a stride of 2, neighbours are 2 pixels apart: multiply k − 1 with the step so far.": 4,
            "The stride of a layer counts for the layers *after* it: enlarge the field first, then the step.": 7,
        },
    )
    answer([(3, 2), (3, 2), (3, 2)]).is_close(
        15,
        mistakes={
            "A stride counts for *all* later layers: multiply the step with it, do not replace the step.": 11,
            "The stride of a layer counts for the layers *after* it: enlarge the field first, then the step.": 29,
        },
    )
    answer([(5, 1), (2, 2), (5, 1)]).is_close(14, hint="This is LeNet-5 up to C3.")
    with answer.as_one_check():
        for chain in (
            [(7, 2), (3, 2), (3, 1), (3, 1)],
            [(3, 1), (3, 1), (2, 2)] * 3,
            [(1, 1), (5, 3), (2, 1)],
        ):
            answer(chain).is_close(_field(chain))


def _module(channels, one, three, five, pooled):
    products = channels * one + channels * three[0] + 9 * three[0] * three[1]
    products += channels * five[0] + 25 * five[0] * five[1] + channels * pooled
    return one + three[1] + five[1] + pooled, products


@exercise("07_cnn_architectures/inception_cost")
def inception_cost(answer: Answer) -> None:
    """the maps that come out, the work at one place, and GoogLeNet's first module."""
    channels, one, three, five, pooled = 12, 8, (6, 12), (3, 6), 5
    maps, products = answer(channels, one, three, five, pooled).unpack("maps", "multiply-adds")
    maps.is_number().is_close(
        31,
        mistakes={
            "The maps of the 1 × 1 in front stay inside their branch; only the last ones come out.": 40,
            "The pooling branch gives maps, too.": 26,
            "Branches are laid side by side: their maps add up, they do not multiply.": 8 * 12 * 6 * 5,
            "These are the maps in front of the branches. What comes out are the second numbers.": 8
            + 6
            + 3
            + 5,
        },
    )
    right = _module(channels, one, three, five, pooled)[1]
    products.is_number().is_close(
        right,
        mistakes={
            "The 3 × 3 and the 5 × 5 see the narrow maps of the 1 × 1 in front of them, not all channels.": (
                12 * 8 + 12 * 6 + 9 * 12 * 12 + 12 * 3 + 25 * 12 * 6 + 12 * 5
            ),
            "The two 1 × 1 in front cost something as well.": right - 12 * 6 - 12 * 3,
            "The pooling itself multiplies nothing, but a 1 × 1 follows it.": right - 12 * 5,
            "A kernel of 3 × 3 has 9 weights a channel, one of 5 × 5 has 25.": (
                12 * 8 + 12 * 6 + 3 * 6 * 12 + 12 * 3 + 5 * 3 * 6 + 12 * 5
            ),
            "That is only the 1 × 1 kernels; the 3 × 3 and the 5 × 5 are missing.": 12 * (8 + 6 + 3 + 5),
            "Count the products only, without biases.": right + 8 + 6 + 12 + 3 + 6 + 5,
        },
    )
    with answer.as_one_check():
        googlenet = (192, 64, (96, 128), (16, 32), 32)
        for module in (googlenet, (50, 16, (12, 24), (6, 12), 12)):
            found = answer(*module).unpack("maps", "multiply-adds")
            for value, expected in zip(found, _module(*module), strict=True):
                value.is_close(expected)


def _relu(z):
    return np.maximum(0, z)


@exercise("07_cnn_architectures/residual")
def residual(answer: Answer) -> None:
    """the example by hand, layers without weights, and random ones."""
    x = np.array([[2.0, 0.0], [1.0, -2.0]])
    first, second = np.array([[2.0, 0.0], [2.0, 1.0]]), np.array([[1.0, -1.0], [1.0, -2.0]])
    made = _relu(x @ first) @ second
    answer(x, first, second).is_close(
        _relu(made + x),
        mistakes={
            "The skip connection is missing: add x before the last ReLU.": _relu(made),
            "The last ReLU is missing: it comes after the addition.": made + x,
            "Add x first, then apply the last ReLU to the sum.": _relu(made) + x,
            "The first layer has a ReLU, too.": _relu(x @ first @ second + x),
            "Add x itself, not what the first layer made of it.": _relu(made + _relu(x @ first)),
            "The skip connection goes around *both* layers: add x at the end, not in the middle.": _relu(
                _relu(x @ first + x) @ second
            ),
            "The skip connection is added, not subtracted.": _relu(made - x),
            "The layers come in the other order: `first`, then `second`.": _relu(
                _relu(x @ second) @ first + x
            ),
        },
    )
    nothing = np.zeros((2, 2))
    answer(x, nothing, nothing).is_close(
        _relu(x),
        hint="With weights of 0 a block hands on what is positive in x: that is what x is added for.",
    )
    answer.agrees_with(
        lambda x, first, second: _relu(_relu(x @ first) @ second + x), shapes=[(5, 4), (4, 3), (3, 4)]
    )
