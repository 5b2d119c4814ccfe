// Lines of equal height over a grid of numbers (marching squares), as short straight pieces.

// `values` holds rows of `columns` numbers; answers [[x1, y1, x2, y2], ...] in grid units, x along a row.
export function contourPieces(values, columns, rows, level) {
  const pieces = [];
  for (let y = 0; y < rows - 1; y += 1)
    for (let x = 0; x < columns - 1; x += 1) {
      const at = y * columns + x;
      const isAbove = values[at] > level;
      if (values[at + 1] > level === isAbove && values[at + columns] > level === isAbove && values[at + columns + 1] > level === isAbove) continue;
      const corners = [values[at], values[at + 1], values[at + columns + 1], values[at + columns]];
      const ends = edgeCrossings(corners, level).map(([dx, dy]) => [x + dx, y + dy]);
      for (let i = 0; i + 1 < ends.length; i += 2) pieces.push([...ends[i], ...ends[i + 1]]);
    }
  return pieces;
}

// Where the level crosses the edges of a cell whose corners go round it. A saddle has four crossings: neighbours are joined.
function edgeCrossings([a, b, c, d], level) {
  const edges = [[a, b, (t) => [t, 0]], [b, c, (t) => [1, t]], [c, d, (t) => [1 - t, 1]], [d, a, (t) => [0, 1 - t]]];
  return edges.filter(([from, to]) => from > level !== to > level).map(([from, to, place]) => place((level - from) / (to - from)));
}
