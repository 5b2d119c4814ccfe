// Convolution: places, the feature map, one window in numbers, words. The twin of course_utils/explorers/models/convolution.py.

import { clamp, trimmed } from "./engine/dom.js";
import { SmallNetwork } from "./engine/small_network.js";

const NOTHING = 1e-6; // sums of weights smaller than this are rounding
export const YOUR_OWN = "your own";

// Where the windows lie along the rows (or columns) of a picture: `count` windows, each reaching over `extent` pixels, with
// `before` and `after` zeros added around.
export function axisOf(side, size, { stride, padding, dilation }) {
  const extent = (size - 1) * dilation + 1;
  if (padding === "valid") return { side, extent, count: Math.max(0, Math.floor((side - extent) / stride) + 1), before: 0, after: 0 };
  const count = Math.ceil(side / stride);
  const missing = Math.max(0, (count - 1) * stride + extent - side);
  return { side, extent, count, before: missing >> 1, after: missing - (missing >> 1) };
}

// The feature map of one kernel. Its layer is made anew only when a shape changes; weights are changed in place.
export class FeatureMap {
  // picture: {rows, columns, channels, values}; kernels: one matrix a channel. Returns {rows, columns, values}.
  compute(picture, kernels, state) {
    const [down, across] = [picture.rows, picture.columns].map((side) => axisOf(side, kernels[0].length, state));
    if (!down.count || !across.count) return { rows: 0, columns: 0, values: [] };
    this.layOut(picture, down, across, state);
    this.fillWeights(kernels, down.extent, state);
    return { rows: down.count, columns: across.count, values: this.network.run(picture.values).at(-1).values };
  }

  layOut({ rows, columns, channels }, down, across, { stride, relu }) {
    const shapes = [rows, columns, channels, down.count, across.count, down.extent, down.before, across.before, stride, relu].join();
    if (shapes === this.shapes) return;
    const count = down.extent ** 2 * channels;
    this.shapes = shapes;
    this.weights = new Float32Array(count + 1);
    this.network = new SmallNetwork([
      { name: "picture", kind: "reshape", shape: [rows, columns, channels], activation: "identity", weights: {} },
      {
        name: "convolution", kind: "conv2d", shape: [down.count, across.count, 1], activation: relu ? "relu" : "identity", alpha: 0,
        window: [down.extent, down.extent], strides: [stride, stride], padding: [down.before, across.before],
        weights: { kernel: [0, count], bias: [count, 1] },
      },
    ], this.weights);
  }

  // A dilated kernel is a larger one with zeros between its weights.
  fillWeights(kernels, extent, { dilation, bias }) {
    this.weights.fill(0);
    kernels.forEach((kernel, channel) => kernel.forEach((row, m) => row.forEach((weight, n) => {
      this.weights[(m * dilation * extent + n * dilation) * kernels.length + channel] = weight;
    })));
    this.weights[this.weights.length - 1] = bias;
  }
}

// One output value in numbers: what the window sees, channel by channel, the products and their sums; `places` are the pixels
// [row, column], null where padding is seen.
export function windowAt(picture, kernels, state, row, column) {
  const size = kernels[0].length;
  const [down, across] = [picture.rows, picture.columns].map((side) => axisOf(side, size, state));
  const [top, left] = [row * state.stride - down.before, column * state.stride - across.before];
  const places = Array.from({ length: size * size }, (_, i) => {
    const place = [top + Math.floor(i / size) * state.dilation, left + (i % size) * state.dilation];
    return isInside(place, picture) ? place : null;
  });
  const values = kernels.map((_, channel) =>
    places.map((place) => (place ? picture.values[(place[0] * picture.columns + place[1]) * picture.channels + channel] : 0)));
  const products = values.map((seen, channel) => seen.map((value, i) => value * kernels[channel][Math.floor(i / size)][i % size]));
  return { top, left, extent: down.extent, places, values, products, sums: products.map(sumOf) };
}

function isInside([row, column], { rows, columns }) {
  return row >= 0 && row < rows && column >= 0 && column < columns;
}

export function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

// The output value whose window lies nearest around a pixel.
export function placeAround(pixel, axis, stride) {
  return clamp(Math.round((pixel + axis.before - (axis.extent - 1) / 2) / stride), 0, axis.count - 1);
}

// ---- pictures ----------------------------------------------------------------------------------

// uint8 pictures as the kernel sees them: {rows, columns, channels, values}, 0 to 1.
export function asSeen({ values, shape: [rows, columns, depth] }, inColour) {
  if (depth === 1 || inColour) return { rows, columns, channels: depth, values: Float64Array.from(values, (value) => value / 255) };
  const brightness = (i) => (0.299 * values[3 * i] + 0.587 * values[3 * i + 1] + 0.114 * values[3 * i + 2]) / 255;
  return { rows, columns, channels: 1, values: Float64Array.from({ length: rows * columns }, (_, i) => brightness(i)) };
}

// ---- kernels -----------------------------------------------------------------------------------

// The same kernel in another size: cut or filled up with zeros around its middle.
export function resizedKernel(kernel, size) {
  const shift = (kernel.length - size) / 2;
  return Array.from({ length: size }, (_, m) => Array.from({ length: size }, (_, n) => kernel[m + shift]?.[n + shift] ?? 0));
}

export function kernelName(kernels, named) {
  const found = Object.entries(named).find(([, known]) => kernels.every((kernel) => sameKernel(kernel, known)));
  return found?.[0] ?? YOUR_OWN;
}

function sameKernel(kernel, known) {
  return kernel.length === known.length && kernel.every((row, m) => row.every((weight, n) => Math.abs(weight - known[m][n]) < NOTHING));
}

export function answersTo(kernels) {
  if (!kernels.flat(2).some((weight) => Math.abs(weight) >= NOTHING)) return "A kernel of zeros answers to nothing.";
  const total = kernels[0].map((row, m) => row.map((_, n) => sumOf(kernels.map((kernel) => kernel[m][n]))));
  const weights = total.flat();
  if (weights.every((weight) => Math.abs(weight) < NOTHING)) return "Its weights add up to 0 over the channels: grey things give 0, it answers to colour.";
  const sum = sumOf(weights);
  if (Math.abs(sum) < NOTHING) return `Its weights add up to 0, so even areas give 0; it answers ${growth(total)}.`;
  const mixes = weights.every((weight) => weight >= 0) && weights.filter((weight) => weight).length > 1 ? "; it mixes neighbours" : "";
  return `Its weights add up to ${trimmed(sum, 0, 2)}: that is what an even area is multiplied by${mixes}.`;
}

// The direction in which values have to grow for a large positive answer.
function growth(kernel) {
  const middle = kernel.length >> 1;
  const x = sumOf(kernel.flatMap((row) => row.map((weight, n) => weight * (n - middle))));
  const y = sumOf(kernel.flatMap((row, m) => row.map((weight) => weight * (m - middle))));
  if (Math.max(Math.abs(x), Math.abs(y)) < NOTHING) return "to dots, lines and corners";
  const across = x > 0 ? ["left", "right"] : ["right", "left"];
  const down = y > 0 ? ["top", "bottom"] : ["bottom", "top"];
  if (Math.abs(x) >= 2 * Math.abs(y)) return `where values grow from ${across[0]} to ${across[1]}`;
  if (Math.abs(y) >= 2 * Math.abs(x)) return `where values grow from ${down[0]} to ${down[1]}`;
  return `where values grow from the ${down[0]} ${across[0]} to the ${down[1]} ${across[1]}`;
}
