"""The folder of a class: its places, its settings (``class.toml``) and its gradebook.

class.toml             settings that a teacher edits
nbgrader_config.py     leads nbgrader and formgrader to these settings
gradebook.db           nbgrader's gradebook (or a PostgreSQL server holds it)
roster.csv             the students, drop-outs marked
source/ release/ submitted/ autograded/ feedback/   nbgrader's folders
for_students/          nbgrader's settings for the students' JupyterLab
releases/              when an assignment is due, and which version was released
journal/               every verdict, written before the gradebook is
earlier/               submissions that a later one replaced
reports/               written by `course class report` and `export`
"""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from course_utils.classroom.files import PUBLIC, is_open, make_private, write_text
from course_utils.classroom.limits import Limits

if TYPE_CHECKING:
    from nbgrader.api import Gradebook
    from traitlets.config import Config

SETTINGS = "class.toml"
NBGRADER_CONFIG = "nbgrader_config.py"
FOLDERS = ("source", "release", "submitted", "autograded", "feedback", "releases", "journal", "reports")
TEACHERS_FILES = ("rubric.md", "references*")  # beside an assignment's notebook, never released
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
SECONDS_FOR_A_LOCK = 30

SETTINGS_TEXT = """\
# The settings of this class; read by `course class` and by nbgrader. Change them as you like.
name = "{name}"  # nbgrader's course id
time_zone = "{time_zone}"  # of due dates that are given without one
database = "{database}"  # empty: the file gradebook.db in this folder
exchange = "{exchange}"  # folder shared with the students' JupyterLab; empty: none

[limits]  # of one submission while it is graded; what is not set here keeps its default
# memory_mb = 2048
"""

NBGRADER_TEXT = """\
# Leads nbgrader and formgrader to the settings in class.toml. Your own settings go below.
from course_utils.classroom.course import configure

c = get_config()
configure(c, __file__)
"""

STUDENTS_TEXT = """\
# nbgrader's settings for the students of this class. Put this file where their JupyterLab finds it, on a server
# for all as /etc/jupyter/nbgrader_config.py.
c = get_config()
c.CourseDirectory.course_id = {name!r}
c.Exchange.root = {exchange!r}
c.Execute.timeout = 120  # seconds of a cell, for "Validate"
# A warning of a library is no wrong answer, but nbgrader would take it for one.
c.Execute.extra_arguments = [
    "--IPKernelApp.exec_lines=import os, sys; sys.stderr = open(os.devnull, 'w')",
    "--IPKernelApp.capture_fd_output=False",
]
"""


class ClassError(Exception):
    """Something that a teacher can mend; the message says what, where and how."""


@dataclass(frozen=True)
class Course:
    """A class that was set up: where its files lie and what its settings say."""

    folder: Path
    name: str
    time_zone: ZoneInfo
    database: str = ""
    exchange: Path | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def database_url(self) -> str:
        """Where the gradebook is, as SQLAlchemy writes it."""
        return self.database or f"sqlite:///{self.folder / 'gradebook.db'}"

    def source(self, assignment: str) -> Path:
        """The teacher's notebook, with solutions and hidden tests."""
        return self.folder / "source" / assignment / f"{assignment}.ipynb"

    def released(self, assignment: str) -> Path:
        """The students' notebook."""
        return self.folder / "release" / assignment / f"{assignment}.ipynb"

    def submitted(self, student: str, assignment: str) -> Path:
        """The folder of a student's latest submission."""
        return self.folder / "submitted" / student / assignment

    def autograded(self, student: str, assignment: str) -> Path:
        """The notebook that formgrader shows."""
        return self.folder / "autograded" / student / assignment / f"{assignment}.ipynb"

    def journal(self, assignment: str) -> Path:
        """The file with every verdict on `assignment`."""
        return self.folder / "journal" / f"{assignment}.jsonl"

    def gradebook(self) -> Gradebook:
        """Open nbgrader's gradebook; close it, or use it in a `with`.

        Raises:
            ClassError: the database cannot be reached.
        """
        return open_gradebook(self.database_url, self.name)


def open_gradebook(url: str, name: str) -> Gradebook:
    """nbgrader's gradebook at `url`; another program's lock on a SQLite file is waited for.

    Raises:
        ClassError: the database cannot be reached, or its driver is missing.
    """
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    find_alembic()
    if url.startswith("sqlite:") and "?" not in url:
        url += f"?timeout={SECONDS_FOR_A_LOCK}"
    try:
        return Gradebook(url, name)
    except (ArgumentError, NoSuchModuleError) as error:
        raise ClassError(
            f"'{url}' is no address of a database. Write it like postgresql+psycopg://user@server/class."
        ) from error
    except ModuleNotFoundError as error:
        raise ClassError(
            f"The driver of this database is missing. Install it:  pip install {error.name}"
        ) from error
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        raise ClassError(
            f"The gradebook cannot be opened: {reason}. Check `database` in {SETTINGS}."
        ) from error


def find_alembic() -> None:
    """Let nbgrader find the program `alembic`, which it calls by name where a gradebook is new."""
    if shutil.which("alembic") is None:
        scripts = sysconfig.get_path("scripts")
        os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])


def open_course(folder: Path) -> Course:
    """Read the settings of the class in `folder`.

    Raises:
        ClassError: there is no class in this folder, or a setting is wrong.
    """
    path = folder.resolve() / SETTINGS
    if not path.is_file():
        raise ClassError(
            f"There is no class in {folder.resolve()} (no {SETTINGS}). Go into the folder of your class, "
            "name it with  course class -C FOLDER ..., or make one:  course class init FOLDER"
        )
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ClassError(f"{path} is not in UTF-8. Save it as UTF-8 in your editor.") from error
    except tomllib.TOMLDecodeError as error:
        raise ClassError(f"{path} cannot be read: {error}. Texts stand in quotation marks.") from error
    return course_of(settings, path)


def course_of(settings: dict[str, Any], path: Path) -> Course:
    """The class that `settings`, read from the file `path`, describe."""
    known = {"name", "time_zone", "database", "exchange", "limits"}
    if strangers := sorted(set(settings) - known):
        raise ClassError(
            f"{path}: unknown setting {', '.join(strangers)}. There are: {', '.join(sorted(known))}."
        )
    texts = {key: settings.get(key, "") for key in ("name", "time_zone", "database", "exchange")}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise ClassError(f"{path}: {key} must be a text in quotation marks, not {value!r}.")
    if not NAME.fullmatch(texts["name"]):
        raise ClassError(f"{path}: name may have letters, digits, _ . and -, not {texts['name']!r}.")
    if not isinstance(settings.get("limits", {}), dict):
        raise ClassError(f"{path}: the limits stand in lines of their own below [limits].")
    try:
        limits = Limits.from_toml(settings.get("limits", {}))
    except ValueError as error:
        raise ClassError(f"{path}: {error}") from error
    return Course(
        folder=path.parent,
        name=texts["name"],
        time_zone=zone(texts["time_zone"]),
        database=texts["database"],
        exchange=Path(texts["exchange"]) if texts["exchange"] else None,
        limits=limits,
    )


def zone(name: str) -> ZoneInfo:
    """The time zone called `name` (``Europe/Berlin``, ``UTC``).

    Raises:
        ClassError: there is no such zone.
    """
    if name not in available_timezones():
        import difflib

        near = difflib.get_close_matches(name, available_timezones(), n=3, cutoff=0.4)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ClassError(f"There is no time zone '{name}'; they are written like Europe/Berlin.{meant}")
    return ZoneInfo(name)


def local_zone() -> str:
    """The name of this machine's time zone; UTC where it cannot be told."""
    link = Path("/etc/localtime")
    guesses = [os.environ.get("TZ", "")]
    if link.is_symlink():
        guesses.append(os.readlink(link).partition("zoneinfo/")[2])
    return next((guess for guess in guesses if guess in available_timezones()), "UTC")


def init(
    folder: Path,
    assignments: Path | None,
    *,
    name: str = "",
    time_zone: str = "",
    database: str = "",
    exchange: Path | None = None,
) -> tuple[Course, list[str]]:
    """Set up a class in `folder`; where there is one, only what is missing is added.

    Args:
        assignments: the folder with the course's assignments, which are copied; none: no copies.

    Returns:
        The class, and the names of the assignments that were copied.

    Raises:
        ClassError: a bad setting, a database that cannot be reached, or a folder that cannot be written.
    """
    folder = folder.resolve()
    is_new = not (folder / SETTINGS).exists()
    if is_new and exchange:
        make_exchange(exchange)
    try:
        for part in FOLDERS:
            (folder / part).mkdir(parents=True, exist_ok=True)
        if is_new:
            os.chmod(folder, 0o700)  # solutions, marks and what students wrote are nobody else's
            write_settings(folder, name, time_zone, database, exchange)
        course = open_course(folder)
        if not (folder / NBGRADER_CONFIG).exists():
            write_text(folder / NBGRADER_CONFIG, NBGRADER_TEXT)
        if course.exchange:
            write_text(folder / "for_students" / NBGRADER_CONFIG, for_students(course), mode=PUBLIC)
        copied = copy_assignments(assignments, folder / "source") if assignments else []
        course.gradebook().close()
        if is_new:
            for part in (*FOLDERS, NBGRADER_CONFIG, "gradebook.db"):
                make_private(folder / part)
    except OSError as error:
        raise ClassError(f"The class cannot be set up in {folder}: {error}.") from error
    require_as_asked(course, name, time_zone, database, exchange)
    return course, copied


def require_as_asked(course: Course, name: str, time_zone: str, database: str, exchange: Path | None) -> None:
    """Raise ClassError where the class was set up earlier, with other settings than are asked for now."""
    has = (course.name, str(course.time_zone), course.database, course.exchange)
    asked = (name, time_zone, database, exchange.resolve() if exchange else None)
    keys = ("name", "time_zone", "database", "exchange")
    others = [key for key, old, new in zip(keys, has, asked, strict=True) if new and new != old]
    if others:
        raise ClassError(
            f"The class in {course.folder} was set up before, with another {' and '.join(others)}. "
            f"Change that in {course.folder / SETTINGS}."
        )


def make_exchange(exchange: Path) -> None:
    """Make the folder that is shared with the students, where it is missing.

    Raises:
        ClassError: this account may not, or it cannot be used.
    """
    try:
        missing = [place for place in (exchange, *exchange.parents) if not place.exists()]
        exchange.mkdir(parents=True, exist_ok=True)
        for place in missing:
            os.chmod(place, 0o755)  # whatever the umask says: students go through it
        if missing:
            os.chmod(exchange, 0o777)
    except OSError as error:
        raise ClassError(
            f"The exchange {exchange} cannot be made: {error.strerror}. Make it, writable for everybody:  "
            f"sudo install -d -m 777 {exchange}  or leave --exchange out, where students do not hand in "
            "through JupyterLab."
        ) from error
    require_usable(exchange)


def require_exchange(course: Course) -> None:
    """Look whether something can be published in the exchange, if the class has one.

    Raises:
        ClassError: it cannot; the message says why.
    """
    if course.exchange is None:
        return
    if not course.exchange.is_dir():
        raise ClassError(
            f"The exchange {course.exchange} is missing. Make this folder, writable for everybody:  "
            f"sudo install -d -m 777 {course.exchange}"
        )
    require_usable(course.exchange)
    own = course.exchange / course.name
    if own.is_dir() and own.stat().st_uid != os.geteuid():
        raise ClassError(f"{own} belongs to another account. Give this class another name in {SETTINGS}.")


def require_usable(exchange: Path) -> None:
    """Raise ClassError where nbgrader could not give everybody the right to write into the exchange."""
    status = exchange.stat()
    if status.st_mode & 0o777 != 0o777 and os.geteuid() not in (0, status.st_uid):
        raise ClassError(
            f"The exchange {exchange} is not writable for everybody. Let its owner say:  chmod 777 {exchange}"
        )


def warning_of_openness(folder: Path) -> str:
    """What to say where other accounts may read a class's solutions and marks; else nothing."""
    if not is_open(folder):
        return ""
    return (
        f"Every account on this machine can read {folder}: solutions, hidden tests, submissions and marks. "
        f"Close it:  chmod 700 {folder}"
    )


def for_students(course: Course) -> str:
    """nbgrader's settings for the students' JupyterLab."""
    return STUDENTS_TEXT.format(name=course.name, exchange=str(course.exchange))


def write_settings(folder: Path, name: str, time_zone: str, database: str, exchange: Path | None) -> None:
    """Write ``class.toml``; it may hold a password, so that only its owner may read it."""
    values = {
        "name": name or re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name).strip("-.") or "class",
        "time_zone": time_zone or local_zone(),
        "database": database,
        "exchange": str(exchange.resolve()) if exchange else "",
    }
    quoted = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in values.items()}
    text = SETTINGS_TEXT.format(**quoted)
    course_of(tomllib.loads(text), folder / SETTINGS)
    if database:
        open_gradebook(database, values["name"]).close()
    write_text(folder / SETTINGS, text, mode=0o600)


def copy_assignments(assignments: Path, source: Path) -> list[str]:
    """Copy the assignments that `source` has not got; a teacher's own changes stay."""
    copied = []
    for folder in sorted(assignments.iterdir()):
        if (folder / f"{folder.name}.ipynb").is_file() and not (source / folder.name).exists():
            ignored = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
            shutil.copytree(folder, source / folder.name, ignore=ignored)
            make_private(source / folder.name)
            copied.append(folder.name)
    return copied


def require_assignment(course: Course, assignment: str) -> Path:
    """The teacher's notebook of `assignment`.

    Raises:
        ClassError: there is none.
    """
    source = course.source(assignment)
    if NAME.fullmatch(assignment) and source.is_file():
        return source
    known = sorted(path.parent.name for path in (course.folder / "source").glob("*/*.ipynb"))
    raise ClassError(
        f"There is no assignment '{assignment}' ({source} is missing). "
        f"There are: {', '.join(known) or 'none'}."
    )


def configure(config: Config, file: str) -> None:
    """Put the settings of the class whose ``nbgrader_config.py`` is `file` into nbgrader's `config`."""
    course = open_course(Path(file).parent)
    config.CourseDirectory.root = str(course.folder)
    config.CourseDirectory.course_id = course.name
    config.CourseDirectory.db_url = course.database_url
    config.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", *TEACHERS_FILES]
    if course.exchange:
        config.Exchange.root = str(course.exchange)
        config.ExchangeReleaseAssignment.force = True  # a mended version takes the place of the former
    config.NbGraderAPI.timezone = str(course.time_zone)
    config.HTMLExporter.sanitize_html = True  # formgrader shows what students wrote, with a teacher's rights
    config.HTMLExporter.preprocessors = ["course_utils.classroom.guard.NamesAsText"]
    config.Autograde.sanitize_preprocessors = ["course_utils.classroom.guard.RefuseToRun"]
    config.GenerateFeedback.preprocessors = ["course_utils.classroom.guard.RefuseToTell"]
