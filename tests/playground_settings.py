"""Settings of the playground for tests: the default and variety."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.explorers.models import playground

DEFAULT: dict[str, Any] = {
    "task": "classification",
    "data": "circle",
    "regression_data": "plane",
    "noise": 0,
    "num_points": 500,
    "train_share": 50,
    "points": [],
    "seed": 0,
    "features": ["x1", "x2"],
    "layers": [4, 2, 0, 0, 0, 0],
    "activation": "tanh",
    "learning_rate": 0.03,
    "batch_size": 10,
    "regularisation": "none",
    "regularisation_rate": 0.001,
}


def varied(seed: int) -> dict[str, Any]:
    """Other settings for every seed, with learning rates at which nothing diverges."""
    rng = np.random.default_rng(seed)
    features = [name for name in playground.FEATURES if rng.random() < 0.5] or ["product"]
    activation = str(rng.choice(list(playground.ACTIVATIONS)))
    is_steep = activation in ("relu", "linear") or {"x1_squared", "x2_squared", "product"} & set(features)
    return {
        "task": str(rng.choice(["classification", "regression"])),
        "data": str(rng.choice(list(playground.DATA))),
        "regression_data": str(rng.choice(list(playground.REGRESSION_DATA))),
        "noise": int(rng.integers(0, 51)),
        "num_points": int(rng.integers(2, 300)),
        "train_share": int(rng.integers(10, 101)),
        "points": rng.uniform(-1, 1, (17, 3)).tolist() if seed % 5 == 4 else [],
        "seed": int(rng.integers(0, 1000)),
        "features": features,
        "layers": [int(units) for units in rng.integers(0, 9, size=6) * (rng.random(6) < 0.5)],
        "activation": activation,
        "learning_rate": 0.0003 if is_steep else 0.03,
        "batch_size": int(rng.integers(1, 31)),
        "regularisation": str(rng.choice(list(playground.REGULARISATION))),
        "regularisation_rate": 0.01,
    }
