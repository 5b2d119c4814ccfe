"""Helpers of the interactive deep-learning course: data, drawing, explorers, checks and training.

The rooms are loaded when they are first used, so that ``import course_utils`` costs milliseconds:
``from course_utils import datasets, plotting, explorers, exercises``.

Importing it also switches TensorFlow's faster arithmetic (oneDNN) on, for every process that loads TensorFlow
afterwards: lessons, tests and the grader. Whoever sets ``TF_ENABLE_ONEDNN_OPTS`` himself keeps his choice.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType

__version__ = "0.1.0"

# On processors without AVX-512, as most laptops have, TensorFlow leaves it off, and convolutions take twice as long.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

_ROOMS = ("datasets", "exercises", "explorers", "plotting", "pretrained", "theme", "training")


def __getattr__(name: str) -> ModuleType:
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; its rooms are {', '.join(_ROOMS)}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])
