"""Figures for the lessons: one style, a colour-blind-safe palette, alternative text on every picture.

Functions that fill one coordinate system take data and an optional ``ax`` and return the ``Axes``;
functions that draw several panels return the ``Figure``. Nothing is shown until ``show(figure, alt="...")``
is called. Matplotlib is imported when the first figure is drawn, and never through ``pyplot``: no figure
stays behind in a global list.
"""

from __future__ import annotations

from course_utils.plotting.curves import function_with_derivative, history, lines
from course_utils.plotting.diagrams import network
from course_utils.plotting.distributions import histograms_by_layer
from course_utils.plotting.figures import figure
from course_utils.plotting.matrices import confusion_matrix, heatmap
from course_utils.plotting.pictures import images
from course_utils.plotting.planes import decision_regions, scatter
from course_utils.plotting.publish import bundle, show
from course_utils.plotting.style import annotate

__all__ = [
    "annotate",
    "bundle",
    "confusion_matrix",
    "decision_regions",
    "figure",
    "function_with_derivative",
    "heatmap",
    "histograms_by_layer",
    "history",
    "images",
    "lines",
    "network",
    "scatter",
    "show",
]
