"""Every lesson: solutions pass, stubs are "not attempted", typical wrong answers get the right hint."""

import ast
import itertools
import json
import re
import runpy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course_utils.exercises import questions, registry
from course_utils.exercises.checking import judge
from course_utils.exercises.results import Result
from course_utils.exercises.returned import Returned, same_numbers
from tests.unit.exercises.conftest import run_cell

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WRONG_ANSWERS = Path(__file__).parent / "wrong_answers"
SHARED_TAGS = {"parameters", "exercise-setup"}
FEWEST_WRONG_ANSWERS = 3


@dataclass
class Lesson:
    """The cells of a notebook that its exercises need; `shared` and `solutions` in reading order."""

    name: str
    shared: list[str] = field(default_factory=list)
    stubs: dict[str, str] = field(default_factory=dict)
    solutions: dict[str, str] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)

    def names(self) -> dict[str, Any]:
        """Return a fresh namespace after the shared cells."""
        names: dict[str, Any] = {"__name__": "__main__"}
        for source in self.shared:
            run_cell(source, names)
        return names


def read(path: Path) -> Lesson:
    lesson = Lesson(path.stem)
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        tags = set(cell["metadata"].get("tags", []))
        id = cell["metadata"].get("course", {}).get("exercise")
        lesson.sources.append(source)
        if tags & SHARED_TAGS or holds_only_imports(source):
            lesson.shared.append(source)
        if "exercise" in tags:
            lesson.stubs[id] = source
        if "solution" in tags:
            lesson.solutions[id] = source
    return lesson


def holds_only_imports(source: str) -> bool:
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a cell with a magic command
        return False
    return all(isinstance(statement, (ast.Import, ast.ImportFrom)) for statement in statements)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return read(request.param)


def judged(id: str, names: dict[str, Any], suffix: str = "") -> Result:
    definition = registry.find(id)
    return judge(definition, names[definition.name + suffix])


def wrong_answers(lesson: Lesson) -> dict[str, list[tuple[Any, str]]]:
    """Return the typical wrong answers: exercise id -> list of (source code or object, part of the hint)."""
    path = WRONG_ANSWERS / f"lesson_{lesson.name.split('_')[0]}.py"
    return runpy.run_path(str(path))["WRONG_ANSWERS"] if path.exists() else {}


def test_notebook_and_definitions_agree(lesson):
    defined = {id for id in registry.check_ids() if id.startswith(f"{lesson.name}/")}
    assert set(lesson.stubs) == set(lesson.solutions) == defined
    asked = set(re.findall(r"exercises\.quiz\(\"([^\"]+)\"\)", "\n".join(lesson.sources)))
    assert asked == {id for id in questions.question_ids() if id.startswith(f"{lesson.name}/")}


def test_each_exercise_is_checked_before_and_after_its_solution(lesson):
    for id, source in lesson.solutions.items():
        name = registry.find(id).name
        assert f'exercises.check("{id}", {name}_solution)' in source
        assert any(f'exercises.check("{id}", {name})' in other for other in lesson.sources), id


def test_solutions_pass(lesson):
    names = lesson.names()
    for id, source in lesson.solutions.items():
        run_cell(source, names)
        result = judged(id, names, "_solution")
        assert result.passed, f"{id}: {result!r}"


def test_untouched_stubs_are_not_attempted(lesson):
    names = lesson.names()
    for id, source in lesson.stubs.items():
        result = judged(id, run_cell(source, names))
        assert result.status == "not attempted", f"{id}: {result!r}"


def test_typical_wrong_answers_get_the_right_hint(lesson):
    answers = wrong_answers(lesson)
    names = lesson.names()
    for source in lesson.solutions.values():
        run_cell(source, names)
    for id in lesson.solutions:
        assert len(answers.get(id, [])) >= FEWEST_WRONG_ANSWERS, (
            f"{id}: list at least three typical wrong answers"
        )
        for wrong, words in answers[id]:
            made = run_cell(wrong, names) if isinstance(wrong, str) else {registry.find(id).name: wrong}
            result = judged(id, made)
            assert result.status == "failed", f"{id}: {wrong} is judged {result!r}"
            assert words in f"{result.hint} {result.message}", f"{id}: {wrong} gets {result!r}"


def test_every_mistake_gives_a_value_of_its_own(lesson, monkeypatch):
    """Where two mistakes give one value, one of them gets the other's hint."""
    alike = []
    is_close = Returned.is_close

    def watched(self, expected, tolerance=1e-5, hint="", mistakes=None):
        values = [(text, np.asarray(value)) for text, value in (mistakes or {}).items()]
        values = [(text, value) for text, value in values if not same_numbers(value, expected, tolerance)]
        for (one, value), (other, another) in itertools.combinations(values, 2):
            if same_numbers(value, another, tolerance):
                alike.append((self._label, one, other))
        return is_close(self, expected, tolerance, hint, mistakes)

    monkeypatch.setattr(Returned, "is_close", watched)
    names = lesson.names()
    for id, source in lesson.solutions.items():
        run_cell(source, names)
        judged(id, names, "_solution")
    assert alike == []


def test_every_wrong_answer_belongs_to_an_exercise(lesson):
    assert set(wrong_answers(lesson)) <= set(lesson.solutions)
