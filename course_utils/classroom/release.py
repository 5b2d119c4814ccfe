"""From the teacher's notebook to the students': made by nbgrader, checked here, published."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.classroom import late, roster
from course_utils.classroom.course import (
    TEACHERS_FILES,
    ClassError,
    Course,
    require_assignment,
    require_exchange,
    zone,
)
from course_utils.classroom.files import write_text
from course_utils.classroom.late import Release, check, extension, naive_utc

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

    from course_utils.classroom.verdict import Verdict

REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
SHORTEST_SECRET = 8  # characters; shorter lines, as `else:`, tell nothing
SECONDS_A_CELL = 300
TERMS_CELL = "course-terms"  # the id of the cell that `put_terms` puts in


def release(course: Course, assignment: str, terms: dict[str, Any], *, run: bool = True) -> Release:
    """Make and check the students' version, write down its terms, and publish it.

    Args:
        terms: fields of `Release` that are to change (`due`, `time_zone`, `late_days`, `late_penalty`); the
            others stay as they were at an earlier release.
        run: also execute the students' version, and let the examiner grade it and the teacher's.

    Raises:
        ClassError: the notebook, or a term, is not fit for release; nothing is published then.
    """
    source = require_assignment(course, assignment)
    require_exchange(course)
    before = latest(course, assignment) or Release(assignment, source="", time_zone=str(course.time_zone))
    planned = replace(before, **terms)
    check(planned)
    with kept_on_failure(course.released(assignment).parent):
        generate(course, assignment)
        faults = list(leaks(course, assignment))
        if run and not faults:
            faults = list(faults_of_running(course.released(assignment)))
        if run and not faults:
            faults = list(faults_of_grading(course, assignment))
        if faults:
            listed = "\n".join(f"  {fault}" for fault in faults)
            raise ClassError(f"{assignment} was not released:\n{listed}\nMend {source} and release it again.")
        put_terms(course.released(assignment), planned)
    now = datetime.now(course.time_zone).isoformat(timespec="seconds")
    released = replace(planned, source=meaning(source), at=now)
    due = released.due_at
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(assignment, duedate=naive_utc(due) if due else None)
    save(course, released)
    publish(course, assignment)
    return released


@contextmanager
def kept_on_failure(folder: Path) -> Iterator[None]:
    """Bring the folder's content back, or take the folder away, when the block fails."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".before-") as holder:
        before = Path(holder, folder.name)
        if folder.is_dir():
            shutil.copytree(folder, before)
        try:
            yield
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            if before.is_dir():
                os.replace(before, folder)
            raise


def extend(course: Course, assignment: str, student: str, days: float) -> Release:
    """Put the due date off for one student; 0 days: as for all others. Marks follow when they are next read.

    Raises:
        ClassError: the assignment was not released, nobody has this id, or the days are absurd.
    """
    extension(days)
    released = latest(course, assignment)
    if released is None:
        raise ClassError(f"{assignment} has not been released yet, so that there is nothing to put off.")
    if days and student not in roster.load(course):
        raise ClassError(f"Not on the roster: {student}. The ids are in roster.csv.")
    others = {id: given for id, given in released.extensions.items() if id != student}
    changed = replace(released, extensions={**others, student: days} if days else others)
    save(course, changed)
    return changed


def save(course: Course, released: Release) -> None:
    """Write the record of a release."""
    text = json.dumps(released.to_json(), indent=1)
    write_text(course.folder / "releases" / f"{released.assignment}.json", text + "\n")


def load(course: Course, assignment: str) -> Release:
    """The release of `assignment` that is to be graded.

    Raises:
        ClassError: it was not released, or the teacher's notebook has changed since.
    """
    source = require_assignment(course, assignment)
    released = latest(course, assignment)
    if released is None:
        raise ClassError(f"{assignment} has not been released yet. Run:  course class release {assignment}")
    if released.source != meaning(source):
        raise ClassError(
            f"{source} has changed since it was released. Release it again "
            f"(course class release {assignment}); what is already graded will be graded anew."
        )
    return released


def latest(course: Course, assignment: str) -> Release | None:
    """The latest release whatever has become of the notebook since; None before the first.

    Raises:
        ClassError: its record was damaged.
    """
    path = course.folder / "releases" / f"{assignment}.json"
    if not path.is_file():
        return None
    try:
        released = Release(**json.loads(path.read_text(encoding="utf-8-sig")))
        check(released)
        zone(released.time_zone)
        _ = released.due_at
    except (ValueError, TypeError, AttributeError) as error:
        raise ClassError(
            f"{path} was damaged. Delete it, and release {assignment} again with its terms (--due and so on)."
        ) from error
    return released


def names(course: Course) -> list[str]:
    """The assignments that were released, in the order of their names."""
    return sorted(path.stem for path in (course.folder / "releases").glob("*.json"))


def nbgrader_api(course: Course) -> NbGraderAPI:
    """nbgrader's Python interface with the settings of this class (its import takes seconds)."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(course.folder)).load_config()
    return NbGraderAPI(config=config)


def generate(course: Course, assignment: str) -> None:
    """Let nbgrader make the students' version in release/."""
    done = nbgrader_api(course).generate_assignment(assignment, force=True, create=True)
    if done["success"]:
        return
    log = done.get("log", "") + done.get("error", "")
    if "Cannot add or remove cells" in log:
        raise ClassError(
            f"{assignment} has submissions already: its tasks and tests may be mended, but none may be "
            "added, removed or renamed (grade_id)."
        )
    raise ClassError(f"nbgrader could not make the students' version of {assignment}: {last_error(log)}")


def put_terms(notebook: Path, released: Release) -> None:
    """Tell students in the notebook, below its title, when it is due and what lateness costs."""
    if not released.due:
        return
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cells = content["cells"]
    cell = {"cell_type": "markdown", "metadata": {"editable": False, "deletable": False}}
    cell["source"] = late.for_students(released).splitlines(keepends=True)
    if content.get("nbformat_minor", 0) >= 5:
        cell["id"] = TERMS_CELL
    cells.insert(1 if cells and cells[0]["cell_type"] == "markdown" else 0, cell)
    write_text(notebook, json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def last_error(log: str) -> str:
    """The line of nbgrader's log that says most about a failure."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if "Error: " in line and "ERROR" not in line]
    return (telling or lines or ["no reason was given"])[-1]


def publish(course: Course, assignment: str) -> None:
    """Put the students' version into the exchange, where there is one; replaces an earlier version."""
    if course.exchange is None:
        return
    done = nbgrader_api(course).release_assignment(assignment)
    if not done["success"]:
        raise ClassError(
            f"{assignment} is in {course.released(assignment).parent}, but could not be put into the "
            f"exchange {course.exchange}: {last_error(done.get('log', '') + done.get('error', ''))}"
        )


def meaning(source: Path) -> str:
    """SHA-256 of what grading depends on in the teacher's notebook: code, tests, points; not its prose."""
    parts = []
    for cell in cells_of(source):
        notes = nbgrader_of(cell)
        if cell["cell_type"] == "code":
            parts.append([cell["source"], notes])
        elif notes.get("grade"):
            parts.append(["", notes])
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def cells_of(path: Path) -> list[dict[str, Any]]:
    """The cells of a teacher's notebook, each source as one string."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def nbgrader_of(cell: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's notes on a cell; empty where it has none."""
    return cell.get("metadata", {}).get("nbgrader", {})


def leaks(course: Course, assignment: str) -> Iterator[str]:
    """What in release/ only the teacher should have, each in words."""
    folder = course.released(assignment).parent
    secrets = set(secret_lines(cells_of(course.source(assignment)), teachers_texts(course, assignment)))
    for file in sorted(folder.rglob("*")):
        if any(file.match(pattern) for pattern in TEACHERS_FILES):
            yield f"{file.name} is for teachers only"
        elif file.is_file() and file != course.released(assignment):
            lines = file.read_bytes().decode("utf-8", "replace").splitlines()
            yield from told_secrets(lines, secrets, str(file.relative_to(folder)))
    for number, cell in enumerate(cells_of(course.released(assignment)), start=1):
        where = f"cell {number}" + (f" ({name})" if (name := nbgrader_of(cell).get("grade_id")) else "")
        if cell.get("outputs"):
            yield f"{where} has outputs"
        yield from told_secrets(cell["source"].splitlines(), secrets, where)


def told_secrets(lines: list[str], secrets: set[str], where: str) -> Iterator[str]:
    """The lines that are secret, or mark what is."""
    for line in lines:
        if any(f"{edge} {region}" in line for edge in ("BEGIN", "END") for region in REGIONS):
            yield f"{where} has the mark '{line.strip()}'"
        elif line.strip() in secrets:
            yield f"{where} shows a line of a solution, hidden test or rubric: {line.strip()}"


def teachers_texts(course: Course, assignment: str) -> list[str]:
    """The lines of the files beside the teacher's notebook that are for teachers only."""
    folder = course.source(assignment).parent
    files = [file for pattern in TEACHERS_FILES for file in folder.rglob(pattern) if file.is_file()]
    return [line for file in files for line in file.read_bytes().decode("utf-8", "replace").splitlines()]


def secret_lines(cells: list[dict[str, Any]], texts: Sequence[str] = ()) -> set[str]:
    """Lines of solutions, hidden tests, marking schemes and `texts` that stand nowhere else in the notebook."""
    secret = {line.strip() for line in texts}
    public: set[str] = set()
    for cell in cells:
        hidden, shown = split_regions(cell["source"])
        if nbgrader_of(cell).get("solution") and not hidden:
            hidden, shown = shown, []
        secret.update(line.strip() for line in hidden)
        public.update(line.strip() for line in shown)
    return {line for line in secret - public if len(line) >= SHORTEST_SECRET}


def split_regions(source: str) -> tuple[list[str], list[str]]:
    """The lines inside and outside of BEGIN ... END regions, without the marks."""
    inside: list[str] = []
    outside: list[str] = []
    within = False
    for line in source.splitlines():
        if any(f"BEGIN {region}" in line for region in REGIONS):
            within = True
        elif any(f"END {region}" in line for region in REGIONS):
            within = False
        else:
            (inside if within else outside).append(line)
    return inside, outside


def faults_of_running(notebook: Path) -> Iterator[str]:
    """Execute the students' version as it is: only its tests, and answers not yet given, may fail."""
    import nbformat
    from nbclient import NotebookClient

    content = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory() as holder:  # so that what it writes is not released
        folder = shutil.copytree(notebook.parent, Path(holder, notebook.stem))
        resources = {"metadata": {"path": str(folder)}}
        NotebookClient(
            content,
            kernel_name="python3",
            extra_arguments=["--log-level=ERROR"],
            timeout=SECONDS_A_CELL,
            allow_errors=True,
            resources=resources,
        ).execute()
    for number, cell in enumerate(content.cells, start=1):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error" and not may_fail(cell, output["ename"]):
                yield f"cell {number} of the students' version fails: {output['ename']}: {output['evalue']}"


def may_fail(cell: dict[str, Any], error: str) -> bool:
    """Whether an error in this cell is what a student finds at the start."""
    notes = nbgrader_of(cell)
    return bool(notes.get("grade") or (notes.get("solution") and error == "NotImplementedError"))


def faults_of_grading(course: Course, assignment: str) -> Iterator[str]:
    """Grade the teacher's notebook, which must earn everything, and others, which must earn nothing."""
    from course_utils.classroom.examiner import Examination
    from course_utils.classroom.mutants import mutants

    source = course.source(assignment)
    # Both notebooks are the teacher's own: they need no sandbox.
    with (
        Examination(source, limits=course.limits, unsafe=True) as examination,
        tempfile.TemporaryDirectory() as holder,
    ):
        best = examination.examine(source)
        least = examination.examine(course.released(assignment))
        wrong = {}
        for words, notebook in mutants(source):
            path = Path(holder, source.name)
            path.write_text(json.dumps(notebook), encoding="utf-8")
            wrong[words] = examination.examine(path)
    for verdict in (best, least):
        if verdict.state != "graded":
            yield f"the examiner could not grade it: {verdict.reason}"
            return
    for cell in best.cells:
        if cell.points < cell.max_points:
            yield f"your own solution fails the test '{cell.grade_id}': {cell.message}"
    for cell in least.cells:
        if cell.points:
            yield f"an empty submission gets {cell.points:g} points for '{cell.grade_id}'"
    yield from given_for_nothing(wrong)


def given_for_nothing(verdicts: dict[str, Verdict]) -> Iterator[str]:
    """The tests that give points to answers which are certainly wrong, by the words that say how."""
    found: dict[str, list[str]] = {}
    for words, verdict in verdicts.items():
        for cell in verdict.cells:
            if cell.points:
                found.setdefault(cell.grade_id, []).append(words)
    for id, answers in found.items():
        yield f"the test '{id}' gives its points for nothing: to answers that are {' or '.join(answers)}"
