"""How a class did in an assignment, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from course_utils.classroom.gradebook import GRADED, TO_MARK, Mark, Marks

FEWEST_FOR_DISCRIMINATION = 5  # students; with fewer a correlation tells nothing
MOST_FAILURES = 3


@dataclass(frozen=True)
class CellStatistics:
    """How a test did. `facility` is the mean share of its points, 0 (nobody) to 1 (everybody); None before
    anybody's points are known.

    `discrimination` is the correlation, -1 to 1, of its points with the points of all other tests: a test
    that good students pass and weak ones fail has 0.3 or more; near 0 or below 0 the test may be at fault.
    None where it cannot be told: too few students, or all alike.
    """

    grade_id: str
    most: float
    facility: float | None
    discrimination: float | None
    shares: tuple[float, float, float, float]  # of students: nothing, a part, all points, not marked yet
    failures: tuple[tuple[str, int], ...]  # hint and how often, the commonest first


def counted(marks: Marks) -> list[Mark]:
    """The marks of those whose submission was graded."""
    return [mark for mark in marks.of.values() if mark.state in (GRADED, TO_MARK)]


def cell_statistics(marks: Marks) -> list[CellStatistics]:
    """A record for each test that gives points; a cell that waits for a person counts without that student."""
    return [statistics_of(id, most, counted(marks)) for id, most in marks.most.items() if most]


def statistics_of(id: str, most: float, marks: list[Mark]) -> CellStatistics:
    """The record of one test."""
    judged = [mark for mark in marks if id not in mark.waiting]
    points = np.array([mark.points.get(id, 0.0) for mark in judged])
    rest = np.array([sum(mark.points.values()) for mark in judged]) - points
    numbers = [sum(points <= 0), sum((points > 0) & (points < most)), sum(points >= most)]
    numbers.append(len(marks) - len(judged))
    failed = Counter(mark.messages[id] for mark in judged if mark.messages.get(id))
    return CellStatistics(
        grade_id=id,
        most=most,
        facility=float(points.mean() / most) if judged else None,
        discrimination=correlation(points, rest),
        shares=tuple(float(number) / max(len(marks), 1) for number in numbers),  # type: ignore[arg-type]
        failures=tuple(failed.most_common(MOST_FAILURES)),
    )


def correlation(points: np.ndarray, rest: np.ndarray) -> float | None:
    """Pearson's correlation of two (N,) arrays; None where it cannot be told."""
    if len(points) < FEWEST_FOR_DISCRIMINATION or np.ptp(points) < 1e-9 or np.ptp(rest) < 1e-9:
        return None
    return float(np.corrcoef(points, rest)[0, 1])


def reliability(marks: Marks) -> float | None:
    """Cronbach's alpha of the whole assignment: 0.7 and more is good; None where it cannot be told."""
    complete = [mark for mark in counted(marks) if not mark.waiting]
    points = np.array([[mark.points.get(id, 0.0) for id in marks.most] for mark in complete])
    if len(points) < FEWEST_FOR_DISCRIMINATION or len(marks.most) < 2 or np.ptp(points.sum(axis=1)) < 1e-9:
        return None
    parts, whole = points.var(axis=0, ddof=1).sum(), points.sum(axis=1).var(ddof=1)
    return float(len(marks.most) / (len(marks.most) - 1) * (1 - parts / whole))


def histogram(scores: list[float], most: float, bins: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """How many scores lie in each of `bins` equal parts of 0 to `most`; the edges are (bins + 1,)."""
    return np.histogram(scores, bins=bins, range=(0.0, max(most, 1e-9)))


def words_of_distribution(counts: np.ndarray, edges: np.ndarray) -> str:
    """A histogram in words, for those who do not see it."""
    parts = [
        f"{count} from {low:g} to {high:g}"
        for count, (low, high) in zip(counts, pairwise(edges), strict=True)
        if count
    ]
    return "Number of students by points: " + (", ".join(parts) or "none yet") + "."
