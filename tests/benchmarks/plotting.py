"""Measure what figures cost: the import, a bundle, and bytes in a notebook.

Run: python tests/benchmarks/plotting.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import numpy as np

from course_utils import plotting

ALT = "A figure that is drawn to measure how long that takes."
RNG = np.random.default_rng(0)


def import_milliseconds() -> float:
    """Return the median time of importing the room in a new process, NumPy's own import taken off."""
    program = (
        "import time, numpy; start = time.perf_counter(); from course_utils import plotting; "
        "print(time.perf_counter() - start)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True) for _ in range(5)
    ]
    return 1000 * statistics.median(float(run.stdout) for run in runs)


def bundle_milliseconds(drawn: object, repeats: int = 7) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        plotting.bundle(drawn, ALT)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def figures() -> dict[str, object]:
    labels = RNG.integers(0, 10, 1000)
    points = RNG.normal(size=(200, 2))
    return {
        "one curve": plotting.lines(np.linspace(0, 1, 200), np.linspace(0, 1, 200) ** 2),
        "function with derivative": plotting.function_with_derivative(np.tanh, lambda z: 1 - np.tanh(z) ** 2),
        "16 pictures": plotting.images(RNG.integers(0, 255, (16, 28, 28)), labels=range(16)),
        "decision regions, 200 points": plotting.decision_regions(
            lambda p: p[:, 0] - 0.5, points, labels[:200] % 2
        ),
        "heat map 28 x 28": plotting.heatmap(RNG.normal(size=(28, 28))),
        "histograms of 6 layers": plotting.histograms_by_layer([RNG.normal(size=1000) for _ in range(6)]),
        "confusion matrix, 10 classes": plotting.confusion_matrix(labels, np.roll(labels, 1)),
        "network 784-128-10": plotting.network([784, 128, 10]),
    }


def main() -> None:
    print(f"import of plotting: {import_milliseconds():.1f} ms")
    print(f"{'figure':32}{'bundle':>9}{'html':>10}{'png':>10}")
    for name, drawn in figures().items():
        milliseconds = bundle_milliseconds(drawn)
        data, _ = plotting.bundle(drawn, ALT)
        html, png = (len(data[kind]) / 1000 for kind in ("text/html", "image/png"))
        print(f"{name:32}{milliseconds:6.0f} ms{html:7.1f} kB{png:7.1f} kB")


if __name__ == "__main__":
    main()
