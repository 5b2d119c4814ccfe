"""Submissions in a folder or zip that a learning platform exported: whose they are, and when they were handed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from course_utils.classroom import roster
from course_utils.classroom.archive import Item, items_of
from course_utils.classroom.arrival import IN_TIME, KNOWN, LATE, OPTION, UNKNOWN, Arrival, clock, read_record
from course_utils.classroom.course import FOLDERS, ClassError, Course
from course_utils.classroom.found import CHECKPOINTS, File, Found
from course_utils.classroom.platforms import (
    Directory,
    Match,
    Named,
    Owner,
    named,
    outer_folders,
    same_student,
)
from course_utils.classroom.worksheet import Worksheet, read_worksheet

OWN_FOLDERS = (*FOLDERS, "earlier", "for_students")
OWN_FILES = ("class.toml", "nbgrader_config.py", "roster.csv", "gradebook.db")
NO_TIME = datetime(1981, 1, 1, tzinfo=UTC)  # zips without times say 1980, folders 1970
ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz")
AT_ONCE = timedelta(minutes=1)

ASK = "give Moodle's grading worksheet with --worksheet, canvas_id in the roster, or name the folders by id"

Files = Sequence[tuple[Named, Item]]


@dataclass(frozen=True)
class Times:
    """What the teacher says about the times of handing in; `said` fills in where the platform tells none."""

    said: Arrival | None = None
    of_files: bool = False  # the files' own times are those of handing in
    worksheet: Path | None = None


@dataclass
class Told:
    """What a person should know about an export: files that were not taken, with the reason, and other words."""

    strangers: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


def from_export(
    course: Course,
    assignment: str,
    source: Path,
    students: dict[str, roster.Student],
    times: Times,
    told: Told,
) -> Iterator[Found]:
    """The submissions in a folder or zip.

    Raises:
        ClassError: it is missing, damaged, or the class's own; or the worksheet is none.
    """
    directory = Directory(students)
    owned = files_by_owner(list(items_in(course, assignment, source)), assignment, directory)
    participants = {owner.participant for owner in owned} - {""}
    if times.worksheet:
        sheet = read_worksheet(times.worksheet, students, course.time_zone, participants)
        directory.worksheet = sheet
        told.words += words_about(directory, times.worksheet, participants)
    for owner, match in students_of(owned, directory, told).items():
        student, files = match.student, owned[owner]
        before = read_record(course.submitted(student, assignment))
        if before is not None and not match.sure and not same_student(owner, before.source):
            refuse(
                files, f"{owner.words} is called like {student}, who had another number before: {ASK}", told
            )
            continue
        changed = own_time(item for _, item in files)
        yield Found(
            student,
            arrival_of(owner, files, changed, directory.worksheet, times),
            changed,
            [File(each.file, item, each.depth) for each, item in files],
        )


def items_in(course: Course, assignment: str, source: Path) -> Iterator[Item]:
    """The files of the source, without those that the class itself keeps.

    Raises:
        ClassError: the source is the exchange, or a folder that the class itself keeps.
    """
    source = source.resolve()
    above = (source, *source.parents)
    if course.exchange and course.exchange.resolve() in above:
        raise ClassError(
            f"{source} is the exchange. Leave it out, so that nobody hands in for somebody else:  "
            f"course class collect {assignment}"
        )
    own = tuple(course.folder / name for name in OWN_FOLDERS)
    if set(own) & set(above):
        raise ClassError(
            f"{source} is one of the folders that the class itself keeps. Name the folder or zip with what "
            "students handed in; an earlier submission comes back with  course class earlier"
        )
    for item in items_of(source, course.time_zone, leave_out=own):
        if source != course.folder or item.name not in OWN_FILES:
            yield item


def files_by_owner(items: Sequence[Item], assignment: str, directory: Directory) -> dict[Owner, Files]:
    """The files of every owner, in the order of the source."""
    depth = outer_folders(items, assignment, directory)
    owned: dict[Owner, list[tuple[Named, Item]]] = defaultdict(list)
    for item in items:
        each = named(item, assignment, directory.ids, depth)
        owned[each.owner].append((each, item))
    return dict(owned)


def students_of(owned: Mapping[Owner, Files], directory: Directory, told: Told) -> dict[Owner, Match]:
    """Whose the files are; of two who are called as one student neither is believed for the name alone."""
    claims: dict[str, list[tuple[Owner, Match]]] = defaultdict(list)
    for owner, files in owned.items():
        try:
            match = directory.find(owner)
        except LookupError as error:
            refuse(files, str(error), told)
        else:
            claims[match.student].append((owner, match))
    found = {}
    for student, claimed in claims.items():
        sure = [owner for owner, match in claimed if match.sure]
        likely = sure or [owner for owner, _ in claimed]
        if len(likely) == 1:
            found[likely[0]] = Match(student, bool(sure))
        for owner in (owner for owner, _ in claimed if owner not in found):
            refuse(owned[owner], rivals(owner, student, [each for each, _ in claimed], likely), told)
    return found


def rivals(owner: Owner, student: str, claimed: Sequence[Owner], likely: Sequence[Owner]) -> str:
    """Why an owner's files are not taken for a student's."""
    if len(likely) == 1:
        return f"{owner.words} is called like {student}, who is known to be {likely[0].words}"
    others = " and ".join(each.words for each in claimed if each != owner)
    return f"{owner.words} and {others} both seem to be {student}, so neither was taken: {ASK}"


def refuse(files: Files, reason: str, told: Told) -> None:
    """Note files that nobody on the roster owns; what JupyterLab keeps for itself goes without a word."""
    names = [item.name for _, item in files if CHECKPOINTS not in item.parts]
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        packed = any(name.casefold().endswith(ARCHIVES) for name in names)
        told.strangers[names[0] + more] = reason + ("; it is packed: unpack it first" if packed else "")


def own_time(items: Iterable[Item]) -> datetime | None:
    """The latest time that the files themselves bear; None where they bear none."""
    now = datetime.now(UTC)
    return max((min(item.at, now) for item in items if item.at >= NO_TIME), default=None)


def arrival_of(
    owner: Owner, files: Files, changed: datetime | None, sheet: Worksheet, times: Times
) -> Arrival:
    """What is known of the time of handing in: by the worksheet, by Canvas' LATE, or by the teacher."""
    if times.of_files and changed is not None:
        return Arrival(KNOWN, changed)
    if at := sheet.times.get(owner.participant):
        return Arrival(KNOWN, at)
    late = [each.late for each, _ in files if each.late is not None]
    known = Arrival(UNKNOWN if not late else LATE if any(late) else IN_TIME)
    return times.said if times.said and known.state != IN_TIME else known


def words_about(directory: Directory, path: Path, participants: set[str]) -> Iterator[str]:
    """What the worksheet tells, and what it does not."""
    sheet = directory.worksheet
    handed_in = participants & sheet.cells.keys()
    if sheet.column:
        yield f"The times of handing in are those of the worksheet's column '{sheet.column}'."
    for number in sorted(handed_in & sheet.unread.keys()):
        yield f"{path.name}: nobody can tell which time '{sheet.unread[number]}' is (participant {number})."
    owners = [Owner(participant=number) for number in handed_in]
    named = any(directory.called_one_of(directory.names_in_sheet(owner), owner) for owner in owners)
    if handed_in and not sheet.ids and not named:
        yield (
            f"{path.name} identifies nobody: it has no e-mail address, ID number or full name that is on the "
            "roster. Let Moodle show one of them to you."
        )


def words_about_times(found: Sequence[Found], untimed: Collection[str], where: ZoneInfo) -> Iterator[str]:
    """What the times of the files tell, and what they do not.

    Args:
        untimed: the students of whom nobody knows when they handed in.
    """
    unknown = [each for each in found if each.student in untimed]
    times = [each.changed for each in unknown if each.changed]
    if times and max(times) - min(times) <= AT_ONCE:
        whose = "The file is" if len(unknown) == 1 else f"All {len(unknown)} files are"
        yield (
            f"{whose} from the minute in which the zip was made or unpacked ({clock(max(times), where)}): "
            "that is no time of handing in."
        )
    in_time = sum(each.arrival.state == IN_TIME and each.arrival.by != OPTION for each in found)
    if in_time:
        yield (
            f"In time for Canvas, since their names have no LATE: {in_time}. That is right where Canvas has "
            "your due date."
        )
