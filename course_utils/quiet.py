"""Start TensorFlow without its red block of messages, which a newcomer takes for a fault."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

STDERR = 2
SHOW_ERRORS_ONLY = "2"


def start_tensorflow() -> ModuleType:
    """Import TensorFlow, wake its devices and return Keras.

    GPU memory is taken as it is needed, so that several notebooks can share a GPU. Recent GPUs would
    multiply float32 numbers with 10 bits of mantissa (TensorFloat-32), which is wrong in the fourth digit;
    what lessons compare with NumPy needs all 23.

    Raises:
        ImportError: TensorFlow is missing or broken; what it wrote is shown then.
    """
    # The messages of the import come whatever this says; it silences those that follow.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", SHOW_ERRORS_ONLY)
    with quiet_stderr():
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            _share_memory(tf, gpu)
        tf.config.experimental.enable_tensor_float_32_execution(False)
        import keras
    return keras


def _share_memory(tf: ModuleType, gpu: object) -> None:
    """Let the GPU's memory grow; where the notebook has used the GPU already, its choice stands."""
    try:
        tf.config.experimental.set_memory_growth(gpu, True)
    except RuntimeError as error:
        if "initialized" not in str(error):
            raise


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Hold back what is written to file descriptor 2 inside the block; show it if the block fails.

    The libraries below TensorFlow write there directly, past ``sys.stderr`` and before any log level counts.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held_back:
        usual = os.dup(STDERR)
        os.dup2(held_back.fileno(), STDERR)
        failed = True
        try:
            yield
            failed = False
        finally:
            os.dup2(usual, STDERR)
            os.close(usual)
            if failed:
                held_back.seek(0)
                sys.stderr.write(held_back.read().decode(errors="replace"))
