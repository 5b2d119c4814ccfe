import { explorer } from "./engine/frame.js";
import { clamp, html, percent, setAttributes, setText, uniqueId } from "./engine/dom.js";
import { movedByKeys } from "./engine/plot.js";
import { colourText } from "./engine/palette.js";

const PAD_PIXELS = 600; // of the canvas; the page shows it at half that size, so that lines are sharp on fine screens
const LEAST_MOVE = 0.008; // of the pad; smaller moves of the hand add no point
const KEY_STEP = 0.02;
const ROUND = 1000; // coordinates have three decimals, as in the state

function build(frame) {
  const pad = new Pad(frame);
  const seen = seenView(frame);
  const bars = barsView(frame);
  frame.show(
    html("div", { class: "course-pad-column" }, pad.element, frame.controls("pen")),
    html("div", { class: "course-pad-answer course-pad-seen" }, seen.element),
    html("div", { class: "course-pad-answer course-pad-bars" }, bars.element),
  );
  return (state) => {
    pad.update(state);
    const answer = answerFor(frame, state);
    seen.update(answer);
    bars.update(answer);
    return answer.sentence;
  };
}

// An empty pad has no answer; neither has a function that failed.
function answerFor(frame, state) {
  if (!state.strokes.length) return { sentence: frame.arrays.nothing };
  if (frame.model.get("fault")) return { sentence: frame.arrays.failed };
  return frame.answer.sentence ? frame.answer : { sentence: "…" };
}

// ---- the pad -----------------------------------------------------------------------------------

class Pad {
  constructor(frame) {
    this.frame = frame;
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
    this.element = html("div", {},
      html("h4", {}, "Your drawing"),
      html("div", { class: "course-pad-frame" }, this.canvas, this.invitation),
      html("div", { class: "course-pad-buttons" }, this.undoButton, this.clearButton, this.words));
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
    for (const line of strokes) strokeLine(context, line);
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

// ---- what the network sees -----------------------------------------------------------------------

function seenView(frame) {
  const [rows, columns] = frame.arrays.size;
  const canvas = html("canvas", {
    class: "course-seen", width: columns, height: rows, tabindex: 0, role: "application",
    "aria-label": `the picture that the network sees, ${rows} by ${columns} pixels: arrow keys read one pixel after the other`,
  });
  const frameOfPixel = html("i", { class: "course-seen-pixel", hidden: true });
  const words = html("p", { class: "course-seen-words", "aria-live": "polite" });
  const at = { row: rows >> 1, column: columns >> 1, shown: false };
  const look = (row, column) => {
    Object.assign(at, { row: clamp(Math.floor(row), 0, rows - 1), column: clamp(Math.floor(column), 0, columns - 1), shown: true });
    frame.schedule();
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    look((rows * (event.clientY - box.top)) / box.height, (columns * (event.clientX - box.left)) / box.width);
  });
  for (const leave of ["pointerleave", "blur"]) canvas.addEventListener(leave, () => { at.shown = false; frame.schedule(); });
  movedByKeys(canvas, [1, 1], (dx, dy) => look(at.row - dy, at.column + dx));
  return {
    element: html("div", {}, html("h4", {}, "What the network sees"), html("div", { class: "course-seen-frame" }, canvas, frameOfPixel), words),
    update({ picture }) {
      paintPixels(canvas, picture?.values, frame.palette);
      frameOfPixel.hidden = !at.shown;
      const share = (part, whole) => `${(100 * part) / whole}%`;
      Object.assign(frameOfPixel.style, { left: share(at.column, columns), top: share(at.row, rows), width: share(1, columns), height: share(1, rows) });
      const value = picture?.values[at.row * columns + at.column] ?? 0;
      setText(words, at.shown ? `row ${at.row}, column ${at.column}: ${value.toFixed(2)}` : `${rows} · ${columns} numbers from 0 (paper) to 1 (ink)`);
    },
  };
}

function paintPixels(canvas, values, palette) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i += 1) image.data.set([...palette.sequential(values?.[i] ?? 0), 255], 4 * i);
  context.putImageData(image, 0, 0);
}

// ---- the probabilities ---------------------------------------------------------------------------

// The class with the highest probability has a mark and bold letters besides its colour.
function barsView(frame) {
  const rows = frame.arrays.names.map((name) => {
    const bar = html("i");
    const value = html("span", { class: "course-bar-value" });
    const mark = html("span", { class: "course-bar-mark", "aria-hidden": "true" }, "▶");
    return { bar, value, element: html("li", {}, mark, html("span", { class: "course-bar-name" }, name), html("span", { class: "course-bar-track" }, bar), value) };
  });
  return {
    element: html("div", {}, html("h4", {}, "Probability of each class"), html("ul", { class: "course-bars" }, rows.map(({ element }) => element))),
    update({ probabilities }) {
      const values = probabilities?.values;
      const best = values ? values.indexOf(Math.max(...values)) : -1;
      rows.forEach(({ bar, value, element }, i) => {
        bar.style.width = `${100 * (values?.[i] ?? 0)}%`;
        setText(value, values ? percent(values[i], 1) : "–");
        setAttributes(element, { class: i === best ? "course-best" : "" });
      });
    },
  };
}

export default explorer(build);
