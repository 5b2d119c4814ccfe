import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, linspace, percent, setText, svg, setAttributes } from "./engine/dom.js";
import { movedByKeys, Plot } from "./engine/plot.js";
import { ACTIVATIONS } from "./engine/arithmetic.js";
import { crossedPoints } from "./crossed_points.js";

const ARROW_SHARE = 0.13; // length of the arrow for a weight vector of length 1, as a share of the view's shorter side
const ARROW_MARGIN = 0.04; // of the view, kept between the arrow and the frame
const HEAT_CELLS = 72;

function build(frame) {
  const plane = new Plot({ width: 490, height: 420, x: [0, 1], y: [0, 1], xLabel: frame.arrays.names[0], yLabel: frame.arrays.names[1],
    label: "Plane of the two inputs with the points, the line where z is 0, and the probe" });
  const view = planeView(frame, plane);
  const curve = activationView();
  const formula = html("div", { class: "course-formula", role: "group", "aria-label": "the arithmetic at the probe" },
    html("div"), html("div"), html("div"));
  frame.show(
    html("div", { class: "course-main" }, plane.element),
    html("div", { class: "course-side" }, formula, frame.controls("w1", "w2", "b", "activation", "data"), curve.element),
  );
  return (state) => {
    const scene = describeScene(frame, state);
    view.update(state, scene);
    curve.update(state, scene);
    writeFormula(formula, state, scene);
    return scene.sentence;
  };
}

function describeScene(frame, state) {
  const points = frame.arrays[`${state.data}_points`];
  const labels = frame.arrays[`${state.data}_labels`].values;
  const { w1, w2, b } = state;
  const sum = (x1, x2) => w1 * x1 + w2 * x2 + b;
  const xs = points.values.filter((_, i) => i % 2 === 0);
  const ys = points.values.filter((_, i) => i % 2 === 1);
  const wrong = (i) => (sum(xs[i], ys[i]) > 0) !== (labels[i] === 1);
  let right = 0;
  for (let i = 0; i < labels.length; i += 1) right += wrong(i) ? 0 : 1;
  const z = sum(state.x1, state.x2);
  const a = ACTIVATIONS[state.activation][0](z);
  const line = w1 === 0 && w2 === 0 ? "The weights are zero, so there is no line. " : "";
  const sentence =
    `At the probe (${decimal(state.x1)}, ${decimal(state.x2)}) the weighted sum is z = ${decimal(z)} and the output a = ${decimal(a)}. ` +
    `${line}The rule “class 1 where z > 0” is right for ${right} of ${labels.length} points (${percent(right / labels.length)}).`;
  return { xs, ys, labels, wrong, right, sum, z, a, sentence };
}

// ---- the plane ---------------------------------------------------------------------------------

function planeView(frame, plane) {
  const line = plane.segment({ width: 2.5 });
  const points = crossedPoints(plane, { radius: 6 });
  const arrow = weightsArrow(frame, plane);
  const grip = lineGrip(frame, plane);
  const probe = plane.handle({
    label: "probe", colour: "ink", step: [0.05, 0.05], shape: star(),
    move: (x1, x2) => frame.set({ x1: rounded(clamp(x1, ...plane.x)), x2: rounded(clamp(x2, ...plane.y)) }),
  });
  return {
    update(state, scene) {
      plane.setRange(...viewOf(scene));
      plane.heat(HEAT_CELLS, HEAT_CELLS, shade(frame.palette, state, scene.sum));
      points.set(scene.xs, scene.ys, scene.labels, scene.wrong);
      placeLine(plane, line, grip, state);
      arrow.update(state);
      probe.set(clamp(state.x1, ...plane.x), clamp(state.x2, ...plane.y), `probe at ${decimal(state.x1)}, ${decimal(state.x2)}`);
      plane.title(`right: ${scene.right} of ${scene.labels.length}   (● class 0, ■ class 1, ×: wrong)`);
    },
  };
}

function star() {
  const points = Array.from({ length: 10 }, (_, i) => {
    const radius = i % 2 ? 4.5 : 11;
    const angle = (Math.PI * i) / 5 - Math.PI / 2;
    return `${(radius * Math.cos(angle)).toFixed(2)},${(radius * Math.sin(angle)).toFixed(2)}`;
  });
  return svg("polygon", { points: points.join(" "), fill: "var(--course-gold)", stroke: "var(--course-paper)", "stroke-width": 1.5 });
}

// The line itself can be dragged or moved by the arrow keys; both change only the bias.
function lineGrip(frame, plane) {
  const grip = svg("line", { class: "course-handle course-line-grip", role: "slider", tabindex: 0, "aria-label": "line where z is 0, moves the bias", stroke: "transparent", "stroke-width": 18 });
  plane.top.append(grip);
  const limits = frame.spec.fields.b;
  const setBias = (b) => frame.set({ b: rounded(clamp(b, limits.low, limits.high)) });
  const sumAt = (event) => {
    const [x, y] = plane.fromEvent(event);
    return frame.state.w1 * x + frame.state.w2 * y;
  };
  let held = 0; // z where the hand took hold: the line keeps its distance to the hand
  plane.draggable(grip, (event) => setBias(held - sumAt(event)), (event) => { held = sumAt(event) + frame.state.b; });
  movedByKeys(grip, [limits.step, limits.step], (dx, dy) => setBias(frame.state.b + dx + dy));
  setAttributes(grip, { "aria-valuemin": limits.low, "aria-valuemax": limits.high });
  return grip;
}

function placeLine(plane, line, grip, state) {
  const exists = state.w1 !== 0 || state.w2 !== 0;
  line.show(exists);
  grip.style.display = exists ? "" : "none";
  if (!exists) return;
  const foot = nearestToMiddle(state, plane);
  const reach = 4 * (plane.x[1] - plane.x[0] + plane.y[1] - plane.y[0]) / Math.hypot(state.w1, state.w2);
  const ends = [foot[0] - reach * state.w2, foot[1] + reach * state.w1, foot[0] + reach * state.w2, foot[1] - reach * state.w1];
  line.set(...ends);
  setAttributes(grip, {
    x1: plane.px(ends[0]), y1: plane.py(ends[1]), x2: plane.px(ends[2]), y2: plane.py(ends[3]),
    "clip-path": `url(#${plane.clip})`, "aria-valuenow": state.b, "aria-valuetext": `bias ${decimal(state.b)}`,
  });
}

// The point of the line nearest to the middle of the view; the middle itself where there is no line.
function nearestToMiddle({ w1, w2, b }, plane) {
  const middle = [plane.x, plane.y].map(([low, high]) => (low + high) / 2);
  const length = w1 * w1 + w2 * w2;
  if (!length) return middle;
  const excess = (w1 * middle[0] + w2 * middle[1] + b) / length;
  return [middle[0] - excess * w1, middle[1] - excess * w2];
}

// ---- the arrow of the weights --------------------------------------------------------------------

// The arrow begins on the line and is always seen whole. Turning it turns the line about the arrow's foot, so the bias follows the weights.
function weightsArrow(frame, plane) {
  const shaft = plane.segment({ width: 3, colour: "purple" });
  let turned = null; // { foot, state }: what the hand has just turned keeps its foot
  const footNow = () => (turned && ["w1", "w2", "b", "data"].every((name) => turned.state[name] === frame.state[name]) ? turned.foot : footOf(frame.state, plane));
  const tip = plane.handle({
    label: "weights, the arrow across the line", colour: "purple", step: [0.02, 0.02],
    move: (x, y) => {
      const foot = footNow();
      const changed = weightsFromTip(frame, plane, foot, [x, y]);
      turned = { foot, state: { ...frame.state, ...changed } };
      frame.set(changed);
    },
  });
  return {
    update({ w1, w2 }) {
      const foot = footNow();
      const end = [foot[0] + arrowScale(plane) * w1, foot[1] + arrowScale(plane) * w2];
      shaft.set(...foot, ...end);
      tip.set(...end, `weights ${decimal(w1)} and ${decimal(w2)}`);
    },
  };
}

// The arrow is shorter than the hand wants it where no bias would let the line pass through its foot.
function weightsFromTip(frame, plane, foot, tip) {
  const { w1, w2, b } = frame.state;
  const { fields } = frame.spec;
  const dot = (weights) => weights[0] * foot[0] + weights[1] * foot[1];
  const z = dot([w1, w2]) + b; // 0 at the foot, if that is on the line
  const wanted = roomOf(plane).map((room, axis) => clamp((clamp(tip[axis], ...room) - foot[axis]) / arrowScale(plane), fields.w1.low, fields.w1.high));
  const share = Math.min(1, fields.b.high / Math.abs(dot(wanted) - z));
  const weights = wanted.map((weight) => rounded(share * weight));
  return { w1: weights[0], w2: weights[1], b: rounded(clamp(z - dot(weights), fields.b.low, fields.b.high)) };
}

function arrowScale({ x, y }) {
  return ARROW_SHARE * Math.min(x[1] - x[0], y[1] - y[0]);
}

function roomOf({ x, y }) {
  return [x, y].map(([low, high]) => [low + ARROW_MARGIN * (high - low), high - ARROW_MARGIN * (high - low)]);
}

// Where the arrow begins: as near as it can to the middle of the view on the line, with the whole arrow inside; beside the line only where no such point is.
function footOf(state, plane) {
  const near = nearestToMiddle(state, plane);
  const room = roomOf(plane);
  const arrow = [state.w1, state.w2].map((weight) => weight * arrowScale(plane));
  const feet = room.map(([low, high], axis) => [low - Math.min(0, arrow[axis]), high - Math.max(0, arrow[axis])]);
  const [from, to] = stretchInside(near, [-state.w2, state.w1], feet);
  const along = from <= to ? clamp(0, from, to) : 0;
  return [clamp(near[0] - along * state.w2, ...feet[0]), clamp(near[1] + along * state.w1, ...feet[1])];
}

// For which t the point `origin` + t `direction` lies inside the box: [from, to], with from > to where it never does.
function stretchInside(origin, direction, box) {
  let [from, to] = [-Infinity, Infinity];
  box.forEach(([low, high], axis) => {
    const step = direction[axis];
    const ends = [(low - origin[axis]) / step, (high - origin[axis]) / step]; // ±∞ where the line runs along the side
    if (step) [from, to] = [Math.max(from, Math.min(...ends)), Math.min(to, Math.max(...ends))];
    else if (origin[axis] < low || origin[axis] > high) to = -Infinity;
  });
  return [from, to];
}

function shade(palette, state, sum) {
  const [value] = ACTIVATIONS[state.activation];
  const centred = { step: (a) => 2 * a - 1, sigmoid: (a) => 2 * a - 1, tanh: (a) => a }[state.activation] ?? ((a) => a / 3);
  return (x, y) => palette.diverging(centred(value(sum(x, y))), 0.42);
}

function viewOf({ xs, ys }) {
  return [padded(xs), padded(ys)];
}

function padded(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const pad = (values.length > 4 ? 0.12 : 0.5) * (high - low || 1);
  return [low - pad, high + pad];
}

function rounded(value) {
  return Number(value.toFixed(2));
}

// ---- the activation and the arithmetic ---------------------------------------------------------

function activationView() {
  const plot = new Plot({ width: 300, height: 170, x: [-6, 6], y: [-1.2, 2], xLabel: "z", title: "a = φ(z)", label: "The activation with the probe's z marked" });
  const curve = plot.curve({ colour: "blue" });
  const mark = plot.dot({ colour: "gold", radius: 7 });
  const zs = linspace(-6, 6, 241);
  return {
    element: plot.element,
    update(state, { z, a }) {
      const [value] = ACTIVATIONS[state.activation];
      curve.set(zs, zs.map((at) => value(at)));
      mark.set(clamp(z, ...plot.x), clamp(a, ...plot.y));
    },
  };
}

function writeFormula(formula, state, { z, a }) {
  const signed = (value) => `${value < 0 ? "−" : "+"} ${decimal(Math.abs(value))}`;
  const [general, numbers, output] = formula.children;
  setText(general, "z = w₁·x₁ + w₂·x₂ + b");
  setText(numbers, `z = ${decimal(state.w1)}·${decimal(state.x1)} ${signed(state.w2)}·${decimal(state.x2)} ${signed(state.b)} =\u00a0${decimal(z)}`); // the result never stands alone on a line
  setText(output, `a = φ(${decimal(z)}) = ${decimal(a)}`);
}

export default explorer(build);
