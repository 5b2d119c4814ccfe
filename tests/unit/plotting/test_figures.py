"""What each function draws: the right marks at the right places, told apart by more than colour."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Circle, Rectangle

from course_utils import plotting
from course_utils.plotting.figures import MAX_HEIGHT, MAX_WIDTH
from course_utils.theme import LIGHT

RNG = np.random.default_rng(7)
ALT = "A figure that is drawn for a test."


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_lines_have_own_colour_own_dashes_and_a_name_at_the_end():
    ax = plotting.lines([0, 1, 2], {"slow": [3, 2, 1], "fast": [3, 1, 0]}, xlabel="epoch", ylabel="loss")
    slow, fast = ax.get_lines()
    assert slow.get_color() != fast.get_color() and slow.get_linestyle() != fast.get_linestyle()
    np.testing.assert_array_equal(fast.get_ydata(), [3, 1, 0])
    assert texts(ax) == ["slow", "fast"] and ax.texts[1].xy == (2, 0)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_legend()) == ("epoch", "loss", None)


def test_a_single_line_needs_no_name():
    ax = plotting.lines([0, 1], [1, 2])
    assert len(ax.get_lines()) == 1 and texts(ax) == []


def test_lines_draw_into_the_axes_they_are_given():
    _, panels = plotting.figure(1, 2)
    assert plotting.lines([0, 1], [1, 2], ax=panels[1]) is panels[1]
    assert len(panels[0].get_lines()) == 0


@pytest.mark.parametrize(
    ("x", "series", "message"),
    [
        ([0, 1], {"a": [1, 2, 3]}, "series 'a' has 3 values but x has 2"),
        ([0, 1], {"a": [1, np.nan]}, "1 value.* NaN or infinite"),
        ([[0, 1]], {"a": [1, 2]}, r"x has shape \(1, 2\)"),
        ([], {"a": []}, "at least one number"),
        (["a", "b"], [1, 2], "plain numbers"),
    ],
)
def test_lines_say_what_is_wrong(x, series, message):
    with pytest.raises(ValueError, match=message):
        plotting.lines(x, series)


def test_function_with_derivative_calls_both_on_the_interval():
    ax = plotting.function_with_derivative(np.tanh, lambda z: 1 - np.tanh(z) ** 2, -2, 2, name="tanh(z)")
    curves = {line.get_label(): line for line in ax.get_lines()}
    positions = curves["tanh(z)"].get_xdata()
    assert (positions[0], positions[-1]) == (-2, 2)
    np.testing.assert_allclose(curves["f′(z)"].get_ydata(), 1 - np.tanh(positions) ** 2)
    assert curves["f′(z)"].get_linestyle() == "--"


def test_function_with_derivative_refuses_an_empty_interval():
    with pytest.raises(ValueError, match="swap them"):
        plotting.function_with_derivative(np.sin, np.cos, 2, -2)


HISTORY = {"loss": [2, 1], "val_loss": [2.2, 1.4], "accuracy": [0.3, 0.6], "val_accuracy": [0.2, 0.5]}


@pytest.mark.parametrize("given", [HISTORY, SimpleNamespace(history=HISTORY)])
def test_history_has_a_panel_a_metric_training_dashed_validation_solid(given):
    figure = plotting.history(given)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["loss", "accuracy"]
    training, validation = figure.axes[1].get_lines()
    assert (training.get_linestyle(), validation.get_linestyle()) == ("--", "-")
    np.testing.assert_array_equal(validation.get_xdata(), [1, 2])
    np.testing.assert_array_equal(validation.get_ydata(), [0.2, 0.5])


def test_histories_are_compared_by_colour():
    figure = plotting.history({"small": HISTORY, "large": SimpleNamespace(history=HISTORY)}, metrics=["loss"])
    lines = figure.axes[0].get_lines()
    assert len(figure.axes) == 1
    assert [line.get_label() for line in lines] == [
        "small training",
        "small validation",
        "large training",
        "large validation",
    ]
    assert lines[0].get_color() != lines[2].get_color()


def test_history_of_a_training_that_diverged_is_shown_as_far_as_it_went():
    figure = plotting.history({"loss": [1.0, 8.0, np.inf, np.nan]})
    line, label = figure.axes[0].get_lines()[0], figure.axes[0].texts[0]
    np.testing.assert_array_equal(line.get_ydata(), [1, 8, np.nan, np.nan])
    assert label.get_text() == "training" and label.xy == (2, 8)


@pytest.mark.parametrize(
    ("given", "metrics", "message"),
    [
        ({}, None, "Train an epoch"),
        (3, None, "got int"),
        (HISTORY, ["f1"], r"\['f1'\] was recorded; there is \['loss', 'accuracy'\]"),
    ],
)
def test_history_says_what_is_missing(given, metrics, message):
    with pytest.raises(ValueError, match=message):
        plotting.history(given, metrics)


def test_images_are_placed_in_rows_with_their_words():
    figure = plotting.images(np.zeros((10, 28, 28), np.uint8), labels=range(10), columns=4)
    pictures = [child for child in figure.axes[0].get_children() if isinstance(child, AxesImage)]
    lefts, tops = (
        {round(p.get_extent()[0], 3) for p in pictures},
        {round(p.get_extent()[3], 3) for p in pictures},
    )
    assert (len(pictures), len(lefts), len(tops)) == (10, 4, 3)
    assert texts(figure.axes[0]) == [str(number) for number in range(10)]
    assert all(p.get_interpolation() == "none" for p in pictures)


def test_wrong_predictions_have_cross_frame_and_truth():
    figure = plotting.images(
        np.zeros((2, 8, 8)), labels=[0, 1], predictions=[0, 0], class_names=["cat", "dog"], columns=2
    )
    ax = figure.axes[0]
    frames = [child for child in ax.get_children() if isinstance(child, Rectangle) and child is not ax.patch]
    assert texts(ax) == ["✓ cat", "✗ cat\nis dog"]
    assert [text.get_color() for text in ax.texts] == [LIGHT["green"], LIGHT["red"]]
    assert frames[1].get_linewidth() > frames[0].get_linewidth()


def test_colour_and_grey_pictures_may_be_mixed_in_a_list():
    figure = plotting.images([np.zeros((8, 8)), np.ones((6, 9, 3)), np.zeros((5, 5, 1))])
    pictures = [child for child in figure.axes[0].get_children() if isinstance(child, AxesImage)]
    assert [picture.get_array().shape for picture in pictures] == [(8, 8, 3), (6, 9, 3), (5, 5, 3)]
    assert pictures[1].get_array().max() == 255


def test_grey_values_of_any_range_are_stretched():
    figure = plotting.images([np.array([[-3.0, 5.0], [1.0, 1.0]])])
    picture = next(child for child in figure.axes[0].get_children() if isinstance(child, AxesImage))
    np.testing.assert_array_equal(picture.get_array()[:, :, 0], [[0, 255], [128, 128]])


@pytest.mark.parametrize(
    ("pictures", "options", "message"),
    [
        (np.zeros((28, 28)), {}, "Put a single picture into a list"),
        ([], {}, "expected"),
        (np.zeros((2, 3, 28, 28)), {}, "channels belong last"),
        ([np.zeros((4, 4, 3)) - 1], {}, "Divide pixels by 255"),
        ([np.full((4, 4), np.nan)], {}, "NaN"),
        (np.zeros((3, 4, 4)), {"labels": [1, 2]}, r"labels has shape \(2,\) for 3 pictures"),
        (np.zeros((1, 4, 4)), {"labels": [5], "class_names": ["a"]}, "class_names has 1 names"),
        (np.zeros((1, 4, 4)), {"columns": 0}, "columns=0"),
        (np.zeros((200, 4, 4)), {"columns": 2}, "Show fewer"),
    ],
)
def test_images_say_what_is_wrong(pictures, options, message):
    with pytest.raises(ValueError, match=message):
        plotting.images(pictures, **options)


POINTS = RNG.normal(size=(30, 2))
LABELS = np.repeat([0, 1, 2], 10)


def point_groups(ax):
    return [group for group in ax.collections if isinstance(group, PathCollection)]


def test_scatter_has_own_marker_and_colour_for_each_class():
    ax = plotting.scatter(POINTS, LABELS, class_names=["a", "b", "c"])
    groups = point_groups(ax)
    assert [len(group.get_offsets()) for group in groups] == [10, 10, 10]
    assert len({group.get_paths()[0].vertices.tobytes() for group in groups}) == 3
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]


def test_scatter_without_classes_needs_no_legend():
    ax = plotting.scatter(POINTS)
    assert len(point_groups(ax)) == 1 and ax.get_legend() is None


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        (np.zeros((3, 4)), None, r"points\[:, :2\]"),
        (POINTS, LABELS[:5], "there are 30 examples"),
        (POINTS, np.full(30, 0.5), "whole class numbers"),
        (POINTS, np.full(30, "cat"), "class_names.index"),
        (POINTS, np.eye(3)[LABELS], r"argmax\(axis=1\)"),
    ],
)
def test_scatter_says_what_is_wrong(points, labels, message):
    with pytest.raises(ValueError, match=message):
        plotting.scatter(points, labels)


@pytest.mark.parametrize(
    "predict",
    [
        lambda points: (points[:, 0] > 0).astype(int),
        lambda points: 1 / (1 + np.exp(-5 * points[:, 0])),
        lambda points: 1 / (1 + np.exp(-5 * points[:, :1])),
        lambda points: np.stack([-points[:, 0], points[:, 0]], axis=1),
    ],
)
def test_decision_regions_understand_classes_probabilities_and_scores(predict):
    ax = plotting.decision_regions(predict, POINTS, LABELS % 2)
    filled = [group for group in ax.collections if getattr(group, "filled", False)]
    lowest_x = [min(path.vertices[:, 0].min() for path in group.get_paths()) for group in filled]
    assert len(filled) == 2 and len(point_groups(ax)) == 2
    assert lowest_x[0] == pytest.approx(ax.get_xlim()[0])
    assert lowest_x[1] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_decision_regions_mark_the_points_of_another_class_than_the_answer(threshold):
    points = np.array([[-2.0, 0], [-1, 1], [1, 0], [2, 1]])
    ax = plotting.decision_regions(
        lambda places: places[:, 0] + threshold, points, [0, 1, 1, 0], threshold=threshold, mark_wrong=True
    )
    *_, rings, crosses = ax.collections
    for marks in (rings, crosses):
        assert marks.get_offsets().tolist() == [[-1, 1], [2, 1]]


def test_decision_regions_say_what_predict_answered():
    with pytest.raises(ValueError, match=r"answered with shape \(3,\)"):
        plotting.decision_regions(lambda points: np.zeros(3), POINTS, LABELS)
    with pytest.raises(ValueError, match="NaN"):
        plotting.decision_regions(lambda points: np.full(len(points), np.nan), POINTS, LABELS)


def test_small_heatmap_writes_its_values_with_their_sign():
    ax = plotting.heatmap([[1, -2], [0, 0.5]], row_names=["a", "b"], column_names=["c", "d"])
    assert texts(ax) == ["1", "−2", "0", "0.5"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert {patch.get_facecolor()[:3] for patch in ax.patches if patch.get_alpha()} == {
        tuple(int(LIGHT[name][i : i + 2], 16) / 255 for i in (1, 3, 5)) for name in ("blue", "orange")
    }


def test_heatmap_writes_no_negative_zero():
    ax = plotting.heatmap([[-0.04, 0.04], [-0.06, -0.0]], number_format="+.1f")
    assert texts(ax) == ["+0.0", "+0.0", "−0.1", "+0.0"]


def test_large_heatmap_has_pixels_and_a_scale():
    matrix = RNG.normal(size=(28, 28))
    ax = plotting.heatmap(matrix, limit=2.0)
    opacity = ax.get_images()[0].get_array()[:, :, 3]
    np.testing.assert_allclose(opacity, np.minimum(np.abs(matrix) / 2, 1))
    scale = ax.child_axes[0]
    assert texts(ax) == [] and [label.get_text() for label in scale.get_yticklabels()] == ["2", "0", "−2"]


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([1, 2], {}, "2 dimension"),
        ([[1, np.inf]], {}, "infinite"),
        ([[1, 2]], {"limit": 0}, "must be positive"),
        ([[1, 2]], {"row_names": ["a", "b"]}, r"row_names has 2 name\(s\) for 1"),
    ],
)
def test_heatmap_says_what_is_wrong(values, options, message):
    with pytest.raises(ValueError, match=message):
        plotting.heatmap(values, **options)


def test_confusion_matrix_has_counts_and_row_percentages():
    ax = plotting.confusion_matrix([0, 0, 0, 1], [0, 0, 1, 1], ["cat", "dog"])
    assert texts(ax) == ["2\n67 %", "1\n33 %", "·", "1\n100 %"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


def test_confusion_matrix_of_ten_classes_fits_and_is_readable():
    labels = RNG.integers(0, 10, 1000)
    ax = plotting.confusion_matrix(labels, labels, [f"class {number}" for number in range(10)])
    width, height = ax.figure.get_size_inches()
    assert width <= MAX_WIDTH and height <= MAX_HEIGHT
    assert min(text.get_fontsize() for text in ax.texts) >= 8


def test_confusion_matrix_refuses_probabilities():
    with pytest.raises(ValueError, match="argmax"):
        plotting.confusion_matrix([0, 1], [[0.1, 0.9], [0.8, 0.2]])


def test_histograms_have_a_row_a_layer_and_write_the_spread():
    layers = [RNG.normal(size=(50, 20)), np.full((4, 4), 0.25)]
    ax = plotting.histograms_by_layer(layers, names=["first", "second"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
    assert texts(ax) == [f"{layers[0].std():.2g}", "0", "std"]


def test_histograms_accept_names_with_arrays_and_bounds():
    ax = plotting.histograms_by_layer({"a": [1, 2, 3], "b": [4]}, low=0, high=5)
    assert ax.get_xlim() == (0, 5)


@pytest.mark.parametrize(
    ("layers", "options", "message"),
    [
        ([], {}, "there is no layer"),
        ([[np.nan]], {}, "NaN"),
        ([[1, 2]], {"low": 3, "high": 0}, "must be below"),
        ([[1, 2]], {"names": ["a", "b"]}, "exactly one for each"),
    ],
)
def test_histograms_say_what_is_wrong(layers, options, message):
    with pytest.raises(ValueError, match=message):
        plotting.histograms_by_layer(layers, **options)


def test_network_has_a_circle_a_unit_and_a_line_a_weight():
    ax = plotting.network([2, 3, 1])
    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
    assert len(circles) == 6 and len(ax.get_lines()) == 2 * 3 + 3
    assert {line.get_linestyle() for line in ax.get_lines()} == {"-"}


def test_network_tells_sign_and_size_of_weights_apart_and_writes_numbers():
    ax = plotting.network(
        [2, 1], weights=[[[3.0], [-1.0]]], values=[[1, 0], [0.73]], layer_names=["in", "out"]
    )
    positive, negative = ax.get_lines()
    assert positive.get_linestyle() != negative.get_linestyle()
    assert positive.get_color() != negative.get_color()
    assert positive.get_linewidth() > negative.get_linewidth()
    assert {"3", "−1", "1", "0", "0.73", "in\n2 units", "out\n1 unit"} <= set(texts(ax))


def test_network_shortens_large_layers():
    ax = plotting.network([784, 10])
    assert len([patch for patch in ax.patches if isinstance(patch, Circle)]) == 12
    assert texts(ax).count("⋮") == 2 and "784 units" in texts(ax)


@pytest.mark.parametrize(
    ("layers", "options", "message"),
    [
        ([3], {}, "at least two layers"),
        ([3, 0], {}, "whole numbers from 1"),
        ([2, 1], {"weights": []}, "one for each pair"),
        ([2, 3], {"weights": [np.zeros((3, 2))]}, "Is it transposed"),
        ([2, 3], {"values": [[1, 2]]}, "but there are 2"),
        ([2, 3], {"values": [[1, 2], [1]]}, r"holds 1 number\(s\) for 3"),
    ],
)
def test_network_says_what_is_wrong(layers, options, message):
    with pytest.raises(ValueError, match=message):
        plotting.network(layers, **options)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plotting.lines([0, 1], {"a": [0, 1]}),
        lambda: plotting.function_with_derivative(np.sin, np.cos),
        lambda: plotting.history(HISTORY),
        lambda: plotting.images(np.zeros((24, 28, 28))),
        lambda: plotting.scatter(POINTS, LABELS),
        lambda: plotting.decision_regions(lambda p: p[:, 0], POINTS, LABELS),
        lambda: plotting.heatmap(RNG.normal(size=(40, 60))),
        lambda: plotting.histograms_by_layer([POINTS] * 12),
        lambda: plotting.confusion_matrix(LABELS, LABELS),
        lambda: plotting.network([784, 128, 64, 10]),
    ],
)
def test_every_figure_fits_the_column_and_can_be_shown(draw):
    drawn = draw()
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    data, _ = plotting.bundle(drawn, ALT)
    width, height = figure.get_size_inches()
    assert width <= MAX_WIDTH and height <= MAX_HEIGHT
    assert sum(map(len, data.values())) < 120_000
