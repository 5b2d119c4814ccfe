"""Plain data between the examiner and a candidate whose every byte may be a lie.

A value is None, a bool, an int, a float, a str, bytes, a list, a tuple, a dict with str keys, a numeric or
boolean NumPy array or scalar, or a `Reference` to something that stays on its side. It travels as tagged
binary data: no pickle, no eval, no names of classes. Whatever is not exactly of this form is refused with a
`ProtocolError`, and sizes and depth are bounded before memory is taken.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DEPTH = 32
MAX_ITEMS = 2_000_000
MAX_INT_BYTES = 1024
MAX_DIMENSIONS = 32
MAX_SIDE = 1 << 31
NUMBERS = frozenset(
    {"|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"}
)
ITEM_BYTES = 32  # what an item counts in the sum of all data, beside its bytes: it takes time and memory
PATIENCE = 0.25  # seconds
HEADER = struct.Struct(">Q")
COUNT = struct.Struct(">I")
SIDE = struct.Struct(">Q")
FLOAT = struct.Struct(">d")


class ProtocolError(Exception):
    """Data that are not of the agreed form."""


class ConnectionLostError(Exception):
    """The other side is gone."""


@dataclass(frozen=True)
class Reference:
    """Stands for an object that stays on its side: a `handle` of the candidate, a `callback` of the examiner."""

    kind: str
    number: int
    text: str = ""


Otherwise = Callable[[Any], Any]
Resolve = Callable[[Reference], Any]


def encode(value: Any, otherwise: Otherwise | None = None) -> bytes:
    """The bytes of `value`; `otherwise` gives plain data or a `Reference` for what is not plain.

    Raises:
        ProtocolError: `value` holds something that cannot travel, is too deep or has too many items.
    """
    writer = _Writer(otherwise)
    writer.write(value, 0)
    return bytes(writer.out)


def decode(data: bytes, resolve: Resolve | None = None) -> Any:
    """The value of the bytes; `resolve` gives the object for a `Reference` (else it is left as it is).

    Raises:
        ProtocolError: the bytes are not what `encode` writes.
    """
    return decode_counted(data, resolve)[0]


def decode_counted(data: bytes, resolve: Resolve | None = None) -> tuple[Any, int]:
    """The value of the bytes, as `decode` gives it, and of how many items it consists."""
    reader = _Reader(data, resolve)
    try:
        value = reader.read(0)
    except MemoryError as error:
        raise ProtocolError("more than there is memory for") from error
    if reader.place != len(data):
        raise ProtocolError(f"{len(data) - reader.place} bytes too many")
    return value, reader.items


class _Writer:
    """Appends tagged values to `out`."""

    def __init__(self, otherwise: Otherwise | None) -> None:
        self.out = bytearray()
        self.otherwise = otherwise
        self.items = 0

    def write(self, value: Any, depth: int) -> None:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise ProtocolError(
                f"data nested deeper than {MAX_DEPTH} levels or of more than {MAX_ITEMS:,} items"
            )
        write = self.WRITERS.get(type(value))
        if write is not None:
            write(self, value, depth)
        elif isinstance(value, np.generic) and value.dtype.newbyteorder("<").str in NUMBERS:
            self.write_array(b"g", np.asarray(value))
        elif self.otherwise is not None:
            self.replacement(self.otherwise(value), depth)
        else:
            raise ProtocolError(f"an object of type {type(value).__name__} is not plain data")

    def replacement(self, value: Any, depth: int) -> None:
        """Write what stands in for an object that is not plain; the bounded depth ends a chain of them."""
        self.write(value, depth + 1)

    def write_none(self, value: None, depth: int) -> None:
        self.out += b"n"

    def write_bool(self, value: bool, depth: int) -> None:
        self.out += b"y" if value else b"o"

    def write_int(self, value: int, depth: int) -> None:
        length = value.bit_length() // 8 + 1
        if length > MAX_INT_BYTES:
            raise ProtocolError(f"an int of more than {MAX_INT_BYTES} bytes")
        self.out += b"i"
        self.sized(value.to_bytes(length, "big", signed=True))

    def write_float(self, value: float, depth: int) -> None:
        self.out += b"f" + FLOAT.pack(value)

    def write_str(self, value: str, depth: int) -> None:
        self.out += b"s"
        self.sized(value.encode("utf-8", "surrogatepass"))

    def write_bytes(self, value: bytes, depth: int) -> None:
        self.out += b"b"
        self.sized(value)

    def write_list(self, value: list, depth: int) -> None:
        self.out += b"l"
        self.write_sequence(value, depth)

    def write_tuple(self, value: tuple, depth: int) -> None:
        self.out += b"t"
        self.write_sequence(value, depth)

    def write_sequence(self, value: list | tuple, depth: int) -> None:
        self.out += COUNT.pack(len(value))
        for item in value:
            self.write(item, depth + 1)

    def write_dict(self, value: dict, depth: int) -> None:
        if any(type(key) is not str for key in value):
            if self.otherwise is None:
                raise ProtocolError("a dict may only have keys of type str")
            self.replacement(self.otherwise(value), depth)
            return
        self.out += b"d" + COUNT.pack(len(value))
        for key, item in value.items():
            self.write_str(key, depth)
            self.write(item, depth + 1)

    def write_ndarray(self, value: np.ndarray, depth: int) -> None:
        if value.dtype.newbyteorder("<").str in NUMBERS:
            self.write_array(b"a", value)
        elif self.otherwise is not None:
            self.replacement(self.otherwise(value), depth)
        else:
            raise ProtocolError(f"an array of type {value.dtype} is not numeric")

    def write_array(self, tag: bytes, value: np.ndarray) -> None:
        little = np.asarray(value, dtype=value.dtype.newbyteorder("<"), order="C")
        self.out += tag
        self.sized(little.dtype.str.encode())
        self.out += COUNT.pack(little.ndim) + b"".join(SIDE.pack(side) for side in little.shape)
        self.sized(little.tobytes())

    def write_reference(self, value: Reference, depth: int) -> None:
        self.out += {"handle": b"h", "callback": b"c"}[value.kind] + SIDE.pack(value.number)
        self.sized(value.text[:100].encode("utf-8", "replace"))

    def sized(self, data: bytes) -> None:
        self.out += COUNT.pack(len(data)) + data

    WRITERS: dict[type, Callable[[_Writer, Any, Any], None]] = {
        type(None): write_none,
        bool: write_bool,
        int: write_int,
        float: write_float,
        str: write_str,
        bytes: write_bytes,
        list: write_list,
        tuple: write_tuple,
        dict: write_dict,
        np.ndarray: write_ndarray,
        Reference: write_reference,
    }


class _Reader:
    """Reads tagged values from `data`, checking every length before it is used."""

    def __init__(self, data: bytes, resolve: Resolve | None) -> None:
        self.data = memoryview(data)
        self.place = 0
        self.items = 0
        self.resolve = resolve

    def take(self, length: int) -> memoryview:
        if length > len(self.data) - self.place:
            raise ProtocolError("the data end too early")
        self.place += length
        return self.data[self.place - length : self.place]

    def number(self, form: struct.Struct) -> Any:
        return form.unpack(self.take(form.size))[0]

    def sized(self) -> memoryview:
        return self.take(self.number(COUNT))

    def read(self, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise ProtocolError(
                f"data nested deeper than {MAX_DEPTH} levels or of more than {MAX_ITEMS:,} items"
            )
        tag = bytes(self.take(1))
        read = self.READERS.get(tag)
        if read is None:
            raise ProtocolError(f"unknown tag {tag!r}")
        return read(self, depth)

    def read_int(self, depth: int) -> int:
        data = self.sized()
        if not 1 <= len(data) <= MAX_INT_BYTES:
            raise ProtocolError("an int of a wrong length")
        return int.from_bytes(data, "big", signed=True)

    def read_text(self, depth: int) -> str:
        try:
            return str(self.sized(), "utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise ProtocolError("text that is not UTF-8") from error

    def count(self) -> int:
        """A number of items; each takes a byte at least, so a larger number than bytes left is a lie."""
        count = self.number(COUNT)
        if count > len(self.data) - self.place:
            raise ProtocolError("more items than data")
        return count

    def read_list(self, depth: int) -> list:
        return [self.read(depth + 1) for _ in range(self.count())]

    def read_dict(self, depth: int) -> dict[str, Any]:
        found = {}
        for _ in range(self.count()):
            if bytes(self.take(1)) != b"s":
                raise ProtocolError("a dict may only have keys of type str")
            key = self.read_text(depth)
            if key in found:
                raise ProtocolError("a key that comes twice")
            found[key] = self.read(depth + 1)
        return found

    def read_array(self, depth: int) -> np.ndarray:
        kind = str(self.sized(), "ascii", "replace")
        dimensions = self.number(COUNT)
        if kind not in NUMBERS or dimensions > MAX_DIMENSIONS:
            raise ProtocolError("an array of a kind that is not numeric, or of too many dimensions")
        shape = [self.number(SIDE) for _ in range(dimensions)]
        data = self.sized()
        if any(side > MAX_SIDE for side in shape) or product(shape) * np.dtype(kind).itemsize != len(data):
            raise ProtocolError("an array whose shape does not fit its data")
        if kind == "|b1" and np.any(np.frombuffer(data, np.uint8) > 1):
            raise ProtocolError("a bool that is neither True nor False")
        try:
            return np.frombuffer(data, dtype=kind).reshape(shape).copy()
        except ValueError as error:  # sides that are zero beside sides that are too large
            raise ProtocolError("an array of a shape that cannot be") from error

    def read_scalar(self, depth: int) -> Any:
        array = self.read_array(depth)
        if array.ndim:
            raise ProtocolError("a NumPy number with dimensions")
        return array[()]

    def read_reference(self, kind: str) -> Any:
        number = self.number(SIDE)
        reference = Reference(kind, number, str(self.sized(), "utf-8", "replace")[:100])
        return reference if self.resolve is None else self.resolve(reference)

    READERS: dict[bytes, Callable[[_Reader, Any], Any]] = {
        b"n": lambda self, depth: None,
        b"y": lambda self, depth: True,
        b"o": lambda self, depth: False,
        b"i": read_int,
        b"f": lambda self, depth: self.number(FLOAT),
        b"s": read_text,
        b"b": lambda self, depth: bytes(self.sized()),
        b"l": read_list,
        b"t": lambda self, depth: tuple(_Reader.read_list(self, depth)),
        b"d": read_dict,
        b"a": read_array,
        b"g": read_scalar,
        b"h": lambda self, depth: self.read_reference("handle"),
        b"c": lambda self, depth: self.read_reference("callback"),
    }


def product(sides: list[int]) -> int:
    """The number of elements of a shape, in Python's unbounded ints (NumPy's would overflow)."""
    result = 1
    for side in sides:
        result *= side
    return result


class Channel:
    """Sends and receives values over a socket, each in a frame with its length.

    Args:
        connection: a connected stream socket; the channel owns it.
        limit: the longest frame, in bytes.
        otherwise, resolve: as for `encode` and `decode`.
        waiting: called again and again while the other side keeps this one waiting for longer than `PATIENCE`.
    """

    def __init__(
        self,
        connection: socket.socket,
        limit: int,
        otherwise: Otherwise | None = None,
        resolve: Resolve | None = None,
        waiting: Callable[[], None] | None = None,
    ) -> None:
        self.connection = connection
        self.limit = limit
        self.otherwise = otherwise
        self.resolve = resolve
        self.waiting = waiting
        self.received = 0  # bytes so far, and what their items count
        self.waited = time.monotonic()
        if waiting is not None:
            connection.settimeout(PATIENCE)

    def send(self, value: Any) -> None:
        """Send a value.

        Raises:
            ProtocolError: it is not plain data, or longer than the limit.
            ConnectionLostError: nobody listens.
        """
        self.send_encoded(self.encoded(value))

    def encoded(self, value: Any) -> bytes:
        """The bytes of a value for `send_encoded`.

        Raises:
            ProtocolError: it is not plain data, or longer than the limit.
        """
        data = encode(value, self.otherwise)
        if len(data) > self.limit:
            raise ProtocolError(f"{len(data):,} bytes of data are more than the limit of {self.limit:,}")
        return data

    def send_encoded(self, data: bytes) -> None:
        """Send what `encoded` has made.

        Raises:
            ConnectionLostError: nobody listens.
        """
        rest = memoryview(HEADER.pack(len(data)) + data)
        while rest:
            rest = rest[self._patiently(self.connection.send, rest) :]

    def receive(self) -> Any:
        """Wait for the next value.

        Raises:
            ProtocolError: what came is no plain data, or longer than the limit.
            ConnectionLostError: the other side is gone, or took longer than the socket's time-out.
        """
        (length,) = HEADER.unpack(self._exactly(HEADER.size))
        if length > self.limit:
            raise ProtocolError(f"{length:,} bytes of data are more than the limit of {self.limit:,}")
        self.received += length
        value, items = decode_counted(self._exactly(length), self.resolve)
        self.received += items * ITEM_BYTES
        return value

    def _exactly(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            part = self._patiently(self.connection.recv, min(length - len(data), 1 << 20))
            if not part:
                raise ConnectionLostError("the other side is gone")
            data += part
        return bytes(data)

    def _patiently(self, act: Callable[[Any], Any], argument: Any) -> Any:
        """What the socket's method returns; a time-out of the socket is a chance to say that we wait.

        So is a message that comes byte by byte, without any time-out.
        """
        while True:
            if self.waiting is not None and time.monotonic() - self.waited > PATIENCE:
                self.waited = time.monotonic()
                self.waiting()
            try:
                return act(argument)
            except TimeoutError as error:
                if self.waiting is None:
                    raise ConnectionLostError("the other side does not answer") from error
                self.waiting()
            except OSError as error:
                raise ConnectionLostError(str(error)) from error

    def close(self) -> None:
        """Close the connection; the other side sees its end."""
        self.connection.close()
