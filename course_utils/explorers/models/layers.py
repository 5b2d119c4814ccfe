"""Places for the nodes of a small directed graph, in columns from left to right, and ways for its edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Place = tuple[float, float]

_SWEEPS = 30
# How much everything is drawn to the middle row: none keeps edges straight, much keeps chains from becoming stairs.
_GRAVITIES = (0.0, 0.1, 0.2, 0.35)
_FLAT = 3.0  # rows that fit without making the picture smaller
_LANE = 0.6  # rows that an edge takes where it passes a column between two nodes
_PORT = 0.16  # rows between the middle of a node and the place where one of two edges meets it


@dataclass(frozen=True)
class Arrangement:
    """(column, row) of every node, and of the points that every edge passes, both ends included.

    ``routes[node][k]`` leads from argument ``k`` of the node to the node. Rows and columns start at 0.
    """

    places: tuple[Place, ...]
    routes: tuple[tuple[tuple[Place, ...], ...], ...]

    @property
    def columns(self) -> int:
        """Return how many columns there are."""
        return 1 + round(max(column for column, _ in self.places))

    @property
    def rows(self) -> float:
        """Return the row of the lowest node or way."""
        points = [point for ways in self.routes for way in ways for point in way]
        return max(row for _, row in [*self.places, *points])


@dataclass
class _Item:
    """A node, or the lane of an edge through a column; ``before`` and ``after`` are its neighbours."""

    column: int
    row: float
    height: float
    before: list[int]
    after: list[int]


def arrange(arguments: Sequence[Sequence[int]]) -> Arrangement:
    """Arrange a graph so that edges run from left to right and neighbours lie near each other.

    Args:
        arguments: for each node the nodes that lead into it, all of them earlier in the list.
    """
    return min((_arranged(arguments, gravity) for gravity in _GRAVITIES), key=_untidiness)


def _untidiness(arrangement: Arrangement) -> float:
    """Return how many edges cross, and how far the picture is higher than what fits."""
    pieces = [
        piece for ways in arrangement.routes for way in ways for piece in zip(way, way[1:], strict=False)
    ]
    crossings = sum(
        (a[1] - c[1]) * (b[1] - d[1]) < 0
        for at, (a, b) in enumerate(pieces)
        for c, d in pieces[:at]
        if a[0] == c[0]
    )
    return crossings + max(0.0, arrangement.rows - _FLAT)


def _arranged(arguments: Sequence[Sequence[int]], gravity: float) -> Arrangement:
    columns = _columns(arguments)
    items = [_Item(column, at - len(columns) / 2, 1.0, [], []) for at, column in enumerate(columns)]
    lanes = [[_lanes(items, source, node) for source in sources] for node, sources in enumerate(arguments)]
    for sweep in range(_SWEEPS):
        ways = range(max(columns) + 1)
        for column in ways if sweep % 2 else reversed(ways):
            _settle(items, column, gravity)
    top = min(item.row for item in items)
    spots = [(float(item.column), round(item.row - top, 3)) for item in items]
    routes = [
        tuple(_route(spots, arguments[node], node, k, passed) for k, passed in enumerate(ways_in))
        for node, ways_in in enumerate(lanes)
    ]
    return Arrangement(tuple(spots[: len(columns)]), tuple(routes))


def _columns(arguments: Sequence[Sequence[int]]) -> list[int]:
    """Return each node's column: as far right as the nodes that need it allow."""
    first: list[int] = []
    for sources in arguments:
        first.append(1 + max((first[source] for source in sources), default=-1))
    last = [first[-1]] * len(first)
    for node in reversed(range(len(first))):
        for source in arguments[node]:
            last[source] = min(last[source], last[node] - 1)
    return last


def _lanes(items: list[_Item], source: int, node: int) -> list[int]:
    """Add an item in every column between two nodes; return their places, and link all neighbours."""
    way = [source]
    for column in range(items[source].column + 1, items[node].column):
        share = (column - items[source].column) / (items[node].column - items[source].column)
        row = items[source].row + share * (items[node].row - items[source].row)
        items.append(_Item(column, row, _LANE, [], []))
        way.append(len(items) - 1)
    for left, right in zip(way, [*way[1:], node], strict=True):
        items[left].after.append(right)
        items[right].before.append(left)
    return way[1:]


def _settle(items: list[_Item], column: int, gravity: float) -> None:
    """Move the items of a column towards their neighbours and the middle row 0, as near as their heights allow."""
    wanted = []
    for item in items:
        if item.column == column:
            rows = [items[neighbour].row for neighbour in item.before + item.after]
            wanted.append(((1 - gravity) * sum(rows) / len(rows), item))
    wanted.sort(key=lambda pair: pair[0])
    placed: list[float] = []
    for at, (row, item) in enumerate(wanted):
        gap = (wanted[at - 1][1].height + item.height) / 2 if at else 0.0
        placed.append(max(row, placed[-1] + gap) if at else row)
    shift = sum(row for row, _ in wanted) / len(wanted) - sum(placed) / len(placed)
    for (_, item), row in zip(wanted, placed, strict=True):
        item.row = row + shift


def _route(
    spots: list[Place], sources: Sequence[int], node: int, argument: int, passed: list[int]
) -> tuple[Place, ...]:
    start, end = spots[sources[argument]], spots[node]
    if len(sources) == 1:
        return (start, *(spots[lane] for lane in passed), end)
    rows = [spots[source][1] for source in sources]
    upper = argument == 0 if rows[0] == rows[1] else rows[argument] < rows[1 - argument]
    port = -_PORT if upper else _PORT
    leave = port if sources[0] == sources[1] else 0.0
    return ((start[0], start[1] + leave), *(spots[lane] for lane in passed), (end[0], end[1] + port))
