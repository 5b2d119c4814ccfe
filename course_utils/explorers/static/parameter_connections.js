// Three ways to connect the same units: counts on a log scale, and small drawings in which equal weights look equal.

import { clamp, html, setAttributes, setText, strokeSample, svg } from "./engine/dom.js";
import { Plot } from "./engine/plot.js";
import { amountText, grouped, memoryText } from "./parameter_model.js";

const DECADES = [[0, "1"], [3, "1 thousand"], [6, "1 million"], [9, "1 billion"], [12, "1 trillion"], [15, "10¹⁵"]];
const LARGEST = 16; // power of ten at the end of the axis
const ROWS = [["fully", "fully connected", "purple"], ["local", "locally connected", "orange"], ["shared", "shared", "blue"]];
// Weights are told apart by letter, dash and colour.
const LETTERS = [["a", "blue", ""], ["b", "orange", "7 3"], ["c", "green", "2 3"], ["d", "purple", "9 3 2 3"]];
const PIXELS = 8; // of a row, in the drawings
const SUBSCRIPTS = "₁₂₃₄₅₆₇₈";
const [WIDTH, HEIGHT] = [264, 140];
const [FIRST_LETTER, NEXT_LETTER] = [0.2, 0.19]; // of a line: each letter has a height of its own, so that none stands upon another

export function connectionsView(frame, names) {
  const bars = barsView();
  const drawings = ["fully", "local", "shared"].map((way) => drawing(frame, way));
  const key = weightButtons(frame);
  return {
    element: html("div", { class: "count-ways" },
      html("div", { class: "count-settings" }, frame.controls(...names)),
      bars.element,
      html("div", { class: "count-drawings" }, drawings.map(({ element }) => element)),
      key.element,
    ),
    update(state, { ways }) {
      bars.update(state, ways);
      const field = clamp(Math.min(state.field, state.side), 1, LETTERS.length);
      for (const each of drawings) each.update(state, field);
      key.update(state.weight, field);
    },
  };
}

// ---- counts on a log scale -------------------------------------------------------------------------

function barsView() {
  const plot = new Plot({
    width: 526, height: 176, x: [0, LARGEST], y: [0, 3], xTicks: DECADES, yTicks: [], margin: { left: 8, right: 14, top: 6, bottom: 24 },
    label: "How many weights the three ways need, on a log scale",
  });
  const rows = ROWS.map(([way, name, colour], i) => {
    const bar = svg("rect", { y: plot.py(2 - i) - 18, height: 14, rx: 2, fill: `var(--course-${colour})` });
    const title = svg("text", { class: "count-row", x: plot.px(0) + 2, y: plot.py(2 - i) - 24 }, name);
    const told = svg("text", { class: "count-told", x: plot.px(LARGEST) - 2, y: plot.py(2 - i) - 24, "text-anchor": "end" });
    plot.marks.append(bar, title, told);
    return { way, bar, told };
  });
  return {
    element: html("div", { class: "count-bars" }, plot.element),
    update(state, ways) {
      for (const { way, bar, told } of rows) {
        setAttributes(bar, { x: plot.px(0), width: Math.max(3, plot.px(Math.log10(ways[way])) - plot.px(0)) });
        setText(told, `${countText(ways[way])} ${state.biases ? "parameters" : "weights"} · ${memoryText(ways[way])}`);
      }
    },
  };
}

// Both forms of a large count: "1,000,000,000,000 = 1 trillion".
function countText(count) {
  const words = amountText(count);
  return words === grouped(count) ? words : `${grouped(count)} = ${words}`;
}

// ---- drawings --------------------------------------------------------------------------------------

// A row of pixels below, the units above. The field is drawn up to four pixels wide, which is enough to see the scheme.
function drawing(frame, way) {
  const lines = svg("g");
  const nodes = svg("g");
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }, lines, nodes);
  const title = html("h4");
  const foot = html("p", { class: "count-foot" });
  let drawn = "";
  return {
    element: html("div", { class: "count-drawing" }, title, picture, foot),
    update({ weight, biases }, field) {
      const now = [weight, biases, field].join();
      if (now === drawn) return;
      drawn = now;
      const scheme = schemeOf(field);
      const edges = EDGES[way](scheme);
      lines.replaceChildren(...edges.flatMap((edge) => edgeMarks(frame, scheme, edge, way, weight)));
      nodes.replaceChildren(...nodeMarks(scheme));
      const count = COUNTS[way](scheme) + (biases ? (way === "shared" ? 1 : scheme.units) : 0);
      setText(title, ROWS.find(([name]) => name === way)[1]);
      setText(foot, `${edges.length} lines, ${count} ${count === 1 ? "number" : "numbers"} to learn`);
      setAttributes(picture, { "aria-label": `${PIXELS} pixels and ${scheme.units} units, ${way === "shared" ? "sharing their weights" : ROWS.find(([name]) => name === way)[1]}: ${edges.length} lines, ${count} numbers to learn` });
    },
  };
}

function schemeOf(field) {
  const units = PIXELS - field + 1;
  const pixelAt = (i) => 18 + (i * (WIDTH - 36)) / (PIXELS - 1);
  return { field, units, pixelAt, unitAt: (j) => pixelAt(j + (field - 1) / 2) };
}

const EDGES = { fully: everyEdge, local: localEdges, shared: localEdges };
const COUNTS = {
  fully: ({ units }) => PIXELS * units,
  local: ({ field, units }) => field * units,
  shared: ({ field }) => field,
};

function everyEdge({ units }) {
  return Array.from({ length: PIXELS * units }, (_, i) => ({ pixel: i % PIXELS, unit: Math.floor(i / PIXELS) }));
}

function localEdges({ field, units }) {
  return Array.from({ length: field * units }, (_, i) => ({ pixel: Math.floor(i / field) + (i % field), unit: Math.floor(i / field) }));
}

// Which edges are one and the same weight as the one that is looked at: in the shared way all with its letter, else one alone.
function isLit(way, { field, units }, { pixel, unit }, weight) {
  const letter = LETTERS.findIndex(([name]) => name === weight);
  if (letter < 0 || letter >= field || pixel - unit !== letter) return false;
  return way === "shared" || unit === Math.floor(units / 2);
}

function edgeMarks(frame, scheme, edge, way, weight) {
  const [x1, x2, y1, y2] = [scheme.unitAt(edge.unit), scheme.pixelAt(edge.pixel), 26, HEIGHT - 24];
  const [letter, colour, dash] = way === "shared" ? LETTERS[edge.pixel - edge.unit] : ["", "muted", ""];
  const lit = isLit(way, scheme, edge, weight);
  const line = svg("line", {
    x1, y1, x2, y2, stroke: `var(--course-${lit && way !== "shared" ? "red" : colour})`, "stroke-dasharray": dash,
    "stroke-width": lit ? 3.5 : way === "fully" ? 0.8 : 1.6, class: lit ? "count-lit" : "",
  });
  if (way === "fully") return [line];
  const at = FIRST_LETTER + NEXT_LETTER * (edge.pixel - edge.unit);
  const text = svg("text", { x: x1 + at * (x2 - x1), y: y1 + at * (y2 - y1) + 4, class: `count-letter${lit ? " count-letter-lit" : ""}` },
    way === "shared" ? letter : `${LETTERS[edge.pixel - edge.unit][0]}${SUBSCRIPTS[edge.unit]}`);
  if (way === "local") return [line, text];
  const touch = svg("line", { x1, y1, x2, y2, class: "count-touch" });
  touch.addEventListener("pointerenter", () => frame.set({ weight: letter }));
  return [line, text, touch];
}

function nodeMarks({ units, unitAt, pixelAt }) {
  return [
    ...Array.from({ length: units }, (_, j) => svg("circle", { cx: unitAt(j), cy: 18, r: 9, class: "count-node" })),
    ...Array.from({ length: PIXELS }, (_, i) => svg("rect", { x: pixelAt(i) - 8, y: HEIGHT - 26, width: 16, height: 16, rx: 2, class: "count-node" })),
  ];
}

// ---- the weight that is looked at ------------------------------------------------------------------

function weightButtons(frame) {
  const buttons = LETTERS.map(([letter, colour, dash]) => html(
    "button", { type: "button", "aria-label": `look at weight ${letter}`, onclick: () => frame.set({ weight: frame.state.weight === letter ? "none" : letter }) },
    strokeSample(colour, 3, dash), letter,
  ));
  const told = html("span", { class: "course-note" });
  return {
    element: html("div", { class: "count-key", role: "group", "aria-label": "the weight that is looked at" }, html("span", { class: "course-label" }, "Look at weight"), buttons, told),
    update(weight, field) {
      buttons.forEach((button, i) => {
        button.setAttribute("aria-pressed", String(LETTERS[i][0] === weight));
        button.disabled = i >= field;
      });
      const isSeen = LETTERS.findIndex(([letter]) => letter === weight) < field && weight !== "none";
      setText(told, isSeen ? `Shared, ${weight} is one number at ${PIXELS - field + 1} lines; else every line has its own.` : "Point at a shared line, or choose a letter.");
    },
  };
}
