import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, linspace, setText, strokeSample, svg } from "./engine/dom.js";
import { Plot } from "./engine/plot.js";
import { errorsByCount, errorsOf, MOST_UNITS, SAMPLES, sumOf, targetOf, VIEW } from "./bumps.js";

const HEIGHT = [-1.6, 1.6];
const COLOURS = ["orange", "green", "purple", "gold", "red", "muted"];
const CURVE = linspace(...VIEW, 301);
const SKETCH = linspace(...VIEW, 151); // for the units' own curves
// A unit's round handle stands where its input is this: high on a smooth rise, a little way up a ReLU.
const GRIP_INPUT = { sigmoid: 2, tanh: 2, relu: 1, step: 1 };
const RELU_STEEPNESS = 8; // where a fitted ReLU, whose steepness is free, gets its handle
const MOST_NUMBERED = 12;
const LOWEST_POWER = -4;

function build(frame) {
  const curves = curvesView(frame);
  const fall = fallView();
  const numbers = html("div", { class: "course-formula bump-numbers", role: "group", "aria-label": "the sum and its error" }, html("div"), html("div"));
  const buttons = placingButtons(frame);
  frame.show(
    html("div", { class: "course-main" }, curves.element, colourKey()),
    html("div", { class: "course-side" }, numbers, frame.controls("target", "activation", "mode", "n", "sharpness", "bias"), buttons.element, fall.element),
  );
  return (state) => {
    const scene = sceneOf(frame, state);
    curves.update(state, scene);
    fall.update(state, scene);
    buttons.update(state);
    frame.enable("sharpness", state.mode === "fit" && ["sigmoid", "tanh"].includes(state.activation));
    frame.enable("bias", state.mode === "hand");
    writeNumbers(numbers, state, scene);
    return sentenceOf(state, scene);
  };
}

function sceneOf(frame, state) {
  const target = targetOf(state.target, state.corners);
  const sum = sumOf(state);
  const heights = SAMPLES.map(target);
  const [usual, largest] = errorsOf(sum, heights);
  const outside = VIEW.map((x) => Math.abs(sum.at(x) - target(x)));
  const nameOf = (field) => Object.fromEntries(frame.spec.fields[field].options)[state[field]];
  return { target, sum, heights, usual, largest, outside, unitName: nameOf("activation"), targetName: nameOf("target") };
}

function sentenceOf(state, { usual, largest, outside, unitName, targetName }) {
  const how = state.mode === "fit" ? "fitted" : "set by hand";
  return (
    `${state.n} ${unitName} unit${state.n > 1 ? "s" : ""}, ${how}, against the target “${targetName}”: ` +
    `between 0 and 1 the root-mean-square error is ${decimal(usual, 3)} and the largest error ${decimal(largest, 3)}. ` +
    `Outside, the error is ${decimal(outside[0])} at x = −0.25 and ${decimal(outside[1])} at x = 1.25.`
  );
}

function writeNumbers(element, state, { usual, largest, unitName }) {
  const smooth = ["sigmoid", "tanh"].includes(state.activation);
  const inner = state.mode === "hand" ? "sᵢ·(x − pᵢ)" : smooth ? `${decimal(state.sharpness, 0)}·(x − pᵢ)` : "x − pᵢ";
  setText(element.children[0], `c₀ + Σ cᵢ·${unitName}(${inner})`);
  setText(element.children[1], `RMS error ${inCard(usual)}  largest ${inCard(largest)}`);
}

// Errors made by hand can be huge; the card keeps its one line.
function inCard(error) {
  return decimal(error, error < 100 ? 3 : 0);
}

function colourKey() {
  const patch = svg("svg", { width: 16, height: 10, "aria-hidden": "true" }, svg("rect", { width: 16, height: 10, fill: "var(--course-red)", "fill-opacity": 0.3 }));
  return html("p", { class: "bump-key" }, html("span", {}, strokeSample("ink", 2, "6 4"), "target"), html("span", {}, strokeSample("blue", 3.5), "sum"),
    html("span", {}, strokeSample("green", 1.3), "one unit's own part"), html("span", {}, patch, "error"), html("span", {}, "▲ where a unit stands"));
}

// ---- the curves and their handles ------------------------------------------------------------------

function curvesView(frame) {
  const plot = new Plot({ width: 520, height: 384, x: VIEW, y: HEIGHT, xLabel: "x   (fitted between 0 and 1)", margin: { top: 10 },
    label: "Target, sum and the part of each unit" });
  const outside = plot.bands({ colour: "muted" });
  const error = plot.area({ colour: "red", opacity: 0.22 });
  const parts = Array.from({ length: MOST_UNITS }, (_, i) => plot.curve({ colour: COLOURS[i % COLOURS.length], width: 1.6 }));
  for (const part of parts) part.path.setAttribute("stroke-opacity", 0.75);
  const target = plot.curve({ colour: "ink", dash: "6 4", width: 2 });
  const total = plot.curve({ colour: "blue", width: 3.5 });
  const corners = cornerHandles(frame, plot);
  const bias = biasHandle(frame, plot);
  const positions = positionHandles(frame, plot);
  const grips = gripHandles(frame, plot);
  return {
    element: plot.element,
    update(state, scene) {
      outside.set([[VIEW[0], 0], [1, VIEW[1]]]);
      error.set(SAMPLES, scene.heights, SAMPLES.map((x) => scene.sum.at(x)));
      target.set(CURVE, CURVE.map(scene.target));
      total.set(CURVE, CURVE.map((x) => scene.sum.at(x)));
      parts.forEach((part, i) => drawPart(part, scene.sum, scene.sum.units[i]));
      for (const handles of [corners, bias, positions, grips]) handles.update(state, scene);
    },
  };
}

function drawPart(part, sum, unit) {
  part.show(Boolean(unit));
  if (unit) part.set(SKETCH, SKETCH.map((x) => sum.contribution(unit, x)));
}

// The triangles under the curves: where the kinks and rises stand.
function positionHandles(frame, plot) {
  const handles = Array.from({ length: MOST_UNITS }, (_, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const number = svg("text", { class: "bump-number", y: -16, "text-anchor": "middle" }, String(i + 1));
    const triangle = svg("path", { d: "M0 -13L7 0H-7Z", fill: `var(--course-${colour})`, stroke: "var(--course-paper)", "stroke-width": 1.5 });
    return { number, ...plot.handle({ label: `position of unit ${i + 1}`, step: [0.01, 0], shape: svg("g", {}, number, triangle), move: (x) => frame.set(moved(frame.state, i, x)) }) };
  });
  return {
    update(state, { sum }) {
      handles.forEach((handle, i) => {
        const unit = sum.units[i];
        handle.show(Boolean(unit));
        if (unit) handle.set(unit.position, HEIGHT[0], `position ${decimal(unit.position)}, height ${decimal(unit.height)}`);
        handle.number.style.display = state.n <= MOST_NUMBERED ? "" : "none";
      });
    },
  };
}

function moved(state, i, x) {
  const units = rowsOf(sumOf(state));
  units[i] = [rounded(clamp(x, ...VIEW), 3), ...units[i].slice(1)];
  return { units };
}

// The units as the state holds them. A fitted ReLU or step has no steepness of its own, so it gets one that can be held.
function rowsOf({ activation, units }) {
  return units.map(({ position, height, steepness }) => {
    const free = activation === "relu" && steepness === 1 ? RELU_STEEPNESS : 1;
    return [rounded(position, 6), rounded(clamp(height / free, -1000, 1000), 6), rounded(steepness * free, 3)];
  });
}

// The round handles of the mode "by hand": up and down is height, left and right steepness.
function gripHandles(frame, plot) {
  const handles = Array.from({ length: MOST_UNITS }, (_, i) => plot.handle({
    label: `height and steepness of unit ${i + 1}`, colour: COLOURS[i % COLOURS.length], radius: 7, step: [0.01, 0.05],
    move: (x, y) => frame.set(gripped(frame.state, i, x, y)),
  }));
  return {
    update(state, { sum }) {
      const input = GRIP_INPUT[state.activation];
      handles.forEach((handle, i) => {
        const unit = state.mode === "hand" ? sum.units[i] : null;
        handle.show(Boolean(unit));
        if (!unit) return;
        const x = clamp(unit.position + input / unit.steepness, ...VIEW);
        handle.set(x, clamp(unit.height * sum.phi(input), ...HEIGHT), `height ${decimal(unit.height)}, steepness ${decimal(unit.steepness)}`);
      });
    },
  };
}

function gripped(state, i, x, y) {
  const sum = sumOf(state);
  const units = rowsOf(sum);
  const input = GRIP_INPUT[state.activation];
  const way = clamp(x, ...VIEW) - units[i][0];
  const distance = (way < 0 ? -1 : 1) * Math.max(Math.abs(way), 0.02);
  units[i] = [units[i][0], rounded(clamp(y, ...HEIGHT) / sum.phi(input), 3), rounded(input / distance, 3)];
  return { units };
}

function biasHandle(frame, plot) {
  const shape = svg("path", { d: "M-8 0L0 -8L8 0L0 8Z", fill: "var(--course-blue)", stroke: "var(--course-paper)", "stroke-width": 2 });
  const { low, high } = frame.spec.fields.bias;
  const handle = plot.handle({ label: "bias", step: [0, 0.05], shape, move: (_, y) => frame.set({ bias: rounded(clamp(y, low, high), 3) }) });
  return {
    update(state) {
      handle.show(state.mode === "hand");
      handle.set(VIEW[0], clamp(state.bias, ...HEIGHT), `bias ${decimal(state.bias)}`);
    },
  };
}

function cornerHandles(frame, plot) {
  const { low, high } = frame.spec.fields.corners;
  const handles = frame.state.corners.map((_, k) => plot.handle({
    label: `your drawing at x = ${k / 8}`, step: [0, 0.05],
    shape: svg("rect", { x: -6, y: -6, width: 12, height: 12, fill: "var(--course-ink)", stroke: "var(--course-paper)", "stroke-width": 2 }),
    move: (_, y) => frame.set({ corners: frame.state.corners.map((height, i) => (i === k ? rounded(clamp(y, low, high), 2) : height)) }),
  }));
  return {
    update(state) {
      handles.forEach((handle, k) => {
        handle.show(state.target === "own");
        handle.set(k / 8, state.corners[k], `height ${decimal(state.corners[k])}`);
      });
    },
  };
}

function placingButtons(frame) {
  const even = html("button", { type: "button", onclick: () => frame.set({ units: [] }) }, "Place evenly");
  const take = html("button", { type: "button", onclick: () => frame.set(inHand(frame)) }, "Take the fit in hand");
  return {
    element: html("div", { class: "bump-buttons" }, even, take),
    update(state) {
      even.disabled = state.mode !== "fit" || state.units.length !== state.n;
      take.disabled = state.mode !== "fit";
    },
  };
}

function inHand(frame) {
  const sum = sumOf(frame.state);
  const { low, high } = frame.spec.fields.bias;
  return { mode: "hand", units: rowsOf(sum), bias: rounded(clamp(sum.bias, low, high), 6) };
}

function rounded(value, digits) {
  return Number(value.toFixed(digits));
}

// ---- the error against the number of units -----------------------------------------------------------

function fallView() {
  const powers = [0, -1, -2, -3, -4].map((power) => [power, String(10 ** power)]);
  const counts = [1, 5, 10, 15, 20].map((count) => [count, String(count)]);
  const plot = new Plot({ width: 290, height: 158, x: [0.3, 20.7], y: [LOWEST_POWER - 0.2, 0.3], xLabel: "number of units n", title: "RMS error of the even fit",
    xTicks: counts, yTicks: powers, margin: { left: 50, bottom: 34, top: 22 }, label: "How the error falls with the number of units" });
  const line = plot.curve({ colour: "blue", width: 2 });
  const now = plot.dot({ colour: "gold", radius: 6 });
  const power = (error) => Math.log10(Math.max(error, 10 ** LOWEST_POWER));
  const known = { key: null, errors: [] };
  return {
    element: plot.element,
    update(state, { heights, usual }) {
      const key = JSON.stringify([state.target, state.activation, state.sharpness, state.target === "own" && state.corners]);
      if (known.key !== key) Object.assign(known, { key, errors: errorsByCount(state.activation, state.sharpness, heights) });
      line.set(known.errors.map((_, i) => i + 1), known.errors.map(power));
      now.set(state.n, power(usual));
    },
  };
}

export default explorer(build);
