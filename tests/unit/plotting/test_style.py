"""Figures come in one style and size, without pyplot and without changing Matplotlib's settings."""

import subprocess
import sys

import matplotlib
import pytest

from course_utils import plotting
from course_utils.plotting import style
from course_utils.theme import LIGHT


def test_importing_loads_no_matplotlib_and_drawing_loads_no_pyplot():
    program = (
        "import sys\n"
        "from course_utils import plotting\n"
        "assert 'matplotlib' not in sys.modules\n"
        "ax = plotting.lines([0, 1], {'a': [0, 1]})\n"
        "plotting.bundle(ax, 'A line that rises from 0 to 1.')\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_global_settings_stay_as_they_were():
    before = dict(matplotlib.rcParams)
    _, ax = plotting.figure(1, 2)
    plotting.lines([0, 1], {"a": [0, 1], "b": [1, 0]}, ax=ax[0])
    plotting.bundle(ax[1], "Two panels, of which one has lines.")
    assert dict(matplotlib.rcParams) == before


def test_default_size_fits_the_column_of_a_notebook():
    figure, ax = plotting.figure()
    assert tuple(figure.get_size_inches()) == (7, 3)
    assert not ax.spines["top"].get_visible() and not ax.spines["right"].get_visible()


def test_several_panels_come_as_an_array():
    figure, panels = plotting.figure(2, 3, sharex=True)
    assert panels.shape == (2, 3)
    assert figure.get_figheight() == 5


@pytest.mark.parametrize("size", [{"width": 20}, {"height": 40}, {"width": 0}, {"rows": 0}])
def test_sizes_that_do_not_fit_are_refused(size):
    with pytest.raises(ValueError, match="figure: "):
        plotting.figure(**size)


def test_what_a_lesson_draws_by_itself_has_the_style_too():
    _, ax = plotting.figure()
    first, second = ax.plot([0, 1], [0, 1])[0], ax.plot([0, 1], [1, 0])[0]
    title = ax.set_title("Own title", loc="left")
    assert (first.get_color(), first.get_linestyle()) == (LIGHT["blue"], "-")
    assert (second.get_color(), second.get_linestyle()) == (LIGHT["orange"], "--")
    assert title.get_fontsize() == 11 and title.get_color() == LIGHT["ink"]


def test_annotation_keeps_its_place_and_text():
    _, ax = plotting.figure()
    note = plotting.annotate(ax, "steepest here", (0.5, 0.25), offset=(-20, -10))
    assert note.get_text() == "steepest here"
    assert note.xy == (0.5, 0.25) and note.get_ha() == "right"


def test_labels_that_would_overlap_move_apart_around_their_middle():
    shifts = style._shifts_apart([100.0, 101.0, 102.0, 200.0], gap=12)
    places = [height + shift for height, shift in zip([100, 101, 102, 200], shifts, strict=True)]
    assert places == [89, 101, 113, 200]


def test_a_group_of_labels_that_grows_into_the_next_joins_it():
    heights = [100.0, 100.0, 115.0]
    places = [height + shift for height, shift in zip(heights, style._shifts_apart(heights, 12), strict=True)]
    assert places == pytest.approx([93, 105, 117])
