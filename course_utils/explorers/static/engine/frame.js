// The frame around every explorer: state, controls, presets, copy, reset, the live sentence, errors and the redraw loop.
// An explorer's module builds its views once and returns draw(state), which is called at most once a frame and answers
// with one sentence that says in words what is seen.

import { decodeAll } from "./arrays.js";
import { copyOnPress } from "./clipboard.js";
import { html, setAttributes, setText, uniqueId } from "./dom.js";
import { Palette } from "./palette.js";
import { makeControl } from "./controls.js";

const PROMPT = "Predict first, then move, then explain what you saw.";
const SPOKEN_AFTER_MS = 500; // a screen reader hears the sentence when the hand rests
const ON_ITS_WAY_MS = 5000; // the longest that a change waits for a kernel at work
const SAVED_AFTER_MS = 120; // where the kernel has nothing to compute, it learns the state at leisure

export function explorer(build) {
  return {
    render({ model, el }) {
      const frame = new Frame(model, el);
      frame.start(build(frame));
      return () => frame.dispose();
    },
  };
}

class Frame {
  constructor(model, element) {
    this.model = model;
    this.spec = model.get("spec");
    this.state = { ...model.get("state") };
    this.arrays = decodeAll(model.get("arrays"));
    this.answer = decodeAll(model.get("answer"));
    this.bound = [];
    this.movedAt = -Infinity; // when the hand last changed the state
    this.pictures = 0;
    this.root = this.makeRoot();
    this.root.explorer = this; // for other views, the browser's console and tests
    element.append(this.root);
    this.palette = new Palette(this.root, () => this.schedule());
    this.listen();
  }

  // ---- building blocks for an explorer's module -------------------------------------------------

  control(name) {
    const control = makeControl(this, name, this.spec.fields[name]);
    this.bound.push(control);
    return control.element;
  }

  controls(...names) {
    return html("div", { class: "course-controls" }, names.map((name) => this.control(name)));
  }

  // A control that means nothing at the moment stays in its place, greyed out.
  enable(name, enabled) {
    const control = this.bound.find((entry) => entry.name === name);
    control.element.classList.toggle("course-disabled", !enabled);
    for (const input of control.element.querySelectorAll("input, select")) input.disabled = !enabled;
  }

  show(...columns) {
    this.body.append(...columns);
  }

  // An explorer may set `entail` to a function that adds to a change what it brings along.
  set(changes) {
    this.state = { ...this.state, ...(this.entail?.(changes) ?? changes) };
    this.movedAt = performance.now();
    this.offer();
    this.markPending();
    this.schedule();
    this.save();
  }

  // What the hand did just before may still be on its way to the kernel, and would take the kernel's change back there.
  confirm() {
    this.offer();
    this.save();
  }

  offer() {
    this.ownChange = true;
    this.model.set("state", this.state);
    this.ownChange = false;
  }

  // ---- life of the frame -----------------------------------------------------------------------

  start(draw) {
    this.draw = draw;
    this.redraw();
    this.whenInPage(() => {
      this.pending = null;
      this.redraw();
      this.root.dataset.ready = "true";
      this.placeStills();
    });
  }

  whenInPage(then) {
    if (this.root.isConnected) then();
    else this.pending = requestAnimationFrame(() => this.whenInPage(then));
  }

  listen() {
    this.on("change:state", () => {
      if (this.ownChange) return;
      this.state = { ...this.model.get("state") };
      this.schedule();
      if (performance.now() - this.movedAt < ON_ITS_WAY_MS) this.confirm();
    });
    this.on("change:answer", () => this.receive(this.model.get("answer")));
    this.on("change:arrays", () => {
      this.arrays = decodeAll(this.model.get("arrays"));
      this.schedule();
    });
    this.on("change:fault", () => this.showFault(this.model.get("fault")));
    this.on("change:said", () => this.showSaid(this.model.get("said")));
    this.showFault(this.model.get("fault"));
    this.showSaid(this.model.get("said"));
  }

  // An explorer may set `prepare` to a function that makes an answer ready to be drawn, such as unpacking a picture.
  async receive(sent) {
    const answer = decodeAll(sent);
    if (this.prepare) await this.prepare(answer);
    if (sent !== this.model.get("answer")) return; // a newer one has overtaken it
    this.answer = answer;
    this.schedule();
  }

  on(event, handler) {
    this.model.on(event, handler);
    (this.handlers ??= []).push([event, handler]);
  }

  schedule() {
    if (!this.root.dataset.ready) return;
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.redraw();
    });
  }

  redraw() {
    if (!this.draw) return;
    try {
      for (const control of this.bound) control.update(this.state[control.name]);
      this.markPending();
      this.say(this.draw(this.state));
      this.markPreset();
    } catch (error) {
      this.showFault(`This picture could not be drawn: ${error.message}. Press Reset to go back to the start.`);
      console.error(error);
    }
    this.countPicture();
  }

  // Counts what is new to the eye: a frame, or, while the kernel works, a new answer.
  countPicture() {
    if (this.isPending() && this.answer === this.drawnAnswer) return;
    this.drawnAnswer = this.answer;
    this.pictures += 1;
    this.root.dataset.pictures = this.pictures;
  }

  // True while the kernel works: what is shown belongs to an older state until its answer is here.
  markPending() {
    if (this.spec.computes) this.root.dataset.pending = String(this.isPending());
  }

  isPending() {
    return this.spec.computes && !this.spec.needs.every((name) => same(this.answer.state?.[name], this.state[name]));
  }

  save() {
    if (this.isPending()) return this.model.save_changes();
    this.saving ??= setTimeout(() => {
      this.saving = null;
      this.model.save_changes();
    }, SAVED_AFTER_MS);
  }

  // What waits to be saved is saved now.
  flush() {
    if (!this.saving) return;
    clearTimeout(this.saving);
    this.saving = null;
    this.model.save_changes();
  }

  // The still picture stands in an output of its own beside every view, and comes back when the last view goes.
  placeStills() {
    const { still } = this.spec;
    const views = [...document.querySelectorAll('.course-explorer[data-ready="true"]')];
    const alive = views.some((root) => root.explorer.spec.still === still);
    for (const picture of document.querySelectorAll(`[data-still="${still}"]`)) picture.hidden = alive;
  }

  dispose() {
    delete this.root.dataset.ready; // an answer that is still on its way draws nothing
    this.placeStills();
    for (const [event, handler] of this.handlers) this.model.off(event, handler);
    this.flush();
    if (this.pending) cancelAnimationFrame(this.pending);
    clearTimeout(this.speaking);
    this.palette.dispose();
  }

  // ---- the sentence ----------------------------------------------------------------------------

  say(sentence) {
    setText(this.sentence, sentence.replaceAll(" %", "\u00a0%")); // no line ends between the two
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => setText(this.spoken, sentence), SPOKEN_AFTER_MS);
  }

  showFault(text) {
    this.fault.hidden = !text;
    setText(this.fault, text ?? "");
  }

  showSaid(text) {
    this.said.hidden = !text;
    setText(this.said, text ?? "");
  }

  // ---- head, presets, buttons ------------------------------------------------------------------

  makeRoot() {
    const titleId = uniqueId("title");
    this.body = html("div", { class: "course-body" });
    this.sentence = html("p", { class: "course-sentence", "aria-hidden": "true" });
    this.spoken = html("p", { class: "course-spoken", "aria-live": "polite", role: "status" });
    this.fault = html("p", { class: "course-fault", role: "alert", hidden: true });
    this.said = html("pre", { class: "course-said", hidden: true, "aria-label": "printed by your function" });
    this.prompt = html("p", { class: "course-prompt", "aria-live": "polite" });
    this.ask(PROMPT);
    return html(
      "section",
      { class: "course course-explorer", "aria-labelledby": titleId, "data-explorer": this.spec.name, onfocusin: keepKeys },
      this.makeHead(titleId),
      this.makePresets(),
      this.fault,
      this.body,
      this.sentence,
      this.spoken,
      this.said,
    );
  }

  makeHead(titleId) {
    const copy = html("button", { type: "button" }, "Copy state");
    copyOnPress(copy, () => this.stateAsPython(), "state as one line of Python");
    return html(
      "header",
      { class: "course-head" },
      html("h3", { id: titleId }, this.spec.title),
      html("span", { class: "course-hint" }, this.spec.hint),
      html("button", { type: "button", onclick: () => this.reset() }, "Reset"),
      copy,
    );
  }

  makePresets() {
    if (!this.spec.presets.length) return null;
    this.presetButtons = this.spec.presets.map((preset) => this.makePreset(preset));
    return html(
      "div",
      { class: "course-presets", role: "group", "aria-label": "Try this" },
      html("span", { class: "course-label" }, "Try this"),
      this.presetButtons,
      html("div", { class: "course-prompts" }, this.prompt, this.spec.presets.map(({ prompt }) => html("span", { class: "course-room", "aria-hidden": "true" }, prompt))),
    );
  }

  // Its question can be read, and an answer thought of, before it is pressed: as soon as the mouse or the focus is on it.
  makePreset(preset) {
    const button = html("button", { type: "button", class: "course-chip", "aria-pressed": "false", onclick: () => this.apply(preset) }, preset.name);
    for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => setText(this.prompt, preset.prompt));
    for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => setText(this.prompt, this.asked));
    return button;
  }

  ask(text) {
    this.asked = text;
    setText(this.prompt, text);
  }

  apply(preset) {
    this.ask(preset.prompt);
    const kept = Object.fromEntries(this.spec.kept.map((name) => [name, this.state[name]]));
    this.set({ ...this.spec.initial, ...kept, ...preset.state });
  }

  markPreset() {
    this.presetButtons?.forEach((button, i) => {
      const chosen = Object.entries(this.spec.presets[i].state).every(([name, value]) => same(value, this.state[name]));
      setAttributes(button, { "aria-pressed": chosen });
    });
  }

  reset() {
    this.ask(PROMPT);
    this.showFault("");
    this.set({ ...this.spec.initial });
  }

  // An explorer that runs ahead of its state may set `keep` to a function that brings the state up to it.
  stateAsPython() {
    this.keep?.();
    return `${this.spec.maker}(${pythonLiteral(this.state)}${this.spec.shared})`;
  }
}

// JupyterLab takes keys for itself unless the focused element says otherwise: arrows would leave the cell, "d d" delete it.
function keepKeys(event) {
  event.target.setAttribute("data-lm-suppress-shortcuts", "true");
}

function same(a, b) {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function pythonLiteral(value) {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pythonLiteral(item)}`).join(", ")}}`;
  return JSON.stringify(value);
}
