// Controls made from the fields that the Python class declares. All are native inputs, so keyboard and screen reader work.

import { clamp, decimal, html, setAttributes, uniqueId } from "./dom.js";
import { readNumber } from "../../../numerals.js";

export function makeControl(frame, name, field) {
  const make = { number: rangeControl, choice: choiceControl, several: severalControl, flag: flagControl, text: textControl }[field.kind];
  if (!make) throw new Error(`field ${name} of kind ${field.kind} has no ready-made control`);
  return { name, ...make(field, (value) => frame.set({ [name]: value }), name) };
}

function rangeControl(field, change, name) {
  const id = uniqueId(name);
  const scale = field.log ? logScale(field) : { limits: { min: field.low, max: field.high, step: field.step }, at: Number, value: Number };
  const range = html("input", {
    type: "range", id, ...scale.limits, "data-field": name, title: field.help || field.label,
    oninput: () => change(scale.value(range.value)),
  });
  const exact = numberBox({ field, change, label: `${field.label}, exact value` });
  exact.dataset.exact = name;
  const element = html("div", { class: "course-control course-range" }, html("label", { for: id }, field.label), range, exact);
  return {
    element,
    update(value) {
      if (scale.value(range.value) !== value) range.value = scale.at(value);
      setAttributes(range, { "aria-valuetext": decimal(value, field.digits) + (field.unit ? ` ${field.unit}` : "") });
      exact.show(value);
    },
  };
}

// Equal ways on the slider are equal factors; values keep three significant figures, and are whole where the field is.
const LOG_STEPS = 120;
function logScale({ low, high, step }) {
  const reach = Math.log(high / low);
  return {
    limits: { min: 0, max: LOG_STEPS, step: 1 },
    at: (value) => Math.round((LOG_STEPS * Math.log(value / low)) / reach),
    value: (at) => snapped(clamp(Number((low * Math.exp((reach * at) / LOG_STEPS)).toPrecision(3)), low, high), { step }),
  };
}

// A number that can be typed; it answers while typing, and puts itself right when left.
export function numberBox({ field, change, label, ...attributes }) {
  const box = html("input", {
    type: "number", class: "course-number", min: field.low, max: field.high, step: field.step, "aria-label": label,
    oninput: () => {
      const value = box.valueAsNumber;
      if (Number.isFinite(value) && value >= field.low && value <= field.high) change(snapped(value, field));
    },
    onchange: () => {
      if (!Number.isFinite(box.valueAsNumber)) return box.show(box.last);
      change(snapped(clamp(box.valueAsNumber, field.low, field.high), field));
      box.show(box.last, true);
    },
    ...attributes,
  });
  box.show = (value, force = false) => {
    const typing = box.getRootNode().activeElement === box && value === box.last;
    box.last = value;
    if (!(typing && !force) && box.valueAsNumber !== value) box.value = Number(value.toFixed(6));
  };
  return box;
}

function snapped(value, field) {
  return Number.isInteger(field.step) ? Math.round(value) : value;
}

// The number in [low, high] that a text stands for, or the one that lies outside; NaN where it cannot be read.
export function numberWithin(text, { low, high, unit }) {
  const { value = NaN, other = value } = readNumber(text, unit);
  const fits = (number) => number >= low && number <= high;
  return !fits(value) && fits(other) ? other : value;
}

function choiceControl(field, change, name) {
  const id = uniqueId(name);
  const select = html(
    "select",
    { id, "data-field": name, title: field.help || field.label, onchange: () => change(select.value) },
    field.options.map(([value, label]) => html("option", { value }, label)),
  );
  const element = html("div", { class: "course-control course-choice" }, html("label", { for: id }, field.label), select);
  return { element, update: (value) => { if (select.value !== value) select.value = value; } };
}

function severalControl(field, change, name) {
  const boxes = field.options.map(([value, label, colour]) => {
    const box = html("input", { type: "checkbox", value, "data-field": name, onchange: () => change(chosen()) });
    const swatch = colour ? html("i", { class: "course-swatch", style: `background: var(--course-${colour})` }) : null;
    return { box, element: html("label", {}, box, swatch, label) };
  });
  const chosen = () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
  const element = html(
    "fieldset",
    { class: "course-control course-several" },
    html("legend", {}, field.label),
    boxes.map((entry) => entry.element),
  );
  return { element, update: (values) => boxes.forEach(({ box }) => { box.checked = values.includes(box.value); }) };
}

function flagControl(field, change, name) {
  const box = html("input", { type: "checkbox", "data-field": name, onchange: () => change(box.checked) });
  const element = html("label", { class: "course-control course-flag", title: field.help || field.label }, box, field.label);
  return { element, update: (value) => { box.checked = value; } };
}

// A line of text: it answers to Enter and when it is left, for half a word means nothing yet.
export function textControl(field, change, name) {
  const id = uniqueId(name);
  const commit = () => { if (box.value !== box.last) change(box.value); };
  const box = html("input", {
    type: "text", id, class: "course-text", maxlength: field.most, spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    "data-field": name, title: field.help || field.label, onchange: commit, onkeydown: (event) => { if (event.key === "Enter") commit(); },
  });
  const element = html("div", { class: "course-control course-choice" }, html("label", { for: id }, field.label), box);
  return {
    element,
    update(value) {
      if (value !== box.last) box.value = value; // what is being typed stays
      box.last = value;
    },
  };
}
