// The plane: the network's answer (or one unit's) as colours, the points on top, and, in drawing mode, a pen for own points.

import { clamp, decimal, html, setAttributes, setText, svg, uniqueId } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { movedByKeys, Plot } from "./engine/plot.js";
import { PLANE_REACH } from "./playground_data.js";
import { paintField, shadeText } from "./playground_paint.js";

const PIXELS = 186; // of the picture; the browser smooths it to the size shown
const KEY_STEP = 0.2;
const NEAR = 0.45; // so near to the hand an own point is taken hold of
const POINT_RADIUS = 3.2;
const VALUE_SHADES = 10; // of points in regression, on each side of 0
const DRAWING_HINT = "Click into the plane: the first point replaces the data set. Drag a point to move it. Hollow points are for the test.";
const PENS = [["-1", "● class 0", "orange"], ["1", "■ class 1", "blue"], ["erase", "✕ erase", "ink"]];

export class AnswerPlane {
  constructor(frame) {
    this.frame = frame;
    const range = [-PLANE_REACH, PLANE_REACH];
    this.plot = new Plot({ width: 262, height: 268, x: range, y: range, label: "the plane with the network's answers and the points",
      xTicks: [-6, -3, 0, 3, 6].map((at) => [at]), yTicks: [-6, -3, 0, 3, 6].map((at) => [at]), margin: { left: 24, right: 6, top: 20, bottom: 16 } });
    this.plot.grid.classList.add("play-plane-grid");
    this.plot.canvas.classList.add("play-answer");
    this.pointMarks = svg("g", { class: "play-points" });
    this.plot.marks.append(this.pointMarks);
    this.key = shadeKey(this.plot);
    this.pen = { x: 0, y: 0, shown: false, held: null };
    this.cursor = svg("path", { class: "play-cursor", d: "M-9 0H-3M3 0H9M0 -9V-3M0 3V9", visibility: "hidden" });
    this.plot.top.append(this.cursor);
    this.drawing = false;
    this.surface = this.makeSurface();
    this.paint = lastOf((field, table, inSteps) => paintField(this.plot.canvas, field, table, { pixels: PIXELS, inSteps }));
    this.element = html("div", {}, this.plot.element, this.makeTools());
  }

  // ---- own points ------------------------------------------------------------------------------

  makeSurface() {
    const surface = svg("rect", { ...this.plot.inner(), fill: "transparent", class: "play-sheet", tabindex: 0, role: "application", onblur: () => this.movePen(false) });
    this.plot.marks.after(surface);
    this.plot.draggable(surface, (event) => this.drag(this.plot.fromEvent(event)), (event) => this.press(this.plot.fromEvent(event)));
    surface.addEventListener("pointerup", () => { this.pen.held = null; });
    surface.addEventListener("pointermove", (event) => this.readAt(...this.plot.fromEvent(event)));
    surface.addEventListener("pointerleave", () => this.readAt(null));
    movedByKeys(surface, [KEY_STEP, KEY_STEP], (dx, dy) => this.movePen(true, dx, dy));
    surface.addEventListener("keydown", (event) => this.useKey(event));
    return surface;
  }

  makeTools() {
    const { frame } = this;
    this.penName = uniqueId("pen");
    this.drawButton = html("button", { type: "button", "aria-pressed": "false", onclick: () => this.setDrawing(!this.drawing) }, "Draw points");
    this.pens = PENS.map(([value, text, colour]) => html("label", { style: `color: var(--course-${colour})` }, html("input", { type: "radio", name: this.penName, value, checked: value === "1" }), text));
    this.valueBox = html("input", { type: "range", min: -1, max: 1, step: 0.1, value: 1, "aria-label": "target of the next point", oninput: () => frame.schedule() });
    this.valueText = html("output", {});
    this.valuePen = html("span", { class: "play-value" }, "target", this.valueBox, this.valueText);
    this.penTools = html("div", { class: "play-pens", role: "group", "aria-label": "pen", hidden: true }, this.valuePen, this.pens);
    this.viewTools = html("div", { class: "play-pens" }, frame.control("show_test"), frame.control("in_steps"));
    return html("div", { class: "play-tools" }, this.viewTools, this.penTools);
  }

  setDrawing(on) {
    this.drawing = on;
    this.movePen(false);
    if (!on) return;
    this.pens[1].firstChild.checked = true;
    this.frame.ask(DRAWING_HINT);
    this.frame.set({ show_test: true }); // half of the own points would be missing otherwise
  }

  chosenPen() {
    return this.pens.map((label) => label.firstChild).find((input) => input.checked).value;
  }

  target() {
    return this.frame.state.task === "classification" ? Number(this.chosenPen()) : Number(this.valueBox.value);
  }

  press([x, y]) {
    if (!this.drawing) return;
    const near = this.nearest(x, y);
    if (this.chosenPen() === "erase") this.remove(near);
    else if (near >= 0) this.pen.held = near;
    else this.add(x, y);
  }

  drag([x, y]) {
    if (this.pen.held === null) return;
    const { points } = this.frame.state;
    this.frame.set({ points: points.map((point, i) => (i === this.pen.held ? [onPlane(x), onPlane(y), point[2]] : point)) });
  }

  add(x, y) {
    const { points } = this.frame.state;
    if (points.length >= this.frame.spec.fields.points.most) return;
    this.pen.held = points.length;
    this.frame.set({ points: [...points, [onPlane(x), onPlane(y), this.target()]] });
  }

  remove(index) {
    if (index >= 0) this.frame.set({ points: this.frame.state.points.filter((_, i) => i !== index) });
  }

  nearest(x, y, within = NEAR) {
    const distances = this.frame.state.points.map(([a, b]) => Math.hypot(a - x, b - y));
    const best = distances.indexOf(Math.min(...distances));
    return distances[best] <= within ? best : -1;
  }

  movePen(shown, dx = 0, dy = 0) {
    Object.assign(this.pen, { shown, x: onPlane(this.pen.x + dx), y: onPlane(this.pen.y + dy) });
    if (shown) this.readAt(this.pen.x, this.pen.y);
    else this.readAt(null);
  }

  useKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.drawing) return;
    const { x, y } = this.pen;
    if (event.key === "Delete" || event.key === "Backspace") this.remove(this.nearest(x, y, Infinity));
    else if (event.key !== " " && event.key !== "Enter") return;
    else if (this.chosenPen() === "erase") this.remove(this.nearest(x, y, Infinity));
    else this.add(x, y);
    this.pen.held = null;
    event.preventDefault();
    event.stopPropagation();
    this.movePen(true);
  }

  readAt(x, y) {
    this.reading = x === null ? null : [clamp(x, -PLANE_REACH, PLANE_REACH), clamp(y, -PLANE_REACH, PLANE_REACH)];
    this.frame.schedule();
  }

  // ---- what is shown ---------------------------------------------------------------------------

  // field: what paintField takes, another object when the numbers are others; name: whose answer it is; table: the colours.
  update(state, { field, name, table, data, predict }) {
    this.paint(field, table, state.in_steps && field.isAnswer);
    this.drawPoints(state, data, table);
    this.plot.title(this.reading && field.isAnswer ? readingText(this.reading, predict) : name);
    this.key.update(field.reach, table);
    this.cursor.setAttribute("visibility", this.pen.shown ? "visible" : "hidden");
    this.cursor.setAttribute("transform", `translate(${this.plot.px(this.pen.x)} ${this.plot.py(this.pen.y)})`);
    this.updateTools(state);
  }

  updateTools(state) {
    const isClassifier = state.task === "classification";
    setAttributes(this.drawButton, { "aria-pressed": String(this.drawing) });
    this.penTools.hidden = !this.drawing;
    this.viewTools.hidden = this.drawing;
    this.valuePen.hidden = isClassifier;
    this.pens[0].hidden = !isClassifier;
    setText(this.pens[1].lastChild, isClassifier ? PENS[1][1] : "set");
    this.surface.style.touchAction = this.drawing ? "none" : "auto";
    setText(this.valueText, decimal(Number(this.valueBox.value), 1));
    if (!isClassifier && this.chosenPen() === "-1") this.pens[1].firstChild.checked = true;
    const how = this.drawing ? ": arrow keys move the pen, Space sets a point, Delete takes the nearest own point away" : ": arrow keys read the answer at a place";
    setAttributes(this.surface, { "aria-label": `plane${how}`, "aria-description": this.pen.shown ? `at ${decimal(this.pen.x, 1)}, ${decimal(this.pen.y, 1)}` : "", class: this.drawing ? "play-sheet play-drawing" : "play-sheet" });
  }

  // All points of one look are one path: thousands of elements would slow the page down.
  drawPoints(state, data, table) {
    if (data === this.drawnData && state.show_test === this.drawnTest && table === this.drawnTable) return;
    Object.assign(this, { drawnData: data, drawnTest: state.show_test, drawnTable: table });
    const paths = new Map();
    data.order.forEach((point, place) => {
      const isTest = place >= data.numTraining;
      if (isTest && !state.show_test) return;
      const look = `${isTest ? "test" : "training"} ${valueShade(data.target[point])}`;
      paths.set(look, (paths.get(look) ?? "") + pointPath(data.target[point] > 0, this.plot.px(data.x[point]), this.plot.py(data.y[point])));
    });
    this.pointMarks.replaceChildren(...[...paths].sort().reverse().map(([look, d]) => svg("path", { d, ...pointLook(...look.split(" ")) })));
  }
}

// Training points are filled, test points hollow.
function pointLook(part, shade) {
  const strength = Math.round(35 + (65 * Math.abs(shade)) / VALUE_SHADES);
  const colour = `color-mix(in srgb, var(--course-${shade > 0 ? "blue" : "orange"}) ${strength}%, var(--course-paper))`;
  const style = part === "test" ? `fill: var(--course-paper); stroke: ${colour}; stroke-width: 1.6` : `fill: ${colour}; stroke: var(--course-paper); stroke-width: 0.5`;
  return { class: `play-${part}`, style };
}

const valueShade = (target) => Math.round(VALUE_SHADES * clamp(target, -1, 1));

function pointPath(square, x, y) {
  const r = POINT_RADIUS;
  const at = (value) => value.toFixed(1);
  return square ? `M${at(x - r)} ${at(y - r)}h${2 * r}v${2 * r}h${-2 * r}Z` : `M${at(x - r)} ${at(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

const onPlane = (value) => Number(clamp(value, -PLANE_REACH, PLANE_REACH).toFixed(2));

const readingText = ([x, y], predict) => `at ${decimal(x, 1)}, ${decimal(y, 1)}: ${decimal(predict(x, y))}`;

// What the colours mean: a strip from −reach to reach above the plane, on the right.
function shadeKey(plot) {
  const gradient = uniqueId("shades");
  const stops = [0, 0.25, 0.5, 0.75, 1].map((offset) => svg("stop", { offset }));
  const { x, width } = plot.inner();
  const right = x + width;
  const ends = [svg("text", { x: right - 62, y: 14, "text-anchor": "end" }), svg("text", { x: right - 14, y: 14, "text-anchor": "start" })];
  plot.drawing.append(svg("defs", {}, svg("linearGradient", { id: gradient }, stops)));
  plot.top.append(svg("rect", { x: right - 58, y: 5, width: 40, height: 10, rx: 3, fill: `url(#${gradient})`, stroke: "var(--course-grid)" }), ...ends);
  return {
    update(reach, table) {
      stops.forEach((stop, i) => setAttributes(stop, { "stop-color": shadeText(table, i / (stops.length - 1)) }));
      const text = Number(reach.toPrecision(2));
      setText(ends[0], `−${text}`);
      setText(ends[1], String(text));
    },
  };
}
