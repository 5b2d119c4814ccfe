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


def _common(box, boxes, clip=True):
    """Return the area that a box shares with each of the others; without clipping, as it comes."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    return np.prod(np.maximum(sides, 0) if clip else sides, axis=1)


def _areas(boxes):
    return np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1)


def _iou(box, boxes):
    common = _common(box, boxes)
    return common / (_areas(box) + _areas(boxes) - common)


_ONE_PIXEL = np.array([0.0, 0.0, 1.0, 1.0])  # what the + 1 of whole pixels does to a box


def _boxes(rng, number):
    corners = rng.uniform(0, 30, size=(number, 2))
    return np.hstack([corners, corners + rng.uniform(5, 25, size=(number, 2))])


@exercise("07_cnn_architectures/iou")
def iou(answer: Answer) -> None:
    """equal boxes, the example by hand, boxes inside others and apart, and random ones."""
    box = np.array([0.0, 0.0, 10.0, 10.0])
    boxes = np.array([[0.0, 0.0, 10.0, 10.0], [5.0, 0.0, 15.0, 10.0], [2.0, 2.0, 6.0, 7.0]])
    common, areas = _common(box, boxes), _areas(boxes)
    answer(box, boxes).is_close(
        [1, 1 / 3, 0.2],
        mistakes={
            "That is the area that both cover. Divide it by what at least one covers.": common,
            "What both cover is counted twice in the sum of the areas: subtract it once.": common
            / (areas + 100),
            "Divide by what at least one of them covers, not by the area of one box.": common / 100,
            "Divide by what at least one of *two* boxes covers; you took the area of the second.": common
            / areas,
            "That is what at least one covers; it belongs below the fraction line.": areas + 100 - common,
            "A width is right minus left, without + 1: the edges are places, not pixels.": _iou(
                box + _ONE_PIXEL, boxes + _ONE_PIXEL
            ),
        },
    )
    beside = np.array([[20.0, 0.0, 30.0, 10.0], [20.0, 20.0, 30.0, 30.0], [10.0, 0.0, 20.0, 10.0]])
    unclipped = _common(box, beside, clip=False)
    answer(box, beside).is_close(
        [0, 0, 0],
        hint="Boxes that do not meet have nothing in common: a width or height below 0 must become 0.",
        mistakes={
            "Two negative sides give a positive product: cut off width and height *before* you multiply.": (
                np.maximum(unclipped, 0) / (200 - np.maximum(unclipped, 0))
            ),
        },
    )
    answer.agrees_with(_iou, inputs=lambda rng: (_boxes(rng, 1)[0], _boxes(rng, 12)))


def _suppressed(boxes, scores, overlap_at_most, by_all=False):
    """Return the indices that stay; with by_all, boxes that are gone already go on suppressing others."""
    stay: list[int] = []
    seen: list[int] = []
    for index in np.argsort(-scores):
        judges = seen if by_all else stay
        if not judges or _iou(boxes[index], boxes[judges]).max() <= overlap_at_most:
            stay.append(index)
        seen.append(index)
    return np.array(stay, dtype=int)


def _crowd(rng):
    return _boxes(rng, 25), rng.permutation(25) / 25, rng.choice([0.2, 0.5])


@exercise("07_cnn_architectures/non_maximum_suppression")
def non_maximum_suppression(answer: Answer) -> None:
    """two trees, neighbours in a row, boxes that only touch, no boxes, and random ones."""
    boxes = np.array([[1.0, 0, 11, 10], [40, 40, 50, 50], [0, 0, 10, 10], [41, 40, 51, 50], [0, 1, 10, 11]])
    scores = np.array([0.6, 0.7, 0.8, 0.9, 0.3])
    answer(boxes, scores, 0.5).is_close(
        [3, 2],
        mistakes={
            "Begin with the *highest* score.": [4, 1],
            "Nothing was thrown away: which of the others overlap the best one too much?": np.argsort(
                -scores
            ),
            "Only the first box was taken: go on with what is left, until nothing is left.": [3],
            "Return them in the order in which you took them, the best first.": [2, 3],
            "Return the indices of the boxes, not their places in the order of the scores.": [0, 1],
            "Boxes that overlap *little* go on waiting: the comparison is the wrong way round.": [3, 1],
            "Return the indices, not the scores.": [0.9, 0.8],
            "Return the indices, not the boxes.": boxes[[3, 2]],
        },
    )
    row = np.array([[0.0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]])
    scores = np.array([0.9, 0.8, 0.7])
    answer(row, scores, 0.3).is_close(
        [0, 2],
        hint="The first suppresses the second. The third overlaps only the second, which is gone, so it stays.",
        mistakes={
            "A box that was thrown away must not throw others away.": _suppressed(row, scores, 0.3, True)
        },
    )
    apart = np.array([[0.0, 0, 10, 10], [10, 0, 20, 10]])
    answer(apart, np.array([0.2, 0.4]), 0).is_close(
        [1, 0], hint="Two boxes that only touch have an IoU of 0, and 0 is not above 0: both stay."
    )
    answer(np.zeros((0, 4)), np.zeros(0), 0.5).has_shape((0,), hint="No boxes: nothing stays.")
    answer.agrees_with(_suppressed, inputs=_crowd)
