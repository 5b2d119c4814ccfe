"""A right answer is right whatever kind of number, row or array it comes in."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from course_utils.exercises import registry
from course_utils.exercises.answers import Answer
from course_utils.exercises.checking import judge
from course_utils.exercises.results import AnswerError
from course_utils.exercises.returned import Returned
from tests.unit.exercises.conftest import run_cell
from tests.unit.exercises.test_lessons import NOTEBOOKS, read


def each(change: Callable[[np.ndarray], Any]) -> Callable[[Any], Any]:
    """Return what changes every number and array of a result; texts, lists and tuples stay what they are."""

    def changed(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(map(changed, value))
        return value if isinstance(value, str) else change(np.asarray(value))

    return changed


def read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.setflags(write=False)
    return array


def narrow(array: np.ndarray) -> np.ndarray:
    """Return whole numbers as int32 and fractions as float32, which is near enough for every check."""
    return array.astype("int32" if array.dtype.kind in "iu" else "float32")


def as_tensor(array: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.constant(array)


def as_sequence(value: Any) -> Any:
    """Return tuples as lists, and lists as tuples."""
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, tuple) else tuple)(value)
    return value


KINDS: dict[str, Callable[[Any], Any]] = {
    "NumPy's numbers": each(lambda array: array[()]),
    "arrays, also of shape ()": each(np.asarray),
    "narrow": each(narrow),
    "long doubles": each(lambda array: array.astype(np.longdouble) if array.dtype.kind == "f" else array),
    "unsigned": each(lambda array: array.astype(np.uint32) if np.all(array == abs(array // 1)) else array),
    "lists": each(lambda array: array.tolist()),
    "Fortran's order": each(lambda array: np.asarray(array, order="F")),
    "read-only": each(read_only),
    "not contiguous": each(lambda array: np.stack([array, array], axis=-1)[..., 0]),
    "memory views": each(lambda array: memoryview(array) if array.ndim else array),
    "tensors": each(as_tensor),
    "objects": each(lambda array: array.astype(object)),
    "tuples for lists": as_sequence,
}


IDS = [id for id in registry.check_ids() if not id.startswith("99_example/")]


@pytest.fixture(scope="module")
def solutions() -> dict[str, Any]:
    """Exercise id -> the course's solution."""
    found = {}
    for path in NOTEBOOKS:
        lesson = read(path)
        names = lesson.names()
        for id, source in lesson.solutions.items():
            run_cell(source, names)
            found[id] = names[f"{registry.find(id).name}_solution"]
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("id", IDS)
def test_solutions_pass_in_every_kind(solutions, id, kind):
    solution = solutions[id]

    def answer(*arguments):
        return KINDS[kind](solution(*arguments))

    result = judge(registry.find(id), answer if callable(solution) else KINDS[kind](solution))
    assert result.passed, f"{kind}: {result!r}"


def leaves(change: Callable[[np.ndarray], Any]) -> Callable[[Any], Any]:
    """Return what spoils every array of numbers of a result."""
    return each(lambda array: change(array.astype(float)))


def spoilt_at_the_end(by: Callable[[float], float]) -> Callable[[np.ndarray], np.ndarray]:
    def spoil(array: np.ndarray) -> np.ndarray:
        array = array.copy()
        array.flat[-1:] = by(array.flat[-1]) if array.size else []
        return array

    return spoil


# Each of these spoils an answer of numbers. Texts it leaves alone, and some answers may be scaled.
SPOILT: dict[str, Callable[[Any], Any]] = {
    "the last number is NaN": leaves(spoilt_at_the_end(lambda number: np.nan)),
    "the last number is off": leaves(spoilt_at_the_end(lambda number: number + 0.01 * max(1, abs(number)))),
    "all is NaN": leaves(lambda array: array * np.nan),
    "all is infinite": leaves(lambda array: array + np.inf),
    "empty": leaves(lambda array: np.zeros(0)),
    "one axis more": leaves(lambda array: array[np.newaxis]),
    "zeros": leaves(np.zeros_like),
    "a thousandth too large": leaves(lambda array: array * 1.001),
    "half precision of a part": leaves(lambda array: np.round(array, 2) + 0.004),
    "cut off": leaves(lambda array: array[:-1] if array.ndim else array * 0),
    "truth": each(lambda array: array.astype(bool)),
    "text": each(lambda array: array.astype(str)),
    "nothing": lambda value: None,
    "an empty list": lambda value: [],
    "True": lambda value: True,
    "one list around it": lambda value: [value],
}
FREE = {"02_neurons/implication", "06_cnns/edge_kernel"}  # several numbers are right
NO_NUMBERS = {"04_backprop/backward_order"}


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("id", sorted(set(IDS) - FREE))
def test_a_spoilt_solution_never_passes(solutions, id, how):
    if id in NO_NUMBERS and how in list(SPOILT)[:12]:
        return
    result = judge(registry.find(id), lambda *arguments: SPOILT[how](solutions[id](*arguments)))
    assert result.status == "failed", result
    assert "could not read" not in result.message


WHOLE = [
    7,
    np.int64(7),
    np.int32(7),
    np.uint8(7),
    np.array(7),
    np.array(7, dtype=np.int16),
]
NOT_WHOLE = [7.0, np.float64(7), np.array(7.0), True, np.True_, "7", None, [7], np.array([7])]


@pytest.mark.parametrize("value", WHOLE, ids=repr)
def test_whole_numbers_of_every_kind(value):
    assert Returned(value, "f(2)", lambda: None).has_type(int).is_number().raw is value


@pytest.mark.parametrize("value", NOT_WHOLE, ids=repr)
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(AnswerError):
        Returned(value, "f(2)", lambda: None).has_type(int)


def test_a_tensor_may_be_a_whole_number():
    assert Returned(as_tensor(np.array(7)), "f(2)", lambda: None).has_type(int)


def test_a_float_is_told_from_a_whole_number():
    with pytest.raises(AnswerError, match=r"returned 24.0, which is a number; a whole number was expected"):
        Returned(np.float32(24), "f(2)", lambda: None).has_type(int)


@pytest.mark.parametrize(
    ("value", "kind"),
    [(np.float32(0.5), float), (np.array(0.5), float), (np.True_, bool), (np.str_("a"), str)],
)
def test_other_types_of_numpy(value, kind):
    assert Returned(value, "f(2)", lambda: None).has_type(kind)


@pytest.mark.parametrize(
    "value", [Fraction(1, 4), Decimal("0.25"), np.array(Fraction(1, 4)), np.array([0.25])[0]]
)
def test_numbers_that_are_no_floats(value):
    assert Returned(value, "f(2)", lambda: None).is_number().is_close(0.25)
    assert Returned([value, 1], "f(2)", lambda: None).is_close([0.25, 1])


def test_numbers_that_are_complex_in_name_only():
    assert Returned(np.array([1 + 0j]), "f(2)", lambda: None).is_close([1.0])
    with pytest.raises(AnswerError, match="complex numbers"):
        Returned(np.array([156 + 1e-3j]), "f(2)", lambda: None).is_close([156])


def test_large_whole_numbers_are_compared_exactly():
    assert Returned(117_600.0, "f(2)", lambda: None).is_close(117_600)
    with pytest.raises(AnswerError, match="returned 117601, but 117600"):
        Returned(117_601, "f(2)", lambda: None).is_close(117_600)
    with pytest.raises(AnswerError, match=r"at \[20\] it is 117601"):
        Returned(np.full(21, 117_600) + (np.arange(21) == 20), "f(2)", lambda: None).is_close(
            np.full(21, 117_600)
        )


def test_huge_whole_numbers():
    assert Returned(10**30, "f(2)", lambda: None).is_close(1e30)


@pytest.mark.parametrize("made", [tuple, list, np.array, as_tensor])
def test_several_results_come_in_a_row_of_any_kind(made):
    value, slope = Returned(made([[1.0, 2.0], [0.5, 0.25]]), "f(2)", lambda: None).unpack("value", "slope")
    value.is_close([1, 2])
    slope.is_close([0.5, 0.25])


def test_one_array_in_place_of_two_results_is_told():
    weights, _ = Returned(np.array([1.0, 2.0]), "f(2)", lambda: None).unpack("weights", "velocity")
    with pytest.raises(AnswerError, match=r"f\(2\) returned \[1, 2\], but 2 results were expected"):
        weights.is_close([1.5, 2.5])


EMPTY = [
    lambda value: value.is_finite(),
    lambda value: value.is_between(0, 1),
    lambda value: value.is_increasing(),
    lambda value: value.is_decreasing(),
    lambda value: value.sums_to(0),
    lambda value: value.is_close([0.0]),
]


@pytest.mark.parametrize("expectation", EMPTY)
def test_nothing_holds_of_an_empty_array(expectation):
    with pytest.raises(AnswerError):
        expectation(Returned(np.zeros(0), "f(2)", lambda: None))


@pytest.mark.parametrize("row", [tuple, np.array, lambda names: dict.fromkeys(names).keys()])
def test_names_come_in_a_row_of_any_kind(row):
    items = Returned(row(["b", "a"]), "f(2)", lambda: None).items("name")
    assert [item.raw for item in items] == ["b", "a"]


@pytest.mark.parametrize("value", [np.arange(3), {"a"}, reversed([1]), 5, None])
def test_what_is_no_list_is_told_without_an_address(value):
    with pytest.raises(AnswerError) as failure:
        Returned(value, "f(2)", lambda: None).items("name")
    assert " 0x" not in failure.value.message


def test_answers_that_draw_tensors_can_be_compared():
    answer = Answer(lambda size, rng: as_tensor(rng.random(size)), "draw", "05/draw")
    answer.draws_from_generator(lambda rng: (4, rng))
