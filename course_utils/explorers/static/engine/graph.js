// A network as a graph: nodes with one or two numbers, edges with a weight and, once computed, a result. The sign is told by
// colour and dashes, the size by width. With `edit`, nodes and edges are sliders: a click or Enter selects, arrow keys change.

import { html, setAttributes, setText, svg } from "./dom.js";
import { movedByKeys } from "./plot.js";

const CELL = { width: 50, height: 44, round: 12 };
const CHARACTER = 8.4; // width of a digit on an edge, in view-box units
const WIDEST = 6;

export class Graph {
  // nodes: [{id, x, y, captions: ["z₁", "h₁"], label}] with one caption a number; edges: [{id, from, to, label, resultAt}].
  // edit: {low, high, step, select(id), change(id, value)}; without it nothing can be taken hold of.
  // weightAt, resultAt: where on an edge its two numbers stand, 0 at the start and 1 at the end.
  constructor({ width, height, label, nodes, edges, headings = [], edit = null, weightAt = 0.3, resultAt = 0.74, widestWeight = 3 }) {
    Object.assign(this, { edit, weightAt, resultAt, widestWeight });
    this.drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label });
    this.element = html("div", { class: "course-plot course-graph", style: `max-width: ${width}px` }, this.drawing);
    this.headings = headings.map(({ x, y }) => svg("text", { class: "course-graph-heading", x, y, "text-anchor": "middle" }));
    this.nodes = Object.fromEntries(nodes.map((spec) => [spec.id, new GraphNode(this, spec)]));
    this.edges = Object.fromEntries(edges.map((spec) => [spec.id, new GraphEdge(this, spec)]));
    const groups = [...Object.values(this.edges), ...Object.values(this.nodes)].map((item) => item.group);
    this.drawing.append(...this.headings, ...groups);
  }

  heading(index, text) {
    setText(this.headings[index], text);
  }

  // Makes a group a slider for one number; `item.number` is its value now.
  editable(item, label) {
    if (!this.edit || !label) return setAttributes(item.group, { role: "img", "aria-label": label ?? item.id });
    const { low, high, step, select, change } = this.edit;
    setAttributes(item.group, { role: "slider", tabindex: 0, "aria-label": label, "aria-valuemin": low, "aria-valuemax": high, "data-number": item.id });
    item.group.addEventListener("click", () => select(item.id));
    item.group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      select(item.id);
    });
    movedByKeys(item.group, [step, step], (dx, dy) => change(item.id, item.number + dx + dy));
  }

  mark(item, { number, text, selected }) {
    item.number = number;
    item.group.classList.toggle("course-graph-selected", Boolean(selected));
    if (this.edit && Number.isFinite(number)) setAttributes(item.group, { "aria-valuenow": number, "aria-valuetext": text });
  }
}

class GraphNode {
  constructor(graph, { id, x, y, captions, label }) {
    Object.assign(this, { graph, id, x, y });
    this.width = CELL.width * captions.length;
    const left = x - this.width / 2;
    const top = y - CELL.height / 2;
    this.lit = svg("rect", { class: "course-graph-lit", y: top, width: CELL.width, height: CELL.height, rx: CELL.round });
    this.plate = svg("rect", { class: "course-graph-plate", x: left, y: top, width: this.width, height: CELL.height, rx: CELL.round });
    this.values = captions.map((_, i) => svg("text", { class: "course-graph-value", x: left + CELL.width * (i + 0.5), y: y + 14, "text-anchor": "middle" }));
    this.note = svg("text", { class: "course-graph-note", x, y: top - 6, "text-anchor": "middle" });
    const names = captions.map((text, i) => svg("text", { class: "course-graph-caption", x: left + CELL.width * (i + 0.5), y: y - 5, "text-anchor": "middle" }, text));
    const rules = captions.slice(1).map((_, i) => svg("line", { class: "course-graph-rule", x1: left + CELL.width * (i + 1), x2: left + CELL.width * (i + 1), y1: top, y2: top + CELL.height }));
    this.group = svg("g", { class: "course-graph-item" }, this.plate, this.lit, rules, names, this.values, this.note);
    graph.editable(this, label);
  }

  // values: one text a cell; note: {text, number} above the node; lit: the cell that is being computed, or -1.
  set({ values, note, lit = -1, number, text, selected }) {
    this.values.forEach((value, i) => setText(value, values[i]));
    if (note) {
      setText(this.note, note.text);
      this.note.style.fill = signColour(note.number);
    }
    setAttributes(this.lit, { x: this.x - this.width / 2 + CELL.width * Math.max(0, lit), visibility: lit < 0 ? "hidden" : "visible" });
    this.graph.mark(this, { number, text, selected });
  }
}

class GraphEdge {
  constructor(graph, { id, from, to, label, resultAt = graph.resultAt }) {
    Object.assign(this, { graph, id });
    const [start, end] = [graph.nodes[from], graph.nodes[to]];
    const ends = { x1: start.x + start.width / 2, y1: start.y, x2: end.x - end.width / 2, y2: end.y };
    const along = (share) => [ends.x1 + share * (ends.x2 - ends.x1), ends.y1 + share * (ends.y2 - ends.y1)];
    this.halo = svg("line", { class: "course-graph-halo", ...ends });
    this.line = svg("line", { ...ends });
    this.weight = new Plate(...along(graph.weightAt));
    this.result = new Plate(...along(resultAt), "course-graph-result");
    this.group = svg("g", { class: "course-graph-item" }, svg("line", { ...ends, stroke: "transparent", "stroke-width": 16 }),
      this.halo, this.line, this.weight.group, this.result.group);
    graph.editable(this, label);
  }

  // number: the weight; text: how it is written; result: what came out, "" as long as it is unknown.
  set({ number, text, result = "", lit = false, selected }) {
    setAttributes(this.line, edgeLook(number, this.graph.widestWeight));
    this.halo.setAttribute("visibility", lit ? "visible" : "hidden");
    this.weight.write(text, signColour(number));
    this.result.write(result, "var(--course-ink)");
    this.graph.mark(this, { number, text, selected });
  }
}

// A number on a line, with the paper behind it so that it can be read.
class Plate {
  constructor(x, y, kind = "") {
    this.x = x;
    this.box = svg("rect", { class: "course-graph-plate", y: y - 10, height: 20, rx: 6 });
    this.text = svg("text", { class: "course-graph-weight", x, y: y + 4.5, "text-anchor": "middle" });
    this.group = svg("g", { class: `course-graph-number ${kind}` }, this.box, this.text);
  }

  write(text, colour) {
    this.group.setAttribute("visibility", text ? "visible" : "hidden");
    const width = CHARACTER * text.length + 8;
    setAttributes(this.box, { x: this.x - width / 2, width });
    setText(this.text, text);
    this.text.style.fill = colour;
  }
}

function signColour(number) {
  if (!number) return "var(--course-muted)";
  return `var(--course-${number > 0 ? "blue" : "orange"})`;
}

function edgeLook(number, widest) {
  const share = Math.min(1, Math.abs(number) / widest);
  const dash = { 1: "", 0: "1 5", [-1]: "7 4" }[Math.sign(number)];
  return { stroke: signColour(number), "stroke-width": (1 + (WIDEST - 1) * share).toFixed(2), "stroke-dasharray": dash };
}
