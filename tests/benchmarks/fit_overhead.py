"""What the live curve costs: ``await training.fit(...)`` against ``model.fit(..., verbose=0)`` in the same kernel.

    python tests/benchmarks/fit_overhead.py [--rounds 7]

Both train copies of the same network on the same pictures, in turn; the order changes from round to round.
Medians are printed. Use an idle machine; on a busy one only the processor time means something. The load is printed.
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

async def plain(model):
    model.fit(images, labels, epochs=4, verbose=0)

async def live(model):
    await training.fit(model, images, labels, epochs=4)

spent = {"plain": [], "live": []}
worked = {"plain": [], "live": []}
"""
ROUND = """
for name, run in {order}:
    model = make()
    started, started_work = time.perf_counter(), time.process_time()
    await run(model)
    spent[name].append(time.perf_counter() - started)
    worked[name].append(time.process_time() - started_work)
"""
REPORT = """
for what, times in (("time", spent), ("processor time", worked)):
    plain, live = (statistics.median(times[name]) for name in ("plain", "live"))
    print(f"{what}: plain {plain:.2f} s, live {live:.2f} s, overhead {100 * (live / plain - 1):.1f} %")
"""


def measure(rounds: int) -> str:
    """Run the rounds in a fresh kernel; return the line that it prints."""
    orders = ('[("plain", plain), ("live", live)]', '[("live", live), ("plain", plain)]')
    sources = [PREPARE, *(ROUND.replace("{order}", orders[i % 2]) for i in range(rounds)), REPORT]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    return notebook.cells[-1].outputs[0].text


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(measure(rounds), f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
