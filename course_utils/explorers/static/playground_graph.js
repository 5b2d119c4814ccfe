// The playground's network: features, hidden units and the output with their pictures, weights as lines whose width tells
// the size, and whose colour and dashes tell the sign. One tab stop leads in; arrow keys walk over units and lines.

import { clamp, html, setAttributes, setText, significant, svg } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { paintField } from "./playground_paint.js";

const GRAPH_WIDTH = 560;
const GRAPH_HEIGHT = 290;
const TOP = 32; // above it stand the headings with the buttons
const FEATURE_X = 62; // left edge of the features' pictures
const FEATURE_SIZE = 30;
const OUTPUT_SIZE = 34;
const SHARPNESS = 2; // pixels of the canvas for each unit of the drawing
const WIDEST_LINE = 7;
const WIDEST_OF_MANY = 4.5; // in a layer of more lines than these
const MANY_LINES = 24;
const FULL_WEIGHT = 4; // a weight of this size has the widest line
const MOST_UNITS = 8;
const UNUSED_OPACITY = 0.3;

const numberText = (value) => significant(value, 3);

export class NetworkGraph {
  // actions: {toggle(feature), resize(hidden), look(unit or null), edit(item)}; a unit is {layer, index}, layer 0 the features.
  constructor(frame, actions) {
    Object.assign(this, { frame, actions, items: new Map(), current: null, texts: Object.fromEntries(frame.spec.fields.features.options) });
    this.canvas = html("canvas", { class: "course-heat play-pictures", width: GRAPH_WIDTH * SHARPNESS, height: GRAPH_HEIGHT * SHARPNESS, "aria-hidden": "true" });
    this.edges = svg("g");
    this.units = svg("g");
    this.headings = svg("g");
    this.drawing = svg("svg", { viewBox: `0 0 ${GRAPH_WIDTH} ${GRAPH_HEIGHT}` }, this.headings,
      svg("g", { role: "group", "aria-label": "network: arrow keys walk over features, units and weights, Enter changes what is focused" }, this.edges, this.units));
    this.card = html("div", { class: "play-card", "aria-hidden": "true", hidden: true });
    this.element = html("div", { class: "course-plot play-graph" }, this.canvas, this.drawing, this.card);
    this.stamp = document.createElement("canvas");
    this.paint = lastOf((pictures, table) => this.drawPictures(pictures, table));
    this.listen();
  }

  // ---- what stands where -----------------------------------------------------------------------

  // names: the chosen features; hidden: the layers' sizes. Answers whether the network is another one; what had the focus keeps it.
  build(names, hidden) {
    const key = JSON.stringify([names, hidden]);
    if (key === this.key) return false;
    this.key = key;
    const focused = this.drawing.getRootNode().activeElement?.closest?.(".play-graph [data-item]")?.dataset.item;
    Object.assign(this, { names, hidden, items: new Map() });
    this.columns = [this.featureColumn(), ...hidden.map((size, i) => this.hiddenColumn(i + 1, size)), this.outputColumn()];
    this.buildHeadings();
    this.units.replaceChildren(...this.columns.flat().map((unit) => this.makeUnit(unit)));
    this.edges.replaceChildren(...this.lines().map((line) => this.makeLine(line)));
    this.aim(this.items.get(focused ?? this.current?.id) ?? this.items.values().next().value);
    this.point(this.items.get(focused ?? this.current?.id) ?? null);
    this.items.get(focused)?.group.focus({ preventScroll: true });
    return true;
  }

  featureColumn() {
    const all = Object.keys(this.texts);
    return all.map((name, row) => ({
      id: `feature ${name}`, layer: 0, name, index: this.names.indexOf(name), size: FEATURE_SIZE, x: FEATURE_X, y: this.rowAt(row, all.length, FEATURE_SIZE),
    }));
  }

  hiddenColumn(layer, count) {
    const size = Math.min(46, this.columnWidth() - 24, { 8: 30, 7: 33, 6: 37 }[Math.max(...this.hidden)] ?? 46);
    const x = this.columnMiddle(layer) - size / 2;
    return Array.from({ length: count }, (_, index) => ({ id: `unit ${layer} ${index}`, layer, index, size, x, y: this.rowAt(index, count, size) }));
  }

  outputColumn() {
    const layer = this.hidden.length + 1;
    return [{ id: `unit ${layer} 0`, layer, index: 0, size: OUTPUT_SIZE, x: GRAPH_WIDTH - OUTPUT_SIZE - 8, y: this.rowAt(0, 1, OUTPUT_SIZE) }];
  }

  columnWidth() {
    return (GRAPH_WIDTH - OUTPUT_SIZE - 8 - FEATURE_X - FEATURE_SIZE) / (this.hidden.length + 1);
  }

  columnMiddle(layer) {
    const first = FEATURE_X + FEATURE_SIZE / 2;
    return first + ((GRAPH_WIDTH - 8 - OUTPUT_SIZE / 2 - first) * layer) / (this.hidden.length + 1);
  }

  rowAt(row, count, size) {
    const pitch = Math.min((GRAPH_HEIGHT - TOP) / count, size + 16);
    return TOP + (GRAPH_HEIGHT - TOP) / 2 + (row - (count - 1) / 2) * pitch - size / 2;
  }

  lines() {
    const lines = [];
    for (let layer = 1; layer < this.columns.length; layer += 1) {
      const sources = this.columns[layer - 1].filter((unit) => unit.index >= 0).sort((a, b) => a.index - b.index);
      const widest = sources.length * this.columns[layer].length > MANY_LINES ? WIDEST_OF_MANY : WIDEST_LINE;
      for (const target of this.columns[layer])
        for (const source of sources) lines.push({ id: `weight ${layer} ${target.index} ${source.index}`, layer, source, target, widest });
    }
    return lines;
  }

  // ---- headings with buttons -------------------------------------------------------------------

  buildHeadings() {
    const { hidden } = this;
    const caption = (x, text, anchor = "middle") => svg("text", { class: "play-caption", x, y: 19, "text-anchor": anchor }, text);
    const parts = [caption(2, "Features", "start"), caption(GRAPH_WIDTH, "Output", "end")];
    if (!hidden.length) parts.push(caption(this.columnMiddle(0.5), "no hidden layer"));
    hidden.forEach((size, i) => {
      const middle = this.columnMiddle(i + 1);
      const resized = (by) => hidden.map((old, k) => (k === i ? old + by : old));
      parts.push(
        this.button(middle - 20, "−", `one unit less in hidden layer ${i + 1}`, size > 1, () => resized(-1)),
        svg("text", { class: "play-caption", x: middle, y: 19, "text-anchor": "middle" }, String(size)),
        this.button(middle + 20, "+", `one unit more in hidden layer ${i + 1}`, size < MOST_UNITS, () => resized(1)),
      );
    });
    this.headings.replaceChildren(...parts);
  }

  button(x, sign, label, enabled, resized) {
    const press = () => { if (enabled) this.resize(resized(), label); };
    return svg("g", {
      class: "play-button", role: "button", tabindex: 0, "aria-label": label, "aria-disabled": String(!enabled), transform: `translate(${x} 15)`, onclick: press,
      onkeydown: (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        press();
      },
    }, svg("circle", { r: 10 }), svg("text", { y: 5, "text-anchor": "middle" }, sign));
  }

  // The buttons are made anew with the network; the one that was pressed keeps the focus.
  resize(hidden, label) {
    this.actions.resize(hidden);
    this.build(this.names, hidden);
    this.headings.querySelector(`[aria-label="${label}"]`)?.focus({ preventScroll: true });
  }

  // ---- units and lines -------------------------------------------------------------------------

  makeUnit(unit) {
    const { x, y, size, layer } = unit;
    unit.frame = svg("rect", { class: "play-frame", x, y, width: size, height: size, rx: 4 });
    unit.group = svg("g", { class: "play-item", tabindex: -1, "data-item": unit.id }, unit.frame);
    if (layer === 0) this.dressFeature(unit);
    else {
      const side = size < 36 ? 8 : 11;
      unit.bias = svg("rect", { class: "play-bias", x: x - side / 2, y: y + size - 0.7 * side, width: side, height: side, rx: 2.5 });
      unit.group.append(unit.bias);
      unit.group.setAttribute("role", "button");
    }
    this.items.set(unit.id, unit);
    return unit.group;
  }

  dressFeature(unit) {
    const { name, x, y, size, index } = unit;
    unit.group.append(svg("text", { class: "play-feature", x: x - 7, y: y + size / 2 + 4.5, "text-anchor": "end" }, this.texts[name]),
      svg("rect", { x: 0, y, width: x, height: size, fill: "transparent" }));
    unit.group.classList.toggle("play-unused", index < 0);
    setAttributes(unit.group, { role: "checkbox", "aria-checked": String(index >= 0), "aria-label": `feature ${this.texts[name]}` });
  }

  makeLine(line) {
    const { source, target } = line;
    const [x1, y1] = [source.x + source.size, source.y + source.size / 2];
    const [x2, y2] = [target.x, target.y + target.size / 2];
    const bend = (x2 - x1) * 0.5;
    const d = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
    line.middle = [(x1 + x2) / 2, (y1 + y2) / 2];
    line.path = svg("path", { class: "play-line", d });
    line.group = svg("g", { class: "play-item", role: "button", tabindex: -1, "data-item": line.id }, svg("path", { class: "play-reach", d }), line.path);
    this.items.set(line.id, line);
    return line.group;
  }

  // ---- numbers and pictures --------------------------------------------------------------------

  // pictures(unit) answers what paintField takes, another function when the pictures are others; table: the colours.
  update(net, pictures, table) {
    this.net = net;
    for (const item of this.items.values()) {
      if (item.source) this.drawLine(item);
      else if (item.layer) this.drawBias(item);
    }
    this.paint(pictures, table);
    if (this.current) this.showCard();
  }

  drawLine(line) {
    const weight = this.valueOf(line);
    if (weight === line.weight) return;
    line.weight = weight;
    const size = Math.abs(weight);
    setAttributes(line.path, {
      stroke: `var(--course-${weight < 0 ? "orange" : "blue"})`, "stroke-dasharray": weight < 0 ? "6 3" : "none",
      "stroke-width": (0.7 + (line.widest - 0.7) * Math.min(1, size / FULL_WEIGHT)).toFixed(2), "stroke-opacity": (0.35 + 0.65 * Math.min(1, size)).toFixed(2),
    });
    setAttributes(line.group, { "aria-label": `${this.nameOf(line)}: ${numberText(weight)}` });
  }

  drawBias(unit) {
    const bias = this.valueOf(unit);
    if (bias === unit.biasShown) return;
    unit.biasShown = bias;
    const colour = `var(--course-${bias < 0 ? "orange" : bias > 0 ? "blue" : "muted"})`;
    setAttributes(unit.bias, { stroke: colour, fill: bias > 0 ? colour : "var(--course-paper)", "stroke-dasharray": bias < 0 ? "3 2" : "none" });
    setAttributes(unit.group, { "aria-label": `${this.nameOf(unit)}, bias ${numberText(bias)}` });
  }

  drawPictures(pictures, table) {
    const context = this.canvas.getContext("2d");
    context.setTransform(SHARPNESS, 0, 0, SHARPNESS, 0, 0);
    context.clearRect(0, 0, GRAPH_WIDTH, GRAPH_HEIGHT);
    for (const unit of this.columns.flat()) {
      paintField(this.stamp, pictures(unit), table);
      context.globalAlpha = unit.index < 0 ? UNUSED_OPACITY : 1;
      context.drawImage(this.stamp, unit.x, unit.y, unit.size, unit.size);
    }
    context.globalAlpha = 1;
  }

  // ---- names -----------------------------------------------------------------------------------

  nameOf(item) {
    if (item.source) return `weight from ${this.unitName(item.source)} to ${this.unitName(item.target)}`;
    return this.unitName(item);
  }

  unitName({ layer, index, name }) {
    if (layer === 0) return this.texts[name];
    return layer > this.hidden.length ? "the output" : `unit ${index + 1} of layer ${layer}`;
  }

  valueOf(item) {
    return item.source ? this.net.weight(item.layer - 1, item.source.index, item.target.index) : this.net.bias(item.layer - 1, item.index);
  }

  // ---- pointing, focusing, walking -------------------------------------------------------------

  listen() {
    const itemOf = (event) => this.items.get(event.target.closest?.("[data-item]")?.dataset.item);
    this.drawing.addEventListener("pointerover", (event) => this.point(itemOf(event) ?? null));
    this.drawing.addEventListener("pointerleave", () => this.point(null));
    this.drawing.addEventListener("focusin", (event) => {
      const item = itemOf(event);
      if (item) this.aim(item);
      this.point(item ?? null);
    });
    this.drawing.addEventListener("focusout", () => this.point(null));
    this.drawing.addEventListener("click", (event) => this.use(itemOf(event)));
    this.drawing.addEventListener("keydown", (event) => this.walk(event, itemOf(event)));
  }

  // The item under the hand is lit and its number shown.
  point(item) {
    if (item === this.current) return;
    this.current?.group.classList.remove("play-lit");
    this.current = item;
    item?.group.classList.add("play-lit");
    this.showLinesOf(item && !item.source ? item : null);
    this.card.hidden = !item || (item.layer === 0 && !item.source);
    if (item) this.showCard();
    this.actions.look(item && !item.source && item.index >= 0 ? item : null);
  }

  // The lines into and out of a unit stand out, the others fade.
  showLinesOf(unit) {
    this.edges.classList.toggle("play-faded", Boolean(unit));
    for (const { group, source, target } of this.items.values()) group.classList.toggle("play-near", Boolean(unit) && (source === unit || target === unit));
  }

  showCard() {
    const item = this.current;
    if (!item.source && item.layer === 0) return;
    const text = item.source ? `weight ${numberText(this.valueOf(item))}` : `bias ${numberText(this.valueOf(item))}`;
    setText(this.card, text);
    this.place(this.card, item);
  }

  // `room`: how far from the left and the right the element's middle stays, in percent of the width.
  place(element, item, room = 8) {
    const [x, y] = item.source ? item.middle : [item.x + item.size / 2, item.y + item.size + 14];
    Object.assign(element.style, { left: `${clamp((100 * x) / GRAPH_WIDTH, room, 100 - room)}%`, top: `${(100 * y) / GRAPH_HEIGHT}%` });
  }

  // Only the item that was focused last is a tab stop.
  aim(item) {
    for (const other of this.items.values()) setAttributes(other.group, { tabindex: other === item ? 0 : -1 });
  }

  use(item) {
    if (!item) return;
    if (!item.source && item.layer === 0) this.actions.toggle(item.name);
    else this.actions.edit(item);
  }

  walk(event, item) {
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = this.neighbour(item, event.key);
    if (next) next.group.focus({ preventScroll: true });
    else if (event.key === "Enter" || event.key === " ") this.use(item);
    else if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    event.stopPropagation();
  }

  neighbour(item, key) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    const all = [...this.items.values()];
    const edges = all.filter((other) => other.source);
    if (step) {
      const beside = item.source ? edges.filter((other) => other.layer === item.layer) : this.columns[item.layer];
      return beside[beside.indexOf(item) + step];
    }
    if (key === "ArrowRight") return item.source ? item.target : edges.find((other) => other.source === item);
    if (key === "ArrowLeft") return item.source ? item.source : edges.find((other) => other.target === item);
    return undefined;
  }
}
