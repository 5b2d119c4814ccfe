// Which part of the picture a value sees, and the window of one value: the twin of models/feature_maps.py.

const WINDOWED = ["conv2d", "max_pool", "average_pool"];

// [rows, columns, filters] of a layer's maps; the units of a dense layer have maps of one value.
export const mapShape = ({ shape }) => (shape.length === 3 ? shape : [1, 1, ...shape]);

export const unitWord = ({ kind }) => (kind === "dense" ? "unit" : "filter");

const sidesOf = (shape) => (shape.length > 1 ? shape.slice(0, 2) : [1, 1]);

// The part of the input on which one value of layer `place` depends, {top, left, height, width}.
export function receptiveField(layers, place, row, column) {
  let [start, extent] = [[row, column], [1, 1]];
  for (let number = place; number > 0; number -= 1) {
    const layer = layers[number];
    const before = sidesOf(layers[number - 1].shape);
    if (WINDOWED.includes(layer.kind)) {
      start = start.map((at, axis) => at * layer.strides[axis] - layer.padding[axis]);
      extent = extent.map((length, axis) => (length - 1) * layer.strides[axis] + layer.window[axis]);
    } else if (before.join() !== sidesOf(layer.shape).join()) [start, extent] = [[0, 0], before];
  }
  return { top: start[0], left: start[1], height: extent[0], width: extent[1] };
}

// The same, but only what of it lies in the picture.
export function withinPicture({ top, left, height, width }, [rows, columns]) {
  const [from, to] = [[Math.max(0, top), Math.max(0, left)], [Math.min(rows, top + height), Math.min(columns, left + width)]];
  return { top: from[0], left: from[1], height: to[0] - from[0], width: to[1] - from[1] };
}

// The value of a layer whose receptive field has its middle nearest to a pixel: [row, column].
export function valueNearest(layers, place, [row, column]) {
  const [first, next] = [receptiveField(layers, place, 0, 0), receptiveField(layers, place, 1, 1)];
  const [rows, columns] = mapShape(layers[place]);
  const along = (pixel, start, extent, step, count) => Math.min(count - 1, Math.max(0, step ? Math.round((pixel + 0.5 - start - extent / 2) / step) : 0));
  return [
    along(row, first.top, first.height, next.top - first.top, rows),
    along(column, first.left, first.width, next.left - first.left, columns),
  ];
}

// Map number `filter` of an output: {rows, columns, values}.
export function mapOf({ values }, [rows, columns, filters], filter) {
  const map = { rows, columns, values: new Float32Array(rows * columns) };
  for (let i = 0; i < map.values.length; i += 1) map.values[i] = values[i * filters + filter];
  return map;
}

// What a convolution or a pooling layer computes for one value. `input`: the output of the layer before.
// {rows, columns, seen, weights (null in pooling), sum (over all channels), bias}; what lies in the padding is NaN in `seen`.
export function windowOf(layer, weights, input, { row, column, filter, channel }) {
  const [height, width] = layer.window;
  const [rows, columns, channels] = input.shape;
  const filters = layer.shape[2];
  const at = Array.from({ length: height * width }, (_, i) => {
    const [y, x] = [row * layer.strides[0] - layer.padding[0] + Math.floor(i / width), column * layer.strides[1] - layer.padding[1] + (i % width)];
    return y >= 0 && x >= 0 && y < rows && x < columns ? (y * columns + x) * channels : -1;
  });
  const seen = at.map((start) => (start < 0 ? NaN : input.values[start + channel]));
  const window = { rows: height, columns: width, seen, weights: null };
  if (layer.kind !== "conv2d") return window;
  const [kernelStart] = layer.weights.kernel;
  const weightOf = (i, from) => weights[kernelStart + (i * channels + from) * filters + filter];
  let sum = 0;
  at.forEach((start, i) => {
    if (start >= 0) for (let from = 0; from < channels; from += 1) sum += input.values[start + from] * weightOf(i, from);
  });
  return { ...window, weights: seen.map((_, i) => weightOf(i, channel)), sum, bias: weights[layer.weights.bias[0] + filter] };
}
