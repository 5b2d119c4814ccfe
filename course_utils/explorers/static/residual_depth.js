import { explorer } from "./engine/frame.js";
import { clamp, html, linspace, setAttributes, setText, significant, svg } from "./engine/dom.js";
import { decades, decadeTicks, endsApart, layerTicks, logarithms } from "./engine/decades.js";
import { Plot } from "./engine/plot.js";

const NETWORKS = [{ name: "plain", colour: "orange", dash: "7 4" }, { name: "residual", colour: "blue", dash: "" }];
const CONTROLS = ["blocks", "gain", "normalise", "skip", "branch", "gradients", "block", "seed"];
const GRADIENT_TITLES = { kernels: "gradient by each layer’s kernels (length)", outputs: "gradient by each block’s output (length)" };

function build(frame) {
  const signals = curvesView(frame, "signal: root mean square of the outputs");
  const gradients = curvesView(frame, GRADIENT_TITLES.kernels);
  const drawings = NETWORKS.map((network, i) => blockView(network, i));
  frame.show(
    html("div", { class: "course-pair" }, signals.element, gradients.element),
    html("div", { class: "course-pair" }, drawings.map(({ element }) => element)),
    html("div", { class: "depth-controls" }, CONTROLS.map((name) => frame.control(name))),
  );
  return (state) => {
    const { answer } = frame;
    const shown = { ...state, ...answer.state }; // the picture belongs to the answer until a newer one is here
    const block = Math.min(state.block, shown.blocks);
    signals.update(bothOf(answer, "signals"), shown.blocks, block);
    gradients.update(bothOf(answer, state.gradients), shown.blocks, block, GRADIENT_TITLES[state.gradients]);
    for (const drawing of drawings) drawing.update(answer, shown, block);
    return residualSentence(answer, shown, block);
  };
}

// The rows of an array of the answer, one a network.
function bothOf(answer, name) {
  const { values, shape: [, length] } = answer[name];
  return NETWORKS.map((_, i) => Array.from(values.slice(i * length, (i + 1) * length)));
}

// ---- words -----------------------------------------------------------------------------------------

function residualSentence(answer, { blocks, gradients }, block) {
  const [plain, residual] = NETWORKS.map((_, i) => networkWordsOf(answer, gradients, i));
  const [shortcut, through, arriving] = ["shortcut", "through", "outputs"].map((name) => significant(bothOf(answer, name)[1][block - 1]));
  return (
    `${2 * blocks + 2} layers, ${blocks} ${blocks === 1 ? "block" : "blocks"}. From layer 1 to the last block the plain network’s ${plain}; ` +
    `the residual one’s ${residual}. Block ${block}, residual: of the gradient ${shortcut} goes back along the shortcut and ` +
    `${through} through the branch, together ${arriving}.`
  );
}

function networkWordsOf(answer, gradients, i) {
  const signal = bothOf(answer, "signals")[i];
  return (
    `signal goes from ${significant(signal[0])} to ${significant(signal.at(-1))}, the gradient at layer 1 is ` +
    `${significant(bothOf(answer, gradients)[i][0])}, the loss ${significant(answer.losses.values[i])}`
  );
}

// ---- layer by layer ----------------------------------------------------------------------------------

function curvesView(frame, title) {
  const plot = new Plot({ width: 404, height: 200, x: [1, 2], y: [-1, 1], xLabel: "layer", title, label: `${title}, layer by layer, for both networks, on a logarithmic scale`, margin: { left: 44, right: 66, bottom: 36 } });
  pointAtBlocks(frame, plot);
  const mark = plot.area({ colour: "muted", opacity: 0.16 });
  const curves = NETWORKS.map(({ name, colour, dash }) => ({ name, curve: plot.curve({ colour, dash, label: name }), dot: plot.dot({ colour, radius: 4.5 }) }));
  return {
    element: plot.element,
    update(rows, blocks, block, newTitle = title) {
      const logs = rows.map(logarithms);
      const y = decades(logs.flat());
      plot.yTicks = decadeTicks(...y);
      plot.xTicks = layerTicks(2 * blocks + 1);
      plot.setRange([0.5, 2 * blocks + 1.5], y);
      plot.title(newTitle);
      mark.set([2 * block - 0.5, 2 * block + 1.5], [y[0], y[0]], [y[1], y[1]]);
      const ends = endsApart(plot, logs.map((values) => values.at(-1)));
      curves.forEach((each, i) => drawCurve(plot, each, logs[i], blocks, block, ends[i]));
    },
  };
}

// A value a layer, or one a block: at its second layer, after the first layer's.
function drawCurve(plot, { name, curve, dot }, values, blocks, block, labelAt) {
  const box = plot.inner();
  const last = 2 * blocks + 1;
  curve.set(linspace(1, last, values.length), values);
  curve.nameAt(name, box.x + box.width + 6, labelAt + 4);
  const here = values[values.length === last ? 2 * block : block];
  dot.circle.style.display = Number.isFinite(here) ? "" : "none";
  if (Number.isFinite(here)) dot.set(2 * block + 1, here);
}

// Pointing at a block chooses it; with the keyboard the slider "look at block" does the same.
function pointAtBlocks(frame, plot) {
  const look = (x) => {
    const block = clamp(Math.floor(x / 2), 1, frame.answer.state.blocks);
    if (block !== frame.state.block) frame.set({ block });
  };
  const surface = plot.surface(look);
  surface.addEventListener("pointermove", (event) => look(plot.fromEvent(event)[0]));
}

// ---- inside of a block ---------------------------------------------------------------------------------

const BLOCK = { width: 404, height: 124, top: 36, middle: 84, split: 82, plus: 318, nodes: [[90, 96], [192, 62]] };
const THINNEST = 1.2;
const THICKEST = 7;

// What goes forward (above the lines) and what comes back (below them) in the chosen block of one network.
function blockView({ name, colour }, i) {
  const marks = svg("g");
  const title = svg("text", { class: "course-plot-title", x: 0, y: 14 });
  const picture = svg("svg", { viewBox: `0 0 ${BLOCK.width} ${BLOCK.height}`, class: "depth-block", role: "img" }, title, marks);
  return {
    element: html("div", { class: "depth-drawing", style: `color: var(--course-${colour})` }, picture),
    update(answer, state, block) {
      const at = (key, place) => bothOf(answer, key)[i][place];
      const [skip, branch] = i ? [state.skip, state.branch] : [0, 1];
      const numbers = {
        before: at("signals", block - 1), after: at("signals", block), added: at("added", block - 1),
        arriving: at("outputs", block), shortcut: at("shortcut", block - 1), through: at("through", block - 1), on: at("outputs", block - 1),
      };
      setText(title, `${name}, block ${block} (layers ${2 * block}, ${2 * block + 1}): signal →, ← gradient`);
      marks.replaceChildren(...blockMarks(numbers, skip, branch, state.normalise));
      setAttributes(picture, { "aria-label": spokenBlock(name, block, numbers) });
    },
  };
}

function spokenBlock(name, block, { before, added, after, arriving, shortcut, through, on }) {
  const [a, b, c, d, e, f, g] = [before, added, after, arriving, shortcut, through, on].map((value) => significant(value));
  return `block ${block}, ${name}: signal ${a} comes in, the branch adds ${b}, ${c} goes out; gradient ${d} arrives, ${e} along the shortcut and ${f} through the branch give ${g}`;
}

function blockMarks(numbers, skip, branch, normalise) {
  const { width, middle, split, plus, nodes, top } = BLOCK;
  const whole = Math.hypot(numbers.shortcut, numbers.through);
  const thickness = (part) => (whole ? THINNEST + (THICKEST - THINNEST) * (part / whole) : THINNEST);
  const way = (d, part) => svg("path", { class: "depth-way", d, style: part === undefined ? "" : `stroke-width: ${thickness(part)}` });
  const arc = `M${split} ${middle}C${split + 4} ${top} ${split + 14} ${top} ${split + 34} ${top}H${plus - 34}C${plus - 14} ${top} ${plus - 4} ${top} ${plus} ${middle}`;
  const layers = normalise ? ["conv, BN, ReLU", "conv, BN"] : ["conv, ReLU", "conv"];
  return [
    way(`M4 ${middle}H${split}`), way(`M${split} ${middle}H${plus}`, skip ? numbers.through : undefined), way(`M${plus} ${middle}H${width - 4}`),
    ...(skip ? [way(arc, numbers.shortcut), ...plusMarks()] : []),
    ...nodes.flatMap(([x, wide], i) => nodeBox(x, wide, layers[i])),
    ...blockNumbers(numbers, skip, branch),
  ];
}

function plusMarks() {
  const { plus, middle } = BLOCK;
  return [svg("circle", { class: "depth-plus", cx: plus, cy: middle, r: 9 }), svg("path", { class: "depth-plus-sign", d: `M${plus - 5} ${middle}h10M${plus} ${middle - 5}v10` })];
}

function nodeBox(x, width, text) {
  const y = BLOCK.middle - 12;
  return [svg("rect", { class: "depth-ground", x, y, width, height: 24, rx: 5 }), svg("rect", { class: "depth-node", x, y, width, height: 24, rx: 5 }), svg("text", { class: "depth-node-text", x: x + width / 2, y: BLOCK.middle + 4 }, text)];
}

function blockNumbers({ before, added, after, arriving, shortcut, through, on }, skip, branch) {
  const { width, middle, split, plus, top } = BLOCK;
  const [above, below, centre] = [middle - 10, middle + 26, (split + plus) / 2];
  const forward = (x, y, value, anchor) => placed(x, y, `${significant(value)} →`, "forward", anchor);
  const back = (x, y, value, anchor) => placed(x, y, `← ${significant(value)}`, "back", anchor);
  return [
    forward(4, above, before, "start"), back(4, below, on, "start"), forward(width - 4, above, after, "end"), back(width - 4, below, arriving, "end"),
    back(146, below, through), forward(266, below, added),
    ...(skip ? [placed(centre, top - 6, `× ${skip}`, "factor"), back(centre, top + 17, shortcut)] : []),
    ...(branch === 1 ? [] : [placed(276, above, `× ${branch}`, "factor")]),
  ];
}

function placed(x, y, text, kind, anchor = "middle") {
  return svg("text", { class: `depth-${kind}`, x, y, "text-anchor": anchor }, text);
}

export default explorer(build);
