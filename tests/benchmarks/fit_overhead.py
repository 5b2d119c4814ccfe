"""What the live curve costs: ``await training.fit(...)`` against ``model.fit(..., verbose=0)`` in the same kernel.

    python tests/benchmarks/fit_overhead.py [--rounds 5] [--epochs 30]

Both train copies of the same network on the same pictures, in turn; the order changes from round to round, and
medians are printed. Two things cost: watching, which grows with the training, and the still picture, which is drawn
once a call however short it is. A training of one batch tells the second apart.
The difference of the two times holds on an idle machine only. The training has a thread of its own, so the processor
time of the thread that watches and draws says on a busy one, too, what that costs.
"""

from __future__ import annotations

import argparse
import os

import nbformat
from nbclient import NotebookClient

PREPARE = """
import statistics, time
from course_utils import datasets, training
import keras
images = datasets.fashion_mnist().train.images[:10_000].reshape(10_000, -1) / 255
labels = datasets.fashion_mnist().train.labels[:10_000]

def make():
    training.set_seed(0)
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(64, activation="relu"),
                              keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images[:64], labels[:64], verbose=0)  # builds the graph
    return model

async def plain(model, num_images, epochs):
    model.fit(images[:num_images], labels[:num_images], epochs=epochs, verbose=0)

async def live(model, num_images, epochs):
    await training.fit(model, images[:num_images], labels[:num_images], epochs=epochs)

async def timed(run, *arguments):
    model = make()
    clocks = time.perf_counter, time.process_time, time.thread_time
    started = [clock() for clock in clocks]
    await run(model, *arguments)
    return [clock() - at for clock, at in zip(clocks, started)]

spent = {(name, length): [] for name in ("plain", "live") for length in ("short", "long")}
"""
ROUND = """
for name, run in {order}:
    spent[name, "short"].append(await timed(run, 64, 1))
    spent[name, "long"].append(await timed(run, 10_000, {epochs}))
"""
REPORT = """
def median(clock, name, length):
    return statistics.median(times[clock] for times in spent[name, length])

for clock, what in enumerate(("time", "processor time")):
    plain, live = median(clock, "plain", "long"), median(clock, "live", "long")
    print(f"{what}: plain {plain:.2f} s, live {live:.2f} s, overhead {100 * (live / plain - 1):.1f} %")
plain, whole, a_call = median(1, "plain", "long"), median(2, "live", "long"), median(2, "live", "short")
print(f"the thread that watches and draws: {whole:.2f} s of processor time, {100 * whole / plain:.1f} %; "
      f"of this {a_call:.2f} s a call, however short, and {100 * (whole - a_call) / plain:.1f} % for watching")
"""


def measure(rounds: int, epochs: int) -> str:
    """Run the rounds in a fresh kernel; return the lines that it prints."""
    orders = ('[("plain", plain), ("live", live)]', '[("live", live), ("plain", plain)]')
    each_round = [
        ROUND.replace("{order}", orders[i % 2]).replace("{epochs}", str(epochs)) for i in range(rounds)
    ]
    cells = [nbformat.v4.new_code_cell(source) for source in (PREPARE, *each_round, REPORT)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=1200, kernel_name="python3").execute()
    return notebook.cells[-1].outputs[0].text


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=30)
    chosen = parser.parse_args()
    print(measure(chosen.rounds, chosen.epochs), f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
