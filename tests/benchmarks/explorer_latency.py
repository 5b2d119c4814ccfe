"""How fast explorers answer, beside ``interact`` on the same picture, in a real JupyterLab and a real
browser.

    python tests/benchmarks/explorer_latency.py [--steps 60] [neuron activation ...]

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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.browser.lab import Notebook, Server, launch, write_notebook

USUAL = """
%matplotlib inline
import ipywidgets, matplotlib
from IPython.display import display
explorer = {expression}
field = explorer.fields["{field}"]
@ipywidgets.interact(value=ipywidgets.FloatSlider(
    value=explorer.state["{field}"], min=field.low, max=field.high, step=field.step))
def picture(value):
    value = int(value) if field.step == 1 else value
    display(explorer.draw(explorer.complete(explorer.state | {{"{field}": value}})))
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
controls = {"b": Number(default=0, low=-5, high=5, step=0.1, label="bias b")}
"""
READER = """
from course_utils import training
import keras
training.set_seed(0)
model = keras.Sequential([
    keras.layers.Input((20, 20)), keras.layers.Reshape((20, 20, 1)), keras.layers.Conv2D(16, 3, activation="relu"),
    keras.layers.MaxPooling2D(2), keras.layers.Conv2D(32, 3, activation="relu"), keras.layers.MaxPooling2D(2),
    keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
names = [str(digit) for digit in range(10)]
drawn = {"strokes": explorers.DrawingPad(model, names).presets[0].state["strokes"]}
"""
TRANSFORMS = """
off = {"flip_horizontal": False, "rotation": 0, "zoom": 0, "contrast": 0}
all_on = explorers.Augmentation.presets[-1].state
"""
CROWD = """
import numpy as np
from course_utils.explorers.models import detections
meadow = explorers.Detections()._scene
made = [detections.stand_in(meadow.trees, *meadow.picture.shape[:2], seed) for seed in range(30)]
boxes, scores = (np.concatenate(each)[:15_000] for each in zip(*made))
crowd = meadow.picture, boxes, scores, meadow.trees
"""
# module, perhaps with words -> (code that prepares, expression, field that is moved, where it computes)
EXPLORERS = {
    "picture": (PICTURE, "explorers.Picture(build, title='Picture', controls=controls)", "b", "kernel"),
    "neuron": ("", "explorers.Neuron()", "b", "browser"),
    "bump_builder": ("", "explorers.BumpBuilder()", "n", "browser"),
    "activation": ("", "explorers.Activation()", "b", "browser"),
    "softmax_temperature": ("", "explorers.SoftmaxTemperature()", "temperature", "browser"),
    "forward_pass": ("", "explorers.ForwardPass()", "step", "browser"),
    "gradient_through_depth": ("", "explorers.GradientThroughDepth()", "depth", "kernel"),
    "drawing_pad": (READER, "explorers.DrawingPad(model, names, **drawn)", "pen", "browser"),
    "drawing_pad with a function": (
        READER,
        "explorers.DrawingPad(lambda pictures: model.predict_on_batch(pictures), names, **drawn)",
        "pen",
        "kernel",
    ),
    "convolution": ("", "explorers.Convolution()", "bias", "browser"),
    "convolution of 5 x 5 in colour, dilated": (
        "",
        "explorers.Convolution(picture='flower', colours='rgb', kernel=[[0.1] * 5] * 5, dilation=3, padding='same')",
        "bias",
        "browser",
    ),
    "feature_maps": (
        READER + "pictures = __import__('numpy').random.default_rng(0).random((200, 20, 20))",
        "explorers.FeatureMaps(model, pictures, names)",
        "number",
        "browser",
    ),
    "grad_cam": (
        "from course_utils import pretrained",
        "explorers.GradCAM(pretrained.efficientnet_lite0(), pretrained.preprocess, pretrained.imagenet_class_names())",
        "opacity",
        "browser",
    ),
    "detections": ("", "explorers.Detections()", "score_at_least", "browser"),
    "detections of 15,000 boxes": (CROWD, "explorers.Detections(*crowd)", "overlap_at_most", "browser"),
    "learning_rate": ("", "explorers.LearningRate()", "rate", "kernel"),
    "architecture": ("", "explorers.Architecture('resnet50')", "side", "browser"),
    "parameter_counter": ("", "explorers.ParameterCounter()", "field", "browser"),
    "pooling_shift": ("", "explorers.PoolingShift()", "dx", "browser"),
    "pooling_shift with new curves": ("", "explorers.PoolingShift()", "dy", "browser"),
    "backprop_stepper": ("", "explorers.BackpropStepper()", "step", "browser"),
    "optimiser_race": ("", "explorers.OptimiserRace(step=60)", "step", "browser"),
    "playground": ("", "explorers.Playground()", "noise", "browser"),
    "regularisation": ("", "explorers.Regularisation()", "l2", "kernel"),
    "residual_depth": ("", "explorers.ResidualDepth()", "gain", "kernel"),
    "residual_depth of 56 layers": (
        "",
        "explorers.ResidualDepth(blocks=27, normalise=True)",
        "gain",
        "kernel",
    ),
    "loss_surface": ("", "explorers.LossSurface(steps=20)", "rate", "kernel"),
    "loss_surface in new directions": ("", "explorers.LossSurface()", "seed", "kernel"),
    "augmentation of a photo": (
        TRANSFORMS,
        "explorers.Augmentation(**off | {'rotation': 0.1})",
        "rotation",
        "kernel",
    ),
    "augmentation by crops": (TRANSFORMS, "explorers.Augmentation(**off | {'crop': 0.2})", "crop", "kernel"),
    "augmentation of a digit": (
        TRANSFORMS,
        "explorers.Augmentation(**off | {'picture': 'six', 'rotation': 0.1})",
        "rotation",
        "kernel",
    ),
    "augmentation with all on": (TRANSFORMS, "explorers.Augmentation(**all_on)", "crop", "kernel"),
}
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
class Timing:
    """One way to show one picture, in milliseconds."""

    steps: list[float]
    pictures_a_second: float
    after_release: float

    @property
    def median(self) -> float:
        """The middle of the steps."""
        return statistics.median(self.steps)

    @property
    def p95(self) -> float:
        """The time that 95 % of the steps keep to."""
        return statistics.quantiles(self.steps, n=20)[-1]


def measure(notebook: Notebook, root: Locator, handle: Locator, kind: str, steps: int) -> Timing:
    """Press a key ``steps`` times, then drag for two seconds."""
    page = notebook.page
    page.evaluate(WATCH, [root.element_handle(), kind])
    handle.scroll_into_view_if_needed()
    handle.focus()
    timings = [_one_step(notebook, i) for i in range(steps)]
    pictures, late = _drag(notebook, handle)
    return Timing(timings, pictures, late)


def _one_step(notebook: Notebook, i: int) -> float:
    page = notebook.page
    page.evaluate("() => { courseWatch.painted = []; }")
    page.keyboard.press("ArrowRight" if (i // 5) % 2 == 0 else "ArrowLeft")
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
        page.mouse.move(x + 0.45 * box["width"] * ((moves % 30) / 15 - 1), y)
        time.sleep(max(0.0, start + moves / 60 - time.perf_counter()))
    painted = page.evaluate("() => courseWatch.painted.length")
    page.mouse.up()
    page.wait_for_timeout(2500)
    late = page.evaluate("() => Math.max(0, (courseWatch.painted.at(-1) ?? 0) - courseWatch.pressed)")
    return painted / 2, late


def run(steps: int, names: list[str]) -> Iterator[str]:
    """Measure each explorer and its picture under ``interact`` in one JupyterLab; yield rows of the table."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder) / "root"
        root.mkdir()
        server = Server(Path(folder) / "home", root)
        context = launch(playwright, Path(folder) / "browser")
        try:
            for name in names:
                yield _row(name, *_both_ways(context, server, name, steps))
        finally:
            context.close()
            server.stop()


def _both_ways(context: BrowserContext, server: Server, name: str, steps: int) -> tuple[Timing, Timing]:
    prepare, expression, field, _ = EXPLORERS[name]
    start = f"from course_utils import explorers\n{prepare}"
    usual = USUAL.format(expression=expression, field=field)
    write_notebook(server.root / f"{name}.ipynb", start, expression, usual)
    notebook = Notebook(context, server, f"{name}.ipynb")
    notebook.run_all()
    view = notebook.explorer(name.split()[0])
    ours = measure(notebook, view.root, view.field(field), "explorer", steps)
    box = notebook.page.locator(".widget-interact")
    interact = measure(notebook, box, box.get_by_role("slider").first, "interact", min(steps, 20))
    notebook.close()
    return ours, interact


def _row(name: str, ours: Timing, interact: Timing) -> str:
    return (
        f"| {name} ({EXPLORERS[name][3]}) | {ours.median:.1f} | {ours.p95:.1f} "
        f"| {ours.pictures_a_second:.0f} | {ours.after_release:.0f} "
        f"| {interact.median:.0f} | {interact.pictures_a_second:.0f} | {interact.after_release:.0f} "
        f"| {interact.median / ours.median:.1f} |"
    )


HEAD = """\
| explorer (where it computes) | step ms | p95 ms | pictures/s | last after release ms \
| interact: step ms | pictures/s | last after release ms | times faster |
|---|---|---|---|---|---|---|---|---|"""


def main() -> None:
    """Print the table as it grows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("names", nargs="*", default=list(EXPLORERS), metavar="EXPLORER")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - EXPLORERS.keys())
    if unknown:
        parser.error(f"no explorer here is called {', '.join(unknown)}; there are {', '.join(EXPLORERS)}")
    print(f"Load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n\n{HEAD}")
    for row in run(options.steps, options.names):
        print(row, flush=True)


if __name__ == "__main__":
    main()
