"""The pretrained networks: published sizes, known pictures, the published architecture, and spoilt files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from course_utils import datasets, pretrained


@pytest.fixture(scope="module")
def efficientnet() -> keras.Model:
    return pretrained.efficientnet_lite0()


@pytest.fixture(scope="module")
def vgg() -> keras.Model:
    return pretrained.vgg16_features()


@pytest.fixture(scope="module")
def coffee() -> np.ndarray:
    return pretrained.preprocess(datasets.photo("coffee"))


def guesses(model: keras.Model, name: str, k: int = 1) -> list[str]:
    probabilities = model.predict(pretrained.preprocess(datasets.photo(name)), verbose=0)
    return [guess.name for guess in pretrained.top(probabilities, k)]


def num_trainable(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def test_the_numbers_of_parameters_are_the_published_ones(
    efficientnet: keras.Model, vgg: keras.Model
) -> None:
    assert num_trainable(efficientnet) == 4_652_008
    assert efficientnet.count_params() == 4_652_008 + 42_016, "with the means and variances of 49 layers"
    assert num_trainable(pretrained.efficientnet_lite0(include_top=False)) == 4_652_008 - 1_281_000
    assert vgg.count_params() == 5_275_456


@pytest.mark.parametrize(
    ("name", "expected"),
    [("coffee", "espresso"), ("chelsea", "tiger cat"), ("flower", "daisy"), ("china", "palace")]
    + [("rocket", "missile")],
)
def test_known_pictures_are_recognised(efficientnet: keras.Model, name: str, expected: str) -> None:
    assert guesses(efficientnet, name) == [expected]


def test_what_it_cannot_know_it_takes_for_something_else(efficientnet: keras.Model) -> None:
    """ImageNet has no class for an astronaut; helmet and vehicle are what it sees."""
    assert "football helmet" in guesses(efficientnet, "astronaut", k=2)


def test_probabilities_add_up_and_the_top_is_sorted(efficientnet: keras.Model, coffee: np.ndarray) -> None:
    probabilities = efficientnet.predict(coffee, verbose=0)
    assert probabilities.shape == (1, 1000)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    best = pretrained.top(probabilities)
    assert len(best) == 5
    assert best[0].probability == pytest.approx(0.951, abs=0.01)
    assert [guess.probability for guess in best] == sorted(
        (guess.probability for guess in best), reverse=True
    )
    assert pretrained.top(probabilities[0]) == best
    assert sum(guess.probability for guess in pretrained.top(probabilities, 1000)) == pytest.approx(1)


def test_the_layers_that_grad_cam_needs_have_names(efficientnet: keras.Model, coffee: np.ndarray) -> None:
    layers = [efficientnet.get_layer(name) for name in ("head_activation", "logits", "probabilities")]
    maps, logits, probabilities = keras.Model(efficientnet.input, [layer.output for layer in layers])(coffee)
    assert maps.shape == (1, 7, 7, 1280)
    kernel, bias = layers[1].get_weights()
    np.testing.assert_allclose(logits, maps.numpy().mean(axis=(1, 2)) @ kernel + bias, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(probabilities, keras.ops.softmax(logits), rtol=1e-5)


def test_without_its_top_it_gives_maps_at_other_sizes_too() -> None:
    features = pretrained.efficientnet_lite0(include_top=False, size=96)
    photo = pretrained.preprocess(datasets.photo("chelsea"), size=96)
    assert features(photo).shape == (1, 3, 3, 1280)


def test_changing_one_model_leaves_the_next_as_published() -> None:
    first = pretrained.efficientnet_lite0()
    first.get_layer("stem_conv").set_weights([np.zeros((3, 3, 3, 32))])
    assert guesses(pretrained.efficientnet_lite0(), "coffee") == ["espresso"]


def test_vgg_is_the_network_of_keras_applications_with_these_weights(
    vgg: keras.Model, coffee: np.ndarray
) -> None:
    reference = keras.applications.VGG16(include_top=False, weights=None)
    for layer in vgg.layers:
        if layer.name.endswith(tuple("123")) and "conv" in layer.name:
            kernel, bias = layer.get_weights()
            flipped = kernel[:, :, ::-1] if layer.name == "block1_conv1" else kernel
            reference.get_layer(layer.name).set_weights([flipped, bias])
    expected = keras.Model(reference.input, reference.get_layer("block4_conv2").output)(
        keras.applications.vgg16.preprocess_input(coffee.copy())
    )
    actual = vgg(coffee)
    assert actual.shape == (1, 28, 28, 512)
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=0.05)


def test_vgg_ends_where_it_is_asked_to_at_any_size() -> None:
    photo = datasets.photo("chelsea")[np.newaxis].astype("float32")
    assert pretrained.vgg16_features("block1_pool")(photo).shape == (1, 150, 225, 64)
    assert pretrained.vgg16_features("block2_conv1")(photo[:, :50, :30]).shape == (1, 25, 15, 128)
    with pytest.raises(
        ValueError, match="no layer 'block5_conv1' here; there are: block1_conv1, block1_conv2"
    ):
        pretrained.vgg16_features("block5_conv1")


def test_the_thousand_names_are_all_different() -> None:
    names = pretrained.imagenet_class_names()
    assert len(names) == len(set(names)) == 1000
    assert (names[0], names[282], names[967], names[999]) == (
        "tench",
        "tiger cat",
        "espresso",
        "toilet tissue",
    )
    assert [name for name in names if name.startswith("crane")] == ["crane (bird)", "crane (machine)"]


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 300, 3), (300, 5, 3), (223, 224, 3), (1000, 700, 3)])
def test_photos_of_any_size_become_the_input(shape: tuple[int, int, int]) -> None:
    photo = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    batch = pretrained.preprocess(photo)
    assert batch.shape == (1, 224, 224, 3)
    assert batch.dtype == np.float32
    assert batch.min() >= 0
    assert batch.max() <= 255


def test_the_middle_of_the_photo_is_kept_and_colours_stay() -> None:
    photo = np.zeros((100, 300, 3), dtype=np.uint8)
    photo[6:94, 106:194] = (10, 120, 230)
    np.testing.assert_allclose(
        pretrained.preprocess(photo), np.broadcast_to([10, 120, 230], (1, 224, 224, 3)), atol=1e-3
    )
    whole = pretrained.preprocess(photo, size=50, crop=1)[0]
    assert whole[0, 0].tolist() == [0, 0, 0]
    np.testing.assert_allclose(whole[25, 25], [10, 120, 230], atol=1e-3)


def test_the_resizing_is_that_of_pillow() -> None:
    from PIL import Image

    # Pillow cuts overshooting colours off twice, so they are kept away from 0 and 255.
    square = datasets.photo("astronaut") // 2 + 64
    expected = np.asarray(Image.fromarray(square).resize((224, 224), Image.Resampling.BICUBIC), dtype=float)
    np.testing.assert_allclose(pretrained.preprocess(square, crop=1)[0], expected, atol=1.0)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((1, 8, 8, 3), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="photo must be one picture in RGB"):
        pretrained.preprocess(bad)


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="crop must lie above 0"):
        pretrained.preprocess(datasets.photo("coffee"), crop=0)
    with pytest.raises(ValueError, match="one picture"):
        pretrained.top(np.zeros((2, 1000)))
    with pytest.raises(ValueError, match="k must be 1 to 1000"):
        pretrained.top(np.zeros(1000), k=0)


@pytest.fixture
def copied_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with weights only, which a test may spoil."""
    folder = datasets.data_folder()
    shutil.copytree(folder / "weights", tmp_path / "weights")
    shutil.copy(folder / "MANIFEST.tsv", tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    return tmp_path / "weights"


@pytest.mark.parametrize(
    ("file", "load"),
    [
        ("efficientnet_lite0.npz", pretrained.efficientnet_lite0),
        ("vgg16_features.npz", pretrained.vgg16_features),
        ("imagenet_classes.txt", pretrained.imagenet_class_names),
    ],
)
def test_spoilt_files_are_named_with_the_mend(
    copied_weights: Path, file: str, load: Callable[[], object]
) -> None:
    path = copied_weights / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(datasets.DataError, match=f"{file} was altered.*again"):
        load()
    path.write_bytes(content[:1000])
    with pytest.raises(datasets.DataError, match=f"{file} is truncated: 1,000 of "):
        load()
    path.unlink()
    with pytest.raises(datasets.DataError, match=f"{file} is missing"):
        load()
    assert any(file in problem for problem in datasets.verify()), "course doctor says it too"
