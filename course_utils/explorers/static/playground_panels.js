// Around the playground's network: which points, own points from a file, the number box, the Keras code.

import { codePane } from "./engine/clipboard.js";
import { html, setText, uniqueId } from "./engine/dom.js";
import { numberBox } from "./engine/controls.js";
import { colourText } from "./engine/palette.js";
import { playgroundData, pointsFromCsv } from "./playground_data.js";

const THUMBNAIL = 84; // pixels; shown at half that size
const THUMBNAIL_POINTS = 160;
const LARGEST_FILE = 2_000_000;

// ---- which points --------------------------------------------------------------------------------------

// A picture for each data set, to choose one; `draw` is the plane's button.
export function pointChooser(frame, drawButton) {
  const sets = ["data", "regression_data"].map((field) => new SetChoice(frame, field));
  const file = html("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv", hidden: true, onchange: () => readFile(frame, file) });
  const load = html("button", { type: "button", title: "three columns: x, y, target", onclick: () => file.click() }, "CSV file…");
  const clear = html("button", { type: "button", onclick: () => frame.set({ points: [] }) }, "Clear points");
  return {
    element: html("div", { class: "play-points-panel" }, sets.map(({ element }) => element), html("div", { class: "play-row" }, drawButton, load, clear, file)),
    update(state, table) {
      for (const set of sets) set.update(state, table);
      clear.disabled = !state.points.length;
    },
  };
}

class SetChoice {
  constructor(frame, field) {
    Object.assign(this, { frame, field });
    const name = uniqueId(field);
    this.entries = frame.spec.fields[field].options.map(([value, text]) => {
      const box = html("input", { type: "radio", name, value, "data-set": value, onchange: () => frame.set({ [field]: value, points: [] }) });
      const canvas = html("canvas", { width: THUMBNAIL, height: THUMBNAIL, "aria-hidden": "true" });
      return { value, box, canvas, element: html("label", { class: "play-set" }, box, canvas, html("span", {}, text)) };
    });
    this.element = html("div", { class: "play-sets", role: "radiogroup", "aria-label": "data set" }, this.entries.map(({ element }) => element));
  }

  update(state, table) {
    this.element.hidden = (this.field === "data") !== (state.task === "classification");
    for (const { value, box, canvas } of this.entries) {
      box.checked = state[this.field] === value && !state.points.length;
      if (this.drawnTable !== table) drawThumbnail(canvas, this.frame, { ...state, [this.field]: value, task: this.field === "data" ? "classification" : "regression" });
    }
    this.drawnTable = table;
  }
}

function drawThumbnail(canvas, frame, state) {
  const data = playgroundData({ ...state, points: [], noise: 0, num_points: THUMBNAIL_POINTS, seed: 0 });
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, THUMBNAIL, THUMBNAIL);
  data.target.forEach((target, i) => {
    context.fillStyle = colourText(frame.palette.diverging(target));
    context.beginPath();
    context.arc((THUMBNAIL * (data.x[i] + 6)) / 12, (THUMBNAIL * (6 - data.y[i])) / 12, 3, 0, 2 * Math.PI);
    context.fill();
  });
}

async function readFile(frame, input) {
  const [file] = input.files;
  input.value = ""; // the same file can be chosen again
  if (!file) return;
  if (file.size > LARGEST_FILE) return frame.showFault(`${file.name} has ${Math.ceil(file.size / 1e6)} MB; a file of points may have 2 MB.`);
  try {
    const { points, note } = pointsFromCsv(await file.text(), frame.state.task);
    frame.showFault("");
    frame.set({ points });
    frame.ask(`${points.length} points from ${file.name}. ${note}`);
  } catch (error) {
    frame.showFault(`${file.name} was not taken. ${error.message}`);
  }
}

// ---- one number of the network ---------------------------------------------------------------------------

// A box on the network for the weight or bias that was clicked: it answers while typing; Enter or Escape closes it.
export class NumberEditor {
  constructor(frame, graph, training) {
    Object.assign(this, { graph, training });
    this.name = html("span");
    this.box = numberBox({ field: { ...frame.spec.fields.weights, step: 0.1 }, label: "weight or bias", change: (value) => this.change(value) });
    this.box.dataset.edit = "number";
    this.element = html("div", { class: "play-editor", role: "group", hidden: true, onkeydown: (event) => this.key(event), onfocusout: (event) => { if (!this.element.contains(event.relatedTarget)) this.close(); } }, this.name, this.box);
    graph.element.append(this.element);
  }

  open(item) {
    this.item = item;
    const what = item.source ? this.graph.nameOf(item) : `bias of ${this.graph.nameOf(item)}`;
    setText(this.name, what);
    this.box.setAttribute("aria-label", what);
    this.element.hidden = false;
    this.graph.card.classList.add("play-covered");
    this.graph.place(this.element, item, 15);
    this.box.show(Number(this.graph.valueOf(item).toPrecision(6)), true);
    this.box.focus({ preventScroll: true });
    this.box.select();
  }

  change(value) {
    const { item } = this;
    this.training.setNumber(item.source ? { layer: item.layer - 1, source: item.source.index, target: item.target.index } : { layer: item.layer - 1, target: item.index }, value);
    this.box.last = value;
    this.graph.frame.schedule();
  }

  key(event) {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    const { group } = this.graph.items.get(this.item.id);
    this.close();
    group.focus({ preventScroll: true });
  }

  close() {
    this.element.hidden = true;
    this.graph.card.classList.remove("play-covered");
  }
}

// ---- the network as Keras code -----------------------------------------------------------------------------

export function kerasPanel(frame, training) {
  const pane = codePane("the network as Keras code");
  const close = html("button", { type: "button", onclick: () => show(false) }, "Close");
  const element = html("div", { class: "play-keras", role: "dialog", "aria-label": "Keras code", hidden: true, onkeydown: (event) => { if (event.key === "Escape") show(false); } },
    html("div", { class: "play-row" }, html("h4", {}, "This network in Keras, with its weights and points"), close), pane.element);
  const button = html("button", { type: "button", onclick: () => show(element.hidden) }, "Keras code");
  const show = (open) => {
    element.hidden = !open;
    if (!open) return button.focus();
    training.keep();
    pane.update("…");
    frame.model.send({ state: frame.state });
    return close.focus();
  };
  frame.on("msg:custom", ({ keras_code, keras_fault }) => pane.update(keras_code ?? keras_fault));
  return { button, element };
}
