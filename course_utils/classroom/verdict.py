"""What grading a submission found: plain data that a journal can keep."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

GRADED = "graded"
NEEDS_A_PERSON = "needs a person"


@dataclass(frozen=True)
class CellVerdict:
    """How a test cell ended: `message` is what feedback may show, never a hidden test or expected value."""

    grade_id: str
    points: float
    max_points: float
    passed: bool
    message: str


@dataclass(frozen=True)
class Verdict:
    """How a submission ended: `graded`, or `needs a person` with a reason.

    `outputs` holds the sanitised nbformat outputs of the submission's cells, by cell id.
    """

    state: str
    reason: str
    cells: tuple[CellVerdict, ...]
    outputs: dict[str, list[dict[str, Any]]]
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Verdict:
        """The verdict that `to_json` made."""
        return cls(**{**record, "cells": tuple(CellVerdict(**cell) for cell in record["cells"])})
