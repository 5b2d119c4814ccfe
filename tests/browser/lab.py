"""A real JupyterLab server on a free loopback port, and notebooks opened in a real browser."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Playwright,
    Request,
    ViewportSize,
)

from course_utils.cli import browser as browser_program
from course_utils.cli.lab import PROMPT_ANSWERS

REPOSITORY = Path(__file__).resolve().parents[2]
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WINDOW: ViewportSize = {"width": 1280, "height": 800}  # of a 13-inch laptop
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    # Cells outside the window are not laid out otherwise, and cannot be found.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}
# JupyterLab asks for language servers that a course server does not have.
KNOWN_NOT_FOUND = ("/lsp/status",)
OUTPUTS = """() => jupyterapp.shell.currentWidget.content.model.toJSON().cells.flatMap(
    (cell, index) => (cell.outputs || []).map(output => ({cell: index, ...output})))"""
OPEN = """async ([path, waitForKernel]) => {
    const widget = await jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook'});
    await widget.context.ready;
    if (waitForKernel) await widget.sessionContext.ready; }"""
CLOSE = """async () => {
    const widget = jupyterapp.shell.currentWidget;
    await widget.sessionContext.shutdown();
    widget.context.model.dirty = false; // else it asks if it should save
    widget.close(); }"""
RUN_ALL = """() => { window.courseRan = false;
    jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.courseRan = true; }); }"""
IDLE = "() => window.courseRan && jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"


class Server:
    """JupyterLab serving one folder, with settings and runtime files of its own."""

    def __init__(self, home: Path, root: Path) -> None:
        """Start the server and wait until it answers."""
        self.home, self.root, self.token = home, root, secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        for name, settings in SETTINGS.items():
            path = home / "settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings), encoding="utf-8")
        self.log = (home / "server.log").open("w", encoding="utf-8")
        self.idle_page: Page | None = None
        self.process = subprocess.Popen(
            self._command(), cwd=root, env=self._environment(), stdout=self.log, stderr=self.log
        )
        self._wait()

    def _command(self) -> list[str]:
        return [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
            f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self.token}", "--LabApp.expose_app_in_browser=True",
            PROMPT_ANSWERS,
        ]  # fmt: skip

    def _environment(self) -> dict[str, str]:
        folders = {
            "HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }  # fmt: skip
        return os.environ | {name: str(self.home / folder) for name, folder in folders.items()}

    def _wait(self, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/api/status?token={self.token}", timeout=5)
                return
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        raise RuntimeError(f"JupyterLab did not start:\n{(self.home / 'server.log').read_text()[-3000:]}")

    def take_page(self, context: BrowserContext) -> Page:
        """Return a page with JupyterLab and no notebook: the one that was left last, or a new one.

        It comes to the front: the browser draws a page behind another once a second at most.
        """
        page, self.idle_page = self.idle_page, None
        if page:
            page.bring_to_front()
            return page
        page = context.new_page()
        page.goto(f"{self.url}/lab?reset&token={self.token}")
        page.wait_for_function("() => window.jupyterapp?.restored", timeout=90_000)
        page.evaluate("() => jupyterapp.restored")
        return page

    def leave_page(self, page: Page) -> None:
        """Keep a page whose notebook is closed for the next one: loading JupyterLab takes seconds."""
        if self.idle_page:
            page.close()
            return
        page.set_viewport_size(WINDOW)
        page.emulate_media(color_scheme="null", reduced_motion="null", forced_colors="null")
        self.idle_page = page

    def stop(self) -> None:
        """Shut the server and its kernels down."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Notebook:
    """One notebook in the browser, the only one in its page."""

    def __init__(
        self,
        context: BrowserContext,
        server: Server,
        path: str,
        theme: str = "light",
        wait_for_kernel: bool = True,
    ) -> None:
        """Open ``path`` (relative to the server's root) in JupyterLab's ``theme``."""
        self.server = server
        self.page = server.take_page(context)
        self.is_closed, self.has_kernel = False, wait_for_kernel
        self.console: list[str] = []
        self.external: list[str] = []
        self._listeners: dict[str, Any] = {
            "console": self._note_console,
            "pageerror": self._note_error,
            "request": self._note_request,
        }
        for event, listener in self._listeners.items():
            self.page.on(event, listener)  # type: ignore[call-overload]
        self.page.evaluate(OPEN, [path, wait_for_kernel])
        self.set_theme(theme)

    def _note_error(self, error: Error) -> None:
        self.console.append(str(error))

    def _note_console(self, message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        if message.type == "error" and not any(known in address for known in KNOWN_NOT_FOUND):
            self.console.append(f"{message.text} [{address}]")

    def _note_request(self, request: Request) -> None:
        if (
            request.url.startswith(("http:", "https:", "ws:"))
            and f"127.0.0.1:{self.server.port}" not in request.url
        ):
            self.external.append(request.url)

    # ---- the notebook --------------------------------------------------------------------------

    def set_theme(self, theme: str) -> None:
        """Switch to JupyterLab's light or dark theme without a restart."""
        name = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[theme]
        self.page.evaluate("(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
        wanted = "true" if theme == "light" else "false"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{wanted}"]', state="attached")

    def run_all(self, seconds: float = 180) -> None:
        """Run every cell; raise AssertionError with the output where one failed or wrote to stderr."""
        self.page.evaluate(RUN_ALL)
        self.page.wait_for_function(IDLE, timeout=seconds * 1000)
        # run-all-cells resolves even when a cell raised: the outputs tell.
        bad = [o for o in self.outputs() if o["output_type"] == "error" or o.get("name") == "stderr"]
        assert not bad, bad

    def outputs(self) -> list[dict[str, Any]]:
        """Return every output of the notebook as nbformat has it, with its cell's index."""
        return self.page.evaluate(OUTPUTS)

    def evaluate(self, expression: str) -> Any:
        """Return a Python expression's value, computed in the notebook's kernel and sent as JSON."""
        code = f"import json as _json; _value = _json.dumps({expression})"
        reply = self.page.evaluate(
            """async (code) => {
                const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const future = kernel.requestExecute({code, silent: true, store_history: false,
                    user_expressions: {value: '_value'}});
                return (await future.done).content; }""",
            code,
        )
        assert reply["status"] == "ok", reply
        return json.loads(_unquoted(reply["user_expressions"]["value"]["data"]["text/plain"]))

    def restart_kernel(self) -> None:
        """Restart the kernel, as Kernel > Restart does."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
        self.page.wait_for_function(
            "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
        )

    def save(self) -> None:
        """Save the notebook file."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.context.save()")

    def close(self) -> None:
        """Stop the kernel and close the notebook; a second call does nothing."""
        if self.is_closed:
            return
        self.is_closed = True
        self.page.evaluate(CLOSE)
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)
        # More may still come of what went wrong, or of a kernel that was just starting.
        if self.console or not self.has_kernel:
            self.page.close()
        else:
            self.server.leave_page(self.page)

    # ---- explorers -------------------------------------------------------------------------------

    def explorer(self, name: str, nth: int = 0) -> ExplorerView:
        """Return the ``nth`` explorer called ``name`` once it is drawn."""
        root = self.page.locator(f'[data-explorer="{name}"][data-ready="true"]').nth(nth)
        root.wait_for(timeout=20_000)
        root.scroll_into_view_if_needed()
        return ExplorerView(self.page, root)

    def fresh_explorer(self, name: str) -> ExplorerView:
        """Return the explorer called ``name`` after "Reset", drawn."""
        view = self.explorer(name)
        view.reset()
        return view

    def state_of(self, view: ExplorerView, variable: str = "e", seconds: float = 5) -> dict[str, Any]:
        """Return the state in the kernel, where the explorer is called ``variable``, once it is the browser's.

        What the browser would tell the kernel at leisure is sent at once.
        """
        view.drawn()
        view.root.evaluate("(root) => root.explorer.flush()")
        deadline = time.monotonic() + seconds
        while (known := self.evaluate(f"{variable}.state")) != (shown := view.state()):
            assert time.monotonic() < deadline, f"the kernel has {known}, the browser {shown}"
            self.page.wait_for_timeout(50)
        return known

    def agreed_state(self, view: ExplorerView, variable: str = "e") -> dict[str, Any]:
        """Return the same, after a look that the sentence shown is the one that Python says of it."""
        state = self.state_of(view, variable)
        view.settled()
        assert view.sentence() == self.evaluate(f"{variable}.describe({variable}.state)")
        return state


class ExplorerView:
    """One explorer in the page."""

    def __init__(self, page: Page, root: Locator) -> None:
        """Wrap the explorer's root element."""
        self.page, self.root = page, root

    def field(self, name: str) -> Locator:
        """Return the control of a field: slider, list or tick box."""
        return self.root.locator(f'[data-field="{name}"]')

    def exact(self, name: str) -> Locator:
        """Return the box for the exact value of a number."""
        return self.root.locator(f'[data-exact="{name}"]')

    def drawn(self) -> None:
        """Wait for two frames: what was changed before is drawn then."""
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def reset(self) -> None:
        """Press "Reset", and wait until it is drawn, also where the kernel works for it."""
        self.button("Reset").click()
        self.drawn()
        self.settled()
        self.drawn()

    def sentence(self) -> str:
        """Return the sentence shown, after the next two frames."""
        self.drawn()
        return self.root.locator(".course-sentence").inner_text().replace("\u00a0%", " %")

    def state(self) -> dict[str, Any]:
        """Return the state in the browser."""
        return self.root.evaluate("(root) => root.explorer.state")

    def settled(self, seconds: float = 10) -> None:
        """Wait until the picture is the one of the newest state."""
        self.root.and_(self.page.locator(':not([data-pending="true"])')).wait_for(timeout=seconds * 1000)

    def handle(self, label: str) -> Locator:
        """Return the handle of this name in the picture, once what was done before is drawn."""
        self.settled()
        self.drawn()
        return self.root.locator(f'[role="slider"][aria-label="{label}"]')

    def button(self, name: str) -> Locator:
        """Return a button by its text."""
        return self.root.get_by_role("button", name=name, exact=True)

    def copied_line(self) -> str:
        """Press "Copy state" and return the line of Python on the clipboard."""
        self.button("Copy state").click()
        self.root.get_by_role("button", name="Copied ✓").wait_for()
        return self.page.evaluate("() => navigator.clipboard.readText()")

    def drag(self, target: Locator, dx: float, dy: float, steps: int = 6) -> None:
        """Drag an element by its middle."""
        box = target.bounding_box()
        assert box, "the element to drag is not visible"
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx, y + dy, steps=steps)
        self.page.mouse.up()


def launch(playwright: Playwright, folder: Path) -> BrowserContext:
    """Start a headless browser of the size of a 13-inch laptop, with its profile in ``folder``."""
    return playwright.chromium.launch_persistent_context(
        folder,
        executable_path=browser_program.find(),
        headless=True,
        args=BROWSER_FLAGS,
        viewport=WINDOW,
        permissions=["clipboard-read", "clipboard-write"],
    )


@contextmanager
def running(browser: BrowserContext, server: Server, name: str, *sources: str) -> Iterator[Notebook]:
    """A notebook of these cells after Run All; in the end nobody may have complained or called another machine."""
    write_notebook(server.root / f"{name}.ipynb", *sources)
    notebook = Notebook(browser, server, f"{name}.ipynb")
    notebook.run_all()
    yield notebook
    notebook.close()
    assert not notebook.console, notebook.console
    assert not notebook.external, notebook.external


def write_notebook(path: Path, *sources: str) -> None:
    """Write a notebook of code cells for a test."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def _unquoted(text: str) -> str:
    import ast

    return ast.literal_eval(text)
