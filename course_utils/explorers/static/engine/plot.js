// Axes in SVG with a canvas underneath for heat maps: crisp at any zoom, colours by CSS variables, sizes in view-box units
// so that a plot shrinks with its column instead of scrolling sideways.

import { clamp, decimal, html, linspace, setAttributes, setText, showMarks, svg, uniqueId } from "./dom.js";

const MARGIN = { left: 46, right: 12, top: 26, bottom: 40 };
const BIG_STEP = 10;

export class Plot {
  // `x`, `y`: [low, high] in data units. `label` names the picture for a screen reader.
  constructor({ width, height, x, y, xLabel = "", yLabel = "", title = "", label, xTicks, yTicks, margin = {} }) {
    Object.assign(this, { width, height, x, y, xTicks, yTicks, margin: { ...MARGIN, ...margin } });
    this.grid = svg("g", { class: "course-grid" });
    this.clip = uniqueId("clip");
    this.marks = svg("g", { "clip-path": `url(#${this.clip})` });
    this.top = svg("g");
    this.titleText = svg("text", { class: "course-plot-title", x: this.margin.left, y: 15 }, title);
    this.canvas = html("canvas", { class: "course-heat", "aria-hidden": "true" });
    this.drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label },
      svg("defs", {}, svg("clipPath", { id: this.clip }, svg("rect", this.inner()))),
      this.grid, this.marks, this.titleText, this.axisLabel("x", xLabel), this.axisLabel("y", yLabel), this.top);
    this.element = html("div", { class: "course-plot", style: `max-width: ${width}px` }, this.canvas, this.drawing);
    this.placeCanvas();
    this.drawGrid();
  }

  inner() {
    const { left, right, top, bottom } = this.margin;
    return { x: left, y: top, width: this.width - left - right, height: this.height - top - bottom };
  }

  // ---- coordinates -----------------------------------------------------------------------------

  px(x) {
    const box = this.inner();
    return box.x + ((x - this.x[0]) / (this.x[1] - this.x[0])) * box.width;
  }

  py(y) {
    const box = this.inner();
    return box.y + box.height - ((y - this.y[0]) / (this.y[1] - this.y[0])) * box.height;
  }

  fromEvent(event) {
    const frame = this.drawing.getBoundingClientRect();
    const box = this.inner();
    const px = ((event.clientX - frame.left) / frame.width) * this.width;
    const py = ((event.clientY - frame.top) / frame.height) * this.height;
    return [
      this.x[0] + ((px - box.x) / box.width) * (this.x[1] - this.x[0]),
      this.y[0] + ((box.y + box.height - py) / box.height) * (this.y[1] - this.y[0]),
    ];
  }

  setRange(x, y) {
    if (same2(x, this.x) && same2(y, this.y)) return;
    Object.assign(this, { x, y });
    this.drawGrid();
  }

  // ---- axes ------------------------------------------------------------------------------------

  axisLabel(axis, text) {
    const box = this.inner();
    if (axis === "x")
      return (this.xText = svg("text", { class: "course-axis-label", x: box.x + box.width / 2, y: this.height - 5, "text-anchor": "middle" }, text));
    const middle = box.y + box.height / 2;
    return (this.yText = svg("text", { class: "course-axis-label", x: 12, y: middle, "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` }, text));
  }

  drawGrid() {
    const box = this.inner();
    const lines = [];
    for (const value of this.xTicks?.map(([at]) => at) ?? ticks(...this.x)) {
      const at = this.px(value);
      lines.push(svg("line", { x1: at, x2: at, y1: box.y, y2: box.y + box.height, class: value === 0 ? "course-zero" : "" }));
      lines.push(svg("text", { x: at, y: box.y + box.height + 15, "text-anchor": "middle" }, tickText(value, this.xTicks)));
    }
    for (const value of this.yTicks?.map(([at]) => at) ?? ticks(...this.y)) {
      const at = this.py(value);
      lines.push(svg("line", { x1: box.x, x2: box.x + box.width, y1: at, y2: at, class: value === 0 ? "course-zero" : "" }));
      lines.push(svg("text", { x: box.x - 6, y: at + 4, "text-anchor": "end" }, tickText(value, this.yTicks)));
    }
    this.grid.replaceChildren(...lines);
  }

  title(text) {
    setText(this.titleText, text);
  }

  // ---- marks -----------------------------------------------------------------------------------

  curve({ colour = "blue", dash = "", width = 2.5, label = "" } = {}) {
    const path = svg("path", { fill: "none", stroke: `var(--course-${colour})`, "stroke-width": width, "stroke-dasharray": dash, "stroke-linejoin": "round" });
    const name = svg("text", { class: "course-direct", style: `fill: var(--course-${colour})` }, label);
    this.marks.append(path);
    this.top.append(name);
    return {
      path,
      set: (xs, ys) => setAttributes(path, { d: this.pathOf(xs, ys) }),
      name: (text, x, y, anchor = "start") => {
        setText(name, text);
        setAttributes(name, { x: this.px(x), y: this.py(y), "text-anchor": anchor });
      },
      nameAt: (text, px, py) => {
        setText(name, text);
        setAttributes(name, { x: px, y: py });
      },
      show: (visible) => { for (const mark of [path, name]) mark.style.display = visible ? "" : "none"; },
    };
  }

  // Far-off points are held near the frame: very long lines make some browsers drop the path.
  pathOf(xs, ys) {
    let d = "";
    let pen = "M";
    for (let i = 0; i < xs.length; i += 1) {
      if (!Number.isFinite(ys[i])) { pen = "M"; continue; }
      d += `${pen}${this.px(xs[i]).toFixed(1)} ${clamp(this.py(ys[i]), -2000, this.height + 2000).toFixed(1)}`;
      pen = "L";
    }
    return d;
  }

  segment({ colour = "ink", width = 1.5, dash = "" } = {}) {
    const line = svg("line", { stroke: `var(--course-${colour})`, "stroke-width": width, "stroke-dasharray": dash });
    this.marks.append(line);
    return {
      line,
      set: (x1, y1, x2, y2) => setAttributes(line, { x1: this.px(x1), y1: this.py(y1), x2: this.px(x2), y2: this.py(y2) }),
      show: (visible) => { line.style.display = visible ? "" : "none"; },
    };
  }

  area({ colour = "blue", opacity = 0.18 } = {}) {
    const path = svg("path", { fill: `var(--course-${colour})`, "fill-opacity": opacity });
    this.marks.append(path);
    return { path, set: (xs, low, high) => setAttributes(path, { d: this.areaOf(xs, low, high) }) };
  }

  areaOf(xs, low, high) {
    const back = Array.from(xs).reverse();
    return `${this.pathOf(xs, high)}${this.pathOf(back, Array.from(low).reverse()).replace("M", "L")}Z`;
  }

  // Hatched bands from `spans` = [[x1, x2], ...]: texture is the second cue beside colour.
  bands({ colour = "red" } = {}) {
    const group = svg("g");
    this.marks.prepend(group);
    const pattern = uniqueId("hatch");
    const defs = svg("defs", {}, svg("pattern", { id: pattern, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 7, height: 7, fill: `var(--course-${colour})`, "fill-opacity": 0.09 }),
      svg("line", { x1: 0, y1: 0, x2: 0, y2: 7, stroke: `var(--course-${colour})`, "stroke-opacity": 0.35, "stroke-width": 1.5 })));
    this.drawing.append(defs);
    return {
      set: (spans) => showMarks(group, spans.map(([from, to]) =>
        svg("rect", { x: this.px(from), y: this.inner().y, width: Math.max(0, this.px(to) - this.px(from)), height: this.inner().height, fill: `url(#${pattern})` }))),
    };
  }

  text({ colour = "ink", anchor = "start", size = 13, weight = 400 } = {}) {
    const element = svg("text", { class: "course-direct", style: `fill: var(--course-${colour}); font-size: ${size}px; font-weight: ${weight}`, "text-anchor": anchor });
    this.top.append(element);
    return {
      element,
      set: (x, y, text, dx = 0, dy = 0) => {
        setText(element, text);
        setAttributes(element, { x: this.px(x) + dx, y: this.py(y) + dy });
      },
    };
  }

  dot({ colour = "ink", radius = 6 } = {}) {
    const circle = svg("circle", { r: radius, fill: `var(--course-${colour})`, stroke: "var(--course-paper)", "stroke-width": 1.5 });
    this.marks.append(circle);
    return { circle, set: (x, y) => setAttributes(circle, { cx: this.px(x), cy: this.py(y) }) };
  }

  // Classes are told apart by shape as well as colour: circles and squares.
  points({ radius = 5 } = {}) {
    const group = svg("g");
    this.marks.append(group);
    let drawn = [];
    return {
      group,
      set: (xs, ys, classes, wrong = () => false) => {
        if (drawn.length !== xs.length) {
          drawn = Array.from(xs, () => svg("path", { "stroke-width": 1.5 }));
          group.replaceChildren(...drawn);
        }
        drawn.forEach((mark, i) => setAttributes(mark, {
          d: markerPath(classes[i], this.px(xs[i]), this.py(ys[i]), radius),
          fill: `var(--course-${classes[i] ? "blue" : "orange"})`,
          stroke: wrong(i) ? "var(--course-red)" : "var(--course-paper)",
          "stroke-width": wrong(i) ? 3 : 1.5,
        }));
      },
    };
  }

  // ---- heat map under the axes -------------------------------------------------------------------

  placeCanvas() {
    const box = this.inner();
    const share = (part, whole) => `${(100 * part) / whole}%`;
    Object.assign(this.canvas.style, {
      left: share(box.x, this.width), top: share(box.y, this.height),
      width: share(box.width, this.width), height: share(box.height, this.height),
    });
  }

  // `colourAt(x, y)` answers [red, green, blue] at the centre of a cell.
  heat(columns, rows, colourAt) {
    if (this.canvas.width !== columns) this.canvas.width = columns;
    if (this.canvas.height !== rows) this.canvas.height = rows;
    const context = this.canvas.getContext("2d");
    if (this.image?.width !== columns || this.image.height !== rows) this.image = context.createImageData(columns, rows);
    const { image } = this;
    const xs = linspace(this.x[0], this.x[1], 2 * columns + 1);
    const ys = linspace(this.y[1], this.y[0], 2 * rows + 1);
    for (let row = 0, at = 0; row < rows; row += 1)
      for (let column = 0; column < columns; column += 1, at += 4) {
        const colour = colourAt(xs[2 * column + 1], ys[2 * row + 1]);
        image.data[at] = colour[0];
        image.data[at + 1] = colour[1];
        image.data[at + 2] = colour[2];
        image.data[at + 3] = 255;
      }
    context.putImageData(image, 0, 0);
  }

  // ---- things to take hold of ----------------------------------------------------------------------

  // A handle is dragged by pointer and moved by arrow keys (Shift: ten steps). `move(x, y)` gets data units.
  handle({ label, colour = "ink", radius = 8, step = [0.1, 0.1], move, shape }) {
    const knob = shape ?? svg("circle", { r: radius, fill: `var(--course-${colour})`, stroke: "var(--course-paper)", "stroke-width": 2 });
    const touch = svg("circle", { r: Math.max(14, radius + 6), fill: "transparent" });
    const group = svg("g", { class: "course-handle", role: "slider", tabindex: 0, "aria-label": label, "aria-roledescription": "movable point" }, touch, knob);
    this.top.append(group);
    const handle = { group, x: 0, y: 0 };
    handle.set = (x, y, spoken) => {
      Object.assign(handle, { x, y });
      setAttributes(group, {
        transform: `translate(${this.px(x).toFixed(2)} ${this.py(y).toFixed(2)})`,
        "aria-valuenow": Number(x.toFixed(3)), "aria-valuemin": this.x[0], "aria-valuemax": this.x[1],
        "aria-valuetext": spoken ?? `${decimal(x)}, ${decimal(y)}`,
      });
    };
    handle.show = (visible) => { group.style.display = visible ? "" : "none"; };
    this.draggable(group, (event) => move(...this.fromEvent(event)));
    movedByKeys(group, step, (dx, dy) => {
      handle.x += dx; // at once: keys can come faster than pictures
      handle.y += dy;
      move(handle.x, handle.y);
    });
    return handle;
  }

  // The plot itself can be held anywhere: `move(x, y)` gets data units. Fingers can still scroll the page up and down.
  surface(move) {
    const surface = svg("rect", { ...this.inner(), fill: "transparent", class: "course-surface" });
    this.marks.before(surface);
    this.marks.style.pointerEvents = "none"; // curves and bands must not get between the hand and the surface
    const follow = (event) => move(...this.fromEvent(event));
    this.draggable(surface, follow, follow);
    surface.style.touchAction = "pan-y";
    return surface;
  }

  // Calls `moved(event)` while the element is held; the first argument of `grabbed` is the pointer event that took hold.
  draggable(element, moved, grabbed = () => {}) {
    element.style.touchAction = "none";
    element.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      element.focus?.({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
      grabbed(event);
      const move = (next) => moved(next);
      element.addEventListener("pointermove", move);
      const release = () => element.removeEventListener("pointermove", move);
      element.addEventListener("pointerup", release, { once: true });
      element.addEventListener("pointercancel", release, { once: true });
    });
  }
}

export function movedByKeys(element, [stepX, stepY], move) {
  const ways = { ArrowLeft: [-stepX, 0], ArrowRight: [stepX, 0], ArrowDown: [0, -stepY], ArrowUp: [0, stepY] };
  element.addEventListener("keydown", (event) => {
    const way = ways[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const times = event.shiftKey ? BIG_STEP : 1;
    move(way[0] * times, way[1] * times);
  });
}

function markerPath(square, x, y, r) {
  if (square) return `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`;
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

function same2(a, b) {
  return a[0] === b[0] && a[1] === b[1];
}

function ticks(low, high, about = 6) {
  const raw = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999);
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) values.push(Number((i * step).toPrecision(10)));
  return values;
}

function tickText(value, named) {
  const name = named?.find(([at]) => at === value)?.[1];
  return name ?? String(value).replace("-", "−");
}
