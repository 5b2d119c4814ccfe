// Pooling and shifts: what the network sees of a moved picture, its maps, and how much they change. The twin of
// course_utils/explorers/models/pooling.py; pictures hold whole numbers from 0 to 255, so both agree to the last bit.

import { SmallNetwork } from "./engine/small_network.js";

export const SEEN = 32; // pixels a side of what the network sees
export const REACH = 8; // pixels that the picture can move
export const SHIFTS = Array.from({ length: 4 * REACH + 1 }, (_, i) => i / 2 - REACH);
const SOURCE = SEEN + 2 * REACH;

// What a picture goes through: pooling windows of `window` cells a side; one pooled value is `step` pixels from the next and
// looks at the rows and columns `offsets` of the map before pooling, over an `extent`; the kernel takes `margin` pixels on every
// side. Where the stride is larger than the window, a second stage leaves rows out.
export function chainOf({ kernel, relu, pooling, size, stride, stages }) {
  const window = ["max", "average"].includes(pooling) ? size : 1;
  const pools = pooling === "none" ? 0 : stages;
  const rows = [...Array(window).keys()];
  const offsets = pools < 2 ? rows : [...new Set(rows.flatMap((start) => rows.map((row) => start * stride + row)))].sort((a, b) => a - b);
  return {
    kernel, relu, pooling, size, stride, stages, window, pools, offsets, margin: Number(kernel !== "none"),
    step: pools ? stride ** stages : 1, extent: offsets.at(-1) + 1,
  };
}

// The maps of a chain, {side, values}; the arrays are used again at the next picture.
export class Chain {
  constructor(settings, kernel) {
    Object.assign(this, chainOf(settings));
    const layers = [layer("reshape", SEEN)];
    if (this.margin) layers.push({ ...layer("conv2d", SEEN - 2, 3), activation: this.relu ? "relu" : "identity", weights: { kernel: [0, 9], bias: [9, 1] } });
    for (let i = 0; i < this.pools; i += 1)
      layers.push(layer(this.pooling === "average" ? "average_pool" : "max_pool", Math.floor((layers.at(-1).shape[0] - this.window) / this.stride) + 1, this.window, this.stride));
    this.network = new SmallNetwork(layers, Float32Array.from([...(kernel?.flat() ?? []), 0]));
  }

  // `picture`: SEEN × SEEN numbers.
  maps(picture) {
    const outputs = this.network.run(picture);
    const [before, after] = [outputs[this.margin], outputs.at(-1)].map(({ shape, values }) => ({ side: shape[0], values }));
    return { before, after };
  }
}

function layer(kind, side, window = 1, stride = 1) {
  return { name: kind, kind, shape: [side, side, 1], activation: "identity", alpha: 0, window: [window, window], strides: [stride, stride], padding: [0, 0], weights: {} };
}

// ---- moving --------------------------------------------------------------------------------------

// SEEN × SEEN pixels of a source that is moved dx pixels right and dy down, interpolated linearly between pixels.
export function seenOf(source, dx, dy) {
  const [top, left] = [REACH - dy, REACH - dx];
  const [row, column] = [Math.floor(top), Math.floor(left)];
  const [down, across] = [top - row, left - column];
  const at = (i, j) => (i < SOURCE && j < SOURCE ? source[i * SOURCE + j] : 0);
  const between = (i, j) => at(i, j) * (1 - down) + at(i + 1, j) * down;
  const values = new Float64Array(SEEN * SEEN);
  for (let i = 0; i < SEEN; i += 1)
    for (let j = 0; j < SEEN; j += 1) values[i * SEEN + j] = between(row + i, column + j) * (1 - across) + between(row + i, column + j + 1) * across;
  return values;
}

// A map moved dx cells right and dy down, NaN where cells from outside would come in.
export function movedMap({ side, values }, dx, dy) {
  const at = (i, j) => (i >= 0 && i < side && j >= 0 && j < side ? values[i * side + j] : NaN);
  const between = (first, second, share) => (share === 0 ? first : first * (1 - share) + second * share);
  const moved = new Float64Array(side * side);
  for (let i = 0; i < side; i += 1)
    for (let j = 0; j < side; j += 1) {
      const [row, column] = [Math.floor(i - dy), Math.floor(j - dx)];
      const [down, across] = [i - dy - row, j - dx - column];
      moved[i * side + j] = between(between(at(row, column), at(row + 1, column), down), between(at(row, column + 1), at(row + 1, column + 1), down), across);
    }
  return { side, values: moved };
}

// ---- measuring -----------------------------------------------------------------------------------

// ‖found − reference‖ / ‖reference‖ over the cells where the reference is known; NaN where that is 0 / 0.
export function changeOf(found, reference) {
  let [difference, size] = [0, 0];
  reference.values.forEach((wanted, i) => {
    if (Number.isNaN(wanted)) return;
    difference += (found.values[i] - wanted) ** 2;
    size += wanted ** 2;
  });
  return size ? Math.sqrt(difference / size) : NaN;
}

// The maps that those of the moved picture are measured against: the unshifted ones, `along` moved with the picture.
export function referencesOf(chain, unshifted, { dx, dy }, along) {
  if (!along) return unshifted;
  return { before: movedMap(unshifted.before, dx, dy), after: movedMap(unshifted.after, dx / chain.step, dy / chain.step) };
}

// The changes before and after pooling against the shift to the right: two lists, one number for each of SHIFTS.
export function curvesOf(chain, source, unshifted, dy, along) {
  const pairs = SHIFTS.map((dx) => {
    const references = referencesOf(chain, unshifted, { dx, dy }, along);
    const found = chain.maps(seenOf(source, dx, dy));
    return [changeOf(found.before, references.before), changeOf(found.after, references.after)];
  });
  return [0, 1].map((which) => pairs.map((pair) => pair[which]));
}

// The place [row, column] in the map before pooling that a pooled cell shows; null for an average and for equal values.
export function winnerOf(chain, { side, values }, row, column) {
  const [top, left] = [row * chain.step, column * chain.step];
  if (chain.pooling === "average") return null;
  if (chain.pooling !== "max") return [top, left];
  let [best, least] = [[top, left], Infinity];
  const value = ([i, j]) => values[i * side + j];
  for (const down of chain.offsets)
    for (const across of chain.offsets) {
      const place = [top + down, left + across];
      least = Math.min(least, value(place));
      if (value(place) > value(best)) best = place;
    }
  return least === value(best) ? null : best;
}
