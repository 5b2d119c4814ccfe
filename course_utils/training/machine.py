"""What this machine has, in plain words."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

import keras
import psutil
import tensorflow as tf

GIGABYTE = 1024**3
LITTLE_MEMORY = 2.0  # gigabytes; a lesson's training takes about one


@dataclass(frozen=True)
class Machine:
    """The parts of a computer that matter for training.

    ``gpus``: the names of the graphics cards that TensorFlow can use. Memory is in gigabytes.
    """

    system: str
    python: str
    tensorflow: str
    keras: str
    cores: int
    memory_free: float
    memory_total: float
    gpus: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((self._software(), self._processors(), self._memory()))

    def _software(self) -> str:
        return f"Python {self.python} on {self.system}, with TensorFlow {self.tensorflow} and Keras {self.keras}."

    def _processors(self) -> str:
        cores = f"{self.cores} processor core{'' if self.cores == 1 else 's'}"
        if not self.gpus:
            return f"{cores}, no graphics card (GPU) that TensorFlow can use: every lesson is made for that."
        return f"{cores}, and a graphics card (GPU) that training uses by itself: {', '.join(self.gpus)}."

    def _memory(self) -> str:
        amount = f"{self.memory_free:.1f} of {self.memory_total:.1f} gigabytes of memory are free"
        if self.memory_free < LITTLE_MEMORY:
            return f"Only {amount}: close other programs and notebooks before you train."
        return f"{amount}: enough."


def describe_machine() -> Machine:
    """Look at this machine; ``print`` the answer to read it."""
    memory = psutil.virtual_memory()
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        tensorflow=tf.__version__,
        keras=keras.__version__,
        cores=_usable_cores(),
        memory_free=memory.available / GIGABYTE,
        memory_total=memory.total / GIGABYTE,
        gpus=tuple(_gpu_name(gpu) for gpu in tf.config.list_physical_devices("GPU")),
    )


def _usable_cores() -> int:
    """Return the cores that this process may use, which a container may have limited."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _gpu_name(gpu: tf.config.PhysicalDevice) -> str:
    return tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
