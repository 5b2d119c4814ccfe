"""NumPy's products as processors of other kinds compute them: OpenBLAS takes the kernels of the one it is told.

``OPENBLAS_CORETYPE`` names it. Elsewhere than on x86, and where NumPy has another library than OpenBLAS, there is
nothing to choose.
"""

from __future__ import annotations

from numpy._core._multiarray_umath import __cpu_features__
from threadpoolctl import threadpool_info

VARIABLE = "OPENBLAS_CORETYPE"
NEEDS = {"Nehalem": "SSE42", "Haswell": "AVX2", "Zen": "AVX2", "SkylakeX": "AVX512_SKX"}
ALIKE = {"Zen": "Haswell"}  # the same kernels under another name


def own() -> str | None:
    """What OpenBLAS takes this processor for; None where NumPy does not use it."""
    found = [
        library["architecture"] for library in threadpool_info() if library["internal_api"] == "openblas"
    ]
    return found[0] if found else None


def possible() -> list[str]:
    """The kinds as which this processor can compute; one that lacks the instructions would be stopped."""
    return [kind for kind, feature in NEEDS.items() if own() and __cpu_features__[feature]]


def another() -> dict[str, str]:
    """What makes OpenBLAS compute as another kind: Haswell, as most laptops are, or where this is one Nehalem."""
    kinds = [
        kind for kind in ("Haswell", "Nehalem") if kind in possible() and kind != ALIKE.get(own(), own())
    ]
    return {VARIABLE: kinds[0]} if kinds else {}
