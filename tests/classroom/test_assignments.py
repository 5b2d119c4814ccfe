"""The assignments: their form, their release, and marks for right, alternative and typical wrong answers."""

from __future__ import annotations

import ast
import builtins
import re

import pytest

from course_utils.cli import notebooks, project
from tests.classroom import assignments
from tests.classroom.assignments import grade_id, is_code, is_task, is_test, marking

ASSIGNMENTS = assignments.find()
PATHS = {path.stem: path for path in project.assignments()}
FEWEST_WRONG_ANSWERS = 4
LONGEST_LINE = 110
WITHOUT_KERAS = [found.name for found in ASSIGNMENTS if not found.uses_keras]


@pytest.fixture(params=ASSIGNMENTS, ids=lambda assignment: assignment.name)
def assignment(request):
    return request.param


@pytest.fixture(scope="module")
def releases():
    return {name: assignments.released(path) for name, path in PATHS.items()}


def test_every_assignment_belongs_to_a_lesson():
    lessons = {path.stem for path in project.lessons()}
    assert {name for name in PATHS if name not in lessons} == set()
    assert all(path.parent.name == name for name, path in PATHS.items())


# Form of the source notebook


def test_form_is_the_one_that_git_keeps(assignment):
    assert notebooks.faults(PATHS[assignment.name]) == []


def test_metadata_are_nbgraders(assignment):
    needed = {"grade", "grade_id", "locked", "schema_version", "solution", "task"}
    for cell in filter(marking, assignment.cells):
        found = marking(cell)
        assert found.keys() == (needed | {"points"} if found["grade"] else needed), found
        assert found["schema_version"] == 3 and found["task"] is False
        assert found["locked"] is not found["solution"]  # students write in solution cells only
    assert all(marking(cell) for cell in assignment.cells if is_code(cell))


def test_ids_are_unique(assignment):
    ids = [grade_id(cell) for cell in filter(marking, assignment.cells)]
    assert len(ids) == len(set(ids))
    assert [id for id in ids if not re.fullmatch(r"[a-z][a-z0-9_]*", id)] == []


def test_points_and_number_of_tasks(assignment):
    graded = [cell for cell in assignment.cells if marking(cell).get("grade")]
    written = [cell for cell in graded if not is_code(cell)]
    assert 18 <= sum(marking(cell)["points"] for cell in graded) <= 22
    assert 4 <= len(assignment.tasks()) <= 6
    assert len(written) == 1 and 2 <= marking(written[0])["points"] <= 5


def test_title_states_the_points(assignment):
    graded = [marking(cell)["points"] for cell in assignment.cells if marking(cell).get("grade")]
    assert f"There are {sum(graded)} points" in assignment.cells[0]["source"]
    headings = [cell["source"] for cell in assignment.cells if cell["source"].startswith("## Task")]
    stated = [int(found) for found in re.findall(r"^## Task .*\((\d+) points\)$", "\n".join(headings), re.M)]
    of_tasks = [sum(assignment.points(task).values()) for task in assignment.tasks()]
    assert stated == [*of_tasks, graded[-1]]


def test_every_task_has_several_test_cells(assignment):
    for task, cells in assignment.tests().items():
        assert len(cells) >= 2, f"{task}: partial credit needs several test cells"
        sources = [cell["source"] for cell in cells.values()]
        assert any("### BEGIN HIDDEN TESTS" in source for source in sources), task
        visible = [assignments.HIDDEN.sub("", source) for source in sources]
        assert any("assert " in source for source in visible), task


def test_every_assertion_gives_a_hint(assignment):
    for cell in filter(is_test, assignment.cells):
        found = [node for node in ast.walk(ast.parse(cell["source"])) if isinstance(node, ast.Assert)]
        assert found and all(isinstance(node.msg, (ast.Constant, ast.JoinedStr, ast.Name)) for node in found)


def test_no_test_cell_needs_what_a_failed_one_would_have_made(assignment):
    safe, answers = set(dir(builtins)), set()
    for cell in filter(is_code, assignment.cells):
        tree = ast.parse(cell["source"])
        if not is_test(cell):
            safe |= made_by(tree)
            answers |= made_by(tree) if is_task(cell) else set()
            continue
        assert used_by(tree) <= safe | made_by(tree), grade_id(cell)
        for statement in tree.body:
            if not isinstance(statement, ast.FunctionDef) and can_fail(statement, answers):
                break
            safe |= made_by(statement)


def used_by(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def made_by(tree):
    """Names that a piece of code binds: variables, functions, classes, parameters, modules."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return found


def can_fail(statement, answers):
    """Whether it asserts something or uses what students write."""
    return bool(used_by(statement) & answers) or any(isinstance(n, ast.Assert) for n in ast.walk(statement))


def test_lines_fit(assignment):
    lines = [line for cell in assignment.cells if is_code(cell) for line in cell["source"].splitlines()]
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


def test_written_question_has_a_rubric(assignment):
    text = PATHS[assignment.name].with_name("rubric.md").read_text(encoding="utf-8")
    points = [float(found) for found in re.findall(r"^- \*\*([\d.]+) points?\*\*", text, re.M)]
    written = [marking(cell)["points"] for cell in assignment.cells if marking(cell).get("grade")][-1]
    assert sum(points) == written


# The release


def test_release_holds_no_solution_and_no_hidden_test(assignment, releases):
    shown = {line.strip() for cell in releases[assignment.name].cells for line in cell.source.splitlines()}
    assert not any("SOLUTION" in line or "HIDDEN" in line for line in shown)
    assert secret_lines("\n".join(cell["source"] for cell in assignment.cells)) & shown == set()


def secret_lines(source: str) -> set[str]:
    """Lines that say something (a lone bracket does not) and stand in solutions or hidden tests only."""
    parts = re.findall(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", source, re.DOTALL)
    open_text = re.sub(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n.*?### END \1", "", source, flags=re.DOTALL)
    lines = {line.strip() for _, part in parts for line in part.splitlines()}
    return {line for line in lines if len(line) > 20} - {line.strip() for line in open_text.splitlines()}


def test_secret_lines_are_found():
    source = "def f():\n    ### BEGIN SOLUTION\n    return 'a longer secret'\n    )\n    ### END SOLUTION"
    assert secret_lines(source) == {"return 'a longer secret'"}


@pytest.mark.parametrize("name", WITHOUT_KERAS)
def test_release_without_answers_gets_nothing(name):
    assert set(assignments.marks_of_release(name).values()) == {0}


# Marks


def test_references_are_complete(assignment):
    references = assignment.references()
    assert references["ALTERNATIVE"].keys() == references["WRONG"].keys() == assignment.tasks().keys()
    for task, wrong in references["WRONG"].items():
        assert len(wrong) >= FEWEST_WRONG_ANSWERS, task
        for _, marks in wrong:
            full = assignment.points(task)
            assert marks.keys() == full.keys() and marks != full, task
            assert all(mark in (0, full[id]) for id, mark in marks.items()), task


@pytest.mark.parametrize("case", assignments.cases(keras=False), ids=str)
def test_answer_gets_its_marks(case):
    assert assignments.marks(case) == case.marks


@pytest.mark.parametrize("name", WITHOUT_KERAS)
def test_visible_tests_accept_the_solutions(name):
    assert 0 not in assignments.marks_of_solutions(name, hidden=False).values()


@pytest.mark.parametrize("name", WITHOUT_KERAS)
def test_solutions_get_all_points(name):
    assert 0 not in assignments.marks_of_solutions(name).values()


@pytest.mark.parametrize("name", WITHOUT_KERAS)
def test_examiner_gives_the_same_marks(name, tmp_path):
    assert assignments.differences(name, tmp_path) == []
