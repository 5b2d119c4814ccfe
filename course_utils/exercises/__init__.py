'''Exercises: `check` judges what a student wrote, `quiz` asks recall questions.

This is the guide for authors of lessons.

How to write a check
====================
Checks stand in one file a lesson, ``course_utils/exercises/checks/lesson_02.py``. A check is a decorated
function::

    """The checks of lesson 02."""

    import numpy as np

    from course_utils.exercises import exercise


    @exercise("02_neurons/neuron")
    def neuron(answer):
        """the weighted sum, the bias, and random inputs."""
        inputs, weights, bias = np.array([1.0, 2.0]), np.array([0.5, -1.0]), 0.25
        mistakes = {
            "Add the bias after the weighted sum.": inputs @ weights,
            "The bias is added, not subtracted.": inputs @ weights - bias,
        }
        answer(inputs, weights, bias).is_number().is_close(-1.25, mistakes=mistakes)
        answer.agrees_with(lambda x, w, b: x @ w + b, shapes=[(3,), (3,), ()])

The check stops at the first property that does not hold; the student sees what was called, what came back,
what was expected, and the hint. The docstring completes the sentence "3 of 3 checks: ...", which a right
answer gets.

The decorator
    ``@exercise(id, name=None, kind="function", in_place=False)``. The id is the notebook's name, a slash and
    a short name. `name` is what messages call the answer (default: the part after the slash). `kind` is
    "function", "value" (the answer is a number, an array, a text, a list) or "class".

What `answer` can do
    ``answer(x, w, b)`` calls the student's function with copies of the arguments and gives a *returned
    value* (below). Done for you, each time: an exception, SystemExit or endless recursion becomes a hint
    with the one line of code; a wrong number of arguments is named; changing an argument is a failure
    (``in_place=True`` allows it).

    ``answer.value`` is the answer itself as a returned value (kind "value"); its messages never show what
    was expected.

    ``answer.build(3, 4)`` makes an object of the student's class; ``layer.call("forward", x)`` calls a
    method and ``layer.attribute("weights")`` reads an attribute; both give a returned value.

    ``answer.agrees_with(reference, shapes=[(3,), ()], times=5, tolerance=1e-5, hint="", mistakes={hint:
    function})`` compares with a reference on normal random inputs of these shapes (``()`` is a number) from
    a fixed seed, so nothing can be hard-coded. For other inputs: ``inputs=lambda rng: (rng.uniform(size=4),
    2)``. The reference may be Keras': ``keras_function("activations.gelu")`` imports Keras when the check
    runs (takes seconds; ``tolerance=1e-4``).

    ``answer.is_elementwise([-1.0, 0.0, 2.0])``: a whole array works, and gives what its elements give one by
    one.

    ``answer.rng`` is a NumPy random generator with a fixed seed. For an exercise that takes a generator,
    ``answer.draws_from_generator(lambda rng: (x, 0.5, rng))`` checks that equal seeds give equal results and
    that a second call gives another; arguments that are generators are not copied. What is to be random
    must not only have the right share: `course_utils.exercises.chance` tells coins that know of one another
    from fair ones, with bounds that hold for every number of draws.

    ``with answer.as_one_check():`` counts a loop as one check, so that the verdict names a small number.

What a returned value can do; every method checks one property, takes ``hint="..."`` and can be chained
    ===================================== ===============================================================
    ``.is_number()``                      one number, shape ()
    ``.has_shape((3, 4))``                the shape as an array
    ``.has_dtype("float")``               "float", "integer", "boolean", "number" or "float32" ...
    ``.has_type(str)``                    the Python type; for int, float, bool also NumPy's numbers
    ``.is_finite()``                      no NaN, no infinity
    ``.is_close(expected)``               numbers; tests shape and finiteness as well; ``tolerance=1e-5``
    ``.is_equal(expected)``               texts, lists, tuples, True/False: exactly equal
    ``.is_between(0, 1)``                 every element in this range
    ``.is_increasing()``                  also ``.is_decreasing()``: along the last axis
    ``.sums_to(1, axis=-1)``              the sum of all elements or along an axis
    ``.is_derivative_of(function, at=z)`` element-wise derivative, by central differences
    ``.is_gradient_of(loss, at=weights)`` gradient of a scalar function, by central differences
    ``.satisfies(condition, "rule")``     anything else; the rule reads "... but {rule}."
    ``.unpack("loss", "gradient")``       the parts of a returned tuple, as a list of returned values
    ``.items("batch")``                   the elements of a returned list of any length, likewise
    ``.array``, ``.raw``                  the value as a numeric array, and untouched
    ===================================== ===============================================================

    ``is_close``, ``is_equal``, ``is_derivative_of``, ``is_gradient_of`` take ``mistakes={"hint": wrong
    value}``: when the value is not right, the first mistake that matches gives the hint, also when its shape
    differs from the right one (so do not ask for the shape before a mistake that has another shape).

Write hints that say what to look at, not what to type. Order the checks from simple to general. Never
compare with numbers of a trained model: they change with the machine. You need not test for None, text, NaN
or object arrays: `is_close` does. Give each mistake a value of its own (a test compares them): two that are
equal cannot be told apart. Do not ask for a list where a tuple or an array is as good.

How to write a quiz
===================
Questions stand in one TOML file a lesson, ``course_utils/exercises/quizzes/02_neurons.toml``; a table is a
question, and its id is "02_neurons/xor". Every option has its own feedback::

    [xor]
    kind = "single"                      # exactly one option is right; or "multiple": one or more are
    question = "Which of these can a single neuron **not** compute?"

    [[xor.options]]
    text = "AND"
    feedback = "One line separates (1, 1) from the other three points, so a neuron can."

    [[xor.options]]
    text = "XOR"
    right = true
    feedback = "No single line has (0, 1) and (1, 0) on one side and (0, 0) and (1, 1) on the other."

    [parameters]
    kind = "number"
    question = "How many parameters has a dense layer with 3 inputs and 4 units?"
    answer = 16
    tolerance = 0                        # optional, absolute
    unit = "parameters"                  # optional, shown behind the field
    right = "3 · 4 weights and 4 biases."
    wrong = "Count one weight for each pair of input and unit, then one bias for each unit."

    [[parameters.mistakes]]              # optional: typical wrong numbers
    answer = 12
    feedback = "Those are the weights; each unit has a bias as well."

Texts know ``*x*`` (a variable, italic), ``**not**`` (bold), backticks for code, ``<sub>1</sub>`` and
``<sup>2</sup>``, and Unicode (σ, ·, ≤, −, ∂). No ``$...$``: a quiz must look right offline. TOML texts in
'single quotes' need no escapes. Don't begin feedback with "Right" or "Wrong": the quiz says that. The
options are shown in an order drawn from their texts, so none may speak of "the first" or "none of these".

The cells in the notebook
=========================
1. Markdown: the task, with the formula.
2. The stub: a code cell with tag "exercise" and ``metadata.course.exercise = "02_neurons/neuron"``; a
   function of the exercise's name with its docstring and ``...`` as the body (a value: ``width = ...``)::

       def neuron(inputs, weights, bias):
           """Return the weighted sum of the inputs plus the bias, a number."""
           ...

   In a longer stub ``name = ...``, ``return ...`` or a block that holds only ``...`` mark the places to fill
   in; as long as one is left, the answer counts as not attempted.
3. The check, a code cell: ``exercises.check("02_neurons/neuron", neuron)``.
4. Markdown: a hint in ``<details><summary>Hint</summary>``.
5. The solution: a code cell with tag "solution", ``metadata.course.exercise`` (the same id) and
   ``metadata.jupyter.source_hidden = true``; it defines ``neuron_solution`` (a value: ``width_solution``)
   and ends with ``exercises.check("02_neurons/neuron", neuron_solution)``. Solutions and stubs may use
   names of cells that hold only imports, of the cell tagged "parameters", of earlier solutions and of cells
   tagged "exercise-setup" (quick ones, such as loading data), and no others.
6. A quiz: a code cell whose last line is ``exercises.quiz("02_neurons/xor")``.

The typical wrong answers
=========================
``tests/unit/exercises/wrong_answers/lesson_02.py`` lists at least three for each exercise: source code that
defines the answer under the exercise's name, and a part of the hint (or of the message) that it must get::

    WRONG_ANSWERS = {
        "02_neurons/neuron": [
            ("def neuron(inputs, weights, bias):\\n    return inputs @ weights", "Add the bias"),
            ("def neuron(inputs, weights, bias):\\n    inputs @ weights + bias", "`return` missing"),
            ("def neuron(inputs, weights, bias):\\n    return inputs * weights + bias", "one number"),
        ],
    }

The code may use the same names as the solution. ``pytest tests/unit/exercises -k 02_neurons`` runs every
solution (must pass), every stub (must be "not attempted") and these.
'''

from __future__ import annotations

from typing import TYPE_CHECKING

from .checking import check
from .references import keras_function
from .registry import exercise
from .results import Result

if TYPE_CHECKING:
    from .quiz_view import Quiz

__all__ = ["Result", "available", "check", "exercise", "keras_function", "quiz"]


def quiz(id: str) -> Quiz:
    """Return the recall question `id`, for example "02_neurons/xor", for the last line of a cell.

    LookupError with near matches if there is no such question.
    """
    from . import questions
    from .quiz_view import Quiz

    return Quiz(questions.find(id))


def available() -> dict[str, list[str]]:
    """Return the ids of all exercises: those for `check` under "checks", those for `quiz` under "quizzes"."""
    from . import questions, registry

    return {"checks": registry.check_ids(), "quizzes": questions.question_ids()}
