"""How fast explorers answer, beside ``interact`` on the same picture, in a real JupyterLab and a real
browser.

    python tests/benchmarks/explorer_latency.py [--steps 60] [--out table.md]

A step is one press of an arrow key on a control: the time from the browser's key event until the new picture
has been painted. A drag moves the mouse 60 times a second for two seconds: new pictures a second, and the
time from the release until the picture of the last state is painted. Use an idle machine; the load is printed
with the table.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course_utils.cli import browser as browser_program
from tests.browser.lab import BROWSER_FLAGS, Notebook, Server, write_notebook

INTERACT = """
%matplotlib inline
import ipywidgets, matplotlib.pyplot as plt, numpy as np
x = np.linspace(-6, 6, 481)
@ipywidgets.interact(b=ipywidgets.FloatSlider(value=0, min=-5, max=5, step=0.1))
def picture(b):
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.4))
    a = 1 / (1 + np.exp(-(x + b)))
    left.plot(x, a); left.grid(True); left.set(xlabel="input x", title="activation")
    right.plot(x, a * (1 - a)); right.grid(True); right.set(xlabel="input x", title="local gradient")
    plt.show()
"""
PICTURE = """
import numpy as np
from course_utils import explorers
from course_utils.explorers.engine import Number
def build(axes, palette):
    x = np.linspace(-6, 6, 481)
    value, = axes.plot(x, x, color=palette["blue"])
    slope, = axes.plot(x, x, color=palette["orange"], linestyle="--")
    axes.set(ylim=(-0.1, 1.1), xlabel="input x", title="activation and local gradient")
    def update(b):
        a = 1 / (1 + np.exp(-(x + b)))
        value.set_ydata(a); slope.set_ydata(a * (1 - a))
        return [value, slope], f"The bias is {b}."
    return update
explorers.Picture(build, title="Picture",
                  controls={"b": Number(default=0, low=-5, high=5, step=0.1, label="bias b")})
"""
EXPLORERS = {
    "neuron": ("Neuron()", "b"),
    "activation": ("Activation()", "b"),
    "softmax_temperature": ("SoftmaxTemperature()", "temperature"),
    "bump_builder": ("BumpBuilder()", "n"),
    "gradient_through_depth": ("GradientThroughDepth()", "depth"),
}
BROWSER_TIER = {"neuron", "activation", "softmax_temperature", "bump_builder"}

# Counts painted pictures: after each change the clock is read in a task that the browser runs after painting.
WATCH = """([root, kind]) => {
    const watch = window.courseWatch = {painted: [], pressed: 0,
        settled: () => watch.painted.length && root.dataset.pending !== 'true'};
    const note = () => { const channel = new MessageChannel();
        channel.port1.onmessage = () => watch.painted.push(performance.now()); channel.port2.postMessage(0);
        };
    if (kind === 'explorer') new MutationObserver(note)
        .observe(root, {attributes: true, attributeFilter: ['data-pictures']});
    else new MutationObserver((changes) => {
        const images = changes.flatMap(change => [...change.addedNodes])
            .flatMap(node => node.querySelectorAll ? [...node.querySelectorAll('img')] : []);
        for (const image of images) image.decode().then(() => requestAnimationFrame(note)); })
        .observe(root, {childList: true, subtree: true});
    for (const event of ['keydown', 'pointerup', 'mouseup'])
        document.addEventListener(event, () => { watch.pressed = performance.now(); }, true); }"""


@dataclass
class Row:
    """What was measured of one way, in milliseconds."""

    name: str
    steps: list[float]
    pictures_a_second: float
    after_release: float

    def cells(self, reference: float) -> str:
        """Return the row of the table."""
        median, p95 = statistics.median(self.steps), statistics.quantiles(self.steps, n=20)[-1]
        times = f"{reference / median:.1f} x" if reference else ""
        return (
            f"| {self.name} | {median:.1f} | {p95:.1f} | {self.pictures_a_second:.0f} "
            f"| {self.after_release:.0f} | {times} |"
        )


def measure(notebook: Notebook, name: str, root: Locator, handle: Locator, kind: str, steps: int) -> Row:
    """Press a key ``steps`` times, then drag for two seconds."""
    page = notebook.page
    page.evaluate(WATCH, [root.element_handle(), kind])
    handle.scroll_into_view_if_needed()
    handle.focus()
    timings = [_one_step(notebook, i) for i in range(steps)]
    pictures, late = _drag(notebook, handle)
    return Row(name, timings, pictures, late)


def _one_step(notebook: Notebook, i: int) -> float:
    page = notebook.page
    page.evaluate("() => { courseWatch.painted = []; }")
    page.keyboard.press("ArrowRight" if (i // 10) % 2 == 0 else "ArrowLeft")
    page.wait_for_function("() => courseWatch.settled()", timeout=20_000)
    page.wait_for_timeout(60)
    return page.evaluate("() => courseWatch.painted.at(-1) - courseWatch.pressed")


def _drag(notebook: Notebook, handle: Locator) -> tuple[float, float]:
    page = notebook.page
    box = handle.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("() => { courseWatch.painted = []; }")
    start = time.perf_counter()
    moves = 0
    while time.perf_counter() - start < 2:
        moves += 1
        page.mouse.move(x + 35 * ((moves % 60) / 30 - 1), y)
        time.sleep(max(0.0, start + moves / 60 - time.perf_counter()))
    painted = page.evaluate("() => courseWatch.painted.length")
    page.mouse.up()
    page.wait_for_timeout(2500)
    late = page.evaluate("() => Math.max(0, (courseWatch.painted.at(-1) ?? 0) - courseWatch.pressed)")
    return painted / 2, late


def run(steps: int) -> list[Row]:
    """Measure every way in one JupyterLab."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder) / "root"
        root.mkdir()
        cells = [f"from course_utils import explorers\nexplorers.{call}" for call, _ in EXPLORERS.values()]
        write_notebook(root / "latency.ipynb", INTERACT, PICTURE, *cells)
        server = Server(Path(folder) / "home", root)
        context = playwright.chromium.launch_persistent_context(
            Path(folder) / "browser", executable_path=browser_program.find(), headless=True, args=BROWSER_FLAGS,
            viewport={"width": 1280, "height": 800},
        )  # fmt: skip
        try:
            notebook = Notebook(context, server, "latency.ipynb")
            notebook.run_all()
            return [*_usual(notebook, steps), *_ours(notebook, steps)]
        finally:
            context.close()
            server.stop()


def _usual(notebook: Notebook, steps: int) -> list[Row]:
    box = notebook.page.locator(".widget-interact").first
    box.wait_for()
    return [
        measure(
            notebook,
            "interact, inline figure",
            box,
            box.get_by_role("slider").first,
            "interact",
            min(steps, 20),
        )
    ]


def _ours(notebook: Notebook, steps: int) -> list[Row]:
    rows = []
    for name, (_, field) in {"picture": ("", "b"), **EXPLORERS}.items():
        view = notebook.explorer(name)
        tier = "browser" if name in BROWSER_TIER else "kernel"
        rows.append(measure(notebook, f"{name} ({tier})", view.root, view.field(field), "explorer", steps))
    return rows


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = run(options.steps)
    reference = statistics.median(rows[0].steps)
    lines = [
        "| way | step median ms | step p95 ms | pictures/s in a drag | last picture after release ms "
        "| faster than interact |",
        "|---|---|---|---|---|---|",
        *(row.cells(reference) for row in rows),
        f"\nLoad of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
    ]
    print("\n".join(lines))
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
