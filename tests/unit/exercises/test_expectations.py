"""Each expectation holds for what it names, and fails with words and numbers for the rest."""

import numpy as np
import pytest

from course_utils.exercises.answers import Answer, unchanged
from course_utils.exercises.results import AnswerError
from course_utils.exercises.returned import Returned, finite_differences


def returned(value):
    return Returned(value, "f(2)", lambda: None)


HOLD = {
    "number": lambda: returned(2.5).is_number(),
    "shape": lambda: returned([[1, 2]]).has_shape((1, 2)),
    "float": lambda: returned(np.float32(1)).has_dtype("float"),
    "float32": lambda: returned(np.float32(1)).has_dtype("float32"),
    "integer": lambda: returned(3).has_dtype("integer"),
    "type": lambda: returned("relu").has_type(str),
    "finite": lambda: returned([1, 2]).is_finite(),
    "close": lambda: returned(0.1 + 0.2).is_close(0.3),
    "boolean": lambda: returned([True, False]).is_close([True, False]),
    "equal": lambda: returned((1, "a")).is_equal((1, "a")),
    "equal lists": lambda: returned([np.arange(2), 3]).is_equal([np.arange(2), 3]),
    "equal arrays": lambda: returned(np.arange(3)).is_equal(np.arange(3)),
    "between": lambda: returned([0.0, 1.0]).is_between(0, 1),
    "increasing": lambda: returned([1, 1, 2]).is_increasing(),
    "decreasing": lambda: returned([3, 2]).is_decreasing(),
    "sum": lambda: returned([[0.5, 0.5], [0.1, 0.9]]).sums_to(1, axis=-1),
    "derivative": lambda: returned(np.cos([0.0, 1.0])).is_derivative_of(np.sin, at=[0.0, 1.0]),
    "gradient": lambda: returned([2.0, 4.0]).is_gradient_of(lambda w: np.sum(w**2), at=[1.0, 2.0]),
    "satisfies": lambda: returned(3).satisfies(True, "it is odd"),
}

FAIL = [
    (lambda: returned([1.0]).is_number(), "of shape (1,)"),
    (lambda: returned(np.zeros((50, 3))).has_shape((3, 50)), "shape (3, 50) was expected"),
    (lambda: returned(1.0).has_dtype("integer"), "type float64, but integer"),
    (lambda: returned(1).has_type((str, list)), "a whole number; str or list"),
    (lambda: returned([1, np.inf]).is_finite(), "contains infinity"),
    (lambda: returned(np.nan).is_close(np.nan), "contains NaN"),
    (lambda: returned(0.31).is_close(0.3), "returned 0.31, but 0.3 was expected"),
    (lambda: returned("sigmoid").is_equal("relu"), "'sigmoid', but 'relu'"),
    (lambda: returned(None).is_equal("relu"), "returned None"),
    (lambda: returned(np.zeros(0)).is_equal(5), "returned [], but 5"),
    (lambda: returned([1, 2]).is_equal((1, 2)), "returned [1, 2], but (1, 2)"),
    (lambda: returned([np.arange(2), 3]).is_equal([np.arange(2), 4]), "but [[0, 1], 4]"),
    (lambda: returned([0.5, 1.5]).is_between(0, 1), "1.5 is not between 0 and 1"),
    (lambda: returned([2, 1]).is_increasing(), "never go down"),
    (lambda: returned([1, 2]).is_decreasing(), "never go up"),
    (lambda: returned([0.5, 0.4]).sums_to(1), "sum is 0.9 instead of 1"),
    (lambda: returned([0.5, 0.5]).sums_to(1, axis=1), "no axis 1"),
    (lambda: returned(np.sin([0.0, 1.0])).is_derivative_of(np.sin, at=[0.0, 1.0]), "but [1, 0.540302]"),
    (lambda: returned([1.0, 2.0]).is_gradient_of(lambda w: np.sum(w**2), at=[1.0, 2.0]), "but [2, 4]"),
    (lambda: returned(4).satisfies(False, "it should be odd"), "returned 4, but it should be odd"),
    (lambda: returned(4).unpack("loss", "gradient"), "2 results were expected"),
    (lambda: returned(...).is_finite(), "returned Ellipsis"),
]


@pytest.mark.parametrize("name", HOLD)
def test_expectation_holds(name):
    assert isinstance(HOLD[name](), Returned)


@pytest.mark.parametrize(("expectation", "words"), FAIL, ids=[row[1] for row in FAIL])
def test_expectation_fails_with_words(expectation, words):
    with pytest.raises(AnswerError) as failure:
        expectation()
    assert words in failure.value.message


def test_large_arrays_show_the_first_wrong_element():
    wanted = np.zeros((4, 5))
    given = wanted.copy()
    given[2, 3] = 7.0
    with pytest.raises(AnswerError, match=r"at \[2, 3\] it is 7, but 0 was expected \(1 of 20"):
        returned(given).is_close(wanted)


def test_mistake_decides_the_hint_whatever_its_shape():
    mistakes = {"Transpose.": np.arange(6).reshape(2, 3), "NaN": np.nan}
    with pytest.raises(AnswerError) as failure:
        returned(np.arange(6).reshape(2, 3)).is_close(np.arange(6).reshape(3, 2), mistakes=mistakes)
    assert failure.value.hint == "Transpose."


def test_mistake_equal_to_the_right_value_does_no_harm():
    assert returned(1.0).is_close(1.0, mistakes={"never": 1.0}).raw == 1.0


def test_unpacked_parts_are_named_in_messages():
    loss, _ = returned((0.5, None)).unpack("loss", "gradient")
    with pytest.raises(AnswerError, match=r"the loss of f\(2\) is 0.5, but 1 was expected"):
        loss.is_close(1)


def test_items_of_a_list_are_named_in_messages():
    batches = returned([np.arange(3), np.arange(2)]).items("batch")
    assert [batch.array.size for batch in batches] == [3, 2]
    with pytest.raises(AnswerError, match=r"the batch \[1\] of f\(2\) is \[0, 1\], of shape \(2,\)"):
        batches[1].has_shape((3,))
    with pytest.raises(AnswerError, match="a list was expected"):
        returned(np.arange(3)).items("batch")


def test_finite_differences_match_the_formula():
    at = np.random.default_rng(0).normal(size=(2, 3))
    gradient = finite_differences(lambda w: float(np.sum(np.sin(w) * w)), at)
    np.testing.assert_allclose(gradient, np.cos(at) * at + np.sin(at), atol=1e-8)


def test_random_inputs_are_the_same_each_time():
    first, second = (Answer(len, "f", "02/x").rng.normal(size=5) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_hard_coded_answers_are_found():
    answer = Answer(lambda x: 4.0, "square", "02/square")
    answer(2.0).is_close(4.0)
    with pytest.raises(AnswerError):
        answer.agrees_with(lambda x: x * x, shapes=[()])


def test_agreement_counts_as_one_check_and_knows_mistakes():
    answer = Answer(lambda x: x * x, "square", "02/square")
    answer.agrees_with(np.square, shapes=[(3,)], times=4)
    assert answer.checks_passed == 1
    with pytest.raises(AnswerError) as failure:
        answer.agrees_with(
            np.abs, inputs=lambda rng: (rng.normal(),), mistakes={"No square here.": np.square}
        )
    assert failure.value.hint == "No square here."


def test_a_loop_can_count_as_one_check():
    answer = Answer(lambda x: x, "same", "02/same")
    with answer.as_one_check():
        for number in range(5):
            answer(number).is_close(number)
    assert answer.checks_passed == 1


ENDLESS = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("draw", "hint"),
    [
        (lambda size, rng: rng.random(size), ""),
        (lambda size, rng: ENDLESS.random(size), "that is handed over; then"),
        (lambda size, rng: np.random.default_rng(0).random(size), "make none inside"),
        (lambda size, rng: np.zeros(size), "make none inside"),
    ],
    ids=["its own", "another", "a new one", "no chance"],
)
def test_chance_must_come_from_the_generator_handed_over(draw, hint):
    answer = Answer(draw, "draw", "05/draw")
    if not hint:
        answer.draws_from_generator(lambda rng: (4, rng))
        assert answer.checks_passed == 1
        return
    with pytest.raises(AnswerError) as failure:
        answer.draws_from_generator(lambda rng: (4, rng))
    assert hint in failure.value.hint
    assert "draw(4, rng) returned" in failure.value.message


def test_function_for_numbers_only_is_not_elementwise():
    answer = Answer(lambda z: z if z > 0 else 0.0, "relu", "03/relu")
    with pytest.raises(AnswerError) as failure:
        answer.is_elementwise([-1.0, 2.0])
    assert "np.where" in failure.value.hint


def test_function_that_mixes_elements_is_not_elementwise():
    answer = Answer(lambda z: z / np.max(np.abs(z)), "scale", "03/scale")
    with pytest.raises(AnswerError) as failure:
        answer.is_elementwise([-1.0, 2.0])
    assert "every element" in failure.value.hint


def test_classes_without_the_method_are_told():
    built = Answer(type("Layer", (), {}), "Layer", "02/layer").build()
    with pytest.raises(AnswerError, match="Layer has no method `forward`"):
        built.call("forward", 1)
    with pytest.raises(AnswerError, match="Layer has no attribute `weights`"):
        built.attribute("weights")


@pytest.mark.parametrize(
    ("after", "before", "same"),
    [
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array(["a"]), np.array(["a"]), True),
        (np.array([1]), np.array([1.0]), False),
        ([1, [2]], [1, [2]], True),
        ([1, [2]], [1, [3]], False),
        ({"a": np.zeros(2)}, {"a": np.zeros(2)}, True),
        ({"a": 1}, {"b": 1}, False),
    ],
)
def test_changes_of_plain_data_are_noticed(after, before, same):
    assert unchanged(after, before) is same
