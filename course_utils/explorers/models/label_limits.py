"""How far a picture may be changed before it is no longer what its label says: a small table, judged by eye.

No network was asked. The table is about the course's own pictures and no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MOST_STRAIN = 2.0


@dataclass(frozen=True)
class Limit:
    """Where ``field`` exceeds ``above``, the label is ``lost``, or stays while the picture is an unlikely one."""

    field: str
    above: float
    reason: str
    lost: bool = True


# The first limit of a field that is exceeded counts.
_ALL = (
    Limit("brightness", 0.55, "some pictures are nearly black or white"),
    Limit("noise", 0.3, "noise drowns what there is to see"),
)
_DIGIT = (
    Limit("crop", 0.3, "a crop can cut off the stroke that tells the digit"),
    Limit("translation", 0.3, "a part of the digit can leave the picture"),
    Limit("zoom", 0.7, "too large or too small, the digit cannot be read"),
    Limit("shear", 0.6, "a part of the digit can leave the picture"),
    Limit("erasing", 0.15, "the patch can hide the stroke that tells the digit"),
)
_SIX = (
    Limit("rotation", 0.35, "turned by half a turn, a 6 becomes a 9"),
    Limit("rotation", 0.15, "a 6 on its side is no digit"),
    Limit("flip_horizontal", 0, "a mirrored 6 is no digit"),
    Limit("flip_vertical", 0, "upside down, a 6 is no digit, and flipped both ways it is a 9"),
)
_TWO = (
    Limit("rotation", 0.15, "a 2 on its side looks like an N"),
    Limit("flip_horizontal", 0, "a mirrored 2 looks like an S or a 5"),
    Limit("flip_vertical", 0, "upside down, a 2 looks like an S or a 5"),
)
_EIGHT = (Limit("rotation", 0.15, "an 8 on its side is the sign for infinity"),)
_CLOTHES = (
    Limit("crop", 0.4, "a piece of it could belong to another class"),
    Limit("erasing", 0.25, "the patch can hide what tells the classes apart"),
    Limit("translation", 0.4, "half of it can leave the picture"),
    Limit("zoom", 0.7, "a part of it can leave the picture"),
    Limit("shear", 0.7, "a part of it can leave the picture"),
    Limit("flip_vertical", 0, "nobody photographs it upside down", lost=False),
    Limit("rotation", 0.1, "in this data set everything stands upright", lost=False),
)
_CUT = (
    Limit("crop", 0.55, "a crop can miss what the label names"),
    Limit("erasing", 0.35, "the patch can hide what the label names"),
    Limit("translation", 0.4, "what the label names can leave the picture"),
    Limit("saturation", 0.3, "it gets stronger colours than it has, or none", lost=False),
)
_PHOTO = (
    *_CUT,
    Limit("hue", 0.15, "it gets colours that it does not have", lost=False),
    Limit("flip_vertical", 0, "hardly any photo shows it upside down", lost=False),
    Limit("rotation", 0.12, "hardly any photo is tilted so far", lost=False),
)
# A blossom looks the same from all sides.
_DAHLIA = (*_CUT, Limit("hue", 0.1, "it stays a dahlia, but is no longer orange"))
_LIMITS: Mapping[str, tuple[Limit, ...]] = {
    "sneaker": _CLOTHES,
    "shirt": _CLOTHES,
    "six": (*_SIX, *_DIGIT),
    "two": (*_TWO, *_DIGIT),
    "eight": (*_EIGHT, *_DIGIT),
    "flower": _DAHLIA,
}


def exceeded(picture: str, state: Mapping[str, Any], fields: list[str]) -> list[Limit]:
    """Return the limits of ``picture`` that the ``fields`` of ``state`` exceed, lost labels first."""
    found: dict[str, Limit] = {}
    for limit in _limits(picture, fields):
        if state[limit.field] > limit.above:
            found.setdefault(limit.field, limit)
    return sorted(found.values(), key=lambda limit: not limit.lost)


def strain(picture: str, state: Mapping[str, Any], fields: list[str]) -> float:
    """Return the sum of all changes, each as a share of what alone would put the label at risk."""
    limits = {limit.field: limit.above for limit in _limits(picture, fields) if limit.lost and limit.above}
    return sum(state[field] / above for field, above in limits.items())


def _limits(picture: str, fields: list[str]) -> list[Limit]:
    return [limit for limit in (*_LIMITS.get(picture, _PHOTO), *_ALL) if limit.field in fields]


def verdict(picture: str, thing: str, state: Mapping[str, Any], fields: list[str]) -> str:
    """Say whether ``thing`` is still what its label says after the transforms ``fields``."""
    if not fields:
        return f"✓ Nothing is changed: {thing}, as before."
    limits = exceeded(picture, state, fields)
    lost, unlikely = ([limit.reason for limit in limits if limit.lost is kind] for kind in (True, False))
    if lost:
        return f"⚠ The label may not survive: {_told(lost)}"
    if strain(picture, state, fields) > _MOST_STRAIN:
        return "⚠ The label may not survive: each change alone is harmless, all together are not."
    if unlikely:
        return f"△ Still {thing}, but an unlikely picture: {_told(unlikely)}"
    return f"✓ The label survives: still {thing}."


def _told(reasons: list[str]) -> str:
    """Write the first reason; the line must not become two."""
    more = len(reasons) - 1
    return f"{reasons[0]}; and {more} more." if more else f"{reasons[0]}."
