"""Take the README's pictures from a real JupyterLab:  python tests/browser/pictures.py  (writes docs/pictures/)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course_utils.cli import browser as browser_program
from tests.browser.lab import BROWSER_FLAGS, REPOSITORY, Notebook, Server, write_notebook

PICTURES = REPOSITORY / "docs" / "pictures"
# file name -> (expression, explorer, theme)
SHOTS = {
    "neuron": ("explorers.Neuron(w1=1.4, w2=1.2, b=-0.7)", "neuron", "light"),
    "forward_pass": ("explorers.ForwardPass()", "forward_pass", "dark"),
    "activation": ("explorers.Activation()", "activation", "light"),
    "gradient_through_depth": ("explorers.GradientThroughDepth()", "gradient_through_depth", "dark"),
}


def main() -> None:
    """Run one notebook with every shot, and write a PNG for each."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder) / "root"
        root.mkdir()
        cells = [expression for expression, _, _ in SHOTS.values()]
        write_notebook(root / "pictures.ipynb", "from course_utils import explorers", *cells)
        server = Server(Path(folder) / "home", root)
        context = playwright.chromium.launch_persistent_context(
            Path(folder) / "browser",
            executable_path=browser_program.find(),
            args=BROWSER_FLAGS,
            viewport={"width": 1280, "height": 800},
        )
        try:
            notebook = Notebook(context, server, "pictures.ipynb")
            notebook.run_all()
            for name, (_, explorer, theme) in SHOTS.items():
                notebook.set_theme(theme)
                view = notebook.explorer(explorer)
                view.settled()
                notebook.page.wait_for_timeout(400)
                view.root.screenshot(path=PICTURES / f"{name}.png")
        finally:
            context.close()
            server.stop()


if __name__ == "__main__":
    main()
