"""Makes the folder .venv beside ``course.py`` and installs the course into it; then hands over to ``course``.

Standard library only, because it runs before anything is installed. A stamp is written when an installation
is finished: it answers the second start at once, and its absence tells that one was interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path

from course_utils.cli import packages, surroundings
from course_utils.cli.causes import SetupError, explain
from course_utils.cli.packages import LOCK

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "course-installed.json"
LOG = VENV / "course-install.log"
EXTRAS = ("class", "gpu", "test")
SHOWN_TO_GRADERS = ("course_utils", "data")  # what graded programs need of this folder
CLEAN = "course-surroundings-are-clean"  # an option (-X) of the Python that runs the command
GIGABYTE = 1024**3
NEEDED_BYTES = 5 * GIGABYTE  # 3 GB installed, and 1 to 2 GB of downloads while it installs
NEEDED_FOR_GPU = 6 * GIGABYTE  # CUDA: 4 GB installed, and its downloads


def main(arguments: list[str]) -> int:
    """Set up what is missing, then run the command ``course`` with `arguments`; returns its exit code."""
    surroundings.tolerate_any_encoding()
    options, command = parse(arguments)
    try:
        tested = {"test", "class"} if command[:1] == ["test"] else set()
        python = ensure_installed(set(options.extras) | tested)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Start again and the installation goes on.", file=sys.stderr)
        return 130
    return hand_over(python, VENV, command or ["--help"])


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Split off what concerns the installation (``--with EXTRA`` before the command)."""
    parser = argparse.ArgumentParser(prog="course.py", add_help=False)
    parser.add_argument("--with", dest="extras", action="append", default=[], choices=EXTRAS)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    if arguments[:1] in (["-h"], ["--help"], ["--version"]):
        return argparse.Namespace(extras=[]), arguments
    options = parser.parse_args(arguments)
    return options, options.command


def hand_over(python: Path, prefix: Path, arguments: list[str]) -> int:
    """Become the command ``course`` in the environment `prefix` (on Windows: run it and wait)."""
    command = [str(python), "-X", CLEAN, "-m", "course_utils.cli", *arguments]
    environment = surroundings.clean(os.environ, prefix)
    if os.name != "nt":
        if sys.stdout is not None:
            sys.stdout.flush()
        os.execve(command[0], command, environment)
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the child got the same Ctrl-C and decides how to end


def ensure_installed(extras: Iterable[str]) -> Path:
    """Install what is missing of the course with its `extras`; returns the Python of .venv.

    A finished installation of the same lock costs milliseconds and no network.

    Raises:
        SetupError: no disk, no network, an unsuitable Python, or a folder that cannot be written.
    """
    wanted = set(extras) | stamped_extras()
    let_graders_read()
    if is_finished(wanted):
        return venv_python()
    print(f"Setting up the course in {VENV} (a few minutes, once).", flush=True)
    started = time.monotonic()
    own_mask = os.umask(0o022)  # root's graders run as somebody else, who must be able to read .venv
    try:
        check_space(NEEDED_BYTES + NEEDED_FOR_GPU * ("gpu" in wanted))
        make_environment()
        packages.mend_interrupted(VENV)
        packages.install(VENV, ROOT, wanted, LOG)
        write_stamp(wanted)
    except OSError as error:
        raise SetupError(explain(str(error), "The installation stopped")) from error
    finally:
        os.umask(own_mask)
    print(f"Ready after {time.monotonic() - started:.0f} s.", flush=True)
    return venv_python()


def let_graders_read() -> None:
    """Root's graders run as somebody else: let everybody read the course, whatever root's mask was when it came."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    for name in SHOWN_TO_GRADERS:
        for path in (ROOT / name, *(ROOT / name).rglob("*")):
            if path.is_symlink() or not path.exists():
                continue
            mode = stat.S_IMODE(path.stat().st_mode)
            readable = mode | (0o555 if path.is_dir() else 0o444)
            if mode != readable:
                path.chmod(readable)


def venv_python() -> Path:
    """The Python inside .venv (which may not exist yet)."""
    return packages.venv_python(VENV)


def fingerprint() -> str:
    """Changes when the lock, the project's needs, the Python of .venv or the place of the folder changes."""
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needs = {name: tables.get(name) for name in ("build-system", "project")}
    environment = VENV / "pyvenv.cfg"
    parts = [
        str(ROOT),
        json.dumps(needs, sort_keys=True),
        (ROOT / LOCK).read_text(encoding="utf-8"),
        environment.read_text(encoding="utf-8") if environment.exists() else "none",
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def read_stamp() -> dict:
    """The stamp of the last finished installation; empty when there is none or it cannot be read."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def stamped_extras() -> set[str]:
    return set(read_stamp().get("extras", []))


def is_finished(extras: set[str]) -> bool:
    """Whether .venv holds a finished installation of this lock with at least these extras."""
    stamp = read_stamp()
    return (
        venv_python().exists()
        and stamp.get("fingerprint") == fingerprint()
        and extras <= set(stamp.get("extras", []))
    )


def write_stamp(extras: set[str]) -> None:
    text = json.dumps({"fingerprint": fingerprint(), "extras": sorted(extras)})
    STAMP.write_text(text, encoding="utf-8")


def check_space(needed: int) -> None:
    """Raise SetupError when the disk has less than `needed` bytes; what is already installed counts as room."""
    free = shutil.disk_usage(ROOT).free
    there = sum(file.stat().st_size for file in VENV.rglob("*") if file.is_file() and not file.is_symlink())
    if free + there < needed:
        raise SetupError(
            f"Too little room: {free / GIGABYTE:.1f} GB are free where the course lies ({ROOT}), and it "
            f"needs {(needed - there) / GIGABYTE:.1f} GB. Make room, or move the folder to another "
            "disk, and start again."
        )


def make_environment() -> None:
    """Make .venv, or make it again when its Python does not run or is not a suitable one."""
    if VENV.exists() and not environment_works():
        print("The folder .venv is damaged; making it again.", flush=True)
        shutil.rmtree(VENV)
    if VENV.exists():
        STAMP.unlink(missing_ok=True)
        return
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(explain("No module named ensurepip", ""))
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run(
        [base, "-m", "venv", str(VENV)],
        env=surroundings.clean(os.environ, VENV),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if made.returncode != 0:
        raise SetupError(explain(made.stdout + made.stderr, "The environment .venv could not be made"))


def environment_works() -> bool:
    """Whether the Python in .venv starts, is a suitable version, and has pip."""
    probe = "import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    environment = surroundings.clean(os.environ, VENV)
    command = [str(venv_python()), "-c", probe]
    try:
        probed = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return probed.returncode == 0
