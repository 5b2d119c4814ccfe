// Small helpers to build HTML and SVG, and to write numbers as people read them.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

export function html(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
}

function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

// Makes `marks` the content of `parent`. What is there already keeps its place and changes only where it differs, so that the
// browser lays out and paints no more than that. For marks without listeners of their own.
export function showMarks(parent, marks) {
  const old = [...parent.childNodes];
  marks.forEach((mark, i) => {
    const kept = old[i];
    if (!kept) parent.append(mark);
    else if (kept.nodeName !== mark.nodeName) kept.replaceWith(mark);
    else if (!kept.isEqualNode(mark)) alter(kept, mark);
  });
  for (const rest of old.slice(marks.length)) rest.remove();
}

function alter(kept, mark) {
  if (mark.nodeType === Node.TEXT_NODE) {
    kept.data = mark.data;
    return;
  }
  for (const { name } of [...kept.attributes]) if (!mark.hasAttribute(name)) kept.removeAttribute(name);
  for (const { name, value } of mark.attributes) if (kept.getAttribute(name) !== value) kept.setAttribute(name, value);
  showMarks(kept, [...mark.childNodes]);
}

// A short stroke of a palette colour: the sample beside a curve's name in a key.
export function strokeSample(colour, width = 3, dash = "") {
  const line = { x1: 0, x2: 26, y1: 5, y2: 5, stroke: `var(--course-${colour})`, "stroke-width": width, "stroke-dasharray": dash };
  return svg("svg", { width: 26, height: 10, "aria-hidden": "true" }, svg("line", line));
}

export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

// A text that is there changes in its place, which costs the browser less than another one.
export function setText(element, text) {
  const { firstChild } = element;
  if (firstChild?.nodeType !== Node.TEXT_NODE || firstChild.nextSibling) element.textContent = text;
  else if (firstChild.data !== String(text)) firstChild.data = text;
}

// The Python twin is engine.sentences.decimal: a real minus sign, and never "−0.00".
export function decimal(value, digits = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "undefined" : value > 0 ? "∞" : "−∞";
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

export function percent(share, digits = 0) {
  return `${decimal(100 * share, digits)} %`;
}

// The Python twin is engine.sentences.significant: "0.050", "12", "3.2 × 10⁻⁷".
export function significant(value, figures = 2) {
  if (value === 0 || !Number.isFinite(value)) return decimal(value, 0);
  const [mantissa, exponent] = Math.abs(value).toExponential(figures - 1).split("e");
  const power = Number(exponent);
  const sign = value < 0 ? "−" : "";
  if (power >= -3 && power < 4) return sign + Number(`${mantissa}e${power}`).toFixed(Math.max(0, figures - 1 - power));
  return `${sign}${mantissa} × ${tenToThe(power)}`;
}

export function tenToThe(power) {
  return `10${String(power).replace("-", "⁻").replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])}`;
}

// As many decimals as the number needs, between `least` and `most`: "0.50", "0.6225". The twin of engine.sentences.trimmed.
export function trimmed(value, least = 2, most = 4) {
  const text = decimal(value, most);
  const zeros = text.includes(".") ? text.length - text.replace(/0+$/, "").length : 0;
  return decimal(value, most - Math.min(zeros, most - least));
}

export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

export function linspace(low, high, count) {
  return Float64Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

let lastId = 0;
export function uniqueId(stem) {
  lastId += 1;
  return `course-${stem}-${lastId}-${Math.random().toString(36).slice(2, 8)}`;
}
