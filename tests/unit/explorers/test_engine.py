"""The engine: fields, sentences, the kernel's answer, errors and printed text in callbacks."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from course_utils.explorers.engine import (
    Choice,
    Explorer,
    Flag,
    Integer,
    Integers,
    NamedNumbers,
    Number,
    NumberList,
    Numbers,
    Preset,
    Rows,
    Several,
    StateError,
    Strokes,
    Text,
)
from course_utils.explorers.engine.explorer import encode
from course_utils.explorers.engine.fields import Field
from course_utils.explorers.engine.sentences import decimal, percent
from course_utils.explorers.picture import Picture


class Doubler(Explorer):
    """An explorer whose kernel doubles a number; it prints at 3 and fails at 4."""

    module = "neuron"
    title = "Doubler"
    fields = {"x": Number(default=1, low=0, high=10)}

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        if state["x"] == 3:
            print("three is special")
        if state["x"] == 4:
            raise ZeroDivisionError("four is not allowed")
        return {"twice": np.array([2.0 * state["x"]])}


def test_the_answer_belongs_to_its_state() -> None:
    doubler = Doubler()
    doubler.set(x=2)
    assert doubler.answer["state"] == {"x": 2}
    assert np.frombuffer(doubler.answer["twice"]["buffer"]) == [4.0]


def test_what_a_callback_prints_is_shown() -> None:
    doubler = Doubler()
    doubler.set(x=3)
    assert doubler.said == "three is special\n"


def test_what_a_cell_prints_meanwhile_stays_with_the_cell(capsys: pytest.CaptureFixture[str]) -> None:
    started, go_on = threading.Event(), threading.Event()

    class Slow(Doubler):
        def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
            if state["x"] == 3:
                started.set()
                assert go_on.wait(10)
            return super().compute(state)

    slow, usual = Slow(), sys.stdout
    thread = threading.Thread(target=lambda: slow.set(x=3))
    thread.start()
    assert started.wait(10)
    print("from the cell")
    Doubler(x=3)
    go_on.set()
    thread.join()
    assert slow.said == "three is special\n"
    assert capsys.readouterr().out == "from the cell\n"
    assert sys.stdout is usual


def test_an_error_in_a_callback_is_shown_and_goes_away() -> None:
    doubler = Doubler()
    doubler.set(x=4)
    assert "ZeroDivisionError: four is not allowed (line" in doubler.fault
    doubler.set(x=5)
    assert doubler.fault == ""
    assert np.frombuffer(doubler.answer["twice"]["buffer"]) == [10.0]


class Looker(Doubler):
    """Has a field that only says where to look."""

    fields = Doubler.fields | {"look": Number(default=0, low=0, high=1)}
    needs = ("x",)


def test_a_field_that_is_only_looked_at_computes_nothing() -> None:
    looker = Looker()
    before = looker.answer
    looker.set(look=1)
    assert looker.answer is before
    assert looker.answer["state"] == {"x": looker.state["x"]}
    looker.set(x=5)
    assert looker.answer["state"] == {"x": 5}


def test_compute_gets_the_fields_that_it_needs_and_no_others() -> None:
    class Careless(Looker):
        def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
            return {"look": state["look"]}

    assert Careless().fault.startswith("KeyError: 'look'")


def test_a_state_that_was_refused_is_computed_again_when_it_is_mended() -> None:
    looker = Looker(x=2)
    looker.state = {"x": 99}
    assert "Press Reset" in looker.fault
    looker.state = {"x": 2, "look": 0}
    assert looker.fault == ""


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int32"])
def test_arrays_travel_as_bytes(dtype: str) -> None:
    array = np.arange(6, dtype=dtype).reshape(2, 3).T
    sent = encode({"array": array})["array"]
    assert sent["shape"] == [3, 2]
    assert np.array_equal(np.frombuffer(sent["buffer"], dtype).reshape(3, 2), array)


def test_arrays_of_other_types_are_refused() -> None:
    with pytest.raises(TypeError, match="complex128"):
        encode({"array": np.ones(2, dtype=complex)})


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        (Number(default=0, low=0, high=1), 1.5),
        (Number(default=0, low=0, high=1), float("nan")),
        (Number(default=0, low=0, high=1), True),
        (Number(default=0, low=0, high=1), "0"),
        (Integer(default=0, low=0, high=9), 1.5),
        (Numbers(default=[0, 0], low=0, high=1), [0, 0, 0]),
        (Numbers(default=[[0], [0]], low=0, high=1), [[0], [2]]),
        (Choice(default="a", options={"a": "A"}), "b"),
        (Choice(default="a", options={"a": "A"}), ["a"]),
        (Several(default=[], options={"a": ("A", "blue")}), ["b"]),
        (Several(default=[], options={"a": ("A", "blue")}), "a"),
        (Flag(default=True), 1),
    ],
)
def test_a_field_refuses_what_does_not_fit_and_names_itself(field: Any, bad: Any) -> None:
    with pytest.raises(StateError, match="knob"):
        field.check("knob", bad)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.125, 2, "0.13"), (-0.125, 2, "−0.13"), (-0.001, 2, "0.00"), (2, 0, "2"), (1e6, 1, "1000000.0")]
    + [(float("inf"), 2, "∞"), (float("-inf"), 2, "−∞"), (float("nan"), 2, "undefined")],
)
def test_numbers_are_written_as_in_the_browser(value: float, digits: int, text: str) -> None:
    assert decimal(value, digits) == text


def test_shares_are_percentages() -> None:
    assert percent(0.755) == "76 %"


def test_the_copied_line_of_a_picture_names_its_size_where_it_is_not_the_usual_one() -> None:
    def build(axes: Any, palette: Any) -> Any:
        (line,) = axes.plot([0, 1], [0, 1])
        return lambda a: ([line], f"a is {a}")

    options = {"title": "Line", "controls": {"a": Number(default=1, low=0, high=2, label="a")}}
    usual, small = Picture(build, **options), Picture(build, size=(4, 3), **options)
    assert usual.spec["shared"] == ", build=build, title=title, controls=controls"
    assert small.spec["shared"] == usual.spec["shared"] + ", size=(4, 3)"


UNIT = {"low": 0, "high": 0.3}
TAKEN = [
    (Number(default=0, **UNIT), np.float32(0.3), 0.3),
    (Number(default=0, **UNIT), np.float16(0.1), 0.1),
    (Number(default=0, **UNIT), np.longdouble("0.25"), 0.25),
    (Number(default=0, **UNIT), np.array(0.1), 0.1),
    (Number(default=0, low=0, high=9), np.int64(5), 5),
    (Integer(default=0, low=0, high=9), np.uint8(5), 5),
    (Integer(default=0, low=0, high=9), np.float64(5), 5),
    (Integer(default=0, low=0, high=9), np.array(5), 5),
    (Numbers(default=[[0, 0]], **UNIT), np.array([[0.1, 0.2]], np.float32), [[0.1, 0.2]]),
    (Numbers(default=np.zeros((1, 2)), **UNIT), [[np.float64(0.1), 0]], [[0.1, 0]]),
    (Integers(default=[0, 0], low=0, high=9), np.array([4, 2]), [4, 2]),
    (Integers(default=[0, 0], low=0, high=9), (np.int16(4), 2), [4, 2]),
    (NumberList(default=[], most=3, **UNIT), np.array([0.3], np.float32), [0.3]),
    (NumberList(default=[], most=3, **UNIT), np.array([0.25], dtype=object), [0.25]),
    (Choice(default="a", options={"a": "A"}), np.str_("a"), "a"),
    (Several(default=[], options={"a": ("A", "blue")}), np.array(["a"]), ["a"]),
    (Flag(default=True), np.False_, False),
    (Flag(default=True), np.array(False), False),
    (Text(default="", most=9), np.str_("x"), "x"),
    (Rows(default=[], most=2, columns={"x": Number(default=0, **UNIT)}), np.array([[0.1]]), [[0.1]]),
    (Strokes(default=[]), [np.array([[0.1, 0.2]], np.float32)], [[[0.1, 0.2]]]),
    (NamedNumbers(default={}, most=2, **UNIT), {np.str_("x"): np.float32(0.1)}, {"x": 0.1}),
]


@pytest.mark.parametrize(("field", "given", "kept"), TAKEN)
def test_numbers_and_arrays_of_numpy_are_taken(field: Field, given: Any, kept: Any) -> None:
    checked = field.check("x", given)
    assert checked == kept
    assert json.loads(json.dumps(checked)) == kept
    assert type(checked) is type(kept)


REFUSED = [
    (Number(default=0, **UNIT), np.float32("nan"), "finite number, not nan"),
    (Number(default=0, **UNIT), np.array([0.1]), "finite number, not [0.1]"),
    (Number(default=0, **UNIT), np.complex64(0.1), "finite number"),
    (Number(default=0, **UNIT), np.True_, "finite number, not True"),
    (Number(default=0, **UNIT), np.datetime64("2020-01-01"), "finite number"),
    (Number(default=0, **UNIT), 10**400, "lies outside"),
    (Integer(default=0, low=0, high=9), np.float32(1.5), "a whole number, not 1.5"),
    (Integers(default=[0, 0], low=0, high=9), np.array([[4, 2]]), "a list of 2 entries"),
    (Integers(default=[0, 0], low=0, high=9), np.arange(9000), "[0, 1, 2,"),
    (
        NumberList(default=[], most=3, **UNIT),
        np.array([0.1, np.inf]),
        "x[1] must be a finite number, not inf",
    ),
    (NumberList(default=[], most=3, **UNIT), np.array([None]), "x[0] must be a finite number, not None"),
    (NumberList(default=[], most=3, **UNIT), np.ma.masked_array([0.1], mask=[True]), "x[0] must be"),
    (Flag(default=True), np.int64(1), "True or False, not 1"),
    (Choice(default="a", options={"a": "A"}), np.str_("b"), "not 'b'"),
]


@pytest.mark.parametrize(("field", "given", "words"), REFUSED)
def test_other_things_of_numpy_are_refused_in_words(field: Field, given: Any, words: str) -> None:
    with pytest.raises(StateError) as refused:
        field.check("x", given)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 200


def test_the_state_is_plain_wherever_it_comes_from() -> None:
    three = np.float32(3)
    made = [Doubler(x=three), Doubler.from_state({"x": three}), Doubler(), Doubler()]
    made[2].set(x=three)
    made[3].state = {"x": np.array(3)}
    for doubler in made:
        assert doubler.state == {"x": 3}
        assert json.dumps(doubler.state)
        assert doubler.fault == ""
        assert np.frombuffer(doubler.answer["twice"]["buffer"]) == [6.0]


def test_what_the_browser_gets_is_plain() -> None:
    class Declared(Doubler):
        fields = {"x": Number(default=np.float32(1), low=np.int64(0), high=np.float32(9.5))}
        presets = (Preset("Two", "Predict: what is twice two?", {"x": np.int64(2)}),)

        def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
            return {"twice": np.float32(0.1), "both": [np.int64(1)]}

    declared = Declared(arrays={"size": np.int64(4)})
    assert json.dumps([declared.spec, declared.state, declared.arrays, declared.answer])
    assert declared.spec["fields"]["x"]["high"] == 9.5
