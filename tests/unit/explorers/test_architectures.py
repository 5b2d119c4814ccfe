"""The architecture explorer: published counts and receptive fields, shape arithmetic, what does not fit, the words."""

from __future__ import annotations

from typing import Any

import pytest

from course_utils.explorers.architectures import MOST_BLOCKS, Architecture, network_state
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import architectures as model


def blocks_of(name: str) -> list[model.Block]:
    network = model.NETWORKS[name]
    return model.count_blocks(network.side, network.channels, network.norm, network.layers)


def signal_after(blocks: list[model.Block], name: str) -> model.Signal:
    after = next(block for block in blocks if block.name == name).after
    assert after, f"{name} does not fit"
    return after


# ---- as published --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "depth", "parameters"),
    [
        ("lenet5", 5, 60_000),
        ("alexnet", 8, 60_965_224),
        ("vgg16", 16, 138_357_544),
        ("googlenet", 22, 6_998_552),
        ("resnet18", 18, 11_689_512),
        ("resnet50", 50, 25_557_032),
    ],
)
def test_published_depths_and_parameters(name: str, depth: int, parameters: int) -> None:
    """LeCun 1998; Caffe's AlexNet and GoogLeNet (without the auxiliary classifiers); Simonyan 2015; He 2016."""
    blocks = blocks_of(name)
    assert not [block.problem for block in blocks if block.problem]
    assert sum(block.depth for block in blocks) == depth
    assert model.total(blocks).parameters == parameters


@pytest.mark.parametrize(
    ("name", "billions"), [("alexnet", 0.72), ("vgg16", 15.5), ("resnet18", 1.8), ("resnet50", 3.8)]
)
def test_published_multiply_adds(name: str, billions: float) -> None:
    """He et al. 2016, table 1 and section 3.3 (two figures, the first convolution's counted as ours)."""
    assert model.total(blocks_of(name)).multiply_adds / 1e9 == pytest.approx(billions, rel=0.02)


@pytest.mark.parametrize(
    ("name", "block", "field", "jump"),
    [
        ("alexnet", "pool 3", 195, 32), ("vgg16", "pool 5", 212, 32), ("resnet50", "res 16", 483, 32),
        ("lenet5", "conv 3", 32, 4),
    ],
)  # fmt: skip
def test_published_receptive_fields(name: str, block: str, field: int, jump: int) -> None:
    """Araujo, Norris & Sim 2019; LeNet-5's C5 sees its whole input of 32 × 32 (LeCun 1998)."""
    signal = signal_after(blocks_of(name), block)
    assert (signal.field, signal.jump) == (field, jump)


def test_lenet_5_block_by_block() -> None:
    blocks = blocks_of("lenet5")
    assert [block.counts.parameters for block in blocks] == [156, 12, 1516, 32, 48_120, 10_164, 0]
    assert blocks[-1].counts.fixed == 840
    assert [block.after.shape for block in blocks if block.after] == [
        (28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (1, 1, 120), (84,), (10,),
    ]  # fmt: skip


def test_three_small_windows_see_what_one_large_one_sees_and_cost_less() -> None:
    three = model.count_blocks(32, 64, "bias", [["conv", 3, 1, 1, 64, 1]] * 3)
    one = model.count_blocks(32, 64, "bias", [["conv", 7, 1, 3, 64, 1]])
    assert three[-1].after == one[0].after
    assert model.total(three).parameters == 3 * (9 * 64 * 64 + 64)
    assert model.total(one).parameters == 49 * 64 * 64 + 64


# ---- arithmetic ----------------------------------------------------------------------------------------


def test_padding_begins_before_the_picture() -> None:
    signal = signal_after(model.count_blocks(20, 1, "bias", [["conv", 5, 2, 2, 4, 1]]), "conv 1")
    assert signal.size == 10
    assert signal.seen(0) == (-2, 2)
    assert signal.seen(9) == (16, 20)


def test_joined_branches_see_what_all_of_them_see() -> None:
    block = model.count_blocks(28, 192, "bias", [["inception", 64, 96, 128, 16, 32, 32]])[0]
    assert block.after is not None
    assert (block.after.shape, block.after.field, block.after.first) == ((28, 28, 256), 5, -2)
    assert [len(branch) for branch in block.branches] == [1, 2, 2, 2]
    assert block.depth == 2


def test_a_shortcut_has_weights_only_where_the_shape_changes() -> None:
    blocks = model.count_blocks(16, 64, "batch", [["basic", 64, 1], ["basic", 128, 2], ["bottleneck", 32, 1]])
    assert [len(block.branches[1]) for block in blocks] == [0, 1, 0]
    assert signal_after(blocks, "res 3").shape == (8, 8, 128)


def test_groups_divide_the_weights() -> None:
    one, two = (
        model.count_blocks(8, 6, "bias", [["conv", 3, 1, 1, 12, groups]])[0].counts for groups in (1, 2)
    )
    assert one.parameters - 12 == 2 * (two.parameters - 12)
    assert one.multiply_adds == 2 * two.multiply_adds


def test_counts_stay_exact_in_the_browsers_numbers() -> None:
    largest: list[Any] = [["conv", 11, 1, 5, 2048, 1]] * MOST_BLOCKS
    flops = 2 * model.total(model.count_blocks(512, 3, "both", largest)).multiply_adds
    assert flops < 2**53


@pytest.mark.parametrize(
    ("layers", "name", "words"),
    [
        (
            [["max", 4, 4, 0], ["conv", 9, 1, 0, 2, 1]],
            "conv 1",
            "its window of 9 × 9 does not fit into 8 × 8",
        ),
        ([["global"], ["max", 2, 2, 0]], "pool 1", "it needs maps, and gets a list of 3 units"),
        ([["dense", 5], ["basic", 5, 1]], "res 1", "it needs maps, and gets a list of 5 units"),
        ([["partial", 5, 1, 0]], "conv 1", "its table is for 6 channels, not 3"),
        ([["conv", 3, 1, 1, 4, 2]], "conv 1", "2 groups do not divide 3 channels before it and 4 after it"),
        ([["conv", 3, 1, 3, 4, 1]], "conv 1", "would see nothing but zeros at the border"),
    ],
)
def test_a_block_that_does_not_fit_says_why(layers: list, name: str, words: str) -> None:
    blocks = model.count_blocks(32, 3, "bias", [*layers, ["dense", 10]])
    wrong = next(block for block in blocks if block.name == name)
    assert words in wrong.problem
    assert wrong.after is None
    assert blocks[-1].problem == "it comes after a block that does not fit"
    assert blocks[-1].counts == model.Counts()


# ---- state and words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([], "1 to 24 blocks"),
        ("conv", "1 to 24 blocks"),
        ([["max", 2, 2, 0]] * 25, "1 to 24 blocks"),
        ([["conv", 3]], "with 5 numbers"),
        ([["pool", 2, 2, 0]], "kind"),
        ([["conv", 12, 1, 0, 8, 1]], "kernel"),
        ([["dense", 0]], "units"),
        ([7], "kind, numbers"),
    ],
)
def test_wrong_layers_are_refused(layers: object, words: str) -> None:
    with pytest.raises(StateError, match=words):
        Architecture(layers=layers)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(StateError, match="choose among lenet5, alexnet, vgg16"):
        Architecture("vgg19")


def test_the_sentences() -> None:
    explorer = Architecture("resnet50", selected=3, part=4)
    assert explorer.describe(explorer.state) == (
        "ResNet-50 (2015), 50 layers deep: 25,557,032 trained parameters (102 MB) and 53,120 that are not trained, "
        "3.86 billion multiply-adds (7.72 billion FLOPs) a picture. 24 % of the parameters lie in res 14, 8 % of the "
        "multiply-adds in res 4. res 1, layer 4 of 4: 56 × 56 × 256, 16,896 parameters, 51.4 million multiply-adds. "
        "The value in row 29, column 29 sees 11 × 11 pixels."
    )
    told = Architecture("alexnet", selected=9).describe(Architecture("alexnet", selected=9).state)
    assert told.endswith("Each unit sees 355 × 355 pixels, of which 224 × 224 lie in the picture.")
    told = explorer.describe(explorer.state | network_state("vgg16") | {"side": 28})
    assert told.startswith(
        "pool 5 does not fit: the size becomes 0, for its window of 2 × 2 does not fit into 1 × 1."
    )
    only_pooling = Architecture(layers=[["max", 2, 2, 0]], side=8)
    assert only_pooling.describe(only_pooling.state).startswith(
        "A chain of your own, 0 layers deep: 0 trained parameters (0 bytes), 0 multiply-adds (0 FLOPs) a picture. "
        "pool 1:"
    )


def test_a_network_that_is_changed_is_ones_own() -> None:
    explorer = Architecture("vgg16")
    assert explorer.describe(explorer.state).startswith("VGG-16 (2014)")
    assert explorer.describe(explorer.state | {"norm": "batch"}).startswith("A chain of your own")
