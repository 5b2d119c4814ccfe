// Axes for what grows or shrinks by factors, layer by layer: powers of ten, and names at the curves' ends.

import { tenToThe } from "./dom.js";

export function logarithms(values) {
  return Array.from(values, (value) => (value > 0 ? Math.log10(value) : NaN));
}

// At least two decades around 1, widened in steps so that the axis does not creep while a slider moves.
export function decades(values) {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const step = high - low > 12 ? 5 : high - low > 4 ? 2 : 1;
  return [Math.min(-1, Math.floor(low / step) * step), Math.max(1, Math.ceil(high / step) * step)];
}

export function decadeTicks(low, high) {
  const step = [1, 2, 5, 10, 20, 50].find((size) => (high - low) / size <= 7) ?? 100;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => [(first + i) * step, tenToThe((first + i) * step)]);
}

export function layerTicks(depth) {
  const step = [1, 5, 10].find((size) => depth / size <= 10);
  const layers = Array.from({ length: depth }, (_, i) => i + 1).filter((layer) => layer === 1 || layer % step === 0);
  return layers.map((layer) => [layer, String(layer)]);
}

export function endsApart(plot, ends) {
  const box = plot.inner();
  const places = ends.map((end, i) => (Number.isFinite(end) ? plot.py(end) : box.y + box.height - 18 * (1 - i)));
  const [first, second] = places;
  const missing = 15 - Math.abs(second - first);
  if (missing <= 0) return places;
  return first <= second ? [first - missing / 2, second + missing / 2] : [first + missing / 2, second - missing / 2];
}
