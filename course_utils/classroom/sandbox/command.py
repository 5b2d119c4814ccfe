"""The command line of bubblewrap: what of this machine is visible inside, and what is needed to build it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import site
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from course_utils.classroom.sandbox import seccomp

LEAST_LINUX = (5, 14)  # since then processes are counted for each sandbox, not for each user of the machine
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SETTINGS = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "alternatives",
    "localtime",
    "fonts",
    "ssl",
    "mime.types",
)
HOME = "/home/student"
SCRATCH = "/mnt"
EMPTIED = (SCRATCH, HOME, "/tmp", "/dev/shm")  # each submission has these of its own
OWN_MB = 64  # files of the warm parent itself
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETPCAP")
ROOTS_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID")
ELSEWHERE = "On macOS and Windows grade in a Linux virtual machine or in WSL 2."
MOVE = "Move the course, or make its environment anew, elsewhere."
# Variables that change numbers in their last digits, so that the tests and the students' code need the same ones;
# the package sets the first where nobody has.
ARITHMETIC = (
    "TF_ENABLE_ONEDNN_OPTS",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
    "NPY_DISABLE_CPU_FEATURES",
)
# What to do about a reason of `_fault`: the first whose words are in it.
ADVICE = {
    "the sandbox needs Linux, and": ELSEWHERE,
    "the sandbox needs Linux 5.14": "Bring the system up to date, or grade on another machine.",
    "is not installed": "Install bubblewrap (Debian, Ubuntu: sudo apt install bubblewrap).",
    "bubblewrap does not work": (
        "bubblewrap must be allowed to make namespaces: on Ubuntu 24.04 and newer by its AppArmor profile, in a "
        "container by the container's own settings. The guide of the assignments has both, under 'Other machines'."
    ),
    "lies at": MOVE,
    "has a colon": "Rename the folder: a colon separates the folders in which Python looks for modules.",
    "can be read by root alone": "Let others read it (chmod -R go+rX FOLDER), or grade as an ordinary user.",
    "holds your home": "Make the course's environment with a Python that is installed in a folder of its own.",
}


class SandboxError(Exception):
    """There is no sandbox here; the message says why and what to do."""


def require() -> None:
    """Look once whether the sandbox can be built on this machine.

    Raises:
        SandboxError: it cannot.
    """
    if fault := _fault():
        advice = next((advice for words, advice in ADVICE.items() if words in fault), "")
        raise SandboxError(f"Submissions cannot be graded safely here: {fault} {advice}".rstrip())


@cache
def _fault() -> str:
    """What is missing, as a sentence; empty if nothing is."""
    if sys.platform != "linux":
        return f"the sandbox needs Linux, and this is {platform.system()}."
    if _version(platform.release()) < LEAST_LINUX or not seccomp.is_known():
        return f"the sandbox needs Linux 5.14 or newer on x86-64 or AArch64, not {platform.release()}."
    if shutil.which("bwrap") is None:
        return "bubblewrap (bwrap) is not installed."
    if misplaced := next(filter(None, map(_misplaced, visible_paths())), ""):
        return misplaced
    tried = subprocess.run([*arguments(visible_paths()), "true"], capture_output=True, text=True, env={})
    return "" if tried.returncode == 0 else f"bubblewrap does not work: {tried.stderr.strip()[-300:]}."


def _misplaced(path: Path) -> str:
    """Why a folder cannot be shown inside, or nothing else be hidden with it; empty if all is well."""
    if any(Path(place).is_relative_to(path) for place in EMPTIED):
        return f"{path} lies at a place that is emptied for every submission."
    if Path.home().is_relative_to(path):
        return f"{path}, which Python needs, holds your home, and a submission would see it."
    if os.pathsep in str(path):
        return f"the folder {path} has a colon in its name."
    if os.geteuid() == 0 and path.stat().st_mode & 0o005 != 0o005:
        return f"{path} can be read by root alone, and submissions run as somebody else."
    return ""


def _version(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release)[:2])


def arguments(visible: Iterable[Path], *, ends_with_starter: bool = False) -> list[str]:
    """bwrap with all its options; the command to run inside comes after them.

    Args:
        visible: folders to show, read-only, wherever they lie.
        ends_with_starter: with the thread that starts it, everything inside ends.

    Root makes the namespaces as root and gives up its identity inside, because a user namespace would leave it
    the owner of root's files. Everybody else gets a user namespace.
    """
    is_root = os.geteuid() == 0
    options = [str(shutil.which("bwrap")), "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    options += ["--new-session", "--hostname", "sandbox", "--cap-drop", "ALL"]
    if not is_root:
        options += ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    for capability in CAPABILITIES + (ROOTS_CAPABILITIES if is_root else ()):
        options += ["--cap-add", capability]
    options += [
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--dev-bind",
        "/dev/full",
        "/dev/zero",
    ]  # cannot be mapped
    options += ["--perms", "1777", "--size", str(OWN_MB << 20), "--tmpfs", "/tmp"]
    paths = list(visible)
    for folder in _folders_above([*paths, *(Path(each, "x") for each in ("/etc", HOME, SCRATCH))]):
        options += ["--perms", "0755", "--dir", str(folder)]  # left to itself, bwrap lets nobody but root in
    for name in (*SYSTEM, *(f"/etc/{setting}" for setting in SETTINGS)):
        options += ["--ro-bind-try", name, name]
    for path in paths:
        options += ["--ro-bind", str(path), str(path)]
    if ends_with_starter:
        options += ["--die-with-parent"]
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--"]


def _folders_above(paths: list[Path]) -> list[Path]:
    made = {Path("/"), Path("/tmp"), Path("/dev"), Path("/dev/shm"), Path("/proc")}
    return sorted({folder for path in paths for folder in path.parents} - made)


def visible_paths() -> list[Path]:
    """Folders that Python and the course need: the interpreter's, its packages, ours and the data."""
    import course_utils
    from course_utils.datasets import data_folder

    package = Path(course_utils.__file__).parent
    wanted = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), package, data_folder()]
    wanted += [Path(folder) for folder in (*site.getsitepackages(), site.getusersitepackages(), *_packages())]
    wanted += _links(Path(sys.executable))
    system = [Path(folder) for folder in SYSTEM]
    paths = {path for folder in wanted for path in (folder, folder.resolve()) if path.is_dir()}
    return sorted(path for path in paths if not _lies_in(path, [*system, *(paths - {path})]))


def _lies_in(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _packages() -> list[str]:
    """Where this Python finds packages, those that only a variable or a file told it of included."""
    return [folder for folder in sys.path if Path(folder).name in ("site-packages", "dist-packages")]


def _links(executable: Path) -> list[Path]:
    """Folders of the links from a virtual environment's python to the real one."""
    found = []
    while executable.is_symlink():
        executable = executable.parent / os.readlink(executable)
        found.append(executable.parent)
    return found


def outside(threads: int) -> dict[str, str]:
    """The variables of a process without a sandbox: this one's, and those that make marks the same everywhere."""
    return {**os.environ, **_common(threads)}


def environment(threads: int) -> dict[str, str]:
    """The variables inside: nothing of this process's own but where the data are and how TensorFlow computes."""
    from course_utils.datasets import data_folder

    return {
        "COURSE_DATA": str(data_folder().absolute()),
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": HOME,
        "USER": "student",
        "TMPDIR": "/tmp",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "IPYTHONDIR": "/tmp/ipython",
        "LANG": "C.UTF-8",
        **_common(threads),
    }


def _common(threads: int) -> dict[str, str]:
    import course_utils

    count = str(threads)
    counts = dict.fromkeys(("OMP", "OPENBLAS", "MKL"), count)
    return {
        "PYTHONPATH": os.pathsep.join([str(Path(course_utils.__file__).parent.parent), *_packages()]),
        "PYTHONSAFEPATH": "1",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "agg",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **{name: os.environ[name] for name in ARITHMETIC if name in os.environ},
        "TF_NUM_INTRAOP_THREADS": count,
        "TF_NUM_INTEROP_THREADS": count,
        "CUDA_VISIBLE_DEVICES": "-1",
        **{f"{name}_NUM_THREADS": number for name, number in counts.items()},
    }
