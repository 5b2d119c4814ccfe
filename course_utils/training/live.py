"""Training that can be watched and stopped: ``history = await training.fit(model, images, labels, epochs=10)``."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import anywidget
import keras
import traitlets
from IPython import get_ipython
from IPython.display import display

from course_utils import plotting
from course_utils.explorers.engine.linker import link, stylesheet
from course_utils.explorers.engine.sentences import decimal
from course_utils.training.progress import readable

POLLED_AFTER_S = 0.1
SHOWN_AFTER_S = 0.4  # the curve costs little, but a drawing for every batch would cost more than the training
SHOWN_AFTER_COSTS = (
    100  # long curves are sent less often, so that sending takes at most a hundredth of the time
)
LONGEST_BATCH_S = 60


async def fit(model: keras.Model, *data: Any, epochs: int = 1, **options: Any) -> keras.callbacks.History:
    """Call ``model.fit`` with a live curve and a button to stop; return its history.

    The training runs in a thread while the cell waits, so other cells' explorers answer meanwhile. "Stop", or the
    toolbar's interrupt, ends it after the batch at work: what has been learned stays, and the cells below run.
    In the saved notebook one still picture is left. Outside a notebook it is ``model.fit`` with Keras' own lines.

    Args:
        model: a compiled model.
        data: inputs and targets, as for ``model.fit``.
        epochs: the largest number of passes over the data.
        options: everything else that ``model.fit`` takes.

    Raises:
        Whatever ``model.fit`` raises.
    """
    if getattr(get_ipython(), "kernel", None) is None:
        return model.fit(*data, epochs=epochs, **{"verbose": 2, **options})
    watcher = Watcher()
    callbacks = [*(options.pop("callbacks", None) or ()), watcher]
    run = _Run(lambda: model.fit(*data, epochs=epochs, callbacks=callbacks, **{"verbose": 0, **options}))
    await _watch(run, watcher)
    return run.result()


class Watcher(keras.callbacks.Callback):
    """Notes how far the training is, and ends it after the next batch once ``stop`` is true."""

    async_safe = True

    def __init__(self) -> None:
        """Start before the first batch."""
        super().__init__()
        self.stop = False
        self.step = 0
        self.newest: dict[str, Any] = {}
        self.curves: dict[str, list[float]] = {}
        self._started = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Note the batch; this runs after each one, so it does next to nothing."""
        self.step, self.newest = batch + 1, logs or {}
        if self.stop:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Note the epoch's numbers."""
        longer = {name: list(values) for name, values in self.curves.items()}
        for name, value in (logs or {}).items():
            longer.setdefault(name, []).append(float(value))
        self.curves, self.step = longer, 0

    def progress(self) -> dict[str, Any]:
        """Return what the live curve shows: epochs and steps done and planned, seconds, the newest numbers."""
        params = self.params or {}
        numbers = {name: float(value) for name, value in dict(self.newest).items()}
        return {
            "epoch": len(self.curves.get("loss", ())),
            "epochs": params.get("epochs") or 1,
            "step": self.step,
            "steps": params.get("steps") or 0,
            "seconds": time.monotonic() - self._started,
            "numbers": numbers,
        }

    def words(self) -> str:
        """Return one sentence on how the training ended."""
        epoch, epochs = len(self.curves.get("loss", ())), (self.params or {}).get("epochs", 1)
        numbers = ", ".join(
            f"{readable(name)} {decimal(values[-1], 3)}" for name, values in self.curves.items()
        )
        how = "Training was stopped" if self.stop else "Training ended"
        return f"{how} after {epoch} of {epochs} epochs{': ' if numbers else ''}{numbers}."


class LiveCurve(anywidget.AnyWidget):
    """The curve that grows while a model is trained, and the button that stops it."""

    progress = traitlets.Dict().tag(sync=True)
    curves = traitlets.Dict().tag(sync=True)
    stop = traitlets.Bool(False).tag(sync=True)

    def __init__(self, watcher: Watcher) -> None:
        """Show what ``watcher`` notes."""
        self._esm, self._css = link("live_curve"), stylesheet("live_curve")
        super().__init__(progress=watcher.progress())
        self._watcher = watcher
        self.observe(self._ask_to_stop, "stop")

    def _ask_to_stop(self, change: dict[str, Any]) -> None:
        self._watcher.stop = change["new"]

    def refresh(self) -> float:
        """Send the newest numbers to the browser; return the seconds of processor time that this took."""
        began = time.thread_time()
        with self.hold_sync():
            self.curves = self._watcher.curves
            self.progress = self._watcher.progress()
        return time.thread_time() - began


class _Run:
    """A call in a thread of its own, with its answer or its error."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._answer: Any = None
        self._error: BaseException | None = None
        self._done = threading.Event()
        threading.Thread(target=self._call, daemon=True).start()

    def _call(self) -> None:
        try:
            self._answer = self._work()
        except BaseException as error:
            self._error = error  # raised again where the answer is asked for
        finally:
            self._done.set()

    def is_done(self) -> bool:
        return self._done.is_set()

    def wait(self, seconds: float) -> None:
        self._done.wait(seconds)

    def result(self) -> Any:
        if not self.is_done():
            raise RuntimeError(
                f"the training is still busy with a batch after {LONGEST_BATCH_S} s; restart the kernel to end it"
            )
        if self._error is not None:
            raise self._error
        return self._answer


async def _watch(run: _Run, watcher: Watcher) -> None:
    """Show the live curve until the run is done, then a still picture in its place."""
    live = LiveCurve(watcher)
    place = display(live, display_id=True)
    due = time.monotonic() + SHOWN_AFTER_S
    try:
        while not run.is_done():
            await asyncio.sleep(POLLED_AFTER_S)
            if time.monotonic() >= due:
                due = time.monotonic() + max(SHOWN_AFTER_S, SHOWN_AFTER_COSTS * live.refresh())
    except (KeyboardInterrupt, asyncio.CancelledError):
        watcher.stop = True
        run.wait(LONGEST_BATCH_S)
    finally:
        live.close()
        data, metadata = _still(watcher)
        place.update(data, metadata=metadata, raw=True)


def _still(watcher: Watcher) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the picture that stays in the notebook; only words where no epoch has ended."""
    if not watcher.curves:
        return {"text/plain": watcher.words()}, {}
    return plotting.bundle(plotting.history(watcher.curves), watcher.words())
