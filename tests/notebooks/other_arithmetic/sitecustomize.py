"""TensorFlow and NumPy as another device would compute: sums come out a little different, and different each time.

So does a GPU, which adds in another order from one run to the next. Python imports a module of this name when
it starts; with this folder on ``PYTHONPATH`` every lesson computes that way, and all that it asserts must hold.
What happens to NumPy is in ``numpy_sums``.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import random
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

LARGEST_ERROR = 3e-6  # relative; adding 1,000 float32 numbers in another order makes about 1e-6
OPERATIONS = {
    "tensorflow.python.ops.gen_math_ops": ("mat_mul", "batch_mat_mul_v2", "batch_mat_mul_v3"),
    "tensorflow.python.ops.gen_nn_ops": (
        "avg_pool",
        "bias_add_grad",
        "conv2d",
        "conv2d_backprop_filter",
        "conv2d_backprop_input",
        "depthwise_conv2d_native",
        "depthwise_conv2d_native_backprop_filter",
        "depthwise_conv2d_native_backprop_input",
    ),
}
chance = random.Random()  # not the generator that a lesson seeds


def inexact(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The operation with an error in every float32 number that it returns; 0 stays 0."""

    @functools.wraps(operation)
    def compute(*args: Any, **kwargs: Any) -> Any:
        import tensorflow as tf

        exact = operation(*args, **kwargs)
        if exact.dtype != tf.float32:
            return exact
        error = LARGEST_ERROR * tf.cos(chance.uniform(1e3, 1e4) * exact)
        return exact * tf.stop_gradient(1 + error)

    return compute


def disturb(module: ModuleType) -> None:
    """Make what a module has just defined inexact."""
    if module.__name__ == "numpy":
        importlib.import_module("numpy_sums").disturb(module)
    for operation in OPERATIONS.get(module.__name__, ()):
        setattr(module, operation, inexact(getattr(module, operation)))


class Inexactly(MetaPathFinder):
    """Imports NumPy and the modules of ``OPERATIONS``, and disturbs them."""

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "numpy" and name not in OPERATIONS:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        execute = spec.loader.exec_module

        def execute_and_disturb(module: ModuleType) -> None:
            execute(module)
            disturb(module)

        spec.loader.exec_module = execute_and_disturb
        return spec


sys.meta_path.insert(0, Inexactly())
