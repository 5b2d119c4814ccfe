"""The variables that the course's programs start with: whatever surrounds them, they behave the same.

Standard library only. What a reader chose on purpose (threads, devices, where packages come from, proxies) is kept;
what would lead Python, Jupyter, Keras or pip to other packages, settings or arithmetic is taken away.
"""

from __future__ import annotations

import locale
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

# Of these families only what is named is kept.
KEPT = {
    "PYTHON": {"PYTHONFAULTHANDLER", "PYTHONHASHSEED", "PYTHONUNBUFFERED"},
    "PIP_": {
        "PIP_CACHE_DIR",
        "PIP_CERT",
        "PIP_CLIENT_CERT",
        "PIP_CONFIG_FILE",
        "PIP_DEFAULT_TIMEOUT",
        "PIP_DISABLE_PIP_VERSION_CHECK",
        "PIP_EXTRA_INDEX_URL",
        "PIP_FIND_LINKS",
        "PIP_INDEX_URL",
        "PIP_KEYRING_PROVIDER",
        "PIP_NO_CACHE_DIR",
        "PIP_NO_INDEX",
        "PIP_PROXY",
        "PIP_RETRIES",
        "PIP_TIMEOUT",
        "PIP_TRUSTED_HOST",
    },
    "UV_": {"UV_CACHE_DIR", "UV_HTTP_TIMEOUT"},
    "JUPYTER_": {"JUPYTER_TOKEN"},
    "JUPYTERLAB_": {"JUPYTERLAB_SETTINGS_DIR"},
    "IPYTHON": set(),
    "KERAS_": set(),
    "PYTEST_": set(),
}
UNWANTED = {
    "MATPLOTLIBRC",
    "MPLBACKEND",  # the kernel draws into the notebook, everything else into files
    "TF2_BEHAVIOR",
    "TF_CPP_MAX_VLOG_LEVEL",
    "TF_CPP_VMODULE",
    "TF_USE_LEGACY_KERAS",
    "TF_XLA_FLAGS",  # other arithmetic; and TensorFlow ends at a flag that it does not know
    "VIRTUAL_ENV",
    "XLA_FLAGS",
}
OWN_FOLDERS = {
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter",
    "JUPYTER_DATA_DIR": "jupyter-data",
    "KERAS_HOME": "keras",
    "MPLCONFIGDIR": "matplotlib",
}


def clean(surrounding: Mapping[str, str], prefix: Path) -> dict[str, str]:
    """`surrounding` for the programs of the environment `prefix`.

    Settings and histories that programs write go into a folder of the course's own: a home that is missing or
    cannot be written does not matter, nor does what other courses left there.
    """
    kept = {name: value for name, value in surrounding.items() if is_kept(name)}
    personal = personal_folder(prefix)
    own = {name: str(personal / folder) for name, folder in OWN_FOLDERS.items()}
    own["JUPYTERLAB_SETTINGS_DIR"] = lab_settings(surrounding, personal)
    own |= {"JUPYTER_PREFER_ENV_PATH": "1", "KERAS_BACKEND": "tensorflow", "PYTHONUTF8": "1"}
    own["PATH"] = path_with(prefix / ("Scripts" if os.name == "nt" else "bin"), surrounding.get("PATH", ""))
    if (prefix / "pyvenv.cfg").exists():
        own["VIRTUAL_ENV"] = str(prefix)
    if os.name != "nt" and locale.getencoding().upper() != "UTF-8":
        # Else Python 3.11 does not start in a folder whose name has letters that the locale lacks.
        own["LC_ALL"] = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    return kept | own


def is_kept(name: str) -> bool:
    """Whether a variable of this name can do no harm (Windows does not tell upper from lower case)."""
    upper = name.upper()
    family = next((names for start, names in KEPT.items() if upper.startswith(start)), None)
    return upper not in UNWANTED and (family is None or upper in family)


def path_with(folder: Path, path: str) -> str:
    """`path` with `folder` in front."""
    others = [entry for entry in path.split(os.pathsep) if entry and entry != str(folder)]
    return os.pathsep.join([str(folder), *others])


def personal_folder(prefix: Path) -> Path:
    """Where programs keep this person's settings: in the home, beside the environment, or among temporary files.

    Never inside the environment: students' programs that are graded see that, and must not see their teacher's.
    """
    for place in (home() / ".deep-learning-course", prefix.parent / ".personal"):
        if can_be_written(place):
            return place
    return Path(tempfile.mkdtemp(prefix="deep-learning-course-"))


def lab_settings(surrounding: Mapping[str, str], personal: Path) -> str:
    """Where JupyterLab keeps this person's theme and shortcuts: the usual place, if it can be written."""
    jupyter = Path(surrounding.get("JUPYTER_CONFIG_DIR") or home() / ".jupyter")
    usual = Path(surrounding.get("JUPYTERLAB_SETTINGS_DIR") or jupyter / "lab" / "user-settings")
    return str(usual if can_be_written(usual) else personal / "jupyter" / "lab" / "user-settings")


def home() -> Path:
    """This person's home, which may not exist; where there is none at all, a path that cannot be written."""
    found = Path(os.path.expanduser("~"))
    return found if found.is_absolute() else Path(os.devnull) / "home"


def can_be_written(folder: Path) -> bool:
    """Whether files can be made in `folder`, or in the nearest folder above it that exists."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def tolerate_any_encoding() -> None:
    """Let this process print every character: what the terminal's encoding lacks becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
