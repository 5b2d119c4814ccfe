// From strokes to the picture that a network sees: the twin of course_utils/explorers/models/drawing.py.

// Returns the picture, rows × columns, 0 (paper) to 1 (ink). The longer side of the ink fills `box` pixels; its centre of mass
// lies in the middle, as in MNIST.
export function rasterize(strokes, pen, [rows, columns], box) {
  const picture = { rows, columns, values: new Float32Array(rows * columns) };
  if (!strokes.length) return picture.values;
  const segments = strokes.flatMap(piecesOf);
  const [low, high] = [-1, 1].map((side) => [0, 1].map((axis) => outermost(segments, axis, side) + (side * pen) / 2));
  const scale = box / Math.max(high[0] - low[0], high[1] - low[1]);
  const middle = [columns / 2, rows / 2];
  const placed = moved(segments, scale, middle.map((half, axis) => half - ((low[axis] + high[axis]) / 2) * scale));
  spreadInk(picture, placed, pen * scale);
  const centre = centreOfMass(picture);
  const shift = middle.map((half, axis) => {
    const room = Math.max(half - ((high[axis] - low[axis]) / 2) * scale, 0); // no ink leaves the frame
    return Math.min(room, Math.max(-room, half - centre[axis]));
  });
  spreadInk(picture, moved(placed, 1, shift), pen * scale);
  return picture.values;
}

// Returns the picture of the strokes where they lie: the pad's side is the picture's width.
export function inkAsDrawn(strokes, pen, [rows, columns]) {
  const picture = { rows, columns, values: new Float32Array(rows * columns) };
  if (strokes.length) spreadInk(picture, moved(strokes.flatMap(piecesOf), columns, [0, 0]), pen * columns);
  return picture.values;
}

// Straight pieces [x, y, x, y] of a stroke; a dot is a piece of length 0.
function piecesOf(stroke) {
  if (stroke.length === 1) return [[...stroke[0], ...stroke[0]]];
  return stroke.slice(1).map((point, i) => [...stroke[i], ...point]);
}

function outermost(segments, axis, side) {
  return segments.reduce((most, piece) => side * Math.max(side * most, side * piece[axis], side * piece[axis + 2]), -side * Infinity);
}

function moved(segments, scale, [dx, dy]) {
  return segments.map(([x, y, toX, toY]) => [x * scale + dx, y * scale + dy, toX * scale + dx, toY * scale + dy]);
}

// How much of each pixel a round pen of `width` pixels covers; a line's edge is taken as straight within a pixel.
function spreadInk({ rows, columns, values }, segments, width) {
  const reach = width / 2 + 0.5;
  const nearest = new Float64Array(rows * columns).fill(Infinity);
  for (const piece of segments) notePiece(nearest, rows, columns, piece, reach);
  const fullest = Math.min(1, width); // a line thinner than a pixel never fills one
  for (let i = 0; i < values.length; i += 1) values[i] = Math.min(1, Math.max(0, reach - Math.sqrt(nearest[i]))) * fullest;
}

// Keeps the smaller squared distance for each pixel that the pen reaches.
function notePiece(nearest, rows, columns, [x, y, toX, toY], reach) {
  const [wayX, wayY] = [toX - x, toY - y];
  const length = Math.max(wayX ** 2 + wayY ** 2, Number.MIN_VALUE);
  const first = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - reach));
  const last = (a, b, side) => Math.min(side, Math.ceil(Math.max(a, b) + reach));
  for (let row = first(y, toY); row < last(y, toY, rows); row += 1) {
    for (let column = first(x, toX); column < last(x, toX, columns); column += 1) {
      const [dx, dy] = [column + 0.5 - x, row + 0.5 - y];
      const along = Math.min(1, Math.max(0, (dx * wayX + dy * wayY) / length));
      const distance = (dx - along * wayX) ** 2 + (dy - along * wayY) ** 2;
      const pixel = row * columns + column;
      if (distance < nearest[pixel]) nearest[pixel] = distance;
    }
  }
}

// [x, y] in pixels; a pixel's own centre lies at its number + 0.5.
function centreOfMass({ columns, values }) {
  let [sum, x, y] = [0, 0, 0];
  values.forEach((ink, i) => {
    sum += ink;
    x += ink * ((i % columns) + 0.5);
    y += ink * (Math.floor(i / columns) + 0.5);
  });
  return [x / sum, y / sum];
}
