// A small trained network in the browser: the twin of course_utils/explorers/models/small_network.py.
// One picture at a time; pictures and feature maps are rows × columns × channels in one typed array.

import { ACTIVATIONS } from "./arithmetic.js";

export class SmallNetwork {
  // layers, weights: as small_network.for_browser gives them. Every layer's output is made once and used at each run again.
  constructor(layers, weights) {
    this.outputs = layers.map(({ name, shape }) => ({ name, shape, values: new Float32Array(count(shape)) }));
    this.layers = layers.map((layer, i) => ({
      ...layer,
      from: layers[Math.max(0, i - 1)].shape,
      weights: Object.fromEntries(
        Object.entries(layer.weights).map(([name, [start, length]]) => [name, weights.subarray(start, start + length)]),
      ),
    }));
  }

  // Returns [{name, shape, values}], one a layer; the first is the input, the last the answer.
  run(picture) {
    let input = picture;
    this.layers.forEach((layer, i) => {
      const { values } = this.outputs[i];
      STEPS[layer.kind](layer, input, values);
      activateAll(layer, values);
      input = values;
    });
    return this.outputs;
  }
}

const count = (shape) => shape.reduce((product, side) => product * side, 1);

const STEPS = {
  reshape: (layer, input, output) => output.set(input),
  activation: (layer, input, output) => output.set(input),
  scale: scaleChannels,
  dense: weigh,
  conv2d: convolve,
  max_pool: poolLargest,
  average_pool: poolAverage,
};

function activateAll({ activation, alpha, shape }, values) {
  if (activation === "identity") return;
  if (activation === "softmax") return softmaxRows(values, shape.at(-1));
  const [value] = ACTIVATIONS[activation];
  for (let i = 0; i < values.length; i += 1) values[i] = value(values[i], alpha);
}

// Softmax of every `length` numbers; the largest goes first, so that no power overflows.
function softmaxRows(values, length) {
  for (let start = 0; start < values.length; start += length) {
    const row = values.subarray(start, start + length);
    const largest = row.reduce((most, value) => Math.max(most, value), -Infinity);
    const powers = Array.from(row, (value) => Math.exp(value - largest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    powers.forEach((power, i) => { row[i] = power / total; });
  }
}

function scaleChannels({ weights: { scale, shift } }, input, output) {
  for (let i = 0; i < output.length; i += 1) output[i] = input[i] * scale[i % scale.length] + shift[i % shift.length];
}

function weigh({ shape, from, weights: { kernel, bias } }, input, output) {
  const [width, units] = [from.at(-1), shape.at(-1)];
  const sums = new Float64Array(units);
  for (let row = 0; row * width < input.length; row += 1) {
    sums.set(bias);
    addProducts(sums, input, row * width, width, kernel, 0);
    output.set(sums, row * units);
  }
}

// sums[j] += input[start + i] · kernel[first + i · sums.length + j] for i below `length`; blank paper costs nothing.
function addProducts(sums, input, start, length, kernel, first) {
  let at = first;
  for (let i = start; i < start + length; i += 1, at += sums.length) {
    const value = input[i];
    if (value === 0) continue;
    for (let j = 0; j < sums.length; j += 1) sums[j] += value * kernel[at + j];
  }
}

// Neighbours in a row lie side by side in the picture and in the kernel, so a row of the window is one sum of products.
function convolve(layer, input, output) {
  const { shape: [, , filters], from: [, columns, channels], window: [, width], weights: { kernel, bias } } = layer;
  const sums = new Float64Array(filters);
  eachWindow(layer, (place, { top, bottom, left, right, row, column }) => {
    sums.set(bias);
    for (let y = top; y < bottom; y += 1) {
      const first = ((y - row) * width + left - column) * channels * filters;
      addProducts(sums, input, (y * columns + left) * channels, (right - left) * channels, kernel, first);
    }
    output.set(sums, place * filters);
  });
}

function poolLargest(layer, input, output) {
  const channels = layer.shape[2];
  output.fill(-Infinity);
  eachPooled(layer, (from, to) => {
    for (let c = 0; c < channels; c += 1) if (input[from + c] > output[to + c]) output[to + c] = input[from + c];
  });
}

function poolAverage(layer, input, output) {
  const channels = layer.shape[2];
  output.fill(0);
  eachPooled(layer, (from, to) => {
    for (let c = 0; c < channels; c += 1) output[to + c] += input[from + c];
  });
  eachWindow(layer, (place, { top, bottom, left, right }) => {
    for (let c = 0; c < channels; c += 1) output[place * channels + c] /= (bottom - top) * (right - left);
  });
}

// Calls visit(start of a pixel's channels in the input, start in the output) for every pixel that every window sees.
function eachPooled(layer, visit) {
  const { from: [, columns], shape: [, , channels] } = layer;
  eachWindow(layer, (place, { top, bottom, left, right }) => {
    for (let y = top; y < bottom; y += 1)
      for (let x = left; x < right; x += 1) visit((y * columns + x) * channels, place * channels);
  });
}

// Calls visit(place, window) for every place of the output. The window begins at (row, column), perhaps in the padding;
// [top, bottom) × [left, right) is what of it lies in the picture.
function eachWindow({ shape: [outRows, outColumns], from: [rows, columns], window: [height, width], strides, padding }, visit) {
  const seen = {};
  for (let i = 0; i < outRows; i += 1) {
    seen.row = i * strides[0] - padding[0];
    seen.top = Math.max(0, seen.row);
    seen.bottom = Math.min(rows, seen.row + height);
    for (let j = 0; j < outColumns; j += 1) {
      seen.column = j * strides[1] - padding[1];
      seen.left = Math.max(0, seen.column);
      seen.right = Math.min(columns, seen.column + width);
      visit(i * outColumns + j, seen);
    }
  }
}
