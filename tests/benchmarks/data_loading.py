"""How long the loaders take, first and second call: ``python tests/benchmarks/data_loading.py``.

Medians over a few fresh processes; the files lie in the system's cache after the first.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

CALLS = (
    "fashion_mnist()",
    "digits()",
    "letters()",
    'photo("china")',
    "photos()",
    'table("iris")',
    'toy("moons")',
    "verify()",
)
NUM_PROCESSES = 5
PROGRAM = """
import sys, time
from course_utils import datasets
for _ in range(2):
    start = time.perf_counter()
    datasets.{call}
    print(1e3 * (time.perf_counter() - start))
"""


def milliseconds(call: str) -> list[float]:
    """Return the medians of the first and the second call."""
    runs = []
    for _ in range(NUM_PROCESSES):
        command = [sys.executable, "-c", PROGRAM.format(call=call)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append([float(line) for line in answer.stdout.split()])
    return [statistics.median(times) for times in zip(*runs, strict=True)]


def main() -> None:
    """Print the table."""
    print(f"{'datasets.':<20}{'first, ms':>12}{'second, ms':>12}")
    for call in CALLS:
        first, second = milliseconds(call)
        print(f"{call:<20}{first:>12.1f}{second:>12.3f}")


if __name__ == "__main__":
    main()
