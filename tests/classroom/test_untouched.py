"""Which assertions of a test are about arguments alone."""

from __future__ import annotations

import ast

import pytest

from course_utils.classroom.untouched import assertions, from_answers

ANSWERS = frozenset({"answer", "Model"})


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("x = 1\nfound = answer(x)\nother = found + 1", {"found", "other"}),
        (
            "model = Model()\nparts = [part for part in model.parts]\nx = np.ones(3)",
            {"model", "parts", "part"},
        ),
        ("held[0] = answer(1)\nheld[n] = 2", {"held"}),
        ("for a, (b, c) in answer(x):\n    d = 1", {"a", "b", "c"}),
        ("with answer(x) as y:\n    z: int = y", {"y", "z"}),
        ("def check(v):\n    return answer(v)\nw = check(x)", {"check", "w"}),
        ("if (n := answer(x)) > 1:\n    m += n", {"n", "m"}),
        ("later = first\nfirst = answer(1)", {"first", "later"}),
    ],
)
def test_names_that_come_from_answers(source, names):
    assert from_answers(source, ANSWERS) == names | ANSWERS


def test_a_test_without_assertions_about_arguments_is_not_made_again():
    assert assertions("x = 1\nassert answer(x) == x, 'no'", ANSWERS) is None
    assert assertions("np.testing.assert_equal(answer(x), x)", ANSWERS) is None
    assert assertions("no python", ANSWERS) is None


def test_the_others_stay_and_calls_are_made():
    source = "x = [1]\nassert answer(x) == 2, 'two'\nfor i in x:\n    assert x == [1], 'left alone'"
    test = assertions(source, ANSWERS)
    calls = []

    def answer(values):
        calls.append(list(values))
        values.append(2)

    with pytest.raises(AssertionError, match="left alone"):
        exec(compile(test, "test", "exec"), {"answer": answer})
    assert calls == [[1]]
    assert "two" not in ast.unparse(test)
