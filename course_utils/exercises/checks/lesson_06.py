"""The checks of lesson 06, convolutional networks."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from course_utils.exercises import exercise
from course_utils.exercises.answers import Answer


def _convolved(picture, kernel):
    return np.tensordot(sliding_window_view(picture, kernel.shape), kernel, axes=2)


@exercise("06_cnns/convolve")
def convolve(answer: Answer) -> None:
    """the example, kernels of other shapes, and random pictures."""
    picture = np.array(
        [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]], dtype=float
    )
    kernel = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, -1.0]])
    right = _convolved(picture, kernel)
    answer(picture, kernel).is_close(
        right,
        mistakes={
            "That turns the kernel by 180°. In the formula the window and the kernel run the same way.": (
                _convolved(picture, kernel[::-1, ::-1])
            ),
            "The kernel is turned round its diagonal: rows of the window meet rows of the kernel.": (
                _convolved(picture, kernel.T)
            ),
            "Rows and columns are exchanged: i counts the rows.": right.T,
            "That is the mean of the products; add them up.": right / 9,
            "The last row and column are missing: `range` leaves out its end already.": right[:-1, :-1],
            "That has zeros around the picture. Only windows that fit wholly into it count.": (
                _convolved(np.pad(picture, 1), kernel)
            ),
            "All places are still 0: store each sum in `feature_map[i, j]`.": np.zeros((3, 3)),
        },
    )
    answer(np.ones((4, 6)), np.ones((1, 3))).is_close(
        np.full((4, 4), 3.0), hint="The kernel may have any shape; take rows and columns from `kernel.shape`."
    )
    with answer.as_one_check():
        answer.agrees_with(_convolved, shapes=[(7, 6), (3, 3)], times=2)
        answer.agrees_with(_convolved, shapes=[(6, 9), (2, 5)], times=2)


@exercise("06_cnns/edge_kernel", kind="value")
def edge_kernel(answer: Answer) -> None:
    """its shape, an even surface, an edge between left and right, and one between above and below."""
    given = answer.value.has_shape(
        (3, 3), hint="Three rows of three weights: np.array([[...], [...], [...]])."
    )
    kernel = given.is_finite().array
    given.satisfies(
        bool(np.any(kernel != 0)),
        "not all weights are zero",
        hint="A kernel of zeros answers 0 everywhere, also at the edge.",
    )
    kernel = kernel / np.abs(kernel).max()  # how large the weights are decides nothing
    given.satisfies(
        bool(np.isclose(kernel.sum(), 0)),
        "an even surface gives 0",
        hint="On an even surface every pixel is the same, so the nine weights must add up to 0.",
    )
    given.satisfies(
        bool(np.allclose(kernel.sum(axis=0), 0)),
        "an edge between left and right gives 0",
        hint="There each column sees its own brightness; so each column must add up to 0 by itself.",
    )
    bright_above = [float(kernel[:rows].sum()) for rows in (1, 2)]
    given.satisfies(
        not any(value < -1e-9 for value in bright_above),
        "bright above and dark below gives a positive number",
        hint="The sign is turned round: the upper weights must be the positive ones.",
    )
    given.satisfies(
        all(value > 1e-9 for value in bright_above),
        "the edge is found wherever it crosses the window",
        hint="The border may run below the first or below the second row; both must give a positive sum.",
    )


def _output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


@exercise("06_cnns/output_size")
def output_size(answer: Answer) -> None:
    """no options, padding, stride, dilation, and all of them together."""
    whole = "Round down with `//`, so that the size is an integer."
    answer(28, 5).is_number().is_close(
        24,
        mistakes={
            "One window stands at the start before anything moves: add 1.": 23,
            "The window covers 5 pixels, so it can move by 28 − 5; then add the first one.": 28,
        },
    )
    answer(28, 5, 1, 2).is_close(
        28, mistakes={"Padding comes on both sides: 2p pixels, not p.": 26, "The padding is missing.": 24}
    )
    answer(28, 5, 2).is_close(
        12,
        mistakes={
            whole: 12.5,
            "Add the first window after the division, not before it.": 24 // 2 + 1,
            "The stride is missing.": 24,
        },
    )
    answer(32, 3, 2).is_close(15, mistakes={whole: 15.5, "Round down, not to the nearest.": 16})
    answer(28, 3, 1, 0, 2).is_close(
        24,
        mistakes={
            "The dilation is missing.": 26,
            "With dilation d the window covers d(k − 1) + 1 pixels, not d · k.": 23,
        },
    )
    answer(28, 3, 1, 0, 2).has_type(int, hint=whole)
    with answer.as_one_check():
        for size in (11, 28, 32):
            for kernel_size, stride, padding, dilation in (
                (1, 1, 0, 1),
                (3, 2, 1, 1),
                (5, 3, 2, 2),
                (3, 1, 0, 3),
            ):
                expected = _output_size(size, kernel_size, stride, padding, dilation)
                answer(size, kernel_size, stride, padding, dilation).is_close(expected)


def _pooled(feature_maps, size=2):
    rows, columns = feature_maps.shape[0] // size, feature_maps.shape[1] // size
    whole = feature_maps[: rows * size, : columns * size]
    return whole.reshape(rows, size, columns, size, -1).max(axis=(1, 3))


@exercise("06_cnns/max_pool")
def max_pool(answer: Answer) -> None:
    """one channel by hand, several channels, negative values, left-over borders, and other sizes."""
    numbers = np.array([[1.0, 3, 0, 2], [4, 2, 1, 1], [0, 0, 5, 6], [1, 0, 7, 2]])[:, :, np.newaxis]
    blocks = numbers.reshape(2, 2, 2, 2, 1)
    answer(numbers).is_close(
        _pooled(numbers),
        mistakes={
            "That is the mean of each field. Max pooling keeps the largest value.": blocks.mean(axis=(1, 3)),
            "That is the smallest value of each field.": blocks.min(axis=(1, 3)),
            "These are the first values of the fields; look at all four.": numbers[::2, ::2],
            "The fields must not overlap: move on by `size`.": sliding_window_view(
                numbers[:, :, 0], (2, 2)
            ).max(axis=(2, 3))[:, :, np.newaxis],
            "That is the largest value of the whole map. Take one from each field.": numbers.max(axis=(0, 1)),
            "Your reshape mixes rows: the size of the field belongs behind the number of rows *and* of columns.": (
                numbers.reshape(2, 2, 2, 2, 1).max(axis=(0, 2))
            ),
        },
    )
    answer(-np.ones((2, 2, 1))).is_close(
        -np.ones((1, 1, 1)), hint="The largest of four negative numbers is negative; do not begin with 0."
    )
    channels = answer.rng.normal(size=(4, 6, 3))
    answer(channels).is_close(
        _pooled(channels),
        mistakes={
            "Each channel is pooled by itself: do not take the maximum over channels.": (
                _pooled(channels).max(axis=-1, keepdims=True)
            )
        },
        hint="Look at the axes: height, width, channels.",
    )
    answer(np.arange(25.0).reshape(5, 5, 1)).is_close(
        _pooled(np.arange(25.0).reshape(5, 5, 1)),
        hint="A row or column that is left over at the border is left out.",
    )
    answer.agrees_with(lambda maps: _pooled(maps, 2), shapes=[(7, 6, 2)], times=2)
    larger = answer.rng.normal(size=(9, 10, 2))
    answer(larger, 3).is_close(_pooled(larger, 3), hint="Use `size`; the fields are not always 2 × 2.")


@exercise("06_cnns/conv_parameters")
def conv_parameters(answer: Answer) -> None:
    """one channel, several channels, and layers of other sizes."""
    answer(5, 1, 6).is_number().is_close(
        156,
        mistakes={
            "Those are the weights; each filter has a bias as well.": 150,
            "Each filter has a bias of its own, not one for the whole layer.": 151,
            "A square kernel has kernel_size · kernel_size weights.": 36,
        },
    )
    answer(5, 6, 16).is_close(
        2416,
        mistakes={
            "A kernel has weights for every input channel.": 416,
            "A filter has one bias, however many input channels there are.": (25 + 1) * 6 * 16,
            "Those are the weights; each filter has a bias as well.": 2400,
        },
    )
    with answer.as_one_check():
        for kernel_size, channels, filters in ((1, 256, 64), (3, 3, 64), (7, 3, 96)):
            answer(kernel_size, channels, filters).is_close((kernel_size**2 * channels + 1) * filters)


def _heat(feature_maps, gradients):
    return np.maximum(0, (feature_maps * gradients.mean(axis=(0, 1))).sum(axis=-1))


@exercise("06_cnns/grad_cam")
def grad_cam(answer: Answer) -> None:
    """the example by hand, and random maps."""
    answer(np.array([[[1.0, 2.0], [0.0, 4.0]]]), np.array([[[0.5, -0.1], [0.5, -0.3]]])).has_shape(
        (1, 2), hint="One number a place: add up over the last axis, the maps."
    )
    maps = np.array([[[1.0, -2.0, 1.0], [0.0, 4.0, 2.0], [3.0, 1.0, 0.0]]])
    gradients = np.array([[[0.9, -0.1, 0.3], [0.3, -0.5, 0.6], [0.3, -0.3, 0.0]]])
    weights = gradients.mean(axis=(0, 1))
    answer(maps, gradients).is_close(
        _heat(maps, gradients),
        mistakes={
            "Keep what is positive only: np.maximum(0, ...) at the end.": (maps * weights).sum(axis=-1),
            "Average the gradients over the places first; you multiplied place by place.": np.maximum(
                0, (maps * gradients).sum(axis=-1)
            ),
            "That is the sum of the gradients; the weight is their mean.": np.maximum(
                0, (maps * gradients.sum(axis=(0, 1))).sum(axis=-1)
            ),
            "Add the maps up first, and cut off the negative part at the end.": np.maximum(
                0, maps * weights
            ).sum(axis=-1),
            "Maps that speak against the class count as well: keep negative weights.": (
                maps * np.maximum(0, weights)
            ).sum(axis=-1),
            "Multiply the maps with the weights, and add up over the maps.": np.maximum(0, maps * weights),
            "Those are the weights of the maps. Multiply the maps with them and add up.": weights,
            "Divide by nothing after the weights: add the weighted maps up, do not average them.": np.maximum(
                0, (maps * weights).mean(axis=-1)
            ),
        },
    )
    answer.agrees_with(_heat, shapes=[(3, 4, 5), (3, 4, 5)])


@exercise("06_cnns/standardise")
def standardise(answer: Answer) -> None:
    """the training pictures, the test pictures, and channels of very different brightness."""
    scales, offsets = np.array([0.1, 1.0, 20.0]), np.array([0.5, -1.0, 100.0])
    train, test = (answer.rng.normal(size=(n, 4, 4, 3)) * scales + offsets for n in (8, 5))
    mean, spread = train.mean(axis=(0, 1, 2)), train.std(axis=(0, 1, 2))
    first, second = answer(train, test).unpack("training pictures", "test pictures")
    first.is_close(
        (train - mean) / spread,
        mistakes={
            "Divide by the standard deviation as well.": train - mean,
            "Divide by the standard deviation, not by the variance.": (train - mean) / spread**2,
            "Subtract the mean before you divide.": train / spread,
            "Each channel has a mean and a spread of its own: average over the axes 0, 1 and 2 only.": (
                (train - train.mean()) / train.std()
            ),
            "Average over the pictures, too: one mean a channel, not one a pixel.": (
                (train - train.mean(axis=0)) / train.std(axis=0)
            ),
            "Average over the pictures, too: all of them are scaled by the same numbers.": (
                (train - train.mean(axis=(1, 2), keepdims=True)) / train.std(axis=(1, 2), keepdims=True)
            ),
        },
    )
    second.is_close(
        (test - mean) / spread,
        mistakes={
            "The test pictures take mean and spread of the *training* pictures.": (
                (test - test.mean(axis=(0, 1, 2))) / test.std(axis=(0, 1, 2))
            ),
            "The test pictures must be prepared in the same way.": test,
        },
    )
