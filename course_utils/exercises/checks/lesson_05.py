"""The checks of lesson 05, training."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_utils.exercises import exercise
from course_utils.exercises.answers import Answer
from course_utils.exercises.chance import most_off
from course_utils.exercises.checks.drawn import EACH, check_masks, check_orders, check_share, fresh
from course_utils.exercises.returned import Returned, same_numbers


@exercise("05_training/minibatches")
def minibatches(answer: Answer) -> None:
    """the sizes, every example once, shuffled, no order likelier than another, and a new one each epoch."""
    for num_examples, batch_size in ((10, 4), (12, 4), (3, 8)):
        with answer.as_one_check():
            batches = answer(num_examples, batch_size, fresh(answer))
            _check_sizes(batches, num_examples, batch_size)
            _check_every_example_once(batches, num_examples)
    _check_shuffled(answer)
    answer.draws_from_generator(lambda rng: (60, 10, rng))
    with answer.as_one_check():
        check_orders(answer)


def _check_sizes(batches: Returned, num_examples: int, batch_size: int) -> None:
    hint = "Collect the index arrays in a list and return the list."
    sizes = [batch.array.size for batch in batches.items("batch", hint)]
    full, rest = divmod(num_examples, batch_size)
    wanted = [batch_size] * full + [rest] * (rest > 0)
    hint = "Every batch but the last holds `batch_size` examples."
    if sizes == [batch_size] * full:
        hint = (
            "The examples that are left over make a smaller batch at the end; they belong to the epoch, too."
        )
    elif sizes == [*wanted, 0]:
        hint = "The last batch is empty: stop when no examples are left."
    elif len(sizes) == batch_size != len(wanted):
        hint = "`batch_size` is the number of examples in a batch, not the number of batches."
    batches.satisfies(sizes == wanted, f"batches of {wanted} examples were expected, not of {sizes}", hint)


def _check_every_example_once(batches: Returned, num_examples: int) -> None:
    for batch in batches.items("batch"):
        batch.has_dtype("integer", hint="A batch holds indices, whole numbers, not the examples themselves.")
        batch.satisfies(
            batch.array.ndim == 1, "it should have one axis", "Cut one row of indices into pieces."
        )
    drawn = np.sort(np.concatenate([batch.array for batch in batches.items("batch")]))
    hint = "Shuffle all the indices once, then cut the row into pieces."
    if len(np.unique(drawn)) < len(drawn):
        hint = "An example came up twice: draw without replacement, by shuffling all the indices once."
    elif np.array_equal(drawn, np.arange(1, num_examples + 1)):
        hint = "Indices begin at 0."
    batches.satisfies(
        np.array_equal(drawn, np.arange(num_examples)),
        f"0 to {num_examples - 1} should appear once each",
        hint,
    )


def _check_shuffled(answer: Answer) -> None:
    """Sixty examples fall into this order by chance once in 10^80 epochs."""
    batches = answer(60, 10, fresh(answer))
    arrays = [batch.array for batch in batches.items("batch")]
    batches.satisfies(
        not np.array_equal(np.concatenate(arrays), np.arange(60)),
        "the examples are in their old order",
        hint="Shuffle first: the generator has `permutation`.",
    )
    batches.satisfies(
        any(np.ptp(array) >= 10 for array in arrays),
        "each batch holds neighbours",
        hint="Shuffle the examples, not only the batches: who meets whom must change.",
    )


@exercise("05_training/momentum_step")
def momentum_step(answer: Answer) -> None:
    """the new velocity, the new weights, the usual settings, and ten steps in a row."""
    start = np.array([1.0, -2.0]), np.array([0.5, 0.1])
    gradient, rate, momentum = np.array([2.0, -4.0]), 0.1, 0.8
    _check_momentum(answer, *start, gradient, rate, momentum)
    with answer.as_one_check():
        _check_many_momentum_steps(answer)


def _check_many_momentum_steps(answer: Answer) -> None:
    weights, velocity = answer.rng.normal(size=(2, 3)), np.zeros((2, 3))
    for _ in range(10):
        gradient = answer.rng.normal(size=(2, 3))
        parts = answer(weights, velocity, gradient).unpack("weights", "velocity")
        velocity = 0.9 * velocity - 0.01 * gradient
        weights = weights + velocity
        for part, wanted in zip(parts, (weights, velocity), strict=True):
            part.is_close(wanted, hint="Without settings: learning_rate=0.01, momentum=0.9.")


def _check_momentum(
    answer: Answer,
    weights: np.ndarray,
    velocity: np.ndarray,
    gradient: np.ndarray,
    rate: float,
    momentum: float,
) -> None:
    faster, step = momentum * velocity - rate * gradient, rate * gradient
    found = answer(weights, velocity, gradient, rate, momentum).unpack("weights", "velocity")
    found[1].is_close(
        faster,
        mistakes={
            "Downhill is against the gradient: subtract it.": momentum * velocity + step,
            "The velocity holds the step, learning rate included: the gradient times the learning rate.": (
                momentum * velocity - gradient
            ),
            "That is the form in which the learning rate comes later; Keras puts it into the velocity.": (
                momentum * velocity + gradient
            ),
            "Only the old velocity is braked, not the new push.": momentum * (velocity - step),
            "Where is the old velocity? A share of it is kept.": -step,
            "Nothing brakes: multiply the old velocity by `momentum`.": velocity - step,
            "The push is not weighted with 1 − momentum here.": momentum * velocity - (1 - momentum) * step,
            "The order is weights, velocity.": weights + faster,
        },
    )
    found[0].is_close(
        weights + faster,
        mistakes={
            "Move with the new velocity, not with the old one.": weights + velocity,
            "The velocity points downhill already: add it.": weights - faster,
            "The learning rate is in the velocity already.": weights + rate * faster,
            "The gradient is in the velocity already.": weights + faster - step,
            "The weights move by the velocity, not by the gradient.": weights - step,
            "That is Nesterov's form, which looks one step ahead. Here the weights move by the velocity.": (
                weights + momentum * faster - step
            ),
        },
    )


_Averages = tuple[np.ndarray, np.ndarray]


class _Adam(NamedTuple):
    """The settings of Adam, in the order of the exercise."""

    rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def averages(self, mean: np.ndarray, square: np.ndarray, gradient: np.ndarray) -> _Averages:
        """Return the new running means of the gradient and of its square."""
        new_mean = self.beta_1 * mean + (1 - self.beta_1) * gradient
        return new_mean, self.beta_2 * square + (1 - self.beta_2) * gradient**2

    def corrected(self, mean: np.ndarray, square: np.ndarray, step: int) -> _Averages:
        """Return both means as they would be if they had not started at zero."""
        return mean / (1 - self.beta_1**step), square / (1 - self.beta_2**step)

    def change(self, mean: np.ndarray, square: np.ndarray, step: int) -> np.ndarray:
        """Return what Keras adds to the weights (Kingma & Ba 2015, end of section 2)."""
        alpha = self.rate * np.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        return -alpha * mean / (np.sqrt(square) + self.epsilon)

    def change_on_paper(self, mean: np.ndarray, square: np.ndarray, step: int) -> np.ndarray:
        """Return the change of Kingma & Ba's algorithm 1, whose epsilon stands beside the corrected root."""
        mean, square = self.corrected(mean, square, step)
        return -self.rate * mean / (np.sqrt(square) + self.epsilon)


@exercise("05_training/adam_step")
def adam_step(answer: Answer) -> None:
    """both averages, the corrected step, the place of epsilon, and twenty steps in a row."""
    weights, mean, square = np.array([1.0, -2.0]), np.array([0.1, -0.3]), np.array([0.04, 0.25])
    gradient, step, settings = np.array([2.0, -0.5]), 3, _Adam(0.1, 0.8, 0.9, 1e-7)
    found = answer(weights, mean, square, gradient, step, *settings).unpack("weights", "mean", "square")
    _check_averages(found, settings, (weights, mean, square), gradient, step)
    _check_change(found[0], settings, weights, settings.averages(mean, square, gradient), step)
    _check_epsilon(answer)
    with answer.as_one_check():
        _check_many_adam_steps(answer)


def _check_averages(
    found: list[Returned],
    settings: _Adam,
    start: tuple[np.ndarray, np.ndarray, np.ndarray],
    gradient: np.ndarray,
    step: int,
) -> None:
    weights, mean, square = start
    beta_1, beta_2 = settings.beta_1, settings.beta_2
    new_mean, new_square = settings.averages(mean, square, gradient)
    corrected = settings.corrected(new_mean, new_square, step)
    keep = "Return the average as it is; the correction is for the step only, and is made anew each time."
    found[1].is_close(
        new_mean,
        mistakes={
            "The old mean has the large share, beta_1; the gradient has 1 − beta_1.": (
                (1 - beta_1) * mean + beta_1 * gradient
            ),
            "The two shares add up to 1: the gradient counts 1 − beta_1.": beta_1 * mean + gradient,
            keep: corrected[0],
            "The order is weights, mean, square.": new_square,
            "The mean remembers: a share beta_1 of the old one is kept.": (1 - beta_1) * gradient,
        },
    )
    found[2].is_close(
        new_square,
        mistakes={
            "Average the square of the gradient.": beta_2 * square + (1 - beta_2) * gradient,
            "Square the gradient first, then multiply by 1 − beta_2.": (
                beta_2 * square + ((1 - beta_2) * gradient) ** 2
            ),
            "Square the gradient, not its mean.": beta_2 * square + (1 - beta_2) * new_mean**2,
            "This average has a share of its own, beta_2.": beta_1 * square + (1 - beta_1) * gradient**2,
            keep: corrected[1],
            "The two shares add up to 1: the square counts 1 − beta_2.": beta_2 * square + gradient**2,
        },
    )


def _check_change(
    found: Returned, settings: _Adam, weights: np.ndarray, averages: _Averages, step: int
) -> None:
    mean, square = averages
    full_mean, full_square = settings.corrected(mean, square, step)
    rate = settings.rate
    found.is_close(
        weights + settings.change(mean, square, step),
        mistakes={
            "Downhill is against the mean: subtract.": weights - settings.change(mean, square, step),
            "Both averages started at zero and are too small at first: divide them by 1 − beta^step.": (
                weights - rate * mean / np.sqrt(square)
            ),
            "The mean of the squares is corrected as well.": weights - rate * full_mean / np.sqrt(square),
            "The mean is corrected as well.": weights - rate * mean / np.sqrt(full_square),
            "Divide by the root of the mean square.": weights - rate * full_mean / full_square,
            "`step` counts from 1 and is the exponent as it is.": (
                weights + settings.change(mean, square, step + 1)
            ),
            "`step` counts from 1: do not take one away.": weights + settings.change(mean, square, step - 1),
            "The correction is a power, `beta ** step`, not a product.": weights
            - rate
            * (mean / (1 - settings.beta_1 * step))
            / np.sqrt(abs(square / (1 - settings.beta_2 * step))),
        },
    )


def _check_epsilon(answer: Answer) -> None:
    """Both Keras' epsilon and the paper's are right; one inside the root is not."""
    nothing = np.zeros(2)
    parts = answer(np.ones(2), nothing, nothing, nothing, 1).unpack("weights", "mean", "square")
    parts[0].is_close(np.ones(2), hint="Where all gradients are 0, 0/0 appears; epsilon prevents it.")
    settings, weights = _Adam(0.1, 0.9, 0.99, epsilon=0.5), np.ones(2)
    mean, square = settings.averages(nothing, nothing, np.array([1.0, -3.0]))
    found = answer(weights, nothing, nothing, np.array([1.0, -3.0]), 1, *settings).unpack(
        "weights", "mean", "square"
    )[0]
    on_paper = weights + settings.change_on_paper(mean, square, 1)
    full_mean, full_square = settings.corrected(mean, square, 1)
    found.is_close(
        on_paper if same_numbers(found.array, on_paper, 1e-5) else weights + settings.change(mean, square, 1),
        hint="Epsilon is added to the root in the denominator.",
        mistakes={
            "Epsilon is added after the root, not under it.": weights
            - 0.1 * full_mean / np.sqrt(full_square + 0.5),
            "Use `epsilon` as it was handed over.": weights - 0.1 * full_mean / np.sqrt(full_square),
        },
    )


def _check_many_adam_steps(answer: Answer) -> None:
    settings, weights = _Adam(), answer.rng.normal(size=(2, 3))
    mean, square = np.zeros((2, 3)), np.zeros((2, 3))
    for step in range(1, 21):
        gradient = answer.rng.normal(size=(2, 3))
        found = answer(weights, mean, square, gradient, step).unpack("weights", "mean", "square")
        mean, square = settings.averages(mean, square, gradient)
        weights = weights + settings.change(mean, square, step)
        for part, wanted in zip(found, (weights, mean, square), strict=True):
            part.is_close(wanted, hint="Without settings: those of Keras, as in the exercise's first line.")


def _rate(step: float, num_steps: float, peak: float, warmup_steps: float) -> float:
    if step < warmup_steps:
        return peak * step / warmup_steps
    return peak * (1 + np.cos(np.pi * (step - warmup_steps) / (num_steps - warmup_steps))) / 2


@exercise("05_training/warmup_cosine")
def warmup_cosine(answer: Answer) -> None:
    """the start, the warm-up, the peak, the cosine, the end, no warm-up, and random schedules."""
    call = (100, 0.8, 20)
    answer(0, *call).is_number().is_close(0.0, hint="At step 0 the warm-up begins at a rate of 0.")
    answer(5, *call).is_close(
        0.2,
        mistakes={
            "The warm-up takes `warmup_steps`, not all the steps.": 0.04,
            "During warm-up the rate is a straight line; the cosine comes after it.": _rate(5, 100, 0.8, 0),
        },
    )
    answer(20, *call).is_close(
        0.8,
        mistakes={
            "The cosine begins when the warm-up ends: count its steps from there.": _rate(20, 100, 0.8, 0),
            "At the end of the warm-up the rate is the peak.": 0.0,
        },
    )
    _check_descent(answer, call)
    answer(0, 50, 0.1, 0).is_close(0.1, hint="Without warm-up the rate starts at the peak.")
    answer.agrees_with(_rate, inputs=_random_schedule, times=8)


def _check_descent(answer: Answer, call: tuple[int, float, int]) -> None:
    part = (40 - 20) / (100 - 20)
    answer(40, *call).is_close(
        _rate(40, *call),
        mistakes={
            "The cosine begins when the warm-up ends: count its steps from there.": _rate(40, 100, 0.8, 0),
            "The cosine has `num_steps - warmup_steps` steps to go down.": 0.4
            * (1 + np.cos(np.pi * 20 / 100)),
            "That is a straight line down.": 0.8 * (1 - part),
            "The cosine goes from 1 to −1: add 1 and halve it, so that it ends at 0.": 0.8
            * np.cos(np.pi * part),
            "Half of 1 + cos: a factor is missing.": 0.8 * (1 + np.cos(np.pi * part)),
            "That is a quarter of a wave; use half a wave, from 1 down to −1.": 0.8
            * np.cos(np.pi * part / 2),
        },
    )
    answer(100, *call).is_close(0.0, hint="At the last step the rate is 0.")


def _random_schedule(rng: np.random.Generator) -> tuple[int, int, float, int]:
    num_steps = int(rng.integers(20, 200))
    return int(rng.integers(num_steps)), num_steps, float(rng.uniform(0.01, 1)), int(rng.integers(num_steps))


@exercise("05_training/dropout")
def dropout(answer: Answer) -> None:
    """the prediction, the survivors' size, the share of zeros, each unit on its own, and fresh chance."""
    activations = answer.rng.uniform(1, 2, size=(400, 50))
    answer(activations, 0.2, fresh(answer), False).is_close(
        activations,
        hint="When predicting, nothing is dropped.",
        mistakes={
            "Survivors are made larger during training, so nothing is scaled when predicting.": 0.8
            * activations,
            "Nothing is scaled when predicting.": activations / 0.8,
        },
    )
    found = answer(activations, 0.2, fresh(answer), True).has_shape(activations.shape)
    _check_some_drop_out(found, found.array != 0)
    answer.draws_from_generator(lambda rng: (activations[:4], 0.5, rng, True))
    with answer.as_one_check():
        check_masks(answer)
    for rate in (0.2, 0.35, 0.9):
        with answer.as_one_check():
            found = answer(activations, rate, fresh(answer), True).has_shape(activations.shape)
            kept = found.array != 0
            check_share(found, 1 - kept.mean(), rate, most_off(rate, kept.size) / kept.size)
            _check_survivors(found, kept, activations, rate)
    answer(activations, 0.0, fresh(answer), True).is_close(
        activations, hint="At a rate of 0 nothing is dropped."
    )


def _check_survivors(found: Returned, kept: np.ndarray, activations: np.ndarray, rate: float) -> None:
    growth = found.array[kept] / activations[kept]
    hint = "A unit that stays is its activation, divided by the probability to stay."
    for wrong, words in {
        1.0: "Make the survivors larger, so that the sum stays the same on average: divide by 1 − rate.",
        1 / rate: "Divide by the probability to stay, 1 − rate, not by the rate.",
        1
        - rate: "Survivors must become larger, to stand in for those that dropped out: divide, don't multiply.",
        1 + rate: "Divide by 1 − rate; to multiply by 1 + rate is not the same.",
    }.items():
        if np.allclose(growth, wrong):
            hint = words
    right = np.allclose(growth, 1 / (1 - rate))
    found.satisfies(right, f"every unit that stays should have grown {1 / (1 - rate):g} times", hint)


def _check_some_drop_out(found: Returned, kept: np.ndarray) -> None:
    found.satisfies(
        not np.all(kept),
        "nothing dropped out",
        hint="During training a share `rate` of the units becomes 0.",
    )
    found.satisfies(not np.all(kept == kept[0]), "the same units dropped out in every example", hint=EACH)
    found.satisfies(not np.all(kept == kept[:, :1]), "whole examples dropped out", hint=EACH)


class _Batch(NamedTuple):
    """The arguments of batch normalisation, in the order of the exercise."""

    inputs: np.ndarray
    gamma: np.ndarray
    beta: np.ndarray
    moving_mean: np.ndarray
    moving_variance: np.ndarray

    def normalised(self, mean: np.ndarray, variance: np.ndarray, epsilon: float) -> np.ndarray:
        """Return the inputs with this mean and variance taken out, then scaled and shifted."""
        return self.gamma * (self.inputs - mean) / np.sqrt(variance + epsilon) + self.beta

    def in_training(self, momentum: float = 0.99, epsilon: float = 0.001) -> tuple[np.ndarray, ...]:
        """Return the outputs and both moving averages after this batch."""
        mean, variance = self.inputs.mean(axis=0), self.inputs.var(axis=0)
        return (
            self.normalised(mean, variance, epsilon),
            momentum * self.moving_mean + (1 - momentum) * mean,
            momentum * self.moving_variance + (1 - momentum) * variance,
        )

    def in_prediction(self, epsilon: float = 0.001) -> tuple[np.ndarray, ...]:
        """Return the outputs and both moving averages, which predicting leaves alone."""
        outputs = self.normalised(self.moving_mean, self.moving_variance, epsilon)
        return outputs, self.moving_mean, self.moving_variance


def _random_batch(rng: np.random.Generator, shape: tuple[int, int]) -> _Batch:
    gamma, beta, moving_mean = rng.normal(size=(3, shape[1]))
    moving_variance = rng.uniform(0.5, 2, size=shape[1])
    return _Batch(rng.normal(3, 2, size=shape), gamma, beta, moving_mean, moving_variance)


BATCH_NORM_PARTS = ("outputs", "moving mean", "moving variance")


@exercise("05_training/batch_norm")
def batch_norm(answer: Answer) -> None:
    """the outputs and moving averages in training, the prediction, and the usual settings."""
    batch = _random_batch(answer.rng, (4, 3))
    found = answer(*batch, True, 0.8, 0.1).unpack(*BATCH_NORM_PARTS)
    _check_normalised(found[0], batch, 0.1)
    _check_moving_averages(found, batch, 0.8)
    _check_prediction(answer(*batch, False, 0.8, 0.1).unpack(*BATCH_NORM_PARTS), batch, 0.1)
    large = _random_batch(answer.rng, (8, 5))
    for training, wanted in ((True, large.in_training()), (False, large.in_prediction())):
        with answer.as_one_check():
            parts = answer(*large, training).unpack(*BATCH_NORM_PARTS)
            for part, expected in zip(parts, wanted, strict=True):
                part.is_close(expected, hint="Without settings: momentum=0.99, epsilon=0.001.")


def _check_normalised(found: Returned, batch: _Batch, epsilon: float) -> None:
    inputs, gamma, beta = batch[:3]
    mean, variance = inputs.mean(axis=0), inputs.var(axis=0)
    centred = inputs - mean
    plain = centred / np.sqrt(variance + epsilon)
    across = (inputs - inputs.mean(axis=1, keepdims=True)) / np.sqrt(
        inputs.var(axis=1, keepdims=True) + epsilon
    )
    found.is_close(
        gamma * plain + beta,
        mistakes={
            "The mean and variance of a unit are taken over the batch: axis 0.": gamma * across + beta,
            "Each unit has a mean and a variance of its own: axis=0.": batch.normalised(
                inputs.mean(), inputs.var(), epsilon
            ),
            "In training the batch's own mean and variance are used, not the moving averages.": (
                batch.in_prediction(epsilon)[0]
            ),
            "The variance divides by the number of examples, as `np.var` does, not by one less.": (
                batch.normalised(mean, inputs.var(axis=0, ddof=1), epsilon)
            ),
            "Epsilon belongs under the root, beside the variance.": (
                gamma * centred / (np.sqrt(variance) + epsilon) + beta
            ),
            "Use `epsilon` as it was handed over.": batch.normalised(mean, variance, 0.001),
            "Divide by the root of the variance.": gamma * centred / (variance + epsilon) + beta,
            "Scale with gamma and shift by beta at the end.": plain,
            "Shift by beta at the end.": gamma * plain,
            "Scale with gamma before the shift.": plain + beta,
            "Gamma multiplies the normalised inputs only; beta is added afterwards.": gamma * (plain + beta),
        },
    )


def _check_moving_averages(found: list[Returned], batch: _Batch, momentum: float) -> None:
    inputs = batch.inputs
    _, mean, variance = batch.in_training(momentum)
    new = {"mean": inputs.mean(axis=0), "variance": inputs.var(axis=0)}
    old = {"mean": batch.moving_mean, "variance": batch.moving_variance}
    for part, wanted, name in ((found[1], mean, "mean"), (found[2], variance, "variance")):
        part.is_close(
            wanted,
            mistakes={
                "The old average has the large share, `momentum`.": (
                    (1 - momentum) * old[name] + momentum * new[name]
                ),
                "In training the moving averages take in a share 1 − momentum of the batch's.": old[name],
                "The old average counts `momentum`, the batch's the rest.": new[name],
                "Average the variance, not its root.": (
                    momentum * old[name] + (1 - momentum) * np.sqrt(abs(new[name]))
                ),
                "Use the same variance as for the outputs, which divides by the number of examples.": (
                    momentum * old[name] + (1 - momentum) * inputs.var(axis=0, ddof=1)
                ),
            },
        )


def _check_prediction(found: list[Returned], batch: _Batch, epsilon: float) -> None:
    outputs, mean, variance = batch.in_prediction(epsilon)
    found[0].is_close(
        outputs,
        mistakes={
            "A prediction must not depend on the other examples: use the moving averages.": (
                batch.in_training(epsilon=epsilon)[0]
            ),
            "When predicting, too, gamma scales and beta shifts.": (batch.inputs - mean)
            / np.sqrt(variance + epsilon),
            "Epsilon stands under the root here as well.": batch.normalised(mean, variance, 0.0),
        },
    )
    for part, wanted in ((found[1], mean), (found[2], variance)):
        part.is_close(wanted, hint="Predicting must not change the moving averages.")


def _stopped(losses: list[float], patience: int) -> tuple[int, int]:
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience and epoch > 0:
            return best, epoch
    return best, len(losses) - 1


@exercise("05_training/best_epoch")
def best_epoch(answer: Answer) -> None:
    """patience, training to the end, a zigzag, a count that starts anew, equal losses, and random curves."""
    _check_patience(answer)
    _check_stop(
        answer, [3.0, 2.0, 1.0], 2, (2, 2), "If patience never runs out, training ends at the last epoch."
    )
    compare = "Compare with the lowest loss so far, not with the epoch before."
    _check_stop(answer, [1.0, 0.5, 0.8, 0.7, 0.6, 0.55, 0.54], 3, (1, 4), compare)
    anew = "A new lowest loss starts the count anew."
    _check_stop(answer, [1.0, 1.1, 0.9, 1.0, 0.8, 0.9, 0.95], 2, (4, 6), anew)
    _check_stop(answer, [0.5, 0.5, 0.5, 0.5], 2, (0, 2), "An equal loss is no improvement.")
    with answer.as_one_check():
        for _ in range(8):
            losses, patience = answer.rng.uniform(size=12).round(1).tolist(), int(answer.rng.integers(1, 6))
            hint = "Follow this curve epoch by epoch."
            _check_stop(answer, losses, patience, _stopped(losses, patience), hint)


def _check_patience(answer: Answer) -> None:
    losses, patience = [0.9, 0.7, 0.6, 0.65, 0.7, 0.8, 0.5], 3
    keep, stop = answer(losses, patience).unpack("epoch to keep", "last epoch")
    keep.is_number().is_close(
        2,
        mistakes={
            "When that low loss would come, training has stopped already.": 6,
            "Keep the epoch with the lowest loss, not the one at which training stopped.": 5,
            "Return the number of the epoch, not its loss.": 0.6,
            "Epochs count from 0.": 3,
        },
    )
    stop.is_number().is_close(
        5,
        hint="Count the epochs since the lowest loss; training ends when there are `patience` of them.",
        mistakes={
            "Training ends at the epoch with which patience runs out, not one later.": 6,
            "Patience of 3 means three epochs without improvement, and the third one ends it.": 4,
            "The order is: epoch to keep, epoch at which training stops.": 2,
            "Return the number of the epoch, not its loss.": 0.8,
        },
    )


def _check_stop(
    answer: Answer, losses: list[float], patience: int, wanted: tuple[int, int], hint: str
) -> None:
    with answer.as_one_check():
        parts = answer(losses, patience).unpack("epoch to keep", "last epoch")
        for part, expected in zip(parts, wanted, strict=True):
            part.is_number().is_close(expected, hint=hint)
