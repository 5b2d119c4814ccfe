"""Figures to take hold of: one class an explorer, e.g. ``explorers.Neuron()``.

Each has a ``state`` that JSON can hold, ``set(...)``, ``from_state(...)``, presets, a sentence that says what
is seen, and a still picture for places without a kernel. They are loaded when first used.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "Activation": "activations",
    "GradCAM": "grad_cam",
    "GradientThroughDepth": "activations",
    "Architecture": "architectures",
    "Augmentation": "augmentation",
    "BackpropStepper": "backprop",
    "BumpBuilder": "bump_builder",
    "Convolution": "convolution",
    "Detections": "detections",
    "DrawingPad": "drawing",
    "FeatureMaps": "feature_maps",
    "ForwardPass": "forward_pass",
    "LearningRate": "learning_rate",
    "LossSurface": "loss_surface",
    "Neuron": "neurons",
    "OptimiserRace": "optimisers",
    "ParameterCounter": "parameters",
    "Picture": "picture",
    "Playground": "playground",
    "PoolingShift": "pooling",
    "Regularisation": "regularisation",
    "ResidualDepth": "residual_depth",
    "SoftmaxTemperature": "activations",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"there is no explorer {name!r}; there are {', '.join(_HOMES)}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
