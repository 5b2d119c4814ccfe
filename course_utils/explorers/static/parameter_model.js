// Parameters counted: three ways to connect, and networks layer by layer. The twin of
// course_utils/explorers/models/parameter_counts.py; all counts lie below 2⁵³ and are exact.

import { trimmed } from "./engine/dom.js";

const BYTES = 4; // of one float32
const FLAT = ["dense", "rbf"];
const POOLING = ["max", "average", "trained"];

// ---- three ways to connect -------------------------------------------------------------------------

export function threeWays({ side, channels, units, maps, field, biases }) {
  const window = Math.min(field, side) ** 2 * channels;
  const bias = Number(biases);
  return { fully: (side ** 2 * channels + bias) * units * maps, local: (window + bias) * units * maps, shared: (window + bias) * maps };
}

// ---- layer by layer --------------------------------------------------------------------------------

export const hasWindow = (kind) => !FLAT.includes(kind);
export const hasNumber = (kind) => !POOLING.includes(kind) && kind !== "partial";

// For every layer [kind, window, number] {name, shape, parameters, fixed, multiplyAdds, problem}; `shape` is null where a layer
// does not fit. `table`: which maps each of C3's maps sees.
export function countLayers(side, channels, layers, table) {
  let shape = [side, side, channels];
  return layers.map(([kind, size, number], i) => {
    const name = kind === "rbf" ? "output" : `${letterOf(kind)}${i + 1}`;
    const problem = shape ? problemOf(kind, size, shape) : "it comes after a layer that does not fit";
    const count = problem ? { ...nothing(null), problem } : countLayer(kind, size, number, shape, table);
    shape = count.shape;
    return { name, ...count };
  });
}

function letterOf(kind) {
  if (POOLING.includes(kind)) return "S";
  return kind === "dense" ? "F" : "C";
}

function problemOf(kind, size, shape) {
  if (FLAT.includes(kind)) return "";
  if (shape.length === 1) return "it needs maps, not a list of units";
  if (kind !== "same" && size > shape[0]) return `its window of ${size} × ${size} does not fit into ${shape[0]} × ${shape[0]}`;
  return kind === "partial" && shape[2] !== 6 ? `its table is for 6 maps, not ${shape[2]}` : "";
}

function nothing(shape) {
  return { shape, parameters: 0, fixed: 0, multiplyAdds: 0, problem: "" };
}

function countLayer(kind, size, number, shape, table) {
  if (FLAT.includes(kind)) {
    const weights = productOf(shape) * number;
    const kept = kind === "dense" ? { parameters: weights + number } : { fixed: weights };
    return { ...nothing([number]), ...kept, multiplyAdds: weights };
  }
  if (POOLING.includes(kind)) {
    const after = [Math.floor(shape[0] / size), Math.floor(shape[1] / size), shape[2]];
    if (kind !== "trained") return nothing(after);
    return { ...nothing(after), parameters: 2 * shape[2], multiplyAdds: productOf(after) };
  }
  const [maps, seen] = kind === "partial" ? [table.length, table.flat().length] : [number, number * shape[2]];
  const rows = kind === "same" ? shape[0] : shape[0] - size + 1;
  const weights = size ** 2 * seen;
  return { ...nothing([rows, rows, maps]), parameters: weights + maps, multiplyAdds: weights * rows ** 2 };
}

const productOf = (numbers) => numbers.reduce((product, number) => product * number, 1);

export function totalOf(counts, name) {
  return counts.reduce((sum, each) => sum + each[name], 0);
}

// ---- words -----------------------------------------------------------------------------------------

export function grouped(count) {
  return count.toLocaleString("en-US");
}

export function amountText(count) {
  const found = [["quadrillion", 1e15], ["trillion", 1e12], ["billion", 1e9], ["million", 1e6]].find(([, size]) => count >= size);
  return found ? `${threeFigures(count / found[1])} ${found[0]}` : grouped(count);
}

export function memoryText(count) {
  const total = BYTES * count;
  const found = [["PB", 1e15], ["TB", 1e12], ["GB", 1e9], ["MB", 1e6], ["kB", 1e3]].find(([, size]) => total >= size);
  return found ? `${threeFigures(total / found[1])} ${found[0]}` : `${total} bytes`;
}

function threeFigures(value) {
  return trimmed(value, 0, value < 10 ? 2 : value < 100 ? 1 : 0);
}

export function several(count, name) {
  return `${grouped(count)} ${name}${count === 1 ? "" : "s"}`;
}
