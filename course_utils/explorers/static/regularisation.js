import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, linspace, percent, strokeSample, svg } from "./engine/dom.js";
import { contourPieces } from "./engine/contours.js";
import { lastOf } from "./engine/memory.js";
import { Plot } from "./engine/plot.js";
import { crossedPoints } from "./crossed_points.js";

const EPOCHS = 400;
const MEASURED = linspace(0, EPOCHS, 101);
const FIELD_VIEW = { x: [-4, 4], y: [-3.2, 3.2] };
const LARGEST_SIZE = 3;
const VERDICTS = {
  over: "it over-fits (validation loss over twice the training loss)",
  under: "it under-fits (training loss near 0.69, that of guessing)",
  fits: "neither over- nor under-fitted",
};

function build(frame) {
  const views = [boundaryView(frame), epochsView(frame), sizesView()];
  frame.show(
    html("div", { class: "course-main" }, views[0].element, fitKey()),
    html("div", { class: "course-side" }, views[1].element, stopButton(frame), views[2].element),
    html("div", { class: "course-wide" }, frame.controls("l2", "l1", "dropout", "epoch", "points", "noise", "units", "seed", "data")),
  );
  return (state) => {
    for (const view of views) view.update(state, frame.answer);
    return fitSentence(frame.answer);
  };
}

// ---- words -----------------------------------------------------------------------------------------------

function fitSentence(answer) {
  const { epoch, points } = answer.state;
  const [training, validation, right, rightHeldOut, norm] = answer.here.values;
  return (
    `After ${epoch} ${epoch === 1 ? "epoch" : "epochs"} ${percent(right)} of the ${points} training and ` +
    `${percent(rightHeldOut)} of the ${answer.held_out_classes.values.length} validation points are right; ` +
    `losses ${decimal(training)} and ${decimal(validation)}: ${VERDICTS[answer.verdict]}. ` +
    `Validation was best, ${decimal(Math.min(...answer.validation.values))}, after epoch ${answer.best}. ` +
    `${answer.zeros} of the ${answer.sizes.values.length} weights are exactly zero${answer.state.l1 > 0 ? " (L1’s soft threshold)" : ""}, their norm is ${decimal(norm, 1)}. ${compared(answer)}`
  );
}

function isHeld({ l2, l1, dropout }) {
  return l2 > 0 || l1 > 0 || dropout > 0;
}

function compared(answer) {
  if (!isHeld(answer.state)) return "Neither L1, L2 nor dropout holds it back.";
  const [, loss, , right, norm] = answer.free.values;
  return `Unregularised: ${percent(right)} of the validation points, loss ${decimal(loss)}, norm ${decimal(norm, 1)}.`;
}

function fitKey() {
  const entry = (text, ...look) => html("span", {}, strokeSample(...look), text);
  return html("p", { class: "fit-key" }, html("span", {}, "large: training (×: wrong), small: validation"), entry("unregularised", "muted", 2, "3 3"));
}

// ---- the boundary among the points -------------------------------------------------------------------------------

function boundaryView(frame) {
  const plot = new Plot({ width: 440, height: 344, ...FIELD_VIEW, xLabel: "x₁", yLabel: "x₂", margin: { left: 40, right: 8, top: 24, bottom: 34 },
    label: "The plane of the two inputs, coloured by the network’s answer, with its boundary and the points" });
  const heldOut = plot.points({ radius: 2.5 });
  heldOut.group.setAttribute("opacity", 0.55);
  const free = contourLine(plot, { colour: "muted", width: 2, dash: "3 3" });
  const line = contourLine(plot, { colour: "ink", width: 2.5, dash: "" });
  const training = crossedPoints(plot, { radius: 6 });
  const shade = lastOf((field) => shadeField(plot, frame.palette, field));
  const draw = lastOf((answer) => {
    const { field, classes, outputs } = answer;
    setPoints(heldOut, plot, answer.held_out_points.values, answer.held_out_classes.values);
    setPoints(training, plot, answer.points.values, classes.values, (i) => outputs.values[i] > 0 !== (classes.values[i] === 1));
    free.set(isHeld(answer.state) ? answer.free_field : null);
    line.set(field);
    plot.title(`what the network answers after ${answer.state.epoch} ${answer.state.epoch === 1 ? "epoch" : "epochs"}`);
  });
  return {
    element: plot.element,
    update(state, answer) {
      shade(answer.field, frame.palette.rgb("paper"));
      draw(answer);
    },
  };
}

// Cells come row by row from the top; the kernel's rows begin at the bottom.
function shadeField(plot, palette, { values, shape: [rows, columns] }) {
  let cell = 0;
  plot.heat(columns, rows, () => {
    const row = rows - 1 - Math.floor(cell / columns);
    const z = values[row * columns + (cell % columns)];
    cell += 1;
    return palette.diverging(2 / (1 + Math.exp(-z)) - 1, 0.42);
  });
}

// Points beyond the view are drawn at its edge.
function setPoints(marks, plot, places, classes, wrong) {
  const held = ([low, high], value) => clamp(value, low + 0.08, high - 0.08);
  const [xs, ys] = [0, 1].map((axis) => Array.from(classes, (_, i) => held(axis ? plot.y : plot.x, places[2 * i + axis])));
  marks.set(xs, ys, classes, wrong);
}

function contourLine(plot, { colour, width, dash }) {
  const path = svg("path", { fill: "none", stroke: `var(--course-${colour})`, "stroke-width": width, "stroke-dasharray": dash, "stroke-linecap": "round" });
  plot.marks.append(path);
  const at = (index, count, [low, high]) => low + ((index + 0.5) * (high - low)) / count;
  return {
    set(field) {
      const [rows, columns] = field?.shape ?? [0, 0];
      const place = (x, y) => `${plot.px(at(x, columns, plot.x)).toFixed(1)} ${plot.py(at(y, rows, plot.y)).toFixed(1)}`;
      const pieces = field ? contourPieces(field.values, columns, rows, 0) : [];
      path.setAttribute("d", pieces.map(([x1, y1, x2, y2]) => `M${place(x1, y1)}L${place(x2, y2)}`).join(""));
    },
  };
}

// ---- losses over the epochs ---------------------------------------------------------------------------------------------

function epochsView(frame) {
  const ticks = [0.01, 0.03, 0.1, 0.3, 1, 3].map((loss) => [Math.log10(loss), String(loss)]);
  const plot = new Plot({ width: 372, height: 196, x: [0, EPOCHS], y: [-2, 0.7], yTicks: ticks, title: "loss over the epochs", margin: { left: 38, right: 74, bottom: 22 },
    label: "Training and validation loss over the epochs, on a logarithmic scale, with the epoch that is shown and the best one" });
  const free = plot.curve({ colour: "muted", dash: "3 3", width: 2 });
  const training = plot.curve({ colour: "blue", label: "training" });
  const validation = plot.curve({ colour: "orange", dash: "7 4", label: "validation" });
  const best = plot.dot({ colour: "orange", radius: 6 });
  const bestLine = plot.segment({ colour: "orange", dash: "2 3" });
  const bestName = plot.text({ colour: "orange", size: 12.5, weight: 600 });
  const line = plot.segment({ width: 2 });
  const draw = lastOf((answer) => {
    const curves = [answer.training, answer.validation, answer.free_validation].map(({ values }) => Array.from(values, (loss) => Math.log10(Math.max(loss, 1e-4))));
    [training, validation].forEach((curve, i) => curve.set(MEASURED, curves[i]));
    free.show(isHeld(answer.state));
    free.set(MEASURED, curves[2]);
    nameLosses(plot, [training, validation], curves);
    const lowest = curves[1][answer.best / 4];
    best.set(answer.best, lowest);
    bestLine.set(answer.best, plot.y[0], answer.best, lowest);
    bestName.set(Math.min(answer.best, EPOCHS - 90), plot.y[0], `best: epoch ${answer.best}`, 5, -6);
  });
  const toEpoch = (x) => frame.set({ epoch: clamp(Math.round(x), 0, EPOCHS) });
  plot.surface(toEpoch);
  const grip = plot.handle({ label: "epoch", step: [1, 0], move: toEpoch, shape: svg("path", { d: "M-8 0h16v9l-8 8l-8 -8Z", fill: "var(--course-ink)", stroke: "var(--course-paper)", "stroke-width": 1.5 }) });
  return {
    element: plot.element,
    update(state, answer) {
      draw(answer);
      line.set(state.epoch, plot.y[0], state.epoch, plot.y[1]);
      grip.set(state.epoch, plot.y[1], `epoch ${state.epoch}`);
    },
  };
}

function stopButton(frame) {
  const stop = html("button", { type: "button", onclick: () => frame.set({ epoch: frame.answer.best }) }, "Stop at the best epoch");
  return html("div", {}, stop);
}

// The names stand at the ends of the curves, at least a line apart.
function nameLosses(plot, curves, values) {
  const box = plot.inner();
  const ends = values.slice(0, 2).map((curve) => clamp(plot.py(curve.at(-1)), box.y + 6, box.y + box.height));
  const missing = Math.max(0, 15 - Math.abs(ends[1] - ends[0])) / 2;
  const way = ends[0] <= ends[1] ? -missing : missing;
  ["training", "validation"].forEach((name, i) => curves[i].nameAt(name, box.x + box.width + 5, ends[i] + (i ? -way : way) + 4));
}

// ---- sizes of the weights -------------------------------------------------------------------------------------------------

function sizesView() {
  const plot = new Plot({ width: 372, height: 124, x: [0, 1], y: [0, LARGEST_SIZE], yTicks: [0, 1, 2, 3].map((size) => [size, String(size)]), title: "sizes |w| of the weights, largest first", margin: { left: 38, right: 12, bottom: 22 },
    label: "The sizes of all weights, largest first, with the share that is exactly zero" });
  const zeros = plot.bands({ colour: "green" });
  const area = plot.area({ colour: "purple", opacity: 0.3 });
  const free = plot.curve({ colour: "muted", dash: "3 3", width: 2 });
  const outline = plot.curve({ colour: "purple", width: 2 });
  const name = plot.text({ colour: "green", size: 12.5, weight: 600, anchor: "end" });
  const draw = lastOf((answer) => {
    const count = answer.sizes.values.length;
    plot.setRange([0, count], plot.y);
    const ranks = linspace(0.5, count - 0.5, count);
    area.set(ranks, ranks.map(() => 0), answer.sizes.values);
    outline.set(ranks, answer.sizes.values);
    free.show(isHeld(answer.state));
    free.set(ranks, answer.free_sizes.values);
    zeros.set(answer.zeros ? [[count - answer.zeros, count]] : []);
    name.set(count, LARGEST_SIZE, `${answer.zeros} of ${count} exactly zero`, -6, 16);
  });
  return { element: plot.element, update: (state, answer) => draw(answer) };
}

export default explorer(build);
