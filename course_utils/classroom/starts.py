"""The candidates of one submission, one after the other.

Where one had to be ended (a function that heeds no interrupt, a crash in C code), the next runs the notebook's
cells again, so that a student loses that task and not all later ones. The cell that ended a candidate is not run
again. What all of them use together is limited like what one uses, and so is their number.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from course_utils.classroom.limits import Limits, cpu_limit, seconds_left
from course_utils.classroom.proxy import CandidateError, Conversation


class Starts:
    """Runs the cells of a submission, in as many candidates as it takes.

    Args:
        launch: gives a new candidate.

    Attributes:
        candidate: the present one; ended, where there may be no other.
        ends: why former candidates were ended, and after `conclude` the last one, too.
        cpu, slept, peak: CPU seconds of all that have ended, seconds in which they did nothing though it was their
            turn, and the most MB of memory that one of them used.
    """

    candidate: Conversation

    def __init__(self, launch: Callable[[], Conversation], limits: Limits) -> None:
        self.launch, self.limits = launch, limits
        self.began = time.monotonic()
        self.done: list[str] = []  # cells that ended no candidate
        self.ends: list[str] = []
        self.cpu, self.slept, self.peak, self.received = 0.0, 0.0, 0.0, 0

    def begin(self) -> None:
        """Start a candidate.

        Raises:
            ConnectionLostError: it did not come up, which is not the student's fault.
        """
        self.candidate = self.launch()
        self.candidate.keeper.ask({"cpu": self.cpu, "wall": time.monotonic() - self.began})
        self.candidate.channel.received, self.candidate.slept = self.received, self.slept
        self.candidate.start()

    def run(self, source: str) -> dict[str, Any]:
        """Execute a cell.

        Raises:
            CandidateError: there is no answer, or none that can be used.
        """
        self.candidate.asked = 0
        try:
            with cpu_limit(seconds_left(self.limits)):  # it may call the test's functions
                return self.candidate.run(source)
        finally:
            if not self.candidate.ended:
                self.done.append(source)

    def revive(self) -> bool:
        """Where the candidate has ended, start another and run the cells again; False where nothing was done."""
        revived = False
        while self.candidate.ended and self.may_begin():
            self.conclude()
            self.begin()
            self.repeat()
            revived = True
        return revived

    def may_begin(self) -> bool:
        """Whether the limits allow one more start."""
        cpu = self.cpu + self.candidate.keeper.last["cpu"]
        wall = time.monotonic() - self.began
        limits = self.limits
        is_awake = self.candidate.asleep() < limits.all_idle_s
        return len(self.ends) < limits.restarts and cpu < limits.cpu_s and wall < limits.wall_s and is_awake

    def repeat(self) -> None:
        """Run the cells that were run before; one that ends the candidate this time counts no more."""
        cells, self.done = self.done, []
        for number, source in enumerate(cells, start=1):
            with contextlib.suppress(CandidateError):  # it was told when the cell was run for the first time
                self.run(source)
            if self.candidate.ended:
                self.done += cells[number:]
                return

    def conclude(self) -> None:
        """End the candidate, and add up what it has used."""
        seen = self.candidate.keeper.ask("end")
        self.candidate.keeper.channel.close()
        self.cpu, self.peak = self.cpu + seen["cpu"], max(self.peak, seen["memory"])
        self.slept = self.candidate.asleep()
        self.received = self.candidate.channel.received
        if self.candidate.ended:
            self.ends.append(self.candidate.ended)

    def story(self) -> str:
        """How often and why candidates were ended, as a sentence; empty where none was."""
        reasons = "; ".join(dict.fromkeys(self.ends))
        times = "" if len(self.ends) == 1 else f" {len(self.ends)} times"
        return f"Its notebook was stopped{times}: {reasons}." if self.ends else ""
