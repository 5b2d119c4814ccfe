// One output value in numbers: the window, the kernel (which is edited here), the products, and their sum.

import { numberWithin } from "./engine/controls.js";
import { clamp, html, setAttributes, setText, trimmed } from "./engine/dom.js";
import { colourText } from "./engine/palette.js";
import { textOn } from "./engine/sheet.js";
import { largestOf, valueColour } from "./convolution_pictures.js";
import { YOUR_OWN, kernelName, resizedKernel } from "./convolution_model.js";

const WEIGHT_STEP = 0.1;
const WEIGHT_BIG_STEP = 10;
const PIXELS_A_STEP = 4; // of a hand that drags a weight up or down
const CHANNELS = ["red", "green", "blue"];

export function arithmeticView(frame, view) {
  const window = new NumberGrid("what the window sees", view);
  const kernel = new KernelGrid(frame, view);
  const products = new NumberGrid("products", view);
  const sum = sumView();
  const tabs = channelTabs(frame);
  const windowTitle = html("h4");
  const sign = (text) => html("span", { class: "conv-sign", "aria-hidden": "true" }, text);
  const column = (head, grid) => html("div", { class: "conv-column" }, html("div", { class: "conv-column-head" }, head), grid);
  return {
    window,
    element: html("div", { class: "course-wide conv-arithmetic" },
      column([windowTitle, tabs.element], window.element), sign("×"),
      column(kernelChoices(frame, kernel), kernel.element), sign("="),
      column(html("h4", {}, "Products"), products.element), sign("→"),
      column(sum.head, sum.element)),
    update(state, seen) {
      const channel = seen.kernels.length > 1 ? CHANNELS.indexOf(state.channel) : 0;
      const size = seen.kernels[0].length;
      const { palette } = frame;
      windowTitle.hidden = seen.kernels.length > 1;
      setText(windowTitle, "Window");
      tabs.update(state, seen);
      kernel.show(seen.kernels, channel, palette);
      const none = Array(size * size).fill(null);
      const [values, found] = seen.window ? [seen.window.values[channel], seen.window.products[channel]] : [none, none];
      const shade = seen.isInk ? (value) => palette.sequential(value) : (value) => [255, 255, 255].map((white) => white * value);
      window.show(values, shade, (i) => seen.window && !seen.window.places[i]);
      const largest = Math.max(...found.map(Math.abs)) || 1;
      products.show(found, (value) => palette.diverging(value / largest, 0.85), () => false);
      const isLit = seen.window && view.lit !== null && view.lit < size * size;
      sum.show(state, seen, isLit ? [values, seen.kernels[channel].flat(), found].map((numbers) => numbers[view.lit]) : null, palette);
    },
  };
}

// ---- grids of numbers ------------------------------------------------------------------------------

class Grid {
  constructor(label, view) {
    this.view = view;
    this.cells = [];
    this.element = html("div", { class: "conv-grid", role: "group", "aria-label": label, onpointerleave: () => view.light(null) });
  }

  fit(count) {
    if (this.cells.length === count) return;
    this.cells = Array.from({ length: count }, (_, i) => this.makeCell(i));
    this.cells.forEach((cell, i) => cell.addEventListener("pointerenter", () => this.view.light(i)));
    this.element.style.setProperty("--conv-size", Math.sqrt(count));
    this.element.classList.toggle("conv-dense", count > 9);
    this.element.replaceChildren(...this.cells);
  }

  tint(cell, i, rgb) {
    const [background, color] = [colourText(rgb), textOn(rgb)];
    if (cell.style.background !== background) Object.assign(cell.style, { background, color });
    cell.classList.toggle("conv-lit", this.view.lit === i);
  }
}

class NumberGrid extends Grid {
  makeCell() {
    return html("span", { class: "conv-cell" });
  }

  show(values, colourOf, isPadding) {
    this.fit(values.length);
    this.cells.forEach((cell, i) => {
      setText(cell, values[i] === null ? "" : trimmed(values[i], 0, 2));
      this.tint(cell, i, colourOf(values[i]));
      cell.classList.toggle("conv-padding", Boolean(isPadding(i)));
    });
  }
}

// ---- the kernel --------------------------------------------------------------------------------------

// Weights are typed ("1/9" works), moved by arrow keys (Shift: ten steps), or dragged up and down.
class KernelGrid extends Grid {
  constructor(frame, view) {
    super("kernel: type a weight, or change it by the arrow keys up and down", view);
    this.frame = frame;
    this.limits = frame.spec.fields.kernel;
  }

  makeCell(i) {
    const size = Math.sqrt(this.count);
    const cell = html("input", {
      type: "text", inputmode: "decimal", class: "conv-cell conv-weight", role: "spinbutton", autocomplete: "off", spellcheck: "false",
      "aria-label": `weight in row ${Math.floor(i / size)}, column ${i % size}`,
      "aria-valuemin": this.limits.low, "aria-valuemax": this.limits.high,
      oninput: () => this.typed(i, cell.value), onkeydown: (event) => this.pressed(event, i),
      onfocus: () => { this.view.light(i); cell.select(); }, onblur: () => { this.view.light(null); this.write(cell, i, true); },
    });
    this.dragged(cell, i);
    return cell;
  }

  show(kernels, channel, palette) {
    const weights = kernels[channel].flat();
    Object.assign(this, { channel, count: weights.length, weights, inColour: kernels.length > 1 });
    this.fit(weights.length);
    const largest = Math.max(...kernels.flat(2).map(Math.abs)) || 1;
    this.cells.forEach((cell, i) => {
      this.write(cell, i, false);
      this.tint(cell, i, palette.diverging(weights[i] / largest, 0.85));
    });
  }

  // What is being typed stays as it is.
  write(cell, i, force) {
    const text = trimmed(this.weights[i], 0, 2);
    const typing = cell.getRootNode().activeElement === cell && numberWithin(cell.value, this.limits) === this.weights[i];
    if (force || !typing) { if (cell.value !== text) cell.value = text; }
    setAttributes(cell, { "aria-valuenow": Number(this.weights[i].toFixed(4)), "aria-valuetext": trimmed(this.weights[i], 0, 4) });
  }

  typed(i, text) {
    const { low, high } = this.limits;
    const value = numberWithin(text, this.limits);
    if (Number.isFinite(value)) this.change(i, clamp(value, low, high));
  }

  pressed(event, i) {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Enter") this.write(event.target, i, true);
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(i, this.weights[i], way * (event.shiftKey ? WEIGHT_BIG_STEP : 1));
  }

  step(i, from, steps) {
    const { low, high } = this.limits;
    const value = clamp(Number((from + steps * WEIGHT_STEP).toFixed(4)), low, high);
    this.change(i, value);
    this.cells[i].value = trimmed(value, 0, 2);
  }

  dragged(cell, i) {
    cell.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      const start = { y: event.clientY, value: this.weights[i] };
      let held = false;
      const move = (next) => {
        const steps = Math.round((start.y - next.clientY) / PIXELS_A_STEP);
        if (!held && !steps) return;
        if (!held) cell.setPointerCapture(event.pointerId);
        held = true;
        next.preventDefault();
        this.step(i, start.value, steps);
      };
      const release = () => cell.removeEventListener("pointermove", move);
      cell.addEventListener("pointermove", move);
      cell.addEventListener("pointerup", release, { once: true });
      cell.addEventListener("pointercancel", release, { once: true });
    });
  }

  // A grey picture has one kernel: all three are kept equal then.
  change(i, value) {
    this.weights[i] = value; // at once: keys can come faster than pictures
    const size = Math.sqrt(this.count);
    const changed = (kernel) => kernel.map((row, m) => row.map((weight, n) => (m * size + n === i ? value : weight)));
    const { kernel } = this.frame.state;
    const first = changed(kernel[this.channel]);
    this.frame.set({ kernel: kernel.map((each, c) => (!this.inColour || c === this.channel ? first : each)) });
  }

  changeAll(make) {
    this.frame.set({ kernel: this.frame.state.kernel.map(make) });
  }
}

// The named kernels, and the size.
function kernelChoices(frame, grid) {
  const { named } = frame.spec.fields.kernel;
  const own = html("option", { value: YOUR_OWN, disabled: true }, YOUR_OWN);
  const names = html("select", { class: "conv-names", "aria-label": "kernel", onchange: () => grid.changeAll(() => named[names.value]) },
    Object.keys(named).map((name) => html("option", { value: name }, name)), own);
  const sizes = html("select", { class: "conv-sizes", "aria-label": "size of the kernel", onchange: () => grid.changeAll((kernel) => resizedKernel(kernel, Number(sizes.value))) },
    [1, 3, 5].map((size) => html("option", { value: size }, `${size} × ${size}`)));
  frame.bound.push({
    name: "kernel",
    update(kernel) {
      names.value = kernelName(kernel, named);
      sizes.value = kernel[0].length;
    },
  });
  return [html("h4", {}, "Kernel"), names, sizes];
}

// ---- channels ------------------------------------------------------------------------------------------

// Small pictures of the three channels; the numbers below belong to the one that is pressed.
function channelTabs(frame) {
  const tabs = CHANNELS.map((name) => {
    const canvas = html("canvas", { "aria-hidden": "true" });
    return { name, canvas, element: html("button", { type: "button", class: "conv-tab", onclick: () => frame.set({ channel: name }) }, canvas, name) };
  });
  let painted = null;
  const element = html("div", { class: "conv-tabs", role: "group", "aria-label": "channel whose numbers are shown" }, tabs.map((tab) => tab.element));
  return {
    element,
    update({ channel }, { picture, source }) {
      element.hidden = picture.channels === 1;
      for (const tab of tabs) setAttributes(tab.element, { "aria-pressed": String(tab.name === channel) });
      if (picture.channels === 1 || painted === source) return;
      tabs.forEach(({ canvas }, c) => paintChannel(canvas, source, c));
      painted = source;
    },
  };
}

function paintChannel(canvas, { values, shape: [rows, columns] }, channel) {
  Object.assign(canvas, { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i += 1) {
    image.data.fill(values[3 * i + channel], 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// ---- the sum -------------------------------------------------------------------------------------------

function sumView() {
  const head = html("h4");
  const rows = Array.from({ length: 6 }, () => ({ name: html("span"), value: html("span") }));
  const element = html("div", { class: "conv-sum" }, rows.map(({ name, value }) => html("div", {}, name, value)));
  return {
    head,
    element,
    show(state, seen, lit, palette) {
      const number = (value) => trimmed(value, 0, 2);
      const bracketed = (value) => (value < 0 ? `(${number(value)})` : number(value));
      setText(head, lit ? `${number(lit[0])} · ${bracketed(lit[1])} = ${number(lit[2])}` : "Sum");
      const lines = seen.window ? sumLines(state, seen) : [["no output", ""]];
      rows.forEach(({ name, value }, i) => {
        setText(name, lines[i]?.[0] ?? "");
        setText(value, lines[i] && lines[i][1] !== "" ? number(lines[i][1]) : "");
        const isOutput = i === lines.length - 1;
        const colour = isOutput && seen.window ? valueColour(palette, seen.value, largestOf(seen.map)) : null;
        Object.assign(value.style, { background: colour ? colourText(colour) : "", color: colour ? textOn(colour) : "" });
        setAttributes(name.parentElement, { class: isOutput ? "conv-output" : "" });
      });
    },
  };
}

function sumLines({ bias, relu }, { window, sum, value, place }) {
  const sums = window.sums.map((each, c) => [window.sums.length > 1 ? `Σ ${CHANNELS[c]}` : "Σ products", each]);
  return [...sums, ["+ bias", bias], ...(relu ? [["before ReLU", sum + bias]] : []), [`= out(${place.row}, ${place.column})`, value]];
}
