"""The guide is followed to the letter, from an empty folder, with a student who hands in as the guide says."""

from __future__ import annotations

import getpass
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import click
import pytest

from course_utils.classroom.course import open_course
from course_utils.cli import project
from course_utils.cli.app import app

GUIDE = project.NOTEBOOKS / "assignments" / "README.md"
BLOCK = re.compile(r"```bash\n(?P<lines>.*?)```", re.DOTALL)
INLINE = re.compile(r"`(?:course class )?(?P<words>[^`\n]+)`")
NAME, STUDENT = "02_neurons", getpass.getuser()


def commands() -> list[str]:
    """The lines of the guide's blocks of commands, without their comments."""
    blocks = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    return [line for block in blocks for line in (re.sub(r" +#.*", "", each) for each in block.splitlines())]


def test_there_are_commands():
    assert len(commands()) == 11 and commands()[0].startswith("course class init my-class")


def test_every_command_and_option_that_the_guide_names_is_there():
    """Whatever stands in the guide as code and begins like a command is one, with these options."""
    group = app.get_command(None, "class")
    found = 0
    for words in INLINE.findall(GUIDE.read_text(encoding="utf-8")):
        name, *rest = words.split()
        command = (
            group.commands.get(name) if name != "roster" else group.commands["roster"].commands["import"]
        )
        if command is None or isinstance(command, click.Group) or not rest:
            continue
        found += 1
        known = {option for parameter in command.params for option in parameter.opts}
        assert [word for word in rest if word.startswith("--") and word not in known] == [], words
    assert found >= 5
    every = {
        option
        for command in (*group.commands.values(), *group.commands["roster"].commands.values())
        for parameter in command.params
        for option in parameter.opts
    }
    alone = re.findall(r"`(--[a-z-]+)", GUIDE.read_text(encoding="utf-8"))
    docker = {"--security-opt", "--network"}
    assert [option for option in alone if option not in every | docker] == []


class Teacher:
    """Somebody who types the guide's commands into a terminal; `cd` stays."""

    def __init__(self, folder: Path, exchange: Path):
        self.place, self.exchange = folder, exchange
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "HOME": str(folder / "home"),
            "COLUMNS": "200",
        }
        self.said: dict[str, str] = {}

    def types(self, line: str) -> str:
        """Run a line as a shell does; returns what it says."""
        line = line.replace("/srv/exchange", str(self.exchange))  # where a test may write
        if line.startswith("cd "):
            self.place = self.place / line.removeprefix("cd ").strip()
            return ""
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.place, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        self.said[shlex.split(line)[2] if line.startswith("course") else line] = done.stdout
        return done.stdout


def as_student(teacher: Teacher, home: Path, *words: str) -> None:
    """What the buttons of the student's assignment list do."""
    config = home / "etc"
    config.mkdir(parents=True, exist_ok=True)
    settings = teacher.place / "for_students" / "nbgrader_config.py"
    (config / settings.name).write_bytes(settings.read_bytes())
    environment = teacher.environment | {"HOME": str(home), "JUPYTER_CONFIG_DIR": str(config)}
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def hand_in(teacher: Teacher, home: Path) -> None:
    """Fetch the assignment, fill in the teacher's answers, and submit."""
    as_student(teacher, home, "fetch_assignment", NAME)
    path = home / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert "**Due: " in "".join(notebook["cells"][1]["source"])
    source = json.loads((teacher.place / "source" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    answers = {
        notes["grade_id"]: cell["source"]
        for cell in source["cells"]
        if (notes := cell["metadata"].get("nbgrader", {})).get("solution")
    }
    for cell in notebook["cells"]:
        id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(id, cell["source"])
    path.write_text(json.dumps(notebook), encoding="utf-8")
    as_student(teacher, home, "submit", NAME)


def formgrader_answers(teacher: Teacher, line: str, home: Path) -> None:
    """Start JupyterLab as the guide has it, ask its formgrader for the submissions, and stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home.mkdir()
    settings = {"ServerApp": {"open_browser": False, "allow_root": True, "port": port, "port_retries": 0}}
    settings["IdentityProvider"] = {"token": "guide"}
    (home / "jupyter_server_config.json").write_text(json.dumps(settings))
    environment = teacher.environment | {"JUPYTER_CONFIG_DIR": str(home), "JUPYTER_RUNTIME_DIR": str(home)}
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            ["bash", "-c", line],
            cwd=teacher.place,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{port}/formgrader/api/submissions/{NAME}?token=guide"
            found = json.loads(fetched(address, server))
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
    assert [each["student"] for each in found if each["submitted"]] == [STUDENT], (home / "log").read_text()


def fetched(address: str, server: subprocess.Popen[bytes]) -> bytes:
    """What a server answers, as soon as it does."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while server.poll() is None:
        try:
            return opener.open(address, timeout=60).read()
        except (urllib.error.URLError, OSError) as error:
            if isinstance(error, urllib.error.HTTPError):
                raise
            time.sleep(0.3)
    raise AssertionError("JupyterLab did not start")


@pytest.mark.sandbox
@pytest.mark.timeout(1800)  # a minute and a half of work, on a busy machine too
def test_the_guide_to_the_letter(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    teacher = Teacher(folder, tmp_path / "srv" / "exchange")
    for line in commands():
        if "roster import" in line:
            students = f"id,first_name,last_name,email\n{STUDENT},Zoë,O’Brien,zoe@example.org\n"
            (teacher.place / "students.csv").write_text(students, encoding="utf-8")
        if "collect" in line:
            hand_in(teacher, tmp_path / "student")
        if line.startswith("jupyter lab"):
            formgrader_answers(teacher, line, tmp_path / "jupyter")
            mark_what_waits(teacher.place)
        else:
            teacher.types(line)
    said = teacher.said
    assert "1 new, 0 updated" in said["collect"] and "Published for 1" in said["feedback"]
    as_student(teacher, tmp_path / "student", "fetch_feedback", NAME)
    [page] = (tmp_path / "student" / NAME / "feedback").rglob("*.html")
    assert "Well said." in page.read_text(encoding="utf-8")
    moodle = (teacher.place / "reports" / f"{NAME}-moodle.csv").read_text(encoding="utf-8-sig")
    assert f"{STUDENT},Zoë,O’Brien,zoe@example.org," in moodle and "Well said." in moodle
    assert {path.name for path in (teacher.place / "reports").glob("*.html")} == {
        f"{NAME}.html",
        "class.html",
    }


def mark_what_waits(folder: Path) -> None:
    """What a teacher does in formgrader: points and words for the written answer."""
    course = open_course(folder)
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission_notebook(NAME, NAME, STUDENT)
        waiting = [grade.name for grade in submission.grades if grade.needs_manual_grade]
        assert len(waiting) == 1
        for grade in submission.grades:
            if grade.needs_manual_grade:
                grade.manual_score, grade.needs_manual_grade = 1.0, False
        for comment in submission.comments:
            if comment.name in waiting:
                comment.manual_comment = "Well said."
        gradebook.db.commit()
