"""A line that tells how training goes, short enough to stay in a saved notebook."""

from __future__ import annotations

import time
from typing import Any

import keras
from IPython.display import DisplayHandle, display


class ProgressLine(keras.callbacks.Callback):
    """Shows one line that is rewritten after every epoch: ``model.fit(..., callbacks=[ProgressLine()])``."""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open the line."""
        self._started = time.monotonic()
        self._line: DisplayHandle | None = display(self._text("Training begins."), raw=True, display_id=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Rewrite the line with the newest numbers."""
        numbers = ", ".join(f"{readable(name)} {value:.3f}" for name, value in (logs or {}).items())
        seconds = time.monotonic() - self._started
        self._show(f"Epoch {epoch + 1} of {self.params['epochs']} after {seconds:.0f} s: {numbers}")

    def _show(self, text: str) -> None:
        if self._line is not None:
            self._line.update(self._text(text), raw=True)

    @staticmethod
    def _text(text: str) -> dict[str, str]:
        return {"text/plain": text}


def readable(name: str) -> str:
    """Return "validation accuracy" for Keras' "val_accuracy"."""
    return name.replace("val_", "validation ", 1).replace("_", " ")
