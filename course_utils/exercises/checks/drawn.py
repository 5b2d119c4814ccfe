"""Masks and orders that have to be drawn at random: every one by itself, and none a copy of another.

The bounds are those of `chance`; together the comparisons here refuse a right mask, or a right order, with a
probability below 1e-7, and since the generators have fixed seeds, never for the solutions of the course.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from course_utils.exercises.answers import Answer
from course_utils.exercises.chance import Tie, most_of, most_off, spread_of, strongest_echo, strongest_tie
from course_utils.exercises.returned import Returned

# Many small arrays show which units share their fate; a few large ones show what repeats at a distance.
NUM_CALLS, SMALL = 400, (8, 30)
NUM_LARGE, LARGE = 4, (160, 130)
EACH = "Draw for every element: random numbers of the shape of the activations."


def fresh(answer: Answer) -> np.random.Generator:
    """Return a generator to hand over, so that what one call draws does not shift the next one's numbers."""
    return np.random.default_rng(int(answer.rng.integers(2**32)))


# ---- masks of dropout --------------------------------------------------------------------------------


def check_masks(answer: Answer) -> None:
    """Check at a rate of 0.5, where each unit is a fair coin, that the coins know nothing of one another."""
    rng = fresh(answer)
    last, values, kept = _masks(answer, rng, SMALL, NUM_CALLS)
    coins = np.where(kept, 1, -1)
    check_share(last, 1 - kept.mean(), 0.5, 0.15)
    _check_each_unit(last, coins)
    between_units, between_calls = strongest_tie(coins), strongest_tie(coins.T)
    for strict in (True, False):  # few different masks tie the units loosely, and units in blocks the calls
        _check_ties(last, between_units, strict)
        _check_calls(last, between_calls, strict)
    _check_following_calls(last, coins)
    _check_numbers(last, coins)
    _check_values(last, values, coins)
    last, _, kept = _masks(answer, rng, LARGE, NUM_LARGE)
    _check_echo(last, np.where(kept, 1, -1))


def check_share(found: Returned, share: float, rate: float, allowed: float) -> None:
    """Check the share of units that dropped out."""
    hint = "Draw one number between 0 and 1 for each unit with `rng.random`, and compare it with the rate."
    if abs(share - (1 - rate)) < allowed:
        hint = "`rate` is the share that drops out, not the share that stays."
    found.satisfies(abs(share - rate) <= allowed, f"{rate:.0%} should be 0, not {share:.0%}", hint)


def _masks(
    answer: Answer, rng: np.random.Generator, shape: tuple[int, int], times: int
) -> tuple[Returned, NDArray, NDArray]:
    """Return the last result, and of all calls the activations and which units stayed: (times, rows * units)."""
    values, kept = [], []
    for _ in range(times):
        activations = answer.rng.uniform(0.5, 1.5, size=shape) * answer.rng.choice([-1, 1], size=shape)
        found = answer(activations, 0.5, rng, True).has_shape(shape)
        values.append(activations.ravel())
        kept.append(found.array.ravel() != 0)
    return found, np.array(values), np.array(kept)


def _check_values(found: Returned, values: NDArray, coins: NDArray) -> None:
    """Each of these questions about a value is a fair coin of its own, so its product with the mask is one."""
    sizes = np.abs(values)
    for asked in (values > 0, sizes > 1, np.abs(sizes - 1) > 0.25):
        agreement = np.sum(coins * np.where(asked, 1, -1))
        found.satisfies(
            abs(agreement) <= most_of(coins.size),
            "whether a unit drops out depends on its value",
            hint="Chance alone decides which units drop out, not how large they are.",
        )


def _check_each_unit(found: Returned, coins: NDArray) -> None:
    sums = coins.sum(axis=0)
    place = int(np.argmax(np.abs(sums)))
    dropped = np.sum(coins[:, place] < 0)
    found.satisfies(
        abs(sums[place]) <= most_of(len(coins), sums.size),
        f"unit {_name(place)} dropped out in {dropped} of {len(coins)} calls, at a rate of 0.5",
        hint="Every unit has the same chance to drop out, in every call anew.",
    )


def _check_ties(found: Returned, tie: Tie | None, strict: bool) -> None:
    if tie is None or (strict and not tie.is_strict):
        return
    (row, unit), (other_row, other_unit) = (divmod(place, SMALL[1]) for place in (tie.one, tie.other))
    hint = EACH
    if row == other_row:
        hint = "The units of one example must not share their fate: draw a number for every single unit."
    elif unit == other_unit:
        hint = "Every example needs a mask of its own: draw a number for every unit of every example."
    found.satisfies(
        False,
        f"units {_name(tie.one)} and {_name(tie.other)} had the same fate in {tie.agree} of {tie.tosses} calls; "
        f"by chance it is about {tie.tosses // 2}",
        hint,
    )


def _check_numbers(found: Returned, coins: NDArray) -> None:
    """The number of units that drop out varies as that of heads among tossed coins does."""
    boxes = coins.reshape(len(coins), *SMALL)
    for groups, place in (
        (boxes.reshape(-1, SMALL[1]), "an example"),
        (boxes.transpose(0, 2, 1).reshape(-1, SMALL[0]), "a column"),
        (coins, "the whole array"),
    ):
        spread = spread_of(groups)
        found.satisfies(
            spread.found >= spread.low,
            f"the number of units that drop out of {place} is the same, or nearly so, in every call",
            hint="Do not fix how many drop out: toss a coin for each unit. The share is `rate` on average only.",
        )
        found.satisfies(
            spread.found <= spread.high,
            f"the number of units that drop out of {place} varies too much from call to call",
            hint=f"Units drop out together, or the rate changes. {EACH}",
        )


AGAIN = "Draw new numbers in every call: keep no mask, and turn or move no earlier one."


def _check_calls(found: Returned, tie: Tie | None, strict: bool) -> None:
    if tie is None or (strict and not tie.is_strict):
        return
    first, later = sorted((tie.one + 1, tie.other + 1))
    rule = f"in call {later} {tie.agree} of {tie.tosses} units had the same fate as in call {first}"
    found.satisfies(False, rule, AGAIN)


def _check_following_calls(found: Returned, coins: NDArray) -> None:
    for later in (1, 2):
        found.satisfies(
            strongest_tie(coins[later:], coins[:-later]) is None,
            "who drops out can be told from the calls before",
            AGAIN,
        )


def _check_echo(found: Returned, coins: NDArray) -> None:
    distance = strongest_echo(coins)
    rows, units = divmod(distance, LARGE[1])
    apart = f"{rows} examples" if units == 0 else f"{distance} units"
    found.satisfies(
        distance == 0,
        f"counted row by row, units that are {apart} apart share their fate",
        hint=f"A mask must not repeat itself inside the batch. {EACH}",
    )


def _name(place: int) -> str:
    return "[{}, {}]".format(*divmod(place, SMALL[1]))


# ---- orders of mini-batches --------------------------------------------------------------------------

NUM_EPOCHS, NUM_EXAMPLES, BATCH_SIZE = 600, 12, 4
SHUFFLE = "Shuffle all the examples in every epoch: each order must be as likely as any other."


def check_orders(answer: Answer) -> None:
    """Check over many epochs who comes before whom, who follows whom, who meets whom, and who stands where."""
    rng = fresh(answer)
    epochs = [answer(NUM_EXAMPLES, BATCH_SIZE, rng) for _ in range(NUM_EPOCHS)]
    orders = np.array([_order(found) for found in epochs])
    places = np.argsort(orders, axis=1)
    for counts, probability, rule in _counts(orders, places):
        allowed = most_off(probability, NUM_EPOCHS, counts.size)
        worst = np.unravel_index(np.argmax(np.abs(counts - probability * NUM_EPOCHS)), counts.shape)
        times = (
            f"{int(counts[worst])} of {NUM_EPOCHS} epochs, where chance gives {probability * NUM_EPOCHS:.0f}"
        )
        epochs[-1].satisfies(
            abs(counts[worst] - probability * NUM_EPOCHS) <= allowed,
            f"{rule.format(*worst)} in {times}",
            hint=SHUFFLE,
        )
    _check_orders_differ(answer, rng)


def _counts(orders: NDArray, places: NDArray) -> Iterator[tuple[NDArray, float, str]]:
    """Yield counts over all epochs, the probability of one such event, and what a count stands for."""
    n = NUM_EXAMPLES
    batches = places // BATCH_SIZE
    others = ~np.eye(n, dtype=bool)
    steps = places[:, None, :] - places[:, :, None]
    stands = places[:, :, None] == np.arange(n)
    yield stands.sum(axis=0), 1 / n, "example {} stood at place {}"
    follows = np.where(others, (steps == 1).sum(axis=0), NUM_EPOCHS / n)
    yield follows, 1 / n, "right after example {} came example {}"
    before = np.where(others, (steps > 0).sum(axis=0), NUM_EPOCHS / 2)
    yield before, 1 / 2, "example {} came before example {}"
    together = (BATCH_SIZE - 1) / (n - 1)
    meets = (batches[:, None, :] == batches[:, :, None]).sum(axis=0)
    yield (
        np.where(others, meets, NUM_EPOCHS * together),
        together,
        "example {} shared its batch with example {}",
    )


def _order(found: Returned) -> NDArray:
    return np.concatenate([batch.array for batch in found.items("batch")])


def _check_orders_differ(answer: Answer, rng: np.random.Generator) -> None:
    """Among 40 orders of 60 examples two are equal once in 10^79 times."""
    found = [answer(60, 10, rng) for _ in range(40)]
    orders = [_order(epoch).tobytes() for epoch in found]
    pairs = itertools.combinations(range(len(orders)), 2)
    equal = next(((one, other) for one, other in pairs if orders[one] == orders[other]), None)
    found[-1].satisfies(
        equal is None,
        "" if equal is None else f"epoch {equal[1] + 1} has the order of epoch {equal[0] + 1}",
        hint="Shuffle anew in every epoch, with the generator that is handed over.",
    )
