"""Brings the packages of the lock into .venv: by uv, in a third of pip's time; by pip where uv cannot.

Standard library only. What was being copied when an installation stopped is found, and copied again.
"""

from __future__ import annotations

import ast
import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, cast

from course_utils.cli.causes import SetupError, explain, is_full_disk
from course_utils.cli.surroundings import can_be_written, clean

LOCK = "requirements.txt"
UV = "uv==0.13.9"

# How this machine reaches packages, as pip's settings call it: handed on to uv. All other settings of pip and uv
# (targets, constraints, builds from source, ...) belong to other projects.
SOURCES = (
    "cache-dir",
    "cert",
    "client-cert",
    "default-timeout",
    "extra-index-url",
    "find-links",
    "index-url",
    "keyring-provider",
    "no-cache-dir",
    "no-index",
    "proxy",
    "retries",
    "timeout",
    "trusted-host",
)
# What compiles the packages that every start needs, each line in a process of its own.
FIRST_IMPORTS = (
    "import tensorflow, keras",
    "import ipykernel.kernelapp, jupyterlab.labapp, matplotlib.pyplot, nbconvert, papermill, scipy.signal\n"
    "import sklearn.model_selection, course_utils.explorers, course_utils.exercises, course_utils.plotting",
)

UNPACKING = "unpacking the packages"

Words = Callable[[str], str]  # a line of pip or uv -> what it tells about the progress; empty: nothing


def install(venv: Path, root: Path, extras: set[str], log: Path) -> None:
    """Install the project in `root` with its `extras` in the lock's versions into `venv`, writing a log.

    Raises:
        SetupError: it cannot be done; the message gives the cause in plain words.
    """
    wanted = ["-c", LOCK, "-e", f".[{','.join(sorted(extras))}]" if extras else "."]
    with log.open("w", encoding="utf-8", buffering=1) as words:
        installer = Installer(venv, root, words)
        if installer.by_uv(wanted):
            warm_up(venv, root)
        else:
            installer.by_pip(wanted)


class Installer:
    """The two ways to install, with the settings of this machine and one log."""

    def __init__(self, venv: Path, root: Path, log: IO[str]) -> None:
        self.venv, self.root, self.log = venv, root, log
        self.environment = clean(os.environ, venv)
        self.settings = self.pip_settings()

    def pip_settings(self) -> dict[str, str]:
        """How pip reaches packages here: its variables before its files, the files' [install] before [global]."""
        listed = subprocess.run(
            [venv_python(self.venv), "-m", "pip", "config", "list"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        return read_settings(listed.stdout)

    def by_uv(self, wanted: list[str]) -> bool:
        """Install with uv; returns False where it is not to be had or did not succeed.

        Raises:
            SetupError: the disk is full, for pip as well.
        """
        uv = self.provide_uv()
        if uv is None:
            print("  uv is not to be had here; pip installs, which takes longer.", flush=True)
            return False
        options, variables = uv_settings(self.settings)
        cache = uv_cache(self.venv, self.environment)
        command = [str(uv), "pip", "install", "--python", str(venv_python(self.venv)), "--no-config"]
        code, output = self.run(
            [*command, "--no-python-downloads", *options, *wanted],
            {**self.environment, **variables, "UV_CACHE_DIR": str(cache)},
            UvProgress().words,
        )
        if code != 0:
            if is_full_disk(output):
                raise SetupError(explain(output, ""))
            print("  uv did not succeed (its words are in the log); pip goes on.", flush=True)
            mend_interrupted(self.venv)
            return False
        if cache.is_relative_to(self.venv):
            shutil.rmtree(cache, ignore_errors=True)  # the packages are links to it, or copies
        return True

    def provide_uv(self) -> Path | None:
        """The pinned uv inside .venv, brought by pip if need be; None if it cannot be had or does not run."""
        uv = venv_program(self.venv, "uv")
        if uv_version(uv) != UV:
            self.run(
                [*self.pip(), "--only-binary", ":all:", "--no-deps", UV], self.pip_environment(), silence
            )
        return uv if uv_version(uv) == UV else None

    def by_pip(self, wanted: list[str]) -> None:
        """Install with pip.

        Raises:
            SetupError: pip failed.
        """
        expected = (self.root / LOCK).read_text(encoding="utf-8").count("==")
        code, output = self.run([*self.pip(), *wanted], self.pip_environment(), PipProgress(expected).words)
        if code != 0:
            raise SetupError(explain(output, "The packages could not be installed"))

    def pip(self) -> list[str]:
        command = [str(venv_python(self.venv)), "-m", "pip", "install", "--disable-pip-version-check"]
        return [*command, "--no-input", "--progress-bar", "off"]

    def pip_environment(self) -> dict[str, str]:
        own = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in self.settings.items()}
        return {**self.environment, **own, "PIP_CONFIG_FILE": os.devnull}

    def run(self, command: list[str], environment: Mapping[str, str], words: Words) -> tuple[int, str]:
        """Run pip or uv, showing its progress; returns its exit code and all that it said."""
        try:
            process = subprocess.Popen(
                command,
                cwd=self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            return 1, str(error)
        with process:
            try:
                output = "".join(show_progress(cast(IO[str], process.stdout), self.log, words))
            except BaseException:  # also Ctrl-C: it must not go on alone
                process.terminate()
                raise
        return process.returncode, output


def venv_program(venv: Path, name: str) -> Path:
    """Where `venv` keeps a program (which may not exist yet)."""
    return venv / "Scripts" / f"{name}.exe" if os.name == "nt" else venv / "bin" / name


def venv_python(venv: Path) -> Path:
    return venv_program(venv, "python")


def read_settings(listed: str) -> dict[str, str]:
    """The settings in `SOURCES` of what ``pip config list`` printed: lines such as ``global.cert='/a/file'``."""
    found: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        for name, value in re.findall(rf"^{section}\.([\w-]+)=(.+)$", listed, flags=re.MULTILINE):
            if name in SOURCES:
                found[name] = str(ast.literal_eval(value)).strip()
    return found


def uv_settings(settings: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Pip's settings as options and variables of uv, which takes the best version of all indexes, as pip does."""
    options = ["--index-strategy", "unsafe-best-match"]
    for name, option in (
        ("index-url", "--default-index"),
        ("extra-index-url", "--index"),
        ("find-links", "--find-links"),
        ("trusted-host", "--allow-insecure-host"),
        ("keyring-provider", "--keyring-provider"),
    ):
        for value in settings.get(name, "").split():
            options += [option, os.path.expanduser(value)]
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        options.append("--no-index")
    variables = {"UV_SYSTEM_CERTS": "1"}
    if "cert" in settings:
        variables = {"SSL_CERT_FILE": os.path.expanduser(settings["cert"])}
    for name, variable in (("client-cert", "SSL_CLIENT_CERT"), ("timeout", "UV_HTTP_TIMEOUT")):
        if chosen := settings.get(name) or settings.get(f"default-{name}"):
            variables[variable] = os.path.expanduser(chosen)
    if "proxy" in settings:
        proxy = settings["proxy"]
        address = proxy if "://" in proxy else f"http://{proxy}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
        variables |= dict.fromkeys(names, address)
    return options, variables


def uv_version(uv: Path) -> str:
    """What requires exactly this uv, "uv==0.13.9"; empty if it does not run."""
    try:
        asked = subprocess.run([uv, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    words = asked.stdout.decode(errors="replace").split()
    return f"uv=={words[1]}" if asked.returncode == 0 and len(words) > 1 else ""


def uv_cache(venv: Path, environment: Mapping[str, str]) -> Path:
    """uv's usual cache where its files can be linked into `venv`; else a folder in it, until all is installed."""
    if os.name == "nt":
        base = Path(environment.get("LOCALAPPDATA", os.devnull)) / "uv" / "cache"
    else:
        base = Path(environment.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "uv"
    usual = Path(environment.get("UV_CACHE_DIR") or base)
    existing = next((place for place in (usual, *usual.parents) if place.exists()), None)
    linked = existing is not None and existing.stat().st_dev == venv.stat().st_dev
    return usual if usual.is_absolute() and linked and can_be_written(usual) else venv / "uv-cache"


class PipProgress:
    """Pip's lines as words of progress."""

    def __init__(self, expected: int) -> None:
        self.expected, self.collected = expected, 0

    def words(self, line: str) -> str:
        if line.startswith("Installing collected"):
            return UNPACKING
        if not line.startswith("Collecting "):
            return ""
        self.collected += 1
        return f"package {self.collected} of about {self.expected}: {line.split()[1]}"


class UvProgress:
    """uv's lines as words of progress: it names the large packages when it begins and ends to fetch them."""

    SIZES = {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024}

    def __init__(self) -> None:
        self.fetched, self.on_their_way = 0.0, dict[str, float]()

    def words(self, line: str) -> str:
        if line.startswith("Prepared "):
            return UNPACKING
        if begun := re.match(r"\s*Downloading (\S+) \(([\d.]+)([KMG]iB)\)", line):
            self.on_their_way[begun[1]] = float(begun[2]) * self.SIZES[begun[3]]
        elif ended := re.match(r"\s*Downloaded (\S+)", line):
            self.fetched += self.on_their_way.pop(ended[1], 0)
        else:
            return ""
        expected = self.fetched + sum(self.on_their_way.values())
        largest = max(self.on_their_way, key=lambda name: self.on_their_way[name], default="")
        return f"{self.fetched:.0f} of {expected:.0f} MB are here" + f"; on its way: {largest}" * bool(
            largest
        )


def silence(line: str) -> str:
    """No progress."""
    return ""


def show_progress(output: IO[str], log: IO[str], words_of: Words) -> Iterator[str]:
    """Pass on the lines of `output`, writing all of them to `log` and a few words of progress to the terminal.

    On a terminal they stay on one line; elsewhere a few of them are printed.
    """
    on_terminal = sys.stdout is not None and sys.stdout.isatty()
    told = 0
    for line in output:
        log.write(line)
        if words := words_of(line):
            told += 1
            if on_terminal:
                print(f"\r  {words:<70.70}", end="", flush=True)
            elif told % 20 == 0 or words == UNPACKING:
                print(f"  {words}", flush=True)
        yield line
    if told and on_terminal:
        print(flush=True)


def warm_up(venv: Path, root: Path) -> None:
    """Import once what every start needs, so that Python's compiled files are there (uv leaves them to the first use).

    What does not start here is told; the course is installed all the same.
    """
    print("  preparing the first start", flush=True)
    environment = clean(os.environ, venv)
    started = [
        subprocess.Popen(
            [venv_python(venv), "-c", program],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        for program in FIRST_IMPORTS
    ]
    for process in started:
        said = process.communicate()[1].strip().splitlines()
        if process.returncode != 0:
            print(f"  A package does not start: {said[-1] if said else process.returncode}", flush=True)


def mend_interrupted(venv: Path) -> None:
    """Forget packages that were being copied when an installation stopped, so that they are installed again.

    Only a whole package has a list of its files that names its INSTALLER, and all of these files.
    """
    for record in site_packages(venv).glob("*.dist-info"):
        if not is_complete(record):
            print(f"Mending {record.name.removesuffix('.dist-info')}.", flush=True)
            shutil.rmtree(record)


def site_packages(venv: Path) -> Path:
    """Where `venv` keeps its packages."""
    if os.name == "nt":
        return venv / "Lib" / "site-packages"
    return next((venv / "lib").glob("python3.*/site-packages"))


def is_complete(dist_info: Path) -> bool:
    """Whether pip or uv finished to write the list of a package's files, and every file is there with its size."""
    installer = f"{dist_info.name}/INSTALLER"
    try:
        text = (dist_info / "RECORD").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    rows = [row for row in csv.reader(text.splitlines()) if row]
    whole = text.endswith("\n") and any(row[0] == installer for row in rows)
    return whole and all(listed_file_is_there(dist_info.parent, row) for row in rows)


def listed_file_is_there(folder: Path, row: list[str]) -> bool:
    """`row` is a line of a RECORD file: path, hash, size in bytes (empty for files that may change)."""
    try:
        size = (folder / row[0]).stat().st_size
    except OSError:
        return row[0].endswith(".pyc")
    return len(row) < 3 or not row[2] or row[2] == str(size)
