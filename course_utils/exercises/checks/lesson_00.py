"""The check of lesson 00, start here."""

from __future__ import annotations

import numpy as np

from course_utils.exercises import exercise
from course_utils.exercises.answers import Answer


@exercise("00_start_here/accuracy")
def accuracy(answer: Answer) -> None:
    """two small cases by hand, and random labels."""
    predictions, labels = np.array([3, 1, 4, 1, 5]), np.array([3, 1, 4, 7, 2])
    mistakes = {
        "This is how many are right. Divide by how many there are, or take the mean.": 3,
        "This is the share of wrong answers; the accuracy is the share of right ones.": 0.4,
        "The accuracy is a share from 0 to 1, not a percentage: leave the factor 100 away.": 60.0,
        "This says for each picture whether it is right. One number is asked for: their mean.": predictions
        == labels,
    }
    answer(predictions, labels).is_close(0.6, mistakes=mistakes).is_number()
    answer(np.array([7, 7]), np.array([7, 7])).is_close(
        1.0, hint="All predictions are right here, so the accuracy is 1."
    )
    answer.agrees_with(
        lambda predictions, labels: np.mean(predictions == labels),
        inputs=lambda rng: (rng.integers(0, 3, 40), rng.integers(0, 3, 40)),
        hint="Compare the arrays element by element, and take the mean of the comparison.",
    )
