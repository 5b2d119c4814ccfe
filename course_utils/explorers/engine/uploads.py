"""Explorers of pictures: a few samples to choose among, and a picture of the reader's own.

The browser's half is ``static/engine/upload.js``. The bytes of a file are no part of the state, which would be sent
back and saved; they come as messages of 2 MB, because Jupyter's server takes none above 10 MB.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from course_utils import datasets
from course_utils.datasets.own_pictures import MOST_BYTES
from course_utils.explorers.engine.explorer import Explorer, encode
from course_utils.explorers.engine.fields import Choice

OWN = "own"
_PART_BYTES = 2_000_000
_NOT_YET = "your own picture is no part of a copied state, choose it again"


def picture_choice(samples: Mapping[str, str], label: str = "picture") -> Choice:
    """Return the field for one of the samples (name -> what people read; the first is the default) or one's own."""
    return Choice(default=next(iter(samples)), options={**samples, OWN: "your own picture"}, label=label)


class PictureExplorer(Explorer):
    """An explorer of pictures that also takes one of the reader's own.

    A subclass has ``picture`` among its fields, made by ``picture_choice``; it shows ``self.picture(state)``
    and names it by ``self.picture_words(state)``. Its module puts ``pictureUpload(frame)`` into the page and finds
    the same in ``frame.arrays.picture`` and ``frame.arrays.pictureWords``.

    The state says ``"own"`` and does not hold the picture, neither does the line of "Copy state": an explorer
    made from it shows the first sample and says so, until a file is chosen again. ``own_picture`` is the picture
    for other cells.
    """

    picture_side: int = 512  # pixels of the longer side at most

    upload = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        *,
        own_picture: NDArray[np.uint8] | None = None,
        arrays: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """Start with a sample, or with ``own_picture``, (height, width, 3) uint8, and its state ``"own"``."""
        self._own = None if own_picture is None else datasets.shrink(own_picture, self.picture_side)
        self._receiving, self._parts = "", list[bytes]()
        if own_picture is not None:
            shared = options.get("shared", "") + ", own_picture=picture"
            options = {"picture": OWN} | options | {"shared": shared}
        super().__init__(arrays=arrays, **options)
        self._show_picture()
        self.on_msg(self._receive)

    @property
    def own_picture(self) -> NDArray[np.uint8] | None:
        """The reader's picture, (height, width, 3) uint8, or None as long as there is none."""
        return self._own

    def sample(self, name: str) -> NDArray[np.uint8]:
        """Return a sample by its key in the field's options, (height, width, 3) uint8: here ``datasets.photo``."""
        return _photo(name, self.picture_side)

    def picture(self, state: Mapping[str, Any]) -> NDArray[np.uint8]:
        """Return the picture of ``state``, (height, width, 3) uint8; the first sample where one's own is missing."""
        if state["picture"] == OWN:
            return self.sample(self._choice().default) if self._own is None else self._own
        return self.sample(state["picture"])

    def picture_words(self, state: Mapping[str, Any]) -> str:
        """Return what the picture is called in a sentence."""
        field = self._choice()
        if state["picture"] == OWN and self._own is None:
            return f"{field.options[field.default]} ({_NOT_YET})"
        return field.options[state["picture"]]

    # ---- what changes the picture -------------------------------------------------------------------

    def _follow(self, change: Mapping[str, Any]) -> None:
        with self.hold_sync():  # the answer and its picture come together
            super()._follow(change)
            picture = self.state.get("picture")
            if picture != change["old"].get("picture") and picture in list(self._choice().options):
                self._show_picture()

    def _show_picture(self) -> None:
        self.arrays = {**self.arrays, **encode(self._shown(self.state))}

    def _shown(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {"picture": self.picture(state), "pictureWords": self.picture_words(state)}

    def _receive(self, _: Any, content: Mapping[str, Any], buffers: list[memoryview]) -> None:
        """Collect the parts of a file; the last one completes it, the first one of another file starts anew."""
        if content.get("kind") != "picture":
            return
        with self._one_at_a_time:
            if content["part"] == 0:
                self._receiving, self._parts = content["id"], []
            if content["id"] != self._receiving:
                return  # overtaken by another file
            self._parts += [bytes(buffer) for buffer in buffers]
            if content["part"] + 1 == content["parts"]:
                data, self._parts = b"".join(self._parts), []
                self._take(data, content)

    def _take(self, data: bytes, content: Mapping[str, Any]) -> None:
        """Show the picture of a file, or say why it cannot be shown and keep what is there."""
        result = {"id": content["id"], "name": content["name"], "note": "", "fault": ""}
        try:
            taken = datasets.picture_from_bytes(data, self.picture_side)
        except datasets.PictureError as error:
            self.upload = result | {"fault": str(error)}
            return
        self._own = taken.image
        self.upload = result | {"note": taken.note}
        if self.state["picture"] != OWN:
            self.set(picture=OWN)
            return
        with self.hold_sync():
            self._show_picture()
            if self._computes():
                self._answer()

    def _choice(self) -> Choice:
        field = self.fields["picture"]
        assert isinstance(field, Choice), "picture_choice makes the field"
        return field

    def _spec(self, initial: Mapping[str, Any], shared: str) -> dict[str, Any]:
        limits = {"mostBytes": MOST_BYTES, "partBytes": _PART_BYTES}
        return super()._spec(initial, shared) | {"upload": limits}


@cache
def _photo(name: str, longest_side: int) -> NDArray[np.uint8]:
    return datasets.shrink(datasets.photo(name), longest_side)
