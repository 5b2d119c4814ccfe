"""Reference functions to compare an answer with; Keras is imported only when such a check runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def keras_function(path: str, **options: Any) -> Callable[..., np.ndarray]:
    """Return a NumPy version of a Keras function, for example ``keras_function("activations.gelu")``.

    Arguments are converted to float32 tensors, so compare with a tolerance of 1e-4. `options` are passed on
    by name.
    """

    def reference(*arguments: Any) -> np.ndarray:
        import keras

        function: Any = keras
        for part in path.split("."):
            function = getattr(function, part)
        tensors = [
            keras.ops.convert_to_tensor(np.asarray(argument, dtype="float32")) for argument in arguments
        ]
        return keras.ops.convert_to_numpy(function(*tensors, **options))

    return reference
