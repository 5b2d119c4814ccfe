"""``course doctor``: what this machine has, and what to do about what it lacks."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from packaging.requirements import Requirement

from course_utils.cli import browser, kernel
from course_utils.cli.installation import GIGABYTE, LOCK, ROOT

MAIN_PACKAGES = ("tensorflow", "keras", "numpy", "matplotlib", "jupyterlab", "ipywidgets", "anywidget")
LEAST_MEMORY = 2 * GIGABYTE
LEAST_DISK = 1 * GIGABYTE
REINSTALL = "delete the folder .venv and run: python course.py lab"
DEVICES_PROGRAM = """
import json, tensorflow as tf
gpus = [tf.config.experimental.get_device_details(d).get("device_name", d.name)
        for d in tf.config.list_physical_devices("GPU")]
print(json.dumps(gpus))
"""


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was seen and, unless it is well, what to do."""

    subject: str
    seen: str
    mend: str = ""
    optional: bool = False  # something that only tests or a class need

    @property
    def mark(self) -> str:
        if not self.mend:
            return click.style("✓", fg="green")
        return click.style("–", fg="yellow") if self.optional else click.style("✗", fg="red")


def examine() -> int:
    """Print every finding; returns 1 when the course cannot be worked through on this machine, else 0."""
    checks: list[Callable[[], Iterator[Finding]]] = [
        python_and_packages,
        processors,
        memory_and_disk,
        data,
        jupyter_kernel,
        writable_places,
        browser_for_tests,
        sandbox_for_grading,
        class_here,
    ]
    ill = 0
    for check in checks:
        for finding in check():
            click.echo(f"{finding.mark} {finding.subject}: {finding.seen}")
            if finding.mend:
                click.echo(f"    what to do: {finding.mend}")
            ill += bool(finding.mend) and not finding.optional
    click.echo("All is well." if not ill else f"{ill} thing{'s' if ill > 1 else ''} to mend.")
    return int(ill > 0)


def python_and_packages() -> Iterator[Finding]:
    """Versions, compared with the lock."""
    yield Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    locked = locked_versions()
    for name in MAIN_PACKAGES:
        yield package(name, locked.get(name))


def locked_versions() -> dict[str, str]:
    """Package -> version that the lock names for this Python and system; empty without the lock."""
    lock = ROOT / LOCK
    if not lock.exists():
        return {}
    lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if re.match(r"\w", line)]
    pins = [Requirement(line) for line in lines]
    return {
        pin.name: str(pin.specifier).removeprefix("==")
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }


def package(name: str, locked: str | None) -> Finding:
    """Whether `name` is installed in the version of the lock."""
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "not installed", "python course.py lab")
    if locked and version != locked:
        return Finding(
            name, version, f"the course was tested with {locked}: python course.py lab", optional=True
        )
    return Finding(name, version)


def processors() -> Iterator[Finding]:
    """CPU cores, and the GPUs that TensorFlow can use (asked in a process of its own: it is slow)."""
    yield Finding("CPU", f"{os.cpu_count()} cores")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", DEVICES_PROGRAM]
    try:
        asked = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", timeout=180
        )
    except subprocess.TimeoutExpired:
        yield Finding("TensorFlow", "did not answer within 3 minutes", "close other programs and try again")
        return
    if asked.returncode != 0:
        words = asked.stderr.strip().splitlines()
        yield Finding("TensorFlow", f"does not start ({words[-1] if words else 'no message'})", REINSTALL)
        return
    gpus = json.loads(asked.stdout.strip().splitlines()[-1])
    yield Finding("GPU", ", ".join(gpus) or "none that TensorFlow can use; every lesson also runs on the CPU")


def memory_and_disk() -> Iterator[Finding]:
    """Free memory for a lesson that trains, and room on the disk."""
    import psutil

    memory = psutil.virtual_memory()
    seen = f"{memory.available / GIGABYTE:.1f} of {memory.total / GIGABYTE:.1f} GB free"
    yield Finding(
        "memory", seen, "" if memory.available >= LEAST_MEMORY else "close other programs (2 GB needed)"
    )
    free = shutil.disk_usage(ROOT).free
    yield Finding(
        "disk", f"{free / GIGABYTE:.1f} GB free", "" if free >= LEAST_DISK else "make room (1 GB needed)"
    )


def data() -> Iterator[Finding]:
    """The data files, against the manifest's check sums."""
    from course_utils import datasets

    problems = datasets.verify()
    for problem in problems:
        yield Finding("data", "not as it should be", problem)
    if not problems:
        yield Finding("data", "every file is there and unaltered")


def jupyter_kernel() -> Iterator[Finding]:
    """Whether notebooks find the kernel that their metadata name."""
    from jupyter_client.kernelspec import KernelSpecManager

    try:
        kernel.register()
    except OSError as error:
        yield Finding("Jupyter kernel", f"cannot be registered ({error})", "python course.py lab")
        return
    folder = KernelSpecManager().find_kernel_specs().get(kernel.NAME)
    expected = Path(sys.prefix) / "share" / "jupyter" / "kernels" / kernel.NAME
    other = f"another one comes first; remove it: jupyter kernelspec remove {kernel.NAME}"
    same = folder is not None and Path(folder).resolve() == expected.resolve()
    yield Finding("Jupyter kernel", f"'{kernel.NAME}' in {folder}", "" if same else other)


def writable_places() -> Iterator[Finding]:
    """Where the course and Jupyter write."""
    from jupyter_core.paths import jupyter_runtime_dir

    places = {
        "notebooks": ROOT / "notebooks",
        "results": ROOT,
        "Jupyter's run files": Path(jupyter_runtime_dir()),
    }
    for name, place in places.items():
        yield Finding(
            f"writable: {name}", str(place), "" if can_write(place) else f"give yourself access to {place}"
        )


def can_write(folder: Path) -> bool:
    """Whether a file can be made in `folder`, or in the nearest folder above it that exists."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            return True
    except OSError:
        return False


def browser_for_tests() -> Iterator[Finding]:
    """A browser that tests can drive."""
    found = browser.find()
    mend = "" if found else "only the tests need Chrome, Chromium or Edge; python course.py test fetches one"
    yield Finding("browser for tests", str(found or "none found"), mend, optional=True)


def sandbox_for_grading() -> Iterator[Finding]:
    """Whether this machine can grade a class."""
    from course_utils.classroom.sandbox import command

    try:
        command.require()
    except command.SandboxError as error:
        yield Finding("sandbox for grading", "none", f"only grading a class needs it. {error}", optional=True)
    else:
        yield Finding("sandbox for grading", "bubblewrap works")


def class_here() -> Iterator[Finding]:
    """Where the folder is that of a class: whether other accounts may read it."""
    from course_utils.classroom.course import SETTINGS, warning_of_openness

    folder = Path.cwd()
    if (folder / SETTINGS).is_file():
        warning = warning_of_openness(folder)
        yield Finding("class in this folder", "open to others" if warning else "closed to others", warning)
