"""The base of every explorer: a declared state, a sentence, a still picture, and a frame in the browser."""

from __future__ import annotations

import io
import threading
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import numpy as np
import traitlets

from course_utils.explorers.engine.fields import Field, StateError, plain
from course_utils.explorers.engine.linker import link, stylesheet
from course_utils.explorers.engine.printed import printed_into

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DTYPES = ("float32", "float64", "uint8", "int32")
_PRINTED_LIMIT = 4000
# In JupyterLab: no empty row where the live explorer has replaced its still picture, and no error text in the
# place of a live explorer that is gone.
_STILL_STYLE = (
    ".course-still[hidden] { display: none; } "
    ".jp-OutputArea-child:has(.course-still[hidden]), "
    ".jp-OutputArea-child:has(.course-still) + .jp-OutputArea-child:not(:has(.course-explorer)) { display: none; }"
)


@dataclass(frozen=True)
class Preset:
    """A set-up to try: the button's name, what to predict first, and the part of the state that it sets."""

    name: str
    prompt: str
    state: Mapping[str, Any] = dataclass_field(default_factory=dict)


class Explorer(anywidget.AnyWidget):
    """A figure to take hold of.

    A subclass names its browser module, title and ``fields``, and says ``describe(state)`` (one sentence, the
    same as the browser's) and ``draw(state)`` (a still matplotlib figure). Where the arithmetic belongs to
    the kernel it overrides ``compute(state)``; the newest state wins and nothing queues up, because the
    browser keeps one message in flight. ``needs`` names the fields that ``compute`` gets (None: all of them);
    a change of the others is drawn at once. A preset starts from the initial state; the fields in ``kept``
    stay as they are unless the preset names them.
    """

    module: ClassVar[str]
    title: str
    hint: ClassVar[str] = ""
    fields: Mapping[str, Field]
    needs: ClassVar[tuple[str, ...] | None] = None
    presets: tuple[Preset, ...] = ()
    kept: ClassVar[tuple[str, ...]] = ()

    spec = traitlets.Dict().tag(sync=True)
    # Without the usual echo: it would take back what the hand did while it was on its way.
    state = traitlets.Dict().tag(sync=True, echo_update=False)
    arrays = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    fault = traitlets.Unicode().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)

    def __init__(self, *, arrays: Mapping[str, Any] | None = None, shared: str = "", **state: Any) -> None:
        """Start with the default state, changed by ``state``.

        Args:
            arrays: data that the browser draws, by name.
            shared: further arguments that "Copy state" has to write, such as ", points=points".
        """
        initial = self.complete(state)
        # JupyterLab may deliver messages in a thread of their own while a cell runs in another.
        self._one_at_a_time = threading.RLock()
        self._computed_for: Mapping[str, Any] | None = None
        self._esm, self._css = link(self.module), stylesheet(self.module)
        super().__init__(spec=self._spec(initial, shared), state=initial, arrays=encode(arrays or {}))
        if self._computes():
            self._answer()
        self.observe(self._follow, "state")

    # ---- to override ---------------------------------------------------------------------------

    def describe(self, state: Mapping[str, Any]) -> str:
        """Return one or two sentences that say in words what the explorer shows at ``state``."""
        raise NotImplementedError

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Return a still picture of the explorer at ``state``."""
        raise NotImplementedError

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return what only the kernel can compute, as arrays, numbers and strings. Default: nothing.

        Args:
            state: the fields that ``needs`` names.
        """
        raise NotImplementedError

    # ---- state ---------------------------------------------------------------------------------

    def complete(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the default state changed by ``state``, every value checked.

        Raises:
            StateError: for a name that this explorer does not have, or a value that does not fit.
        """
        unknown = sorted(set(state) - set(self.fields))
        if unknown:
            raise StateError(
                f"{type(self).__name__} has no {unknown[0]!r}; its state is {', '.join(self.fields)}"
            )
        return {
            name: field.check(name, state.get(name, field.default)) for name, field in self.fields.items()
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], **data: Any) -> Explorer:
        """Return an explorer in a state that somebody copied with "Copy state"."""
        return cls(**data, **state)

    def set(self, **changes: Any) -> None:
        """Change parts of the state; the browser follows."""
        self.state = self.complete(self.state | changes)

    @traitlets.validate("state")
    def _plain_state(self, proposal: Mapping[str, Any]) -> Any:
        return plain(proposal["value"])

    def _follow(self, change: Mapping[str, Any]) -> None:
        try:
            complete = self.complete(change["new"])
        except StateError as error:
            self._computed_for = None
            self.fault = f"{error}. Press Reset to go back to the start."
            return
        if complete != change["new"]:
            self.state = complete
        elif not self._computes():
            self.fault = ""
        elif self._needed(complete) != self._computed_for:
            self._answer()

    # ---- the kernel's part ---------------------------------------------------------------------

    def _computes(self) -> bool:
        return type(self).compute is not Explorer.compute

    def _needed(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {name: state[name] for name in (self.fields if self.needs is None else self.needs)}

    def _answers(self, state: Mapping[str, Any]) -> bool:
        """Return whether the answer at hand is the one for ``state``."""
        return not self.fault and self.answer.get("state") == self._needed(state)

    def _answer(self) -> None:
        """Compute for the newest state; what it prints and raises is shown, for Jupyter shows neither."""
        said = io.StringIO()
        with self._one_at_a_time:
            state = self._computed_for = self._needed(self.state)
            try:
                with printed_into(said):
                    result = encode(self.compute(state))
                fault = ""
            except Exception as error:
                result = self.answer
                where = traceback.extract_tb(error.__traceback__)[-1]
                fault = f"{type(error).__name__}: {error} (line {where.lineno} of {where.name})"
            with self.hold_sync():
                self.answer = {**result, "state": state}
                self.fault = fault
                self.said = said.getvalue()[-_PRINTED_LIMIT:]

    # ---- what the front end and the notebook file get --------------------------------------------

    def _spec(self, initial: Mapping[str, Any], shared: str) -> dict[str, Any]:
        spec = {
            "name": self.module,
            "title": self.title,
            "hint": self.hint,
            "maker": f"explorers.{type(self).__name__}.from_state",
            "shared": shared,
            "still": uuid.uuid4().hex,
            "computes": self._computes(),
            "needs": list(self.fields if self.needs is None else self.needs),
            "initial": dict(initial),
            "kept": list(self.kept),
            "fields": {name: field.describe() for name, field in self.fields.items()},
            "presets": [
                {"name": preset.name, "prompt": preset.prompt, "state": dict(preset.state)}
                for preset in self.presets
            ],
        }
        return plain(spec)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Show the still picture, then the live explorer, which hides the picture as long as it lives.

        Two outputs, because JupyterLab writes an error in the place of a widget whose kernel is gone,
        whatever else its output holds. The still one serves GitHub, HTML exports, papermill and notebooks
        reopened without a kernel.
        """
        from IPython.display import display

        bundle, metadata = self._still()
        display(bundle, metadata=metadata, raw=True)
        live = super()._repr_mimebundle_(**kwargs)
        if live is None:
            return None
        return {key: value for key, value in live[0].items() if key != "text/plain"}, live[1]

    def _still(self) -> tuple[dict[str, Any], dict[str, Any]]:
        from course_utils import plotting

        alt = f"{self.title}. {self.describe(self.state)}"
        bundle, metadata = plotting.bundle(self.draw(self.state), alt=alt)
        place = f'<div class="course-still" data-still="{self.spec["still"]}">{bundle["text/html"]}</div>'
        return bundle | {"text/html": f"<style>{_STILL_STYLE}</style>{place}"}, metadata


def encode(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` with every array as {dtype, shape, buffer}, which travels as bytes, not as text."""
    return {
        name: _encode_array(value) if isinstance(value, np.ndarray) else plain(value)
        for name, value in values.items()
    }


def _encode_array(array: np.ndarray) -> dict[str, Any]:
    if array.dtype.name not in _DTYPES:
        raise TypeError(f"the browser takes arrays of {', '.join(_DTYPES)}, not {array.dtype}")
    plain = np.ascontiguousarray(array)
    return {"dtype": plain.dtype.name, "shape": list(plain.shape), "buffer": memoryview(plain.tobytes())}
