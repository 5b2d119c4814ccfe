"""Which file of a submission is the notebook, and whether it is this assignment's."""

from __future__ import annotations

import json
import os
import re
import shutil

import pytest

from course_utils.classroom import found
from course_utils.classroom.found import Expected
from course_utils.cli import project
from tests.classroom import sample
from tests.classroom.test_collect import FIRST, NOTEBOOK, SECOND, collected, exchange_of, make_zip, submitted
from tests.classroom.test_commands import run
from tests.classroom.test_grade import RIGHT

ASSIGNMENTS = ("02_neurons", "03_activations")


@pytest.fixture
def right(course):
    return json.dumps(sample.answered(course.released(sample.NAME), RIGHT))


@pytest.fixture
def released(course):
    return course.released(sample.NAME).read_text(encoding="utf-8")


@pytest.fixture
def real(course):
    """The class with two of the course's own assignments besides the sample."""
    for name in ASSIGNMENTS:
        shutil.copytree(project.NOTEBOOKS / "assignments" / name, course.folder / "source" / name)
    return course


def solved(name, keep_marks=True):
    """The teacher's own answers as a student would hand them in."""
    notebook = json.loads((project.NOTEBOOKS / "assignments" / name / f"{name}.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        text = re.sub(r"[ \t]*### BEGIN HIDDEN.*?### END HIDDEN TESTS[ \t]*\n?", "", text, flags=re.DOTALL)
        cell["source"] = re.sub(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", "", text, flags=re.MULTILINE)
        if not keep_marks:
            cell["metadata"] = {}
    return json.dumps(notebook)


def hand_in(tmp_path, files, student="ada"):
    """A zip with a folder of the student's."""
    return make_zip(tmp_path / "x.zip", {f"{student}/{name}": content for name, content in files.items()})


@pytest.mark.parametrize("keep_marks", [True, False])
def test_the_notebook_of_another_assignment(real, tmp_path, keep_marks):
    files = {
        f"{student}/03_activations.ipynb": solved("02_neurons", keep_marks) for student in ("ada", "carl")
    }
    said = run(real, "collect", "03_activations", str(make_zip(tmp_path / "x.zip", files)))
    assert "0 new" in said and "5 have handed in nothing" in said
    assert "not taken: ada: 03_activations.ipynb is the notebook of 02_neurons" in said
    assert not real.submitted("ada", "03_activations").exists()
    said = run(real, "collect", "02_neurons", str(tmp_path / "x.zip"))
    assert "2 new" in said and "not taken" not in said


def test_it_takes_no_right_one_s_place(real, tmp_path):
    files = {"ada/02_neurons.ipynb": solved("02_neurons")}
    run(real, "collect", "02_neurons", str(make_zip(tmp_path / "x.zip", files, FIRST)))
    files = {"ada/02_neurons.ipynb": solved("03_activations")}
    said = run(real, "collect", "02_neurons", str(make_zip(tmp_path / "x.zip", files, SECOND)))
    assert "is the notebook of 03_activations" in said
    kept = real.submitted("ada", "02_neurons") / "02_neurons.ipynb"
    assert kept.read_text(encoding="utf-8") == solved("02_neurons")


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_what_students_get_is_known_as_well(real, name):
    empty = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "raise NotImplementedError", solved(name))
    assert Expected(real, name).like(empty.encode()) == name


@pytest.mark.parametrize(
    "name",
    [
        f"{sample.NAME}-Copy1.ipynb",
        f"{sample.NAME} (1).ipynb",
        f"{sample.NAME}(2).ipynb",
        f"{sample.NAME} copy 3.ipynb",
        f"{sample.NAME}2.ipynb",
        f"{sample.NAME}-LAPTOP-7HQ2.ipynb",  # OneDrive
        f"{sample.NAME} (Ada's conflicted copy 2026-05-30).ipynb",  # Dropbox
        f"{sample.NAME}_final.ipynb",
        f"{sample.NAME.upper()}.IPYNB",
        "my work.ipynb",
        f"work/deeper/{NOTEBOOK}",
        f"{NOTEBOOK}.txt",
        f"{NOTEBOOK}.json",
        f"{sample.NAME}.json",
        f"{NOTEBOOK}.html",  # a browser that calls a notebook so
        sample.NAME,
    ],
)
def test_names_that_systems_give(course, tmp_path, right, name):
    done = collected(course, hand_in(tmp_path, {name: right, "data.csv": "1,2"}))
    assert done.new == ["ada"] and done.refused == {} and submitted(course, "ada") == right


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"work.zip": "PK"}, "unpack it"),
        ({"work.rar": "Rar!"}, "unpack it"),
        ({"work.7z": "7z"}, "unpack it"),
        ({"01_sample.html": "<html>"}, "ask for the file .ipynb"),
        ({"01_sample.py": "x = 1"}, "ask for the file .ipynb"),
        ({"01_sample.pdf": "%PDF"}, "ask for the file .ipynb"),
        ({"01_sample.ipynb.txt": "{}"}, "there is no notebook in the submission, only 01_sample.ipynb.txt"),
        ({".ipynb_checkpoints/01_sample-checkpoint.ipynb": "{}"}, "only a checkpoint of JupyterLab"),
        ({"one.ipynb": "1", "two.ipynb": "2"}, "several notebooks, none called 01_sample.ipynb"),
        ({"a/01_sample.ipynb": "1", "b/01_sample.ipynb": "2"}, "nobody can tell which counts"),
        ({"01_sample-Copy1.ipynb": "1", "01_sample-Copy2.ipynb": "2"}, "nobody can tell which counts"),
    ],
)
def test_what_cannot_be_taken_says_what_to_do(course, tmp_path, files, told):
    done = collected(course, hand_in(tmp_path, files))
    assert told in done.refused["ada"]


def test_the_one_that_was_worked_on_counts(course, tmp_path, right, released):
    files = {NOTEBOOK: released, f"{sample.NAME}-Copy1.ipynb": right}
    done = collected(course, hand_in(tmp_path, files))
    assert submitted(course, "ada") == right and "is as it was released" in done.notes["ada"]


def test_other_notebooks_beside_it_are_told(course, tmp_path, right):
    done = collected(course, hand_in(tmp_path, {NOTEBOOK: right, "scratch.ipynb": "{}"}))
    assert submitted(course, "ada") == right and "there is also scratch.ipynb" in done.notes["ada"]
    done = collected(course, hand_in(tmp_path, {NOTEBOOK: right, f"old/{NOTEBOOK}": right}, "blaise"))
    assert submitted(course, "blaise") == right and done.notes == {}


def test_of_several_the_one_that_is_this_assignment(real, tmp_path):
    files = {"ada/a.ipynb": solved("02_neurons"), "ada/b.ipynb": solved("03_activations")}
    said = run(real, "collect", "02_neurons", str(make_zip(tmp_path / "x.zip", files)))
    assert "1 new" in said and "took a.ipynb of a.ipynb, b.ipynb" in said


def test_what_systems_add_is_no_submission(course, tmp_path, right):
    files = {
        f"ada/{NOTEBOOK}": right,
        f"ada/._{NOTEBOOK}": "x",
        f"__MACOSX/ada/._{NOTEBOOK}": "x",
        ".ipynb_checkpoints/list-checkpoint.ipynb": "x",
        "ada/.ipynb_checkpoints/01_sample-checkpoint.ipynb": "x",
        ".DS_Store": "x",
    }
    done = collected(course, make_zip(tmp_path / "x.zip", files))
    assert done.new == ["ada"] and done.strangers == {} and submitted(course, "ada") == right


def test_in_the_exchange_the_newer_copy_counts(course, tmp_path, right):
    course, inbound = exchange_of(course, tmp_path)
    folder = inbound / f"ada+{sample.NAME}+2026-05-30 10:00:00 UTC"
    folder.mkdir()
    for name, text, at in (("Copy1", "old", FIRST), ("Copy2", right, SECOND)):
        path = folder / f"{sample.NAME}-{name}.ipynb"
        path.write_text(text, encoding="utf-8")
        os.utime(path, (at.timestamp(),) * 2)
    collected(course)
    assert submitted(course, "ada") == right


@pytest.mark.parametrize("inside", ["", "submitted", "earlier", "autograded/ada", "release", "source"])
def test_the_class_s_own_folders_are_no_source(course, tmp_path, right, inside):
    collected(course, hand_in(tmp_path, {NOTEBOOK: right}))
    (course.folder / "autograded" / "ada").mkdir(parents=True, exist_ok=True)
    (course.folder / "earlier").mkdir(exist_ok=True)
    (course.folder / "blaise").mkdir()
    (course.folder / "blaise" / NOTEBOOK).write_text(right, encoding="utf-8")
    if inside:
        assert "that the class itself keeps" in run(
            course, "collect", sample.NAME, str(course.folder / inside), code=1
        )
        return
    done = collected(course, course.folder)
    assert done.new == ["blaise"] and done.same == [] and list(done.strangers) == ["students.csv"]


def test_the_exchange_is_no_source(course, tmp_path):
    course, inbound = exchange_of(course, tmp_path)
    said = run(course, "collect", sample.NAME, str(inbound), code=1)
    assert (
        f"Leave it out, so that nobody hands in for somebody else:  course class collect {sample.NAME}"
        in said
    )


def test_a_packed_export_within_the_export_is_told(course, tmp_path):
    done = collected(course, make_zip(tmp_path / "x.zip", {"submissions.zip": "PK", "more.rar": "Rar!"}))
    assert all("unpack it first" in reason for reason in done.strangers.values()) and len(done.strangers) == 2


def test_no_more_is_looked_at_than_anybody_writes(course, monkeypatch):
    seen = []
    monkeypatch.setattr(found, "looks_like", lambda cells, sources: seen.append(len(cells)) or "")
    cells = [sample.code([text]) for text in ("x = 1", "y" * found.MOST_WRITTEN, "z = 1")]
    expected = Expected(course, sample.NAME)
    expected.like(json.dumps({"cells": cells}).encode())
    assert seen == [1]
    monkeypatch.setattr(found, "LARGEST_TOLD", 100)
    assert expected.like(json.dumps({"cells": cells}).encode()) == "" and seen == [1]


def test_more_notebooks_than_anybody_hands_in(course, tmp_path, right):
    files = {f"{number}/{NOTEBOOK}": f"{number}" for number in range(20)}
    assert "nobody can tell which counts" in collected(course, hand_in(tmp_path, files)).refused["ada"]
    files = {f"{number}.ipynb": right for number in range(20)}
    assert "several notebooks" in collected(course, hand_in(tmp_path, files, "blaise")).refused["blaise"]
    files = {NOTEBOOK: right} | {f"x{number}.ipynb": f"{number}" for number in range(20)}
    assert collected(course, hand_in(tmp_path, files, "carl")).new == ["carl"]
