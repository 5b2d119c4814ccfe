"""A cgroup for each submission: where it is made, what it counts, that nothing of it is left."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from course_utils.classroom.examiner import Examination
from course_utils.classroom.limits import MEGABYTE, Limits
from course_utils.classroom.sandbox import cgroup
from course_utils.classroom.verdict import GRADED
from tests.classroom import sample

MOUNTS = """
30 20 0:1 / /proc rw - proc proc rw
31 20 0:2 / UNIFIED rw,relatime - cgroup2 cgroup2 rw,nsdelegate
32 20 0:3 /above OLD rw,relatime - cgroup cgroup rw,memory
33 20 0:4 / NOT_MINE rw,relatime - cgroup cgroup rw,pids
"""
OWN = "4:pids:/\n3:memory:/above/mine\n0::/user.slice/mine:1\n"
VERSION_2 = {
    "cpu.stat": "usage_usec 2500000\nuser_usec 1\nsystem_usec 1",
    "memory.current": str(100 * MEGABYTE),
    "memory.stat": f"anon 1\nfile {30 * MEGABYTE}\nshmem {5 * MEGABYTE}\nslab_reclaimable {10 * MEGABYTE}",
    "memory.events": "max 0\noom_kill 0",
}
VERSION_1 = {
    "cpuacct.usage": "2500000000",
    "memory.usage_in_bytes": str(100 * MEGABYTE),
    "memory.stat": f"cache {40 * MEGABYTE}\nrss 1\nshmem {5 * MEGABYTE}",
    "memory.oom_control": "oom_kill_disable 0\noom_kill 0",
}


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """The cgroups of a machine that is not this one."""
    mounts = MOUNTS
    for name in ("UNIFIED", "OLD", "NOT_MINE"):
        mounts = mounts.replace(name, str(tmp_path / name))
    texts = {"/proc/self/cgroup": OWN, "/proc/self/mountinfo": mounts.strip()}
    read = Path.read_text
    monkeypatch.setattr(
        cgroup.Path, "read_text", lambda self, **more: texts.get(str(self)) or read(self, **more)
    )
    for folder in ("UNIFIED/user.slice/mine:1", "OLD/mine", "NOT_MINE"):
        (tmp_path / folder).mkdir(parents=True)
        if folder != "NOT_MINE":
            (tmp_path / folder / "cgroup.procs").write_text("")
    return tmp_path


def test_own_groups_that_may_be_written_are_found(machine):
    found = cgroup.hierarchies()
    assert found == {cgroup.NEW: machine / "UNIFIED/user.slice/mine:1", cgroup.MEMORY: machine / "OLD/mine"}


def test_groups_of_graders_that_were_killed_are_removed_and_no_others(machine):
    grounds = cgroup.Grounds()
    own = machine / "OLD" / "mine"
    for name in (grounds.name, "course-grading-999999999-ab", f"course-grading-{os.getppid()}-ab", "other"):
        (own / name / "keepers").mkdir(parents=True)
    grounds.remove()
    assert {path.name for path in own.iterdir() if path.is_dir()} == {
        f"course-grading-{os.getppid()}-ab",
        "other",
    }


@pytest.mark.parametrize("user", [0, 1000])
def test_systemd_is_asked_where_it_runs(user, monkeypatch):
    asked = []

    def run(words, **options):
        asked.append(words)
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(cgroup.os, "geteuid", lambda: user)
    monkeypatch.setattr(cgroup.shutil, "which", lambda name: "/usr/bin/systemd-run")
    monkeypatch.setattr(cgroup.Path, "is_dir", lambda self: True)
    monkeypatch.setattr(cgroup.subprocess, "run", run)
    words = cgroup._scope.__wrapped__()
    assert asked == [[*words, "true"]]
    assert words[0] == "systemd-run" and ("--user" in words) == (user != 0)
    assert {"--scope", "--property=Delegate=yes"} < set(words)


@pytest.mark.parametrize("problem", ["not there", "does not run", "refuses", "does not answer"])
def test_without_systemd_nothing_stands_before_the_command(problem, monkeypatch):
    def run(words, **options):
        if problem == "does not answer":
            raise subprocess.TimeoutExpired(words, options["timeout"])
        return subprocess.CompletedProcess(words, 1)

    monkeypatch.setattr(cgroup.shutil, "which", lambda name: None if problem == "not there" else name)
    monkeypatch.setattr(cgroup.Path, "is_dir", lambda self: problem != "does not run")
    monkeypatch.setattr(cgroup.subprocess, "run", run)
    assert cgroup._scope.__wrapped__() == ()


@pytest.mark.parametrize("files", [VERSION_2, VERSION_1])
def test_files_on_a_disk_do_not_count_as_memory_and_those_in_memory_do(files, tmp_path):
    group = cgroup.Group({cgroup.NEW: os.open(tmp_path, os.O_RDONLY)}, Limits())
    assert (group.cpu(), group.memory(), group.overflowed()) == (None, None, False)
    for name, text in files.items():
        (tmp_path / group.name / name).write_text(text)
    assert (group.cpu(), group.memory(), group.overflowed()) == (2.5, 65 * MEGABYTE, False)
    for name in ("memory.events", "memory.oom_control"):
        if name in files:
            (tmp_path / group.name / name).write_text("oom_kill 1")
    assert group.overflowed()


def test_a_group_that_could_not_be_joined_is_not_believed(tmp_path):
    group = cgroup.Group({cgroup.NEW: os.open(tmp_path, os.O_RDONLY)}, Limits())
    (tmp_path / group.name / "cpu.stat").write_text("usage_usec 0")
    (tmp_path / group.name / "cgroup.procs").write_text("")
    assert group.cpu() == 0
    group.settle()
    assert group.cpu() is None


@pytest.mark.sandbox
def test_no_group_is_left_when_all_is_graded(tmp_path):
    source = sample.put_source(tmp_path)
    with Examination(source, limits=Limits()) as examination:
        assert [examination.examine(source).state for _ in range(3)] == [GRADED] * 3
    prefix = f"{cgroup.PREFIX}-{os.getpid()}-"
    assert not [path for folder in cgroup.hierarchies().values() for path in folder.glob(prefix + "*")]
