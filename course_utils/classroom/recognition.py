"""What the cells of a submission are, whatever people's tools did to them, and in which order they run.

Metadata get lost, cells are turned into text, merged, split, moved, deleted and copied. So a cell is known by
its grade_id where it has one; else a cell of the teacher's by its text, and an answer by the names that it
defines. What is the teacher's is the teacher's: its kind, its text, and what it needs before it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import replace

from course_utils.classroom.codetext import bound, needed, normalised, provided, shown, statements
from course_utils.classroom.submission import Cell, signs_of

MANY_NAMES = 20  # of a notebook for each that an answer has, and it is another notebook
ADDED = "+"  # ends the id of a cell that was made here; a notebook's own ids cannot hold it


def is_foreign(submitted: Sequence[Cell], source: Sequence[Cell]) -> bool:
    """Whether the notebook holds nothing of the assignment: no grade_id, no text, no name of an answer.

    A few names among many say nothing: a lesson has some of them, too.
    """
    mine, common = signs_of(submitted), signs_of(submitted) & signs_of(source, teachers=True)
    names = {sign for sign in mine if sign[0] == "name"}
    return common <= names and len(common) * MANY_NAMES <= len(names)


def recognised(submitted: Sequence[Cell], source: Sequence[Cell]) -> list[Cell]:
    """The cells of a submission with the grade_ids, kinds and marks that the assignment gives them.

    What a student wrote into a cell of the teacher's, where it was merged with another, say, becomes a cell of
    its own, if anything needs it. A cell of text is code where it alone defines what an answer defines.
    """
    cells = _by_names(_by_text(_by_grade_id(submitted, source), source), source)
    wanted = _Wanted(cells, source)
    found = []
    for cell in cells:
        original = wanted.originals.get(cell.grade_id)
        added = wanted.added(cell, original)
        found += [*added, cell] if original is not None and original.is_test else [cell, *added]
    return found


def _by_grade_id(submitted: Sequence[Cell], source: Sequence[Cell]) -> list[Cell]:
    originals = {cell.grade_id: cell for cell in source if cell.grade_id}
    return [_as(cell, originals.get(cell.grade_id)) for cell in submitted]


def _as(cell: Cell, original: Cell | None) -> Cell:
    """The submitted cell as one that the assignment knows, or None that it does not know."""
    if original is None:
        return Cell(cell.id, cell.kind, cell.source)
    return replace(original, id=cell.id, source=cell.source)


def _by_text(cells: list[Cell], source: Sequence[Cell]) -> list[Cell]:
    """Cells without a grade_id that hold the text of one of the assignment's cells which is missing."""
    present = {cell.grade_id for cell in cells}
    missing = {
        normalised(shown(cell.source)): cell
        for cell in reversed(source)
        if cell.grade_id and cell.grade_id not in present and cell.source.strip()
    }
    return [
        cell if cell.grade_id else _as(cell, missing.pop(normalised(cell.source), None)) for cell in cells
    ]


def _by_names(cells: list[Cell], source: Sequence[Cell]) -> list[Cell]:
    """Cells without a grade_id that define what one missing answer, and no other, defines."""
    present = {cell.grade_id for cell in cells}
    answers = {cell.grade_id: cell for cell in source if cell.kind == "code" and cell.solution}
    names = {id: bound(shown(cell.source)) for id, cell in answers.items()}
    in_code = frozenset().union(*(bound(cell.source) for cell in cells if cell.kind == "code"))
    found = []
    for cell in cells:
        mine = bound(cell.source) if cell.kind == "code" else bound(cell.source) - in_code
        matches = [] if cell.grade_id else [id for id, each in names.items() if each & mine]
        if len(matches) == 1 and matches[0] not in present:
            present.add(matches[0])
            cell = _as(cell, answers[matches[0]])
        found.append(cell)
    return found


class _Wanted:
    """Which names the answers and what they use still lack, when all that is code has run."""

    def __init__(self, cells: Sequence[Cell], source: Sequence[Cell]) -> None:
        self.originals = {cell.grade_id: cell for cell in source if cell.grade_id}
        running = [cell for cell in cells if _is_students(cell) and not is_stub(cell, source)]
        texts = [cell.source for cell in source if cell.is_set_up] + [cell.source for cell in running]
        answers = answer_names(source)
        self.there = frozenset(dir(builtins)).union(*map(provided, texts))
        self.names = answers.union(*(needed(cell.source) for cell in running)) - self.there
        pool = [cell.source for cell in cells if cell not in running and provided(cell.source) & self.names]
        self.names |= frozenset().union(*map(needed, pool)) - self.there

    def added(self, cell: Cell, original: Cell | None) -> list[Cell]:
        """What a student wrote into the teacher's cell, or into one of text, and what has to run."""
        if original is None and cell.kind == "code" or original is not None and _is_students(cell):
            return []
        teachers = shown(original.source) if original is not None else ""
        text = self.leftover(cell.source, teachers, is_set_up=original is not None and original.is_set_up)
        return [Cell(cell.id + ADDED, "code", text)] if text else []

    def leftover(self, text: str, teachers: str, *, is_set_up: bool) -> str:
        """The statements of `text` that are not the teacher's and give something that is wanted.

        A cell with imports and data was there for all to see: whatever was added to it has run.
        """
        known = {ast.dump(statement) for _, statement in statements(teachers)}
        theirs = bound(teachers)
        own = [
            each
            for each, statement in statements(text)
            if ast.dump(statement) not in known and not bound(each) & theirs
        ]
        is_whole = normalised(teachers) in normalised(text)
        kept = own if is_set_up and is_whole else [each for each in own if provided(each)]
        code = "\n".join(dict.fromkeys(each.rstrip("\n") for each in kept))
        return code if is_set_up or provided(code) & self.names else ""


def _is_students(cell: Cell) -> bool:
    """Whether the cell is code that the student writes."""
    return cell.kind == "code" and not cell.locked and not cell.is_test


def answer_names(source: Sequence[Cell]) -> frozenset[str]:
    """The names that the assignment's code answers define, as students find them in the stubs."""
    return frozenset().union(
        *(bound(shown(cell.source)) for cell in source if cell.kind == "code" and cell.solution)
    )


def is_stub(cell: Cell, source: Sequence[Cell]) -> bool:
    """Whether the cell is an answer to code that is still as it was released."""
    original = next((each for each in source if each.grade_id and each.grade_id == cell.grade_id), None)
    if original is None or not original.solution:
        return False
    return _statements_of(cell.source) == _statements_of(shown(original.source))


def _statements_of(text: str) -> list[str]:
    return [ast.dump(statement) for _, statement in statements(text)] or [normalised(text)]


def cells_to_run(submitted: Sequence[Cell], source: Sequence[Cell]) -> list[Cell]:
    """What the candidate executes, in order.

    Code and solution cells are the student's. A locked cell (imports, data) is the teacher's, whatever the
    submission says; one that was deleted comes behind the locked cell before it, and one that was moved down
    runs already where it is needed, too. Test cells are never run, but stay as empty cells that mark a place.
    A stub does not run where the student has given the answer in another cell.
    """
    originals = {cell.grade_id: cell for cell in source if cell.grade_id}
    cells = recognised(submitted, source)
    given = frozenset().union(
        *(bound(cell.source) for cell in cells if _is_students(cell) and not is_stub(cell, source))
    )
    chosen = []
    for cell in cells:
        if cell.kind != "code" or (is_stub(cell, source) and bound(cell.source) & given):
            continue
        original = originals.get(cell.grade_id)
        if original is not None and original.is_test:
            cell = replace(cell, source="")
        elif original is not None and original.is_set_up:
            cell = replace(cell, source=original.source)
        chosen.append(cell)
    return _in_reach(_with_missing(chosen, source), source)


def _with_missing(cells: list[Cell], source: Sequence[Cell]) -> list[Cell]:
    """The cells, and the teacher's locked ones that are not among them."""
    places, answers = places_of(source), answer_names(source)
    for cell in source:
        if not cell.is_set_up or any(each.grade_id == cell.grade_id for each in cells):
            continue
        uses_answers = bool(needed(cell.source) & answers)
        before = [
            number
            for number, each in enumerate(cells)
            if 0 <= places.get(each.grade_id, -1) < places.get(cell.grade_id, 0)
            and (uses_answers or each.locked and not each.is_test)
        ]
        cells.insert(max(before, default=-1) + 1, replace(cell, id=f"{cell.grade_id}{ADDED}"))
    return cells


def _in_reach(cells: list[Cell], source: Sequence[Cell]) -> list[Cell]:
    """Run what stands too far down already before the first cell that needs it.

    For a locked cell that is one which the assignment has after it, or which uses a name that nothing above
    gives; the locked cell runs in its own place, too. For an answer it must be both.
    """
    places = places_of(source)
    order = [places.get(cell.grade_id, -1) for cell in cells]
    lacking = list(_lacking(cells))
    first: dict[int, list[Cell]] = {}
    stay = list(cells)
    for number, cell in enumerate(cells):
        if not (cell.is_set_up or cell.solution):
            continue
        given = provided(cell.source)
        signs = [(order[each] > order[number], bool(lacking[each] & given)) for each in range(number)]
        enough = any if cell.is_set_up else all
        if (place := next((each for each, both in enumerate(signs) if enough(both)), None)) is None:
            continue
        first.setdefault(place, []).append(replace(cell, id=f"{cell.id}{ADDED}") if cell.is_set_up else cell)
        stay[number] = Cell(cell.id, "code", cell.source if cell.is_set_up else "")  # marks no place any more
    return [
        each
        for number, cell in enumerate(stay)
        for each in (*sorted(first.get(number, []), key=lambda early: places[early.grade_id]), cell)
    ]


def _lacking(cells: Sequence[Cell]) -> Iterator[frozenset[str]]:
    """For each cell the names that it uses and that neither it nor a cell above gives."""
    there = frozenset(dir(builtins))
    for cell in cells:
        there |= provided(cell.source)
        yield needed(cell.source) - there


def places_of(source: Sequence[Cell]) -> dict[str, int]:
    """The number of each cell that has a grade_id."""
    return {cell.grade_id: number for number, cell in enumerate(source) if cell.grade_id}


class Order:
    """The cells of a submission that have run, and those that wait for it."""

    def __init__(self, cells: Sequence[Cell], source: Sequence[Cell]) -> None:
        self.ran: list[Cell] = []
        self.waiting = list(cells)
        self.places = places_of(source)

    def take(self, number: int) -> list[Cell]:
        """The next cells to run."""
        now, self.waiting = self.waiting[:number], self.waiting[number:]
        self.ran += now
        return now

    def before(self, cell: Cell, place: int, names: frozenset[str]) -> list[Cell]:
        """The cells to run before the source's `cell` number `place`, which needs these names of answers.

        That is what stands above it, in the submission or in the assignment; new cells below that, up to the
        next one that the assignment has at or below this place; and what defines the names, or what these
        definitions use, if nothing above does.
        """
        places = [self.places.get(each.grade_id, -1) for each in self.waiting]
        own = [number for number, each in enumerate(places) if each == place]
        above = [number + 1 for number, each in enumerate(places) if 0 <= each < place]
        least = max([0, *above, *own[:1]])
        later = (number for number, each in enumerate(places) if number >= least and each >= place)
        end = next(later, len(places))
        while (more := self.reaches(end, names)) > end:
            end = more
        return self.take(end)

    def for_names(self, names: frozenset[str]) -> list[Cell]:
        """The cells up to the first that defines one of the names; none where no cell does."""
        places = (number for number, cell in enumerate(self.waiting, 1) if bound(cell.source) & names)
        return self.take(next(places, 0))

    def reaches(self, end: int, names: frozenset[str]) -> int:
        """How many of the waiting cells have to run, so that names which the first `end` leave open are there."""
        ready = [*self.ran, *self.waiting[:end]]
        there = frozenset(dir(builtins)).union(*(provided(cell.source) for cell in ready))
        reached = frozenset(self._reached(names, ready))
        for number, cell in enumerate(self.waiting[end:], end + 1):
            if provided(cell.source) & (reached - there):
                return number
        return end

    @staticmethod
    def _reached(names: frozenset[str], cells: list[Cell]) -> Iterator[str]:
        """The names, and those that the cells which define them need, and so on."""
        seen: set[str] = set()
        waiting = set(names)
        while waiting:
            seen |= waiting
            yield from waiting
            users = [needed(cell.source) for cell in cells if provided(cell.source) & waiting]
            waiting = set().union(*users) - seen
