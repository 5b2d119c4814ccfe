"""Whatever the student's code does, the answer is one sentence, one line and a hint: never a traceback."""

import numpy as np
import pytest

from course_utils.exercises import check
from course_utils.exercises.wording import describe, describe_call

HEAD = "def neuron(inputs, weights, bias):\n    "

# (body of the function, part of the message or the line, part of the hint)
SLIPS = [
    ("return inputs @ weights", "returned -1.5, but -1.25 was expected", "Add the bias"),
    ("return inputs @ weights - bias", "returned -1.75", "not subtracted"),
    ("inputs @ weights + bias", "returned None", "`return` missing"),
    ("print(inputs @ weights + bias)", "returned None", "`return` missing"),
    ("return inputs * weights + bias", "of shape (2,); one number, shape () was expected", "one number"),
    ("return np.array([inputs @ weights + bias])", "of shape (1,)", "one number"),
    ("return str(inputs @ weights + bias)", "piece of text", "Return numbers"),
    ("return np.array(['a'])", "not numbers", "Return numbers"),
    ("return np.array([None, 1], dtype=object)", "array of shape (2,) and dtype object", "Return numbers"),
    ("return [1, [2, 3]]", "NumPy cannot read", "same length"),
    ("return {'a': 1}", "not numbers", "Return numbers"),
    ("return float('nan')", "contains NaN", "0/0"),
    ("return np.float64(1) / 0", "contains infinity", "division by zero"),
    ("return 1 / 0", "ZeroDivisionError", "divided by zero"),
    ("return inputs @ weights[:1]", "line 2: return inputs @ weights[:1]", "shapes do not fit"),
    ("return inputs @ wieghts + bias", "NameError: name 'wieghts'", "misspelt"),
    ("return inputs.dot(weights).add(bias)", "AttributeError", "nothing of that name"),
    ("return inputs[7]", "IndexError", "too large"),
    ("return {}['w']", "KeyError", "no such key"),
    ("return inputs(weights) + bias", "TypeError", "missing before a bracket"),
    ("return None + bias", "TypeError", "forget its `return`"),
    ("return inputs + 'a'", "line 2: return inputs + 'a'", "Look at"),
    ("if inputs > 0:\n        return bias", "line 2: if inputs > 0:", "np.where"),
    ("import math\n    return math.exp(inputs)", "TypeError", "NumPy"),
    ("return neuron(inputs, weights, bias)", "RecursionError", "without end"),
    ("raise SystemExit(3)", "SystemExit: 3", "exit()"),
    ("raise GeneratorExit", "GeneratorExit", "small input"),
    ("import nonesuch_module", "ModuleNotFoundError", "set-up cell"),
    ("total = total + bias\n    return total", "UnboundLocalError", "every path"),
    ("yield inputs @ weights + bias", "generator", "not with `yield`"),
    ("return lambda: 1.0", "a function", "with brackets"),
    ("inputs *= weights\n    return inputs.sum() + bias", "changed its argument `inputs`", "copy"),
    ("inputs[0] = np.nan\n    return -1.25", "changed its argument `inputs`", "copy"),
    ("inputs.resize(3, refcheck=False)\n    return -1.25", "changed its argument `inputs`", "copy"),
    ("return -1.25", "returned -1.25, but", "by hand"),
    ("return complex(0, 1)", "returned 1j", "is complex"),
]


@pytest.mark.parametrize(("body", "message", "hint"), SLIPS, ids=[row[0][:40] for row in SLIPS])
def test_slips_get_one_sentence_and_a_hint(answer_with, body, message, hint):
    result = answer_with("neuron", HEAD + body)
    assert result.status == "failed"
    assert message in f"{result.message} {result.line}"
    assert hint in result.hint
    assert "Traceback" not in repr(result)
    assert len(repr(result).splitlines()) <= 6


def test_coroutine_is_named(answer_with):
    result = answer_with("neuron", "async def neuron(inputs, weights, bias):\n    return 1.0")
    assert "not `async def`" in result.hint


def test_error_without_readable_text_is_named(answer_with):
    source = """\
class Rude(Exception):
    def __str__(self):
        raise ValueError
def neuron(inputs, weights, bias):
    raise Rude
"""
    result = answer_with("neuron", source)
    assert result.message.endswith("stopped with Rude.")
    assert result.line == "line 5: raise Rude"


def test_object_that_resists_reading_is_an_answer_that_fails(answer_with):
    source = """\
class Rude:
    def __repr__(self): raise ValueError
    def __array__(self, *a, **k): raise ValueError
    def __eq__(self, other): raise ValueError
def neuron(inputs, weights, bias):
    return Rude()
"""
    result = answer_with("neuron", source)
    assert (result.status, "<Rude>" in result.message) == ("failed", True)


def test_error_in_a_helper_shows_the_helpers_line(answer_with):
    source = """\
def weighted(x, w):
    return x @ w.reshape(7)
def neuron(inputs, weights, bias):
    return weighted(inputs, weights) + bias
"""
    assert answer_with("neuron", source).line == "line 2: return x @ w.reshape(7)"


def test_error_inside_numpy_shows_the_students_line(answer_with):
    result = answer_with("neuron", HEAD + "return np.stack([inputs, bias])")
    assert result.line == "line 2: return np.stack([inputs, bias])"


def test_interrupt_by_the_user_passes_through(answer_with):
    with pytest.raises(KeyboardInterrupt):
        answer_with("neuron", HEAD + "raise KeyboardInterrupt")


def test_flood_of_prints_is_cut(answer_with, capsys):
    result = answer_with(
        "neuron", HEAD + "for i in range(10_000): print(i)\n    return inputs @ weights + bias"
    )
    rows = result.printed.splitlines()
    assert (len(rows), rows[0], rows[-1]) == (11, "0", "… 60,000 lines in all")
    assert result.passed
    assert capsys.readouterr().out == ""


def test_warnings_of_the_students_code_stay_out_of_the_notebook(answer_with, recwarn):
    answer_with("neuron", HEAD + "np.log(-inputs)\n    return np.array([1.0]) / 0")
    assert not recwarn.list


def test_wrong_number_of_arguments_is_named(answer_with):
    result = answer_with("neuron", "def neuron(inputs, weights):\n    return 1.0")
    assert (
        result.message == "`neuron` should take 3 arguments, but yours is defined as neuron(inputs, weights)."
    )


def test_called_function_instead_of_function(capsys):
    result = check("99_example/neuron", 3.5)
    assert "A function was expected as `neuron`, but this is a number." in result.message
    assert "check(..., neuron)" in result.hint
    assert "without calling it" in capsys.readouterr().out


def test_built_in_function_is_judged_too():
    assert check("99_example/step", sorted).status == "failed"
    assert check("99_example/sigmoid_derivative", np.exp).status == "failed"


def test_descriptions_stay_short():
    assert describe(np.zeros((64, 10))) == "an array of shape (64, 10) and dtype float64"
    assert describe([1.0, 0.25]) == "[1, 0.25]"
    assert describe((2,)) == "(2,)"
    assert len(describe("x" * 10_000)) < 100
    assert len(describe_call("f", tuple(np.zeros(12) + 0.123456 for _ in range(9)))) < 400
