"""Makes the folder .venv beside ``course.py`` and installs the course into it; then hands over to ``course``.

Standard library only, because it runs before anything is installed. A stamp is written when an installation
is finished: it answers the second start at once, and its absence tells that one was interrupted.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from course_utils.cli.causes import explain

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "course-installed.json"
LOG = VENV / "course-install.log"
LOCK = "requirements.txt"
EXTRAS = ("class", "gpu", "test")
GIGABYTE = 1024**3
NEEDED_BYTES = 5 * GIGABYTE  # 3 GB installed, and 1 to 2 GB of downloads while it installs
NEEDED_FOR_GPU = 6 * GIGABYTE  # CUDA: 4 GB installed, and its downloads


class SetupError(Exception):
    """The installation cannot go on; the message tells a person why and what to do."""


def main(arguments: list[str]) -> int:
    """Set up what is missing, then run the command ``course`` with `arguments`; returns its exit code."""
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
    return hand_over([str(python), "-m", "course_utils.cli", *(command or ["--help"])])


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Split off what concerns the installation (``--with EXTRA`` before the command)."""
    parser = argparse.ArgumentParser(prog="course.py", add_help=False)
    parser.add_argument("--with", dest="extras", action="append", default=[], choices=EXTRAS)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    if arguments[:1] == ["--help"]:
        return argparse.Namespace(extras=[]), ["--help"]
    options = parser.parse_args(arguments)
    return options, options.command


def hand_over(command: list[str]) -> int:
    """Become `command` (on Windows: run it and wait)."""
    environment = child_environment()
    if os.name != "nt":
        sys.stdout.flush()
        os.execve(command[0], command, environment)
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the child got the same Ctrl-C and decides how to end


def child_environment() -> dict[str, str]:
    """This environment without what would lead a Python of .venv astray; UTF-8 everywhere."""
    unwanted = {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_CONSTRAINT"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PIP_USER": "0", "PYTHONUTF8": "1", "VIRTUAL_ENV": str(VENV)}


def ensure_installed(extras: Iterable[str]) -> Path:
    """Install what is missing of the course with its `extras`; returns the Python of .venv.

    A finished installation of the same lock costs milliseconds and no network.

    Raises:
        SetupError: no disk, no network, an unsuitable Python, or a folder that cannot be written.
    """
    wanted = set(extras) | stamped_extras()
    if is_finished(wanted):
        return venv_python()
    print(f"Setting up the course in {VENV} (a few minutes, once).", flush=True)
    started = time.monotonic()
    try:
        check_space(NEEDED_BYTES + NEEDED_FOR_GPU * ("gpu" in wanted))
        make_environment()
        mend_interrupted()
        install(wanted)
        write_stamp(wanted)
    except OSError as error:
        raise SetupError(explain(str(error), "The installation stopped")) from error
    print(f"Ready after {time.monotonic() - started:.0f} s.", flush=True)
    return venv_python()


def venv_python() -> Path:
    """The Python inside .venv (which may not exist yet)."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


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
    made = subprocess.run([base, "-m", "venv", str(VENV)], capture_output=True, text=True, errors="replace")
    if made.returncode != 0:
        raise SetupError(explain(made.stdout + made.stderr, "The environment .venv could not be made"))


def environment_works() -> bool:
    """Whether the Python in .venv starts, is a suitable version, and has pip."""
    probe = "import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    try:
        return subprocess.run([venv_python(), "-c", probe], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def mend_interrupted() -> None:
    """Forget packages that were being copied when an installation stopped, so that pip installs them again.

    pip writes a package's INSTALLER file last; without it, or with files missing, the package is half there.
    """
    for record in site_packages().glob("*.dist-info"):
        if not is_complete(record):
            print(f"Mending {record.name.removesuffix('.dist-info')}.", flush=True)
            shutil.rmtree(record)


def site_packages() -> Path:
    """Where .venv keeps its packages."""
    if os.name == "nt":
        return VENV / "Lib" / "site-packages"
    return next((VENV / "lib").glob("python3.*/site-packages"))


def is_complete(dist_info: Path) -> bool:
    """Whether every file that a package lists is there, with its size."""
    if not (dist_info / "INSTALLER").exists() or not (dist_info / "RECORD").exists():
        return False
    with (dist_info / "RECORD").open(encoding="utf-8", newline="") as lines:
        return all(listed_file_is_there(dist_info.parent, row) for row in csv.reader(lines) if row)


def listed_file_is_there(folder: Path, row: list[str]) -> bool:
    """`row` is a line of a RECORD file: path, hash, size in bytes (empty for files that may change)."""
    try:
        size = (folder / row[0]).stat().st_size
    except FileNotFoundError:
        return row[0].endswith(".pyc")
    return len(row) < 3 or not row[2] or size == int(row[2])


def install(extras: set[str]) -> None:
    """Run pip with the lock as constraints, keeping its words in a log.

    Raises:
        SetupError: pip failed; the message gives the cause in plain words.
    """
    target = f".[{','.join(sorted(extras))}]" if extras else "."
    command = [str(venv_python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "-c", LOCK, "-e", target]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    with process, LOG.open("w", encoding="utf-8") as log:
        try:
            output = "".join(show_progress(cast(IO[str], process.stdout), log))
        except BaseException:  # also Ctrl-C: pip must not go on alone
            process.terminate()
            raise
    if process.returncode != 0:
        raise SetupError(explain(output, "The packages could not be installed"))


def show_progress(output: IO[str], log: IO[str]) -> Iterator[str]:
    """Pass on pip's lines, writing all of them to `log` and a few words of progress to the terminal."""
    on_terminal = sys.stdout.isatty()
    expected = (ROOT / LOCK).read_text(encoding="utf-8").count("==")
    collected = 0
    for line in output:
        log.write(line)
        collected += line.startswith("Collecting ")
        if line.startswith("Installing collected"):
            print(("\r" if on_terminal else "") + f"{'  unpacking them':<70}", flush=True)
        elif line.startswith("Collecting ") and (on_terminal or collected % 40 == 0):
            words = f"  package {collected} of about {expected}: {line.split()[1]}"
            print(f"\r{words:<70.70}" if on_terminal else words, end="" if on_terminal else "\n", flush=True)
        yield line
