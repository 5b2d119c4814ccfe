// A square to draw on with mouse, pen, finger or keys: it keeps the strokes of the explorer's field `strokes`.

import { clamp, html, setText, uniqueId } from "./dom.js";
import { colourText } from "./palette.js";
import { movedByKeys } from "./plot.js";

const PAD_PIXELS = 600; // of the canvas; the page shows it at half that size, so that lines are sharp on fine screens
const LEAST_MOVE = 0.008; // of the pad; smaller moves of the hand add no point
const KEY_STEP = 0.02;
const ROUND = 1000; // coordinates have three decimals, as in the state

// `showsInk`: false where something else shows what is drawn.
export class Pad {
  constructor(frame, { showsInk = true } = {}) {
    Object.assign(this, { frame, showsInk });
    this.pen = { x: 0.5, y: 0.5, down: false, shown: false };
    const words = uniqueId("pen");
    this.canvas = html("canvas", {
      class: "course-pad", width: PAD_PIXELS, height: PAD_PIXELS, tabindex: 0, role: "application",
      "aria-label": "drawing pad: arrow keys move the pen, Space puts it down or lifts it, Backspace takes the last stroke away",
      "aria-describedby": words, onblur: () => this.hidePen(),
    });
    this.invitation = html("span", { class: "course-pad-invitation", "aria-hidden": "true" }, "draw here");
    this.words = html("p", { class: "course-pad-words", id: words, "aria-live": "polite" });
    this.undoButton = html("button", { type: "button", onclick: () => this.undo() }, "Undo stroke");
    this.clearButton = html("button", { type: "button", onclick: () => this.clear() }, "Clear");
    this.sheet = html("div", { class: "course-pad-frame" }, this.canvas, this.invitation);
    this.buttons = html("div", { class: "course-pad-buttons" }, this.undoButton, this.clearButton, this.words);
    this.element = html("div", {}, html("h4", {}, "Your drawing"), this.sheet, this.buttons);
    this.listenToPointer();
    this.listenToKeys();
  }

  strokes() {
    return this.frame.state.strokes;
  }

  isFull() {
    return this.strokes().reduce((sum, line) => sum + line.length, 0) >= this.frame.spec.fields.strokes.most;
  }

  begin(point) {
    if (!this.isFull()) this.frame.set({ strokes: [...this.strokes(), [point]] });
  }

  lengthen(points) {
    const before = this.strokes().slice(0, -1);
    const line = [...(this.strokes().at(-1) ?? [])];
    const room = this.frame.spec.fields.strokes.most - before.reduce((sum, other) => sum + other.length, 0);
    for (const point of points) {
      const last = line.at(-1);
      if (line.length < room && (!last || Math.hypot(point[0] - last[0], point[1] - last[1]) >= LEAST_MOVE)) line.push(point);
    }
    if (line.length) this.frame.set({ strokes: [...before, line] });
  }

  undo() {
    this.pen.down = false;
    this.frame.set({ strokes: this.strokes().slice(0, -1) });
  }

  clear() {
    this.pen.down = false;
    this.frame.set({ strokes: [] });
  }

  // ---- mouse, finger, stylus ---------------------------------------------------------------------

  listenToPointer() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button || this.drawing !== undefined) return;
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      this.hidePen();
      this.drawing = event.pointerId;
      this.begin(this.pointOf(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.drawing) return;
      const events = event.getCoalescedEvents?.() ?? [];
      this.lengthen((events.length ? events : [event]).map((each) => this.pointOf(each)));
    });
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, (event) => {
        if (event.pointerId === this.drawing) this.drawing = undefined;
      });
  }

  pointOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return [onPad((event.clientX - box.left) / box.width), onPad((event.clientY - box.top) / box.height)];
  }

  // ---- keys --------------------------------------------------------------------------------------

  listenToKeys() {
    movedByKeys(this.canvas, [KEY_STEP, KEY_STEP], (dx, dy) => this.movePen(dx, -dy));
    this.canvas.addEventListener("keydown", (event) => {
      const act = { " ": () => this.togglePen(), Backspace: () => this.undo() }[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) act();
      this.showPen();
    });
  }

  movePen(dx, dy) {
    this.pen.x = onPad(this.pen.x + dx);
    this.pen.y = onPad(this.pen.y + dy);
    if (this.pen.down) this.lengthen([[this.pen.x, this.pen.y]]);
    this.showPen();
  }

  togglePen() {
    this.pen.down = !this.pen.down;
    if (this.pen.down) this.begin([this.pen.x, this.pen.y]);
  }

  showPen() {
    this.pen.shown = true;
    this.frame.schedule();
  }

  hidePen() {
    Object.assign(this.pen, { shown: false, down: false });
    this.frame.schedule();
  }

  // ---- what is shown -----------------------------------------------------------------------------

  update({ strokes, pen }) {
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, PAD_PIXELS, PAD_PIXELS);
    context.setTransform(PAD_PIXELS, 0, 0, PAD_PIXELS, 0, 0);
    Object.assign(context, { lineCap: "round", lineJoin: "round", lineWidth: pen, strokeStyle: colourText(this.frame.palette.rgb("ink")) });
    if (this.showsInk) for (const line of strokes) strokeLine(context, line);
    if (this.pen.shown) this.drawPen(context, pen);
    this.invitation.hidden = strokes.length > 0 || this.pen.shown;
    for (const button of [this.undoButton, this.clearButton]) button.disabled = !strokes.length;
    setText(this.words, this.penWords());
  }

  // A ring while the pen is up, a filled disc while it is down.
  drawPen(context, width) {
    const colour = colourText(this.frame.palette.rgb("orange"));
    Object.assign(context, { lineWidth: 0.008, strokeStyle: colour, fillStyle: colour });
    context.beginPath();
    context.arc(this.pen.x, this.pen.y, width / 2, 0, 2 * Math.PI);
    if (this.pen.down) context.fill();
    context.stroke();
  }

  penWords() {
    if (this.isFull()) return "The pad is full: press Clear.";
    if (!this.pen.shown) return "";
    const share = (value) => Math.round(100 * value);
    return `pen ${this.pen.down ? "down" : "up"} at ${share(this.pen.x)}, ${share(this.pen.y)}`;
  }
}

function onPad(value) {
  return Math.round(clamp(value, 0, 1) * ROUND) / ROUND;
}

// A canvas paints nothing for a line without length, so a dot gets a length that cannot be seen.
function strokeLine(context, line) {
  const [[x, y], ...others] = line;
  context.beginPath();
  context.moveTo(x, y);
  for (const point of others.length ? others : [[x + 1 / ROUND, y]]) context.lineTo(...point);
  context.stroke();
}
