import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, linspace, setAttributes, setText, strokeSample } from "./engine/dom.js";
import { Plot } from "./engine/plot.js";
import { ACTIVATIONS } from "./engine/arithmetic.js";

const SATURATED_BELOW = 0.05;
const WITH_ALPHA = ["leaky_relu", "elu"];
const LABEL_GAP = 15; // px between the names of two curves
const TANGENT = 2; // half its length along x
const REACH = 6;
const INPUTS = linspace(-REACH, REACH, 481);

function build(frame) {
  const looks = frame.spec.fields.functions.options.map(([name, text, colour, dash]) => ({ name, text, colour, dash }));
  const names = Object.fromEntries(frame.spec.fields.focus.options);
  const left = curvesView(frame, looks, { title: "output  a = φ(w·x + b)", y: [-1.5, 4], label: "Output of each function against the input x" });
  const right = curvesView(frame, looks, { title: "local gradient  da/dx = w·φ′(w·x + b)", y: [-0.25, 1.25], label: "Slope of each function against the input x" });
  const tangent = left.plot.segment({ colour: "ink", width: 1.5, dash: "5 4" });
  const formula = html("div", { class: "course-formula", role: "group", "aria-label": "the arithmetic at the point" }, html("div"), html("div"), html("div"));
  const table = functionTable(frame, looks);
  frame.show(
    html("div", { class: "course-pair" }, left.plot.element, right.plot.element),
    html("div", { class: "course-side" }, frame.controls("focus", "x", "w", "b", "alpha"), formula),
    table.element,
  );
  return (state) => {
    const shown = looks.filter(({ name }) => name === state.focus || state.functions.includes(name));
    const at = pointOf(state, state.focus);
    frame.enable("alpha", shown.some(({ name }) => WITH_ALPHA.includes(name)));
    right.plot.setRange([-REACH, REACH], slopeRange(state.w));
    left.update(state, shown, at.a, (name, x) => outputAt(state, name, x));
    right.update(state, shown, at.slope, (name, x) => slopeAt(state, name, x));
    tangent.set(state.x - TANGENT, at.a - TANGENT * at.slope, state.x + TANGENT, at.a + TANGENT * at.slope);
    writeArithmetic(formula, state, at);
    table.update(state, shown);
    return sentenceOf(state, names[state.focus], at);
  };
}

function outputAt(state, name, x) {
  return ACTIVATIONS[name][0](state.w * x + state.b, state.alpha);
}

function slopeAt(state, name, x) {
  return state.w * ACTIVATIONS[name][1](state.w * x + state.b, state.alpha);
}

function pointOf(state, name) {
  const z = state.w * state.x + state.b;
  const [value, derivative] = ACTIVATIONS[name];
  const local = derivative(z, state.alpha);
  return { z, a: value(z, state.alpha), local, slope: state.w * local, saturated: Math.abs(local) < SATURATED_BELOW };
}

// Whole units, so that the axis does not creep while w is dragged.
function slopeRange(w) {
  const unit = Math.max(1, Math.ceil(Math.abs(w)));
  return [(w < 0 ? -1.25 : -0.25) * unit, 1.25 * unit];
}

// ---- curves --------------------------------------------------------------------------------------

function curvesView(frame, looks, options) {
  const plot = new Plot({ width: 404, height: 226, x: [-REACH, REACH], xLabel: "input x", margin: { left: 38, right: 72, bottom: 36 }, ...options });
  const moveTo = (x) => frame.set({ x: Number(clamp(x, -REACH, REACH).toFixed(2)) });
  plot.surface(moveTo);
  const saturated = plot.bands({ colour: "red" });
  const link = plot.segment({ colour: "muted", dash: "2 3" });
  const curves = Object.fromEntries(looks.map((look) => [look.name, { line: plot.curve({ ...look, label: look.text }), dot: plot.dot({ colour: look.colour, radius: 4 }) }]));
  const step = frame.spec.fields.x.step;
  const handle = plot.handle({ label: `point on the curve: ${options.title}`, colour: "ink", radius: 7, step: [step, step], move: moveTo });
  return {
    plot,
    update(state, shown, height, valueAt) {
      saturated.set(saturatedSpans(state));
      link.set(state.x, plot.y[0], state.x, plot.y[1]);
      for (const { name } of looks) showCurve(curves[name], shown.some((look) => look.name === name));
      for (const { name } of shown) {
        const { line, dot } = curves[name];
        line.set(INPUTS, INPUTS.map((x) => valueAt(name, x)));
        setAttributes(line.path, { "stroke-width": name === state.focus ? 3.5 : 2 });
        dot.set(state.x, valueAt(name, state.x));
      }
      nameCurves(plot, shown.map(({ name, text }) => ({ line: curves[name].line, text, end: valueAt(name, REACH) })));
      handle.set(state.x, clamp(height, ...plot.y), `x ${decimal(state.x)}, value ${decimal(height, 3)}`);
    },
  };
}

function showCurve({ line, dot }, visible) {
  line.show(visible);
  dot.circle.style.display = visible ? "" : "none";
}

// Names stand to the right of the frame in the order of the curves' ends, moved apart where they would overlap.
function nameCurves(plot, curves) {
  const box = plot.inner();
  const sorted = [...curves].sort((first, second) => second.end - first.end);
  const places = [];
  for (const { end } of sorted) places.push(Math.max(plot.py(clamp(end, ...plot.y)), (places.at(-1) ?? -Infinity) + LABEL_GAP));
  const bottom = box.y + box.height;
  sorted.forEach(({ line, text }, i) => {
    const highest = bottom - (sorted.length - 1 - i) * LABEL_GAP;
    line.nameAt(text, box.x + box.width + 5, Math.min(places[i], highest) + 4);
  });
}

// The stretches of x where the focused function is nearly flat.
function saturatedSpans(state) {
  const [, derivative] = ACTIVATIONS[state.focus];
  const spans = [];
  const half = (INPUTS[1] - INPUTS[0]) / 2;
  let open = null;
  for (const x of INPUTS) {
    const flat = Math.abs(derivative(state.w * x + state.b, state.alpha)) < SATURATED_BELOW;
    if (flat && !open) spans.push((open = [x - half, x + half]));
    else if (flat) open[1] = x + half;
    else open = null;
  }
  return spans;
}

// ---- the table: which functions are shown, and their values at the point -----------------------------

function functionTable(frame, looks) {
  const rows = Object.fromEntries(looks.map((look) => [look.name, functionRow(look, () => choose())]));
  const choose = () => frame.set({ functions: looks.map(({ name }) => name).filter((name) => rows[name].box.checked) });
  const head = html("tr", {}, ["show", "a", "da/dx", "outputs", "mean a *"].map((text) => html("th", { scope: "col" }, text)));
  const table = html("table", { class: "course-functions", "aria-label": "functions shown, with their values at the point" },
    html("thead", {}, head), html("tbody", {}, looks.map(({ name }) => rows[name].element)));
  const note = html("p", { class: "course-note" }, "* over z ~ N(0, 1); zero-centred where it is 0.   Hatched: |φ′(z)| < 0.05, saturated.");
  return {
    element: html("div", { class: "course-functions-box" }, table, note),
    update(state, shown) {
      for (const look of looks) rows[look.name].update(state, shown.includes(look));
    },
  };
}

function functionRow({ name, text, colour, dash }, choose) {
  const box = html("input", { type: "checkbox", value: name, "data-field": "functions", onchange: choose });
  const line = html("span", { class: "course-key" }, strokeSample(colour, 3, dash));
  const cells = Array.from({ length: 4 }, () => html("td"));
  const element = html("tr", {}, html("th", { scope: "row" }, html("label", {}, box, line, text)), cells);
  return {
    element, box,
    update(state, visible) {
      const { a, slope, saturated } = pointOf(state, name);
      const focused = state.focus === name;
      box.checked = visible;
      box.disabled = focused;
      element.classList.toggle("course-hidden-row", !visible);
      element.classList.toggle("course-focused-row", focused);
      const texts = [decimal(a, 3), decimal(slope, 3) + (saturated ? " ▨" : ""), outputRange(name, state.alpha), decimal(meanOutput(name, state.alpha))];
      cells.forEach((cell, i) => setText(cell, texts[i]));
    },
  };
}

// ---- words (their Python twins: models/activations.py and Activation.describe) --------------------------

const OUTPUT_RANGES = {
  step: "0 or 1", identity: "all numbers", sigmoid: "between 0 and 1", tanh: "between −1 and 1", relu: "0 and above",
  gelu: "−0.17 and above", silu: "−0.28 and above", softplus: "above 0",
};

function outputRange(name, alpha) {
  if (name === "elu") return alpha ? `above −${alpha.toFixed(2)}` : "0 and above";
  if (name === "leaky_relu") return alpha ? "all numbers" : "0 and above";
  return OUTPUT_RANGES[name];
}

const means = new Map();
function meanOutput(name, alpha) {
  const key = WITH_ALPHA.includes(name) ? `${name} ${alpha}` : name;
  if (!means.has(key)) {
    const width = 16 / 1600;
    let sum = 0;
    for (const z of linspace(-8, 8, 1601)) sum += (ACTIVATIONS[name][0](z, alpha) * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
    means.set(key, sum * width);
  }
  return means.get(key);
}

function sentenceOf(state, name, { z, a, slope, saturated }) {
  const mean = meanOutput(state.focus, state.alpha);
  return (
    `At x = ${decimal(state.x)} the weighted sum is z = ${decimal(z)}; ${name} answers a = ${decimal(a, 3)} with slope da/dx = ${decimal(slope, 3)}. ` +
    `${saturated ? "Saturated there (|φ′| < 0.05)" : "Not saturated there (|φ′| ≥ 0.05)"}. ` +
    `Outputs: ${outputRange(state.focus, state.alpha)}; their mean for z ~ N(0, 1) is ${decimal(mean)}, so ${Math.abs(mean) < 0.005 ? "zero-centred" : "not zero-centred"}.`
  );
}

function writeArithmetic(formula, state, { z, a, local, slope }) {
  const [sum, output, gradient] = formula.children;
  const bias = `${state.b < 0 ? "−" : "+"} ${decimal(Math.abs(state.b))}`;
  setText(sum, `z = ${decimal(state.w)}·${decimal(state.x)} ${bias} = ${decimal(z)}`);
  setText(output, `a = φ(z) = ${decimal(a, 3)}`);
  setText(gradient, `da/dx = ${decimal(state.w)}·${decimal(local, 3)} = ${decimal(slope, 3)}`);
}

export default explorer(build);
