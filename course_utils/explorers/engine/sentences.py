"""Numbers as the explorers write them: the twins of ``decimal``, ``percent`` ... in ``static/engine/dom.js``."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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


def significant(value: float, figures: int = 2) -> str:
    """Return ``value`` with ``figures`` significant figures: "0.050", "12", "3.2 × 10⁻⁷"."""
    if value == 0 or not math.isfinite(value):
        return decimal(value, 0)
    exact = Decimal(abs(float(value)))
    rounded = exact.quantize(Decimal(1).scaleb(exact.adjusted() - figures + 1), rounding=ROUND_HALF_UP)
    power = rounded.adjusted()  # 9.96 has become 10
    sign = "−" if value < 0 else ""
    if -3 <= power < 4:
        return f"{sign}{rounded.quantize(Decimal(1).scaleb(min(0, power - figures + 1)), rounding=ROUND_HALF_UP)}"
    mantissa = rounded.scaleb(-power).quantize(Decimal(1).scaleb(1 - figures), rounding=ROUND_HALF_UP)
    return f"{sign}{mantissa} × 10{str(power).translate(_RAISED)}"


def trimmed(value: float, least: int = 2, most: int = 4) -> str:
    """Return ``value`` with as many decimals as it needs, between ``least`` and ``most``: "0.50", "0.6225"."""
    text = decimal(value, most)
    spare = min(len(text) - len(text.rstrip("0")), most - least) if "." in text else 0
    return decimal(value, most - spare)
