import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, setText, trimmed } from "./engine/dom.js";
import { numberBox } from "./engine/controls.js";
import { ACTIVATIONS } from "./engine/arithmetic.js";
import { Graph } from "./engine/graph.js";
import { stepper } from "./engine/stepper.js";

const SUBSCRIPTS = "₁₂₃";
const UNIT_IDS = ["b1", "b2", "b3", "c"]; // a unit's node in the graph carries its bias

function build(frame) {
  const names = Object.fromEntries(frame.spec.fields.selected.options);
  const graph = makeGraph(frame, names);
  const step = stepCard();
  const ledger = ledgerView();
  const editor = numberEditor(frame);
  frame.show(
    html("div", { class: "course-main" }, graph.element, html("div", { class: "pass-walk" }, stepper(frame, "step"), frame.control("step"))),
    html("div", { class: "course-side" }, step.element, editor.element, frame.controls("activation"), legend()),
    ledger.element,
  );
  return (state) => {
    const units = unitsOf(state, frame.spec.fields.activation.options);
    const steps = stepsOf(units);
    const now = steps[state.step - 1] ?? null;
    drawGraph(graph, state, units, steps, now);
    editor.update(state);
    step.update(state, units, steps, now);
    ledger.update(units, steps, state.step, now);
    return sentenceOf(state, units, steps, now);
  };
}

function legend() {
  return html("p", { class: "pass-legend" }, "Blue, solid: positive. Orange, dashed: negative. Width: size. “=” marks what weight times input gave.");
}

// ---- the arithmetic: the twin of models/forward_pass.py ------------------------------------------

function unitsOf(state, activations) {
  const named = Object.fromEntries(activations);
  const hidden = state.b1.map((bias, j) => {
    const mark = SUBSCRIPTS[j];
    const weights = state.W1.map((row) => row[j]);
    return unitOf({
      sumName: `z${mark}`, outputName: `h${mark}`, biasName: `b${mark}`, bias, weights, inputs: state.x,
      weightNames: weights.map((_, i) => `w${SUBSCRIPTS[i]}${mark}`), inputNames: weights.map((_, i) => `x${SUBSCRIPTS[i]}`),
      weightIds: weights.map((_, i) => `w${i + 1}${j + 1}`), activation: state.activation, phi: named[state.activation],
    });
  });
  const output = unitOf({
    sumName: "z", outputName: "y", biasName: "c", bias: state.b2, weights: state.W2, inputs: hidden.map((unit) => unit.output),
    weightNames: state.W2.map((_, i) => `v${SUBSCRIPTS[i]}`), inputNames: hidden.map((unit) => unit.outputName),
    weightIds: state.W2.map((_, i) => `v${i + 1}`), activation: "sigmoid", phi: "sigmoid",
  });
  return [...hidden, output];
}

function unitOf(unit) {
  const products = unit.weights.map((weight, i) => weight * unit.inputs[i]);
  const z = products.reduce((sum, product) => sum + product, 0) + unit.bias;
  return { ...unit, products, z, output: ACTIVATIONS[unit.activation][0](z) };
}

function stepsOf(units) {
  return units.flatMap((unit, at) => [
    ...unit.products.map((_, term) => ({ kind: "multiply", unit: at, term })), { kind: "add", unit: at }, { kind: "activate", unit: at },
  ]);
}

// How many operations are done once this one is.
function orderOf(steps, kind, unit, term) {
  return 1 + steps.findIndex((step) => step.kind === kind && step.unit === unit && (kind !== "multiply" || step.term === term));
}

// ---- words ---------------------------------------------------------------------------------------

function factor(value) {
  const text = trimmed(value);
  return text.startsWith("−") ? `(${text})` : text;
}

function signedTail(value) {
  return ` ${value < 0 ? "−" : "+"} ${trimmed(Math.abs(value))}`;
}

function productText(unit, term) {
  return `${trimmed(unit.weights[term])} · ${factor(unit.inputs[term])}`;
}

function sumText({ products, bias }) {
  return trimmed(products[0]) + [...products.slice(1), bias].map(signedTail).join("");
}

// An operation as [what is done, with names, with numbers and its result].
function operation(units, { kind, unit: at, term }) {
  const unit = units[at];
  if (kind === "multiply")
    return ["multiply", `${unit.weightNames[term]} · ${unit.inputNames[term]}`, `${productText(unit, term)} = ${trimmed(unit.products[term])}`];
  if (kind === "add") return ["add the products and the bias", unit.sumName, `${sumText(unit)} = ${trimmed(unit.z)}`];
  return ["activate", unit.outputName, `${unit.phi}(${trimmed(unit.z)}) = ${trimmed(unit.output)}`];
}

function sentenceOf(state, units, steps, now) {
  if (!now)
    return `Nothing is computed yet. The inputs are x₁ = ${trimmed(state.x[0])} and x₂ = ${trimmed(state.x[1])}; ${steps.length} small steps lead to the output.`;
  const [what, names, numbers] = operation(units, now);
  const said = `Step ${state.step} of ${steps.length}, ${what}: ${names} = ${numbers}.`;
  if (state.step < steps.length) return said;
  const silent = units.slice(0, -1).filter((unit) => unit.output === 0).length;
  return `${said} The output is y = ${trimmed(units.at(-1).output)}; hidden units that answer 0: ${silent} of 3.`;
}

// ---- the graph -------------------------------------------------------------------------------------

const COLUMNS = [34, 246, 480]; // between the last two a weight and its product stand side by side
const INPUT_ROWS = [92, 256];
const ROWS = [72, 174, 276];

function makeGraph(frame, names) {
  const { low, high, step } = frame.spec.fields.W1;
  const nodes = [
    ...["x₁", "x₂"].map((caption, i) => ({ id: `x${i + 1}`, x: COLUMNS[0], y: INPUT_ROWS[i], captions: [caption] })),
    ...ROWS.map((y, j) => ({ id: `b${j + 1}`, x: COLUMNS[1], y, captions: [`z${SUBSCRIPTS[j]}`, `h${SUBSCRIPTS[j]}`] })),
    { id: "c", x: COLUMNS[2], y: ROWS[1], captions: ["z", "y"] },
  ];
  const edges = [
    ...[1, 2, 3].flatMap((j) => [1, 2].map((i) => ({ id: `w${i}${j}`, from: `x${i}`, to: `b${j}` }))),
    ...[1, 2, 3].map((j) => ({ id: `v${j}`, from: `b${j}`, to: "c", resultAt: 0.715 })),
  ];
  const named = (items) => items.map((item) => ({ ...item, label: names[item.id] }));
  return new Graph({
    width: 530, height: 304, label: "The network: 2 inputs, 3 hidden units, 1 output", weightAt: 0.27, resultAt: 0.74,
    headings: COLUMNS.map((x, i) => ({ x: x + [6, 0, -12][i], y: 18 })), nodes: named(nodes), edges: named(edges),
    edit: { low, high, step, select: (id) => frame.set({ selected: id }), change: (id, value) => frame.set(changed(frame, id, value)) },
  });
}

function drawGraph(graph, state, units, steps, now) {
  ["inputs", `hidden: ${units[0].phi}`, "output: sigmoid"].forEach((text, i) => graph.heading(i, text));
  state.x.forEach((value, i) => graph.nodes[`x${i + 1}`].set({
    values: [brief(value)], number: value, text: trimmed(value), selected: state.selected === `x${i + 1}`,
  }));
  units.forEach((unit, at) => {
    drawUnit(graph.nodes[UNIT_IDS[at]], state, unit, at, steps, now);
    unit.weightIds.forEach((id, term) => graph.edges[id].set({
      number: unit.weights[term], text: trimmed(unit.weights[term]), selected: state.selected === id,
      result: state.step >= orderOf(steps, "multiply", at, term) ? `= ${brief(unit.products[term])}` : "",
      lit: now?.kind === "multiply" && now.unit === at && now.term === term,
    }));
  });
}

function drawUnit(node, state, unit, at, steps, now) {
  const known = (kind, value) => (state.step >= orderOf(steps, kind, at) ? brief(value) : "?");
  node.set({
    values: [known("add", unit.z), known("activate", unit.output)],
    note: { text: `${unit.biasName} = ${trimmed(unit.bias)}`, number: unit.bias },
    lit: now?.unit === at ? ["add", "activate"].indexOf(now.kind) : -1,
    number: unit.bias, text: trimmed(unit.bias), selected: state.selected === node.id,
  });
}

// Five characters fit a cell of the graph; the lines below it have more decimals.
function brief(value) {
  const size = Math.abs(value);
  return decimal(value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

// ---- changing a number -----------------------------------------------------------------------------

// Where in the state a number of the graph stands: "w21" is W1[1][0], from input 2 to hidden unit 1.
function placeOf(id) {
  const [kind, first, second] = id;
  return { x: ["x", first - 1], w: ["W1", first - 1, second - 1], b: ["b1", first - 1], v: ["W2", first - 1], c: ["b2"] }[kind];
}

function numberOf(state, id) {
  const [field, ...path] = placeOf(id);
  return path.reduce((part, index) => part[index], state[field]);
}

function changed(frame, id, value) {
  const { low, high } = frame.spec.fields.W1;
  const number = Number(clamp(value, low, high).toFixed(4));
  const [field, ...path] = placeOf(id);
  return { [field]: replaced(frame.state[field], path, number), selected: id };
}

function replaced(part, [index, ...rest], value) {
  return index === undefined ? value : part.map((item, i) => (i === index ? replaced(item, rest, value) : item));
}

function numberEditor(frame) {
  const field = frame.spec.fields.W1;
  const change = (value) => frame.set(changed(frame, frame.state.selected, value));
  const range = html("input", {
    type: "range", min: field.low, max: field.high, step: field.step, "data-field": "number", "aria-label": "the chosen number",
    oninput: () => change(Number(range.value)),
  });
  const box = numberBox({ field, change, label: "the chosen number, exact value", "data-exact": "number" });
  return {
    element: html("div", { class: "pass-number", role: "group", "aria-label": "change a number" },
      frame.control("selected"), html("div", { class: "pass-value" }, range, box)),
    update(state) {
      const value = numberOf(state, state.selected);
      if (Number(range.value) !== value) range.value = value;
      range.setAttribute("aria-valuetext", trimmed(value));
      box.show(value);
    },
  };
}

// ---- one operation, and all of them ------------------------------------------------------------------

function stepCard() {
  const lines = [html("b"), html("div"), html("div")];
  return {
    element: html("div", { class: "course-formula pass-step", role: "group", "aria-label": "this step" }, lines),
    update(state, units, steps, now) {
      const [what, names, numbers] = now ? operation(units, now) : ["press Next or Play", "", ""];
      setText(lines[0], `${state.step} of ${steps.length}: ${what}`);
      setText(lines[1], now ? `${generalForm(units, now)}` : "z = sum of weight · input, + bias");
      setText(lines[2], now ? `${names} = ${numbers}` : "h = φ(z)");
    },
  };
}

function generalForm(units, { kind, unit: at, term }) {
  const unit = units[at];
  if (kind === "multiply") return `weight × input into ${unit.outputName}`;
  if (kind === "activate") return `${unit.outputName} = ${unit.phi}(${unit.sumName})`;
  return `${unit.sumName} = ${unit.weightNames.map((name, i) => `${name}·${unit.inputNames[i]}`).join(" + ")} + ${unit.biasName}`;
}

// Four lines, one a unit; what is not computed yet stands there as symbols.
function ledgerView() {
  const element = html("div", { class: "course-formula pass-ledger", role: "group", tabindex: 0, "aria-label": "the whole computation" });
  return {
    element,
    update(units, steps, done, now) {
      element.replaceChildren(...units.flatMap((unit, at) => {
        const reached = (kind, term) => done >= orderOf(steps, kind, at, term);
        const lit = (kind, term) => now?.unit === at && now.kind === kind && now.term === term;
        return [sumLine(unit, reached, lit), activationLine(unit, reached, lit)];
      }));
    },
  };
}

function ledgerPart(text, reached, lit) {
  return html("span", { class: lit ? "pass-now" : reached ? "" : "pass-later" }, text);
}

function ledgerSign(negative) {
  return negative ? " − " : " + ";
}

function sumLine(unit, reached, lit) {
  const terms = unit.weights.flatMap((_, i) => {
    const known = reached("multiply", i);
    const weight = i ? Math.abs(unit.weights[i]) : unit.weights[i];
    const text = known ? `${trimmed(weight)}·${factor(unit.inputs[i])}` : `${unit.weightNames[i]}·${unit.inputNames[i]}`;
    return [i ? ledgerSign(known && unit.weights[i] < 0) : "", ledgerPart(text, known, lit("multiply", i))];
  });
  const known = reached("add");
  const bias = known ? trimmed(Math.abs(unit.bias)) : unit.biasName;
  return html("div", {}, `${unit.sumName.padEnd(2)} = `, ...terms, ledgerSign(known && unit.bias < 0), ledgerPart(bias, known, false), ledgerPart(` = ${known ? trimmed(unit.z) : "?"}`, known, lit("add")));
}

function activationLine(unit, reached, lit) {
  const inner = reached("add") ? trimmed(unit.z) : unit.sumName;
  const known = reached("activate");
  return html("div", {}, `${unit.outputName.padEnd(2)} = `, ledgerPart(`${unit.phi}(${inner}) = ${known ? trimmed(unit.output) : "?"}`, known, lit("activate")));
}

export default explorer(build);
