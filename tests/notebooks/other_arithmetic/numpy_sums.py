"""NumPy's matrix products as another machine would compute them: every sum is added up in another order each time.

So do the kernels of OpenBLAS, which differ from processor to processor, and those of other libraries. What is
exact in every order (zeros, small whole numbers, a sum of one number) stays exact.

``@`` calls the loops of ``np.matmul``, which lie below Python: NumPy's C interface replaces them. ``np.dot`` and
``np.inner`` go to ``np.matmul``, ``np.tensordot`` and ``np.einsum`` to ``np.dot``. Left alone are the method
``dot`` of arrays (and ``np.linalg.norm``, which calls it) and LAPACK.
"""

from __future__ import annotations

import ctypes
import functools
import random
from types import ModuleType
from typing import Any

REPLACE_LOOP = 30  # place of PyUFunc_ReplaceLoopBySignature in NumPy's table of functions, the same since 1.0
SIZES = ctypes.POINTER(ctypes.c_ssize_t)
LOOP = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_void_p), SIZES, SIZES, ctypes.c_void_p)
SMALL = 10_000  # multiplications: few enough to do without OpenBLAS, which does not go backwards
chance = random.Random()  # not the generator that a lesson seeds
replaced: list[Any] = []  # what NumPy calls from now on must not be collected


def disturb(numpy: ModuleType) -> None:
    """Let every product of float32 and float64 matrices add in an order of its own."""
    for kind in (numpy.float32, numpy.float64):
        replace_loop(numpy, numpy.dtype(kind))
    numpy._core.numeric.dot = numpy.dot = by_matmul(numpy, numpy.dot, turned=False)
    numpy.inner = by_matmul(numpy, numpy.inner, turned=True)
    numpy.einsum = functools.partial(numpy.einsum, optimize=True)


def by_matmul(numpy: ModuleType, usual: Any, *, turned: bool) -> Any:
    """`np.dot`, or with `turned` `np.inner`, which on vectors and matrices are products of matrices."""

    @functools.wraps(usual)
    def product(a: Any, b: Any, **out: Any) -> Any:
        if not {numpy.ndim(a), numpy.ndim(b)} <= {1, 2}:
            return usual(a, b, **out)
        return numpy.matmul(a, numpy.transpose(b) if turned else b, **out)

    return product


def replace_loop(numpy: ModuleType, kind: Any) -> None:
    """Put `in_another_order` in the place of the loop that multiplies matrices of this kind."""
    usual = LOOP()
    mine = LOOP(functools.partial(in_another_order, numpy, kind, usual))
    kinds = (ctypes.c_int * 3)(*[kind.num] * 3)
    if loop_replacer(numpy)(numpy.matmul, mine, kinds, ctypes.byref(usual)) != 0:
        raise RuntimeError(f"NumPy has no loop that multiplies matrices of {kind}")
    replaced.extend([mine, usual])


def loop_replacer(numpy: ModuleType) -> Any:
    """NumPy's C function `PyUFunc_ReplaceLoopBySignature`."""
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = pointer_of(numpy._core._multiarray_umath._UFUNC_API, None)
    address = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[REPLACE_LOOP]
    takes = (ctypes.py_object, LOOP, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(LOOP))
    return ctypes.PYFUNCTYPE(ctypes.c_int, *takes)(address)


def in_another_order(numpy: ModuleType, kind: Any, usual: Any, data: Any, sizes: Any, steps: Any, extra: Any):
    """Add up backwards as often as not; where that would be slow in an order by chance."""
    if sizes[0] * sizes[1] * sizes[2] * sizes[3] > SMALL:
        shuffled(numpy, kind, usual, data, sizes, steps, extra)
    elif chance.random() < 0.5:
        usual(data, sizes, steps, extra)
    else:
        backwards(usual, data, sizes, steps, extra)


def backwards(usual: Any, data: Any, sizes: Any, steps: Any, extra: Any) -> None:
    """Go through the columns of the first matrices, and the rows of the second, from the last to the first."""
    first, second, column, row = data[0], data[1], steps[4], steps[5]
    last = sizes[2] - 1
    data[0], data[1], steps[4], steps[5] = first + last * column, second + last * row, -column, -row
    usual(data, sizes, steps, extra)
    data[0], data[1], steps[4], steps[5] = first, second, column, row


def shuffled(numpy: ModuleType, kind: Any, usual: Any, data: Any, sizes: Any, steps: Any, extra: Any) -> None:
    """Shuffle the columns of the first matrices, and the rows of the second likewise; then as usual."""
    stack, rows, inner, columns = sizes[:4]
    first_step, second_step, result_step, *inside = steps[:9]
    first = array_at(numpy, data[0], kind, (stack, rows, inner), (first_step, *inside[:2]))
    second = array_at(numpy, data[1], kind, (stack, inner, columns), (second_step, *inside[2:4]))
    order = numpy.roll(an_order(numpy, inner), chance.randrange(inner))
    first, second = first.take(order, axis=2), second.take(order, axis=1)
    places = (ctypes.c_void_p * 3)(first.ctypes.data, second.ctypes.data, data[2])
    strides = (first.strides[0], second.strides[0], result_step, *first.strides[1:], *second.strides[1:])
    usual(places, sizes, (ctypes.c_ssize_t * 9)(*strides, *inside[4:]), extra)


@functools.cache
def an_order(numpy: ModuleType, size: int) -> Any:
    """The numbers below `size` in an order by chance, drawn once: turning it costs far less than another."""
    return numpy.array(chance.sample(range(size), size))


def array_at(numpy: ModuleType, address: int, kind: Any, shape: tuple, strides: tuple) -> Any:
    """The array that lies at an address, not copied."""

    class Described:
        __array_interface__ = {
            "version": 3,
            "data": (address, False),
            "shape": shape,
            "strides": strides,
            "typestr": kind.str,
        }

    return numpy.asarray(Described())
