"""Matrix products on one thread.

For matrices as small as the explorers' a second thread gains nothing, and where another process keeps a core busy the
threads wait for each other a hundred times longer than the product takes.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which NumPy's matrix library uses one thread."""
    return _matrix_library().limit(limits=1, user_api="blas")


@lru_cache(maxsize=1)
def _matrix_library() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
