// Heat maps of the playground: numbers over the plane as colours, orange below 0 and blue above.

const SHADES = 255; // an odd number, so that 0 has a shade of its own

// The colours from −1 to 1, each as one number, the four bytes of a pixel; `strength` below 1 leaves room for marks to stand out.
export function shadeTable(palette, strength = 1) {
  const bytes = new Uint8ClampedArray(4 * SHADES);
  for (let i = 0; i < SHADES; i += 1) bytes.set([...palette.diverging((2 * i) / (SHADES - 1) - 1, strength), 255], 4 * i);
  return new Uint32Array(bytes.buffer);
}

// The colour at a share of the way from −1 to 1, as CSS writes it.
export function shadeText(table, share) {
  const [red, green, blue] = new Uint8Array(table.buffer, 4 * Math.round((SHADES - 1) * share), 3);
  return `rgb(${red} ${green} ${blue})`;
}

// field: {values, side, reach}: side · side numbers, row by row from the top; ±reach gets the strongest colour.
// pixels: width of the picture, finer than the field where asked for; inSteps: only two colours.
export function paintField(canvas, field, table, { pixels = field.side, inSteps = false } = {}) {
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  const context = canvas.getContext("2d");
  const image = context.createImageData(pixels, pixels);
  const colours = new Uint32Array(image.data.buffer);
  const values = pixels === field.side ? field.values : enlarged(field, pixels);
  const middle = (SHADES - 1) / 2;
  for (let i = 0; i < values.length; i += 1) {
    const share = inSteps ? Math.sign(values[i]) : Math.max(-1, Math.min(1, values[i] / field.reach));
    colours[i] = table[Math.round(middle + middle * share)];
  }
  context.putImageData(image, 0, 0);
}

// Bilinear between the middles of the field's cells.
function enlarged({ values, side }, pixels) {
  const result = new Float64Array(pixels * pixels);
  const places = Array.from({ length: pixels }, (_, i) => placeBetween(((i + 0.5) * side) / pixels - 0.5, side));
  const [cells, shares] = [Int32Array.from(places, ([cell]) => cell), Float64Array.from(places, ([, share]) => share)];
  for (let row = 0, at = 0; row < pixels; row += 1) {
    const down = shares[row];
    for (let column = 0; column < pixels; column += 1, at += 1) {
      const right = shares[column];
      const corner = cells[row] * side + cells[column];
      const above = values[corner] + right * (values[corner + 1] - values[corner]);
      const below = values[corner + side] + right * (values[corner + side + 1] - values[corner + side]);
      result[at] = above + down * (below - above);
    }
  }
  return result;
}

// The cell before a place, and how far beyond its middle the place lies; at the edge the last two cells go on.
function placeBetween(place, side) {
  const cell = Math.max(0, Math.min(side - 2, Math.floor(place)));
  return [cell, Math.max(0, Math.min(1, place - cell))];
}
