"""How many epochs a second the playground's network trains in a headless browser, and how long its pictures take.

    python tests/benchmarks/playground_speed.py [--seconds 2]

Training only, without drawing. Use an idle machine; the load is printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course_utils.explorers.engine.linker import link
from tests.browser.lab import launch
from tests.playground_settings import DEFAULT

LARGEST = {"layers": [8] * 6, "batch_size": 1, "train_share": 100}
NETWORKS = {
    "default: 500 points, half of them for training, 4 + 2 units, batch 10": {},
    "the same, all 500 points for training": {"train_share": 100},
    "the same with ReLU": {"train_share": 100, "activation": "relu"},
    "largest: 6 × 8 units, batch 1, all 500 points": LARGEST,
    "largest with ReLU": LARGEST | {"activation": "relu", "learning_rate": 0.001},
    "largest with seven features and L2": LARGEST
    | {
        "features": ["x1", "x2", "x1_squared", "x2_squared", "product", "sin_x1", "sin_x2"],
        "regularisation": "l2",
        "learning_rate": 0.001,
    },
}
ROUNDS = 5
# Epochs a second and milliseconds for one set of pictures; the first round is for the compiler.
MEASURE = """([settings, seconds]) => {
    const network = new PlaygroundNetwork(settings);
    network.trainFor(500);
    network.unitPictures();
    let started = performance.now();
    const epochs = network.trainFor(1000 * seconds);
    const rate = 1000 * epochs / (performance.now() - started);
    started = performance.now();
    for (let i = 0; i < 10; i += 1) network.unitPictures();
    return [rate, (performance.now() - started) / 10];
}"""


def measure(page: Page, settings: dict[str, Any], seconds: float) -> str:
    """Return the medians of five rounds and their range."""
    rounds = [page.evaluate(MEASURE, [settings, seconds / ROUNDS]) for _ in range(ROUNDS)]
    rates, pictures = zip(*rounds, strict=True)
    middle = statistics.median(rates)
    return f"{middle:,.0f} ({min(rates):,.0f} to {max(rates):,.0f}) | {statistics.median(pictures):.2f}"


def main() -> None:
    """Print one row a network."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=2.0)
    seconds = parser.parse_args().seconds
    print(f"Load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
    print("| network | epochs/s, median of five (range) | ms for all pictures |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        context = launch(playwright, Path(folder))
        page = context.new_page()
        page.add_script_tag(
            content=f"{link('playground_network')}\nwindow.PlaygroundNetwork = PlaygroundNetwork;"
        )
        for name, changes in NETWORKS.items():
            print(f"| {name} | {measure(page, DEFAULT | changes, seconds)} |", flush=True)
        context.close()


if __name__ == "__main__":
    main()
