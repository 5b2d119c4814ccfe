"""`check` tells the untouched from the wrong, passes the right, and shows its verdict once."""

import subprocess
import sys

import pytest

from course_utils.exercises import available, check, display, exercise, registry
from course_utils.exercises.results import Result

RIGHT = {
    "neuron": "def neuron(inputs, weights, bias):\n    return float(inputs @ weights + bias)",
    "sigmoid_derivative": "def sigmoid_derivative(z):\n    s = 1 / (1 + np.exp(-z))\n    return s * (1 - s)",
    "loss_and_gradient": "def loss_and_gradient(w):\n    return (w ** 2).sum(), 2 * w",
    "width": "width = 42",
    "step": "def step(w):\n    w[0] -= 0.5\n    w[1] -= 0.5\n    return w",
    "layer": (
        "class Layer:\n    def __init__(self, m, n):\n        self.weights = np.ones((m, n))\n"
        "    def forward(self, x):\n        return x @ self.weights"
    ),
}

NEURON = "def neuron(inputs, weights, bias):\n"
UNTOUCHED = [
    ("neuron", NEURON + "    ..."),
    ("neuron", NEURON + '    """Return the sum."""\n    ...'),
    ("neuron", NEURON + '    """Return the sum."""'),
    ("neuron", NEURON + "    pass"),
    ("neuron", NEURON + "    raise NotImplementedError('write me')"),
    ("neuron", NEURON + "    total = ...\n    return total + bias"),
    ("neuron", NEURON + "    return ..."),
    ("neuron", NEURON + "    if bias > 0:\n        ...\n    return bias"),
    ("neuron", "neuron = lambda inputs, weights, bias: ..."),
    ("width", "width = ..."),
    ("width", "width = [1, ...]"),
    ("width", "width = {'a': ...}"),
    (
        "layer",
        "class Layer:\n    def __init__(self, m, n):\n        ...\n    def forward(self, x):\n        ...",
    ),
]


@pytest.mark.parametrize("id", RIGHT)
def test_right_answers_pass(answer_with, id):
    result = answer_with(id, RIGHT[id])
    assert result.passed, repr(result)


def test_agreement_with_keras(answer_with):
    head = "def softmax(z):\n    e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
    assert answer_with("softmax", head + "    return e / e.sum(axis=-1, keepdims=True)").passed
    overflowing = "def softmax(z):\n    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)"
    assert answer_with("softmax", overflowing).hint == "Subtract the largest logit first."
    assert answer_with("softmax", head + "    return e / e.sum()").hint == "Sum over the last axis."


def test_passing_says_what_was_verified(answer_with):
    assert repr(answer_with("neuron", RIGHT["neuron"])) == (
        "✓ Passed. 3 of 3 checks: the weighted sum, the bias, and random inputs."
    )


@pytest.mark.parametrize(("id", "source"), UNTOUCHED, ids=[row[1][-40:] for row in UNTOUCHED])
def test_untouched_stubs_are_not_attempted(answer_with, id, source):
    result = answer_with(id, source)
    assert result.status == "not attempted"
    assert repr(result).startswith("… Not attempted yet. ")


def test_stub_without_source_is_recognised():
    names = {}
    exec("def neuron(inputs, weights, bias):\n    'doc'\n    ...", names)
    assert check("99_example/neuron", names["neuron"]).status == "not attempted"
    exec("def neuron(inputs, weights, bias):\n    x = 1", names)
    assert check("99_example/neuron", names["neuron"]).status == "failed"


@pytest.mark.parametrize(
    "body", ["    'doc'\n    ...\n    return inputs @ weights + bias", "    ...\n    x = 1"]
)
def test_dots_above_finished_code_are_an_attempt(answer_with, body):
    assert answer_with("neuron", NEURON + body).status != "not attempted"


def test_placeholder_line_is_the_cells_line(answer_with):
    result = answer_with("neuron", "# a comment\n\n" + NEURON + "    total = ...\n    return total")
    assert "line 4" in result.message


def test_unknown_id_names_near_ones():
    with pytest.raises(LookupError, match="Did you mean '99_example/neuron'"):
        check("99_example/neuro", 1)
    with pytest.raises(LookupError, match="There is no exercise 'zzz'"):
        check("zzz", 1)


def test_ids_of_other_types_are_unknown_too():
    with pytest.raises(LookupError):
        check("", None)


def test_wrong_kind_is_named():
    assert "should be a class" in check("99_example/layer", 3).message
    assert "but this is a function" in check("99_example/width", len).message


def test_value_messages_do_not_tell_the_answer(answer_with):
    for wrong in ("width = 41", "width = 40", "width = np.zeros(3)", "width = 'many'", "width = None"):
        assert "42" not in repr(answer_with("width", wrong))
    assert answer_with("width", "width = 40").hint == "Count the biases as well."


def test_check_that_stumbles_is_a_failure(answer_with):
    @exercise("99_example/stumbles")
    def stumbles(answer):
        """nothing."""
        return answer().raw + 1

    result = answer_with("stumbles", "def stumbles():\n    return 'a'")
    assert "could not read your answer" in result.message


def test_check_that_verifies_nothing_is_an_error(answer_with):
    @exercise("99_example/idle")
    def idle(answer):
        """nothing."""

    with pytest.raises(RuntimeError, match="verified nothing"):
        answer_with("idle", "def idle():\n    return 1")


def test_wrong_declarations_are_refused():
    with pytest.raises(ValueError, match="docstring"):
        exercise("99_example/x")(lambda answer: None)
    with pytest.raises(ValueError, match="kind must be one of"):
        exercise("99_example/x", kind="thing")(test_wrong_declarations_are_refused)


def test_id_cannot_be_defined_in_two_files():
    def twin(answer):
        """something."""

    with pytest.raises(ValueError, match="defined in .*example_checks already"):
        exercise("99_example/neuron")(twin)


def test_available_lists_checks_and_quizzes():
    listed = available()
    assert "99_example/neuron" in listed["checks"]
    assert listed["quizzes"] == sorted(listed["quizzes"], key=lambda id: id.split("/")[0])


def test_html_carries_symbol_word_and_escaped_text():
    result = Result("failed", "f(<b>) returned `a<b`", "Use `x`", "line 2: return a < b", "<script>")
    html = display.html(result)
    assert 'role="status"' in html
    assert "✗</span> Not right yet." in html
    assert "<code>a&lt;b</code>" in html
    assert "In line 2: <code>return a &lt; b</code>" in html
    assert "<b>" not in html
    assert "<script>" not in html


def test_verdict_is_displayed_once_in_ipython():
    code = (
        "from course_utils import exercises; from tests.unit.exercises import example_checks;"
        "exercises.check('99_example/width', ...)"
    )
    command = [sys.executable, "-m", "IPython", "--simple-prompt", "--colors=nocolor", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.count("Not attempted yet") == 1


def test_checking_imports_no_tensorflow_and_no_widgets():
    code = (
        "import sys; from course_utils import exercises; exercises.available();"
        "print([name for name in ('tensorflow', 'keras', 'ipywidgets', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_definition_file_holds_its_own_lessons_ids():
    registry.check_ids()
    for definition in registry._definitions.values():
        module = definition.check.__module__.rsplit(".", 1)[-1]
        if module.startswith("lesson_"):
            assert definition.id.split("_")[0] == module.removeprefix("lesson_")
