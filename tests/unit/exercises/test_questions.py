"""Quiz files: what is right is read, what is wrong is refused with the file, the question and the remedy."""

import json
from collections import Counter
from pathlib import Path

import pytest

from course_utils import exercises
from course_utils.exercises import questions
from course_utils.exercises.markup import to_html, to_text
from course_utils.exercises.quiz_view import Quiz, as_json

EXAMPLE = Path(__file__).parent / "example_quiz.toml"

CHOICE = """
[q]
kind = "single"
question = "Which?"
[[q.options]]
text = "a"
right = true
feedback = "Yes."
[[q.options]]
text = "b"
feedback = "No."
"""
NUMBER = """
[q]
kind = "number"
question = "How many?"
answer = 16
right = "Yes."
wrong = "No."
"""

FAULTS = [
    ("[q", "this is not valid TOML"),
    ("q = 1", "write a table with kind"),
    (CHOICE.replace('"single"', '"several"'), "kind must be one of single, multiple, number, not 'several'"),
    (CHOICE.replace("right = true", ""), "exactly one option must have right = true, but 0 have"),
    (
        CHOICE.replace('text = "b"', 'text = "b"\nright = true'),
        "exactly one option must have right = true, but 2",
    ),
    (CHOICE.replace('"single"', '"multiple"').replace("right = true", ""), "at least one option must have"),
    (CHOICE.replace('feedback = "No."', ""), "option 2: feedback is missing"),
    (CHOICE.replace('text = "b"', 'text = " "'), "option 2: text is missing"),
    (CHOICE.replace('text = "b"', 'text = "a"'), "two options have the same text"),
    (CHOICE.replace("right = true", 'right = "yes"'), "right must be true or false"),
    (CHOICE.replace('text = "b"', 'text = "b"\ncolour = 1'), "unknown key colour; an option has text"),
    (CHOICE.split('[[q.options]]\ntext = "b"')[0], "give at least two"),
    (
        CHOICE.replace('question = "Which?"', 'question = "Which?"\nanswer = 3'),
        "unknown key answer; a single question",
    ),
    (CHOICE.replace("Which?", "Is $x_1$ it?"), "question holds a $formula$; write *x*<sub>1</sub>"),
    (NUMBER.replace("answer = 16", ""), "answer must be a number"),
    (NUMBER.replace("answer = 16", "answer = true"), "answer must be a number"),
    (NUMBER.replace("answer = 16", "answer = nan"), "answer must be a number"),
    (NUMBER + "tolerance = -1", "tolerance must not be negative"),
    (NUMBER + "unit = 3", "unit must be a text"),
    (NUMBER.replace('wrong = "No."', ""), "wrong is missing"),
    (NUMBER + "tolerance = 2\n[[q.mistakes]]\nanswer = 15\nfeedback = 'Near.'", "within the tolerance"),
    (NUMBER + "[[q.mistakes]]\nanswer = 12", "mistake 1: feedback is missing"),
]


@pytest.mark.parametrize(("text", "remedy"), FAULTS, ids=[row[1] for row in FAULTS])
def test_faults_name_file_question_and_remedy(tmp_path, text, remedy):
    path = tmp_path / "02_neurons.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(questions.QuizError) as fault:
        questions.load(path)
    assert remedy in str(fault.value)
    assert str(fault.value).startswith("02_neurons.toml")


def test_example_is_read():
    read = questions.load(EXAMPLE)
    assert [question.kind for question in read.values()] == ["single", "multiple", "number", "number"]
    assert sorted(option.right for option in read["example_quiz/xor"].options) == [False, False, True]
    assert read["example_quiz/parameters"].mistakes[0].answer == 12


def test_the_place_of_the_right_answer_gives_nothing_away():
    single = [q for q in map(questions.find, questions.question_ids()) if q.kind == "single"]
    places = [[option.right for option in q.options].index(True) for q in single]
    assert len(places) > 20
    assert max(Counter(places).values()) < 0.45 * len(places)


def test_unknown_question_names_near_ones(monkeypatch):
    monkeypatch.setattr(questions, "FOLDER", EXAMPLE.parent)
    assert exercises.quiz("example_quiz/xor").question.kind == "single"
    with pytest.raises(LookupError, match="Did you mean 'example_quiz/xor'"):
        exercises.quiz("example_quiz/xorr")
    with pytest.raises(LookupError, match="There is no question '../secret'"):
        exercises.quiz("../secret")


@pytest.mark.parametrize(
    ("source", "html", "text"),
    [
        ("*x*<sub>1</sub>", "<em>x</em><sub>1</sub>", "x_1"),
        ("e<sup>−*z*</sup>", "e<sup>−<em>z</em></sup>", "e^−z"),
        ("**not** `a * b * c`", "<strong>not</strong> <code>a * b * c</code>", "not a * b * c"),
        ("2 * 3 * 4", "2 * 3 * 4", "2 * 3 * 4"),
        ("6*x* and 3*4*5", "6<em>x</em> and 3*4*5", "6x and 3*4*5"),
        ("*w*·*x* + *b*", "<em>w</em>·<em>x</em> + <em>b</em>", "w·x + b"),
        ("a < b & <b>c</b>", "a &lt; b &amp; &lt;b&gt;c&lt;/b&gt;", "a < b & <b>c</b>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("`<sub>` tag", "<code>&lt;sub&gt;</code> tag", "<sub> tag"),
        ("two\n  lines", "two lines", "two lines"),
    ],
)
def test_markup_is_safe_and_readable(source, html, text):
    assert to_html(source) == html
    assert to_text(source) == text


@pytest.mark.parametrize("name", ["xor", "shapes", "parameters", "saturation"])
def test_output_is_complete_without_a_script(name):
    quiz = Quiz(questions.load(EXAMPLE)[f"example_quiz/{name}"])
    static = quiz._repr_html_().split("<style>")[0]
    assert to_html(quiz.question.text) in static
    assert "<details><summary>Answer</summary>" in static
    for option in getattr(quiz.question, "options", ()):
        assert f"<li>{to_html(option.text)}</li>" in static
        assert to_text(option.text) in repr(quiz)
    assert repr(quiz).startswith("Question: ")


def test_output_needs_no_network_and_stays_small():
    html = Quiz(questions.load(EXAMPLE)["example_quiz/shapes"])._repr_html_()
    assert "http" not in html
    assert len(html.encode()) < 16_000


def test_data_cannot_close_its_script_element():
    question = questions.Choice(
        "a/b", "single", "x </script> `</script>`", (questions.Option("1 < 2", True, "ok"),) * 2
    )
    data = as_json(question)
    assert "<" not in data
    assert json.loads(data)["text"] == "x &lt;/script&gt; <code>&lt;/script&gt;</code>"


def test_the_courses_own_files_are_right():
    for path in questions.lesson_files():
        for id, question in questions.load(path).items():
            assert id.startswith(f"{path.stem}/")
            assert json.loads(as_json(question))["id"] == id
