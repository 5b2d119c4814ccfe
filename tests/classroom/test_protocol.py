"""Plain data survive the journey between examiner and candidate; everything else is refused."""

from __future__ import annotations

import math
import random
import socket
import struct
import threading

import numpy as np
import pytest

from course_utils.classroom.protocol import (
    ITEM_BYTES,
    NUMBERS,
    Channel,
    ConnectionLostError,
    ProtocolError,
    Reference,
    _Reader,
    decode,
    encode,
)

VALUES = [
    None,
    True,
    False,
    0,
    -1,
    255,
    256,
    -(2**63) - 1,
    10**300,
    0.0,
    -2.5,
    math.inf,
    "",
    "Grüße, 世界, \ud800",
    b"\x00\xff",
    [],
    (),
    {},
    [1, [2.0, ("three", None)], {"four": [True]}],
    {"": (1, 2), "nested": {"deeper": []}},
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_data_come_back_as_they_were(value):
    back = decode(encode(value))
    assert back == value
    assert type(back) is type(value)


def test_nan_comes_back():
    assert math.isnan(decode(encode(float("nan"))))


@pytest.mark.parametrize("kind", sorted(NUMBERS))
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_arrays_come_back(kind, shape):
    array = np.arange(math.prod(shape)).reshape(shape).astype(kind)
    back = decode(encode(array))
    assert back.dtype == array.dtype
    assert back.shape == shape
    assert np.array_equal(back, array)
    assert back.flags.writeable


def test_views_and_big_endian_arrays_come_back():
    array = np.arange(24, dtype=">i4").reshape(4, 6)[::2, ::-1].T
    assert np.array_equal(decode(encode(array)), array)


def test_numpy_numbers_stay_numpy_numbers():
    back = decode(encode(np.float32(0.1)))
    assert type(back) is np.float32
    assert back == np.float32(0.1)


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [object(), {1: 2}, {1, 2}, np.array([object()]), np.array(["text"]), 1 << 10_000, nested(100), lambda: 0],
    ids=lambda value: type(value).__name__,
)
def test_everything_else_is_refused(value):
    with pytest.raises(ProtocolError):
        encode(value)


def test_otherwise_replaces_what_is_not_plain():
    data = encode([1, {2}], otherwise=lambda value: Reference("handle", 7, type(value).__name__))
    assert decode(data) == [1, Reference("handle", 7, "set")]
    assert decode(data, resolve=lambda reference: reference.number) == [1, 7]


def test_otherwise_that_never_ends_is_refused():
    with pytest.raises(ProtocolError, match="nested"):
        encode({1}, otherwise=lambda value: value)


COUNT = struct.Struct(">I")
LIES = {
    "nothing": b"",
    "unknown tag": b"z",
    "pickle": b"\x80\x04\x95",
    "too much": encode(1) + b"n",
    "cut off": encode([1, 2, "three"])[:-1],
    "more items than data": b"l" + COUNT.pack(1 << 31),
    "long text": b"s" + COUNT.pack(1 << 31) + b"x",
    "text that is none": b"s" + COUNT.pack(1) + b"\xff",
    "empty int": b"i" + COUNT.pack(0),
    "twice the same key": b"d" + COUNT.pack(2) + (b"s" + COUNT.pack(1) + b"k" + b"n") * 2,
    "key that is no text": b"d" + COUNT.pack(1) + b"nn",
    "object array": b"a"
    + COUNT.pack(2)
    + b"|O"
    + COUNT.pack(1)
    + struct.pack(">Q", 1)
    + COUNT.pack(8)
    + bytes(8),
    "shape that does not fit": b"a"
    + COUNT.pack(3)
    + b"<f8"
    + COUNT.pack(1)
    + struct.pack(">Q", 2)
    + COUNT.pack(8)
    + bytes(8),
    "shape that overflows": b"a"
    + COUNT.pack(3)
    + b"<f8"
    + COUNT.pack(3)
    + struct.pack(">QQQ", 1 << 31, 1 << 31, 0)
    + COUNT.pack(0),
    "huge shape": b"a" + COUNT.pack(3) + b"<f8" + COUNT.pack(1) + struct.pack(">Q", 1 << 61) + COUNT.pack(0),
    "many dimensions": b"a" + COUNT.pack(3) + b"<f8" + COUNT.pack(1 << 30),
    "odd bool": b"a"
    + COUNT.pack(3)
    + b"|b1"
    + COUNT.pack(1)
    + struct.pack(">Q", 1)
    + COUNT.pack(1)
    + b"\x02",
    "deep": (b"l" + COUNT.pack(1)) * 1000 + b"n",
}


@pytest.mark.parametrize("name", LIES)
def test_lies_are_refused_before_memory_is_taken(name):
    with pytest.raises(ProtocolError):
        decode(LIES[name])


def test_random_bytes_are_plain_data_or_refused():
    generator = random.Random(0)
    good = encode([1, 2.0, "three", {"four": np.arange(5)}, (None, True)])
    for _ in range(5000):
        data = bytearray(good)
        for _ in range(generator.randrange(1, 4)):
            data[generator.randrange(len(data))] = generator.randrange(256)
        try:
            decode(bytes(data))
        except ProtocolError as error:
            assert str(error)


def test_channel_bounds_what_it_reads_and_writes():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = Channel(ours, limit=1000)
        with pytest.raises(ProtocolError, match="limit"):
            channel.send("x" * 2000)
        theirs.sendall(struct.pack(">Q", 1 << 60))
        with pytest.raises(ProtocolError, match="limit"):
            channel.receive()


def test_what_is_dear_to_read_counts_more_than_its_bytes():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel, other = Channel(ours, limit=100_000), Channel(theirs, limit=100_000)
        other.send(b"x" * 3000)
        channel.receive()
        of_bytes = channel.received
        other.send([None] * 3000)
        channel.receive()
        assert of_bytes < 3100
        assert channel.received - of_bytes > 3000 * ITEM_BYTES


def test_more_than_there_is_memory_for_is_refused(monkeypatch):
    def no_memory(self, depth):
        raise MemoryError

    monkeypatch.setitem(_Reader.READERS, b"l", no_memory)
    with pytest.raises(ProtocolError, match="memory"):
        decode(encode([1]))


def test_channel_says_when_the_other_side_is_gone():
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(ConnectionLostError):
        Channel(ours, 1000).receive()


def test_channel_tells_that_it_waits():
    ours, theirs = socket.socketpair()
    waits = []
    with ours, theirs:
        channel = Channel(ours, 1000, waiting=lambda: waits.append(1))
        timer = threading.Timer(0.6, lambda: Channel(theirs, 1000).send("late"))
        timer.start()
        assert channel.receive() == "late"
        timer.join()
    assert waits
