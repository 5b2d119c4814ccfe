"""Take the README's pictures from a real JupyterLab:  python tests/browser/pictures.py  (writes docs/pictures/)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.browser.lab import REPOSITORY, Notebook, Server, launch, write_notebook
from tests.browser.test_playground import play

PICTURES = REPOSITORY / "docs" / "pictures"
READER = """
from course_utils import datasets, training
import keras
training.set_seed(0)
digits = datasets.digits()
model = keras.Sequential([
    keras.layers.Input((20, 20)), keras.layers.Reshape((20, 20, 1)),
    keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.MaxPooling2D(2),
    keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
_ = model.fit(digits.train.images / 255, digits.train.labels, epochs=6, verbose=0)
names = [str(digit) for digit in range(10)]
drawn = {"strokes": explorers.DrawingPad(model, names).presets[0].state["strokes"]}
"""
# file name -> (expression, explorer, theme)
SHOTS = {
    "convolution": ("explorers.Convolution()", "convolution", "light"),
    "playground": (
        "explorers.Playground(data='spiral', layers=[8, 8, 0, 0, 0, 0], learning_rate=0.03)",
        "playground",
        "dark",
    ),
    "drawing_pad": ("explorers.DrawingPad(model, names, **drawn)", "drawing_pad", "light"),
    "neuron": ("explorers.Neuron(w1=1.4, w2=1.2, b=-0.7)", "neuron", "light"),
    "forward_pass": ("explorers.ForwardPass()", "forward_pass", "dark"),
    "activation": ("explorers.Activation()", "activation", "light"),
    "gradient_through_depth": ("explorers.GradientThroughDepth()", "gradient_through_depth", "dark"),
}
PLAYED_EPOCHS = 600


def main() -> None:
    """Run one notebook with every shot, and write a PNG for each."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder) / "root"
        root.mkdir()
        cells = [expression for expression, _, _ in SHOTS.values()]
        write_notebook(root / "pictures.ipynb", f"from course_utils import explorers\n{READER}", *cells)
        server = Server(Path(folder) / "home", root)
        context = launch(playwright, Path(folder) / "browser")
        try:
            notebook = Notebook(context, server, "pictures.ipynb")
            notebook.run_all()
            for name, (_, explorer, theme) in SHOTS.items():
                notebook.set_theme(theme)
                view = notebook.explorer(explorer)
                view.settled()
                if name == "playground":
                    play(view, PLAYED_EPOCHS)
                    view.button("Pause").click()
                notebook.page.wait_for_timeout(400)
                view.root.screenshot(path=PICTURES / f"{name}.png")
        finally:
            context.close()
            server.stop()


if __name__ == "__main__":
    main()
