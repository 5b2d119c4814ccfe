// Convolutional networks layer by layer: shape, parameters, multiply-adds and receptive field. The twin of
// course_utils/explorers/models/architectures.py; all counts lie below 2⁵³ and are exact.

import { grouped } from "./parameter_model.js";

const C3_PAIRS = 60; // which of 6 maps each of LeNet-5's 16 maps sees
const C3_MAPS = [6, 16];
const EXPANSION = 4; // a bottleneck gives four times the channels that it works with
const NOTHING_COUNTED = { parameters: 0, fixed: 0, multiplyAdds: 0 };
const FLAT_KINDS = ["dense", "rbf"];
const COMPOSITE = ["basic", "bottleneck", "inception"];

// A signal is {size, channels, flat, field, jump, first}; a part {row, before, after, counts}; a block {name, row, before,
// after, join, branches, parts, counts, depth, problem}, `after` null where it does not fit.
export function countBlocks({ side, channels, norm, layers }, kinds) {
  const met = {};
  let signal = { size: side, channels, flat: false, field: 1, jump: 1, first: 0 };
  return layers.map((row) => {
    const { short } = kinds[row[0]];
    met[short] = (met[short] ?? 0) + 1;
    const block = { name: `${short} ${met[short]}`, row, ...blockOf(row, signal, norm) };
    signal = block.after;
    return block;
  });
}

export function totalCounts(counted) {
  return counted.reduce((sum, { counts }) => Object.fromEntries(Object.keys(sum).map((name) => [name, sum[name] + counts[name]])), NOTHING_COUNTED);
}

export function shapeOf({ size, channels, flat }) {
  return flat ? [channels] : [size, size, channels];
}

// First and last row of the input that the values in row `place` see; padding counts.
export function seenFrom({ first, field, jump }, place) {
  return [first + place * jump, first + place * jump + field - 1];
}

function blockOf(row, before, norm) {
  if (!before) return misfit(null, "it comes after a block that does not fit");
  const [join, plans] = planOf(row, before);
  const branches = [];
  for (const plan of plans) {
    const parts = [];
    for (const layer of plan) {
      const signal = parts.at(-1)?.after ?? before;
      const problem = problemOfLayer(layer, signal);
      if (problem) return misfit(before, problem);
      parts.push({ row: layer, before: signal, after: signalAfter(layer, signal), counts: countsOf(layer, signal, norm) });
    }
    branches.push(parts);
  }
  const parts = branches.flat();
  const after = joined(join, branches.map((branch) => branch.at(-1)?.after ?? before));
  const depth = Math.max(...branches.map((branch) => branch.filter((part) => hasWeights(part.row)).length));
  return { before, after, join, branches, parts, counts: totalCounts(parts), depth, problem: "" };
}

function misfit(before, problem) {
  return { before, after: null, join: "", branches: [], parts: [], counts: NOTHING_COUNTED, depth: 0, problem };
}

// How branches are joined, and the layers of each.
function planOf(row, before) {
  const [kind, ...numbers] = row;
  if (!COMPOSITE.includes(kind)) return ["", [[row]]];
  if (before.flat) return ["", [[convolution(1, 1)]]]; // it does not fit, and says so
  if (kind === "inception") {
    const [one, reduce3, three, reduce5, five, pool] = numbers;
    return ["concat", [
      [convolution(1, one)],
      [convolution(1, reduce3), convolution(3, three)],
      [convolution(1, reduce5), convolution(5, five)],
      [["max", 3, 1, 1], convolution(1, pool)],
    ]];
  }
  const [channels, stride] = numbers;
  const isBottleneck = kind === "bottleneck";
  const wide = isBottleneck ? channels * EXPANSION : channels;
  const main = isBottleneck
    ? [convolution(1, channels, stride), convolution(3, channels), convolution(1, wide)]
    : [convolution(3, channels, stride), convolution(3, channels)];
  const isSame = stride === 1 && before.channels === wide;
  return ["add", [main, isSame ? [] : [convolution(1, wide, stride)]]];
}

function convolution(kernel, channels, stride = 1) {
  return ["conv", kernel, stride, Math.floor(kernel / 2), channels, 1];
}

function joined(join, ends) {
  const first = Math.min(...ends.map((end) => end.first));
  const field = Math.max(...ends.map((end) => end.first + end.field)) - first;
  const channels = join === "concat" ? ends.reduce((sum, end) => sum + end.channels, 0) : ends[0].channels;
  return { ...ends[0], channels, field, first };
}

const hasWeights = ([kind]) => ["conv", "partial", ...FLAT_KINDS].includes(kind);

// ---- one layer -------------------------------------------------------------------------------------

function problemOfLayer(row, before) {
  const [kind, kernel, , padding] = row;
  if (FLAT_KINDS.includes(kind)) return "";
  if (before.flat) return `it needs maps, and gets a list of ${grouped(before.channels)} units`;
  if (kind === "global") return "";
  if (padding >= kernel) return `with a padding of ${padding} a window of ${kernel} × ${kernel} would see nothing but zeros at the border`;
  if (kernel > before.size + 2 * padding) {
    const around = padding ? ` with ${padding} of padding on every side` : "";
    return `the size becomes 0, for its window of ${kernel} × ${kernel} does not fit into ${before.size} × ${before.size}${around}`;
  }
  if (kind === "partial" && before.channels !== C3_MAPS[0]) return `its table is for 6 channels, not ${grouped(before.channels)}`;
  if (kind === "conv" && (before.channels % row[5] || row[4] % row[5])) return `${row[5]} groups do not divide ${grouped(before.channels)} channels before it and ${grouped(row[4])} after it evenly`;
  return "";
}

// Kernel, stride and padding; a layer that takes everything has a window as large as its input.
export function windowOf([kind, ...numbers], before) {
  return kind === "global" || FLAT_KINDS.includes(kind) ? [before.size, 1, 0] : numbers.slice(0, 3);
}

function signalAfter(row, before) {
  const [kernel, stride, padding] = windowOf(row, before);
  return {
    size: Math.floor((before.size + 2 * padding - kernel) / stride) + 1,
    channels: channelsAfter(row, before),
    flat: row[0] === "global" || FLAT_KINDS.includes(row[0]),
    field: before.field + (kernel - 1) * before.jump,
    jump: before.jump * stride,
    first: before.first - padding * before.jump,
  };
}

function channelsAfter(row, before) {
  if (row[0] === "conv") return row[4];
  if (FLAT_KINDS.includes(row[0])) return row[1];
  return row[0] === "partial" ? C3_MAPS[1] : before.channels;
}

function weightsOf(row, before) {
  const [kind, kernel, , , channels, groups] = row;
  if (FLAT_KINDS.includes(kind)) return shapeOf(before).reduce((product, each) => product * each, row[1]);
  return kernel ** 2 * (kind === "partial" ? C3_PAIRS : (before.channels / groups) * channels);
}

// The same as the factors that a formula shows, "3²·64·128".
export function weightsText(row, before) {
  const [kind, kernel, , , channels, groups] = row;
  if (FLAT_KINDS.includes(kind)) return [...shapeOf(before), row[1]].map(grouped).join("·");
  if (kind === "partial") return `${kernel}²·${C3_PAIRS} pairs`;
  return `${kernel}²·${grouped(before.channels)}${groups > 1 ? `/${groups}` : ""}·${grouped(channels)}`;
}

// Numbers a channel besides the kernel: a bias; a factor and a shift of batch norm; or all three.
export const addedBy = (norm) => ({ bias: 1, batch: 2, both: 3 })[norm];

function countsOf(row, before, norm) {
  const [kind] = row;
  const after = signalAfter(row, before);
  if (kind === "trained") return { parameters: 2 * after.channels, fixed: 0, multiplyAdds: after.channels * after.size ** 2 };
  if (!hasWeights(row)) return NOTHING_COUNTED;
  const weights = weightsOf(row, before);
  if (kind === "dense") return { parameters: weights + after.channels, fixed: 0, multiplyAdds: weights };
  if (kind === "rbf") return { parameters: 0, fixed: weights, multiplyAdds: weights };
  const fixed = norm === "bias" ? 0 : 2 * after.channels;
  return { parameters: weights + after.channels * addedBy(norm), fixed, multiplyAdds: weights * after.size ** 2 };
}
