"""Numbers as the explorers write them: the twin of ``decimal`` and ``percent`` in ``static/engine/dom.js``."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal


def decimal(value: float, digits: int = 2) -> str:
    """Return ``value`` with ``digits`` decimals, a real minus sign, and never "−0.00".

    Ties are rounded away from zero on the exact binary value, as JavaScript's ``toFixed`` does.
    """
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = str(Decimal(abs(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))
    return f"−{text}" if value < 0 and float(text) != 0 else text


def percent(share: float, digits: int = 0) -> str:
    """Return a share in [0, 1] as a percentage, "75 %"."""
    return f"{decimal(100 * share, digits)} %"
