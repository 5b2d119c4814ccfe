import { explorer } from "./engine/frame.js";
import { contourPieces } from "./engine/contours.js";
import { html, percent, setAttributes, setText, significant, svg, uniqueId } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { pictureUpload } from "./engine/upload.js";

const LIKELIEST = -1;
const NUM_TOP = 5;
const SIDES = [["first", "A"], ["second", "B"]];
const LEAST_PIXELS = 224; // of a side of the canvas: small pictures are enlarged, so that the light is smooth on them
const GOLD = [255, 204, 0];
const NOTHING = 1e-12;

function build(frame) {
  const options = uniqueId("classes");
  const list = html("datalist", { id: options }, frame.arrays.names.map((name) => html("option", { value: name })));
  const panels = SIDES.map(([field, letter], side) => lightPanel(frame, field, letter, side, options));
  const top = topView(frame);
  const upload = pictureUpload(frame);
  frame.show(
    list,
    ...panels.map(({ element }) => element),
    html("div", { class: "cam-side" }, frame.controls("picture", "layer", "opacity", "same_scale"), upload.element, top.element),
  );
  return (state) => {
    const { answer, arrays } = frame;
    if (!answer.heats) return "…";
    const heats = splitHeats(answer.heats);
    const largest = heats.map(({ values }) => values.reduce((most, value) => Math.max(most, value), 0));
    panels.forEach((panel, side) => panel.update(state, arrays.picture, heats[side], largest[side], state.same_scale ? Math.max(...largest) : largest[side]));
    top.update(answer);
    return answer.sentence;
  };
}

// {rows, columns, values} of A and of B; the same objects as long as the answer is the same.
const splitHeats = lastOf(({ values, shape: [, rows, columns] }) =>
  [0, 1].map((side) => ({ rows, columns, values: values.subarray(side * rows * columns, (side + 1) * rows * columns) })));

// ---- one class: its name to choose, and its light on the picture ---------------------------------

function lightPanel(frame, field, letter, side, options) {
  const search = classSearch(frame, field, letter, side, options);
  const canvas = html("canvas", { class: "cam-picture", role: "img" });
  const lines = svg("svg", { class: "cam-lines", "aria-hidden": "true" });
  const nothing = html("p", { class: "cam-nothing" }, "no place speaks for this class");
  const [legend, share] = [html("span"), html("b")];
  const paint = lastOf((picture, heat, scale, opacity) => paintLight(canvas, picture, heat, scale, opacity));
  const outline = lastOf((heat, largest) => drawHalf(lines, heat, largest));
  return {
    element: html("div", { class: "cam-panel" }, search.element, html("div", { class: "cam-frame" }, canvas, lines, nothing),
      html("p", { class: "cam-legend", "aria-hidden": "true" }, "0", html("i", { class: "cam-ramp" }), legend, share)),
    update(state, picture, heat, largest, scale) {
      search.update(state);
      paint(picture, heat, scale, state.opacity);
      outline(heat, largest);
      lines.style.display = state.opacity > 0 ? "" : "none";
      nothing.hidden = largest > NOTHING;
      setText(legend, scale > NOTHING ? `${significant(scale)}${scale > largest ? `, here up to ${significant(largest)}` : ""}` : "0");
      const { classes, probabilities } = frame.answer;
      const name = frame.arrays.names[classes[side]];
      setText(share, percent(probabilities.values[classes[side]], 1));
      setAttributes(canvas, { "aria-label": `${letter}: the picture, with light on what speaks for ${name}` });
    },
  };
}

// Text to type a part of a name into; who presses the button follows the network's own guess.
function classSearch(frame, field, letter, side, options) {
  const { names } = frame.arrays;
  const label = ["1st guess", "2nd guess"][side];
  const box = html("input", {
    type: "text", list: options, class: "cam-search", "aria-label": `class ${letter}: type a part of its name`, spellcheck: "false", autocomplete: "off",
    onfocus: () => box.select(),
    oninput: () => { const number = names.indexOf(box.value); if (number >= 0) frame.set({ [field]: number }); },
    onchange: () => commit(),
    onkeydown: (event) => { if (event.key === "Enter") commit(); },
  });
  const follow = html("button", { type: "button", class: "cam-follow", onclick: () => { setText(words, ""); frame.set({ [field]: LIKELIEST }); }, "aria-label": `class ${letter}: the network’s ${label}` }, label);
  const words = html("p", { class: "cam-words", role: "status" });
  const commit = () => {
    const found = classCalled(names, box.value);
    if (found.length) frame.set({ [field]: found[0] });
    setText(words, wordsFor(box.value, found.length, names));
    show(true);
  };
  const show = (force) => {
    const isTyped = box.getRootNode().activeElement === box && !force;
    if (!isTyped) box.value = names[frame.state[field] === LIKELIEST ? frame.answer.classes[side] : frame.state[field]];
  };
  return {
    element: html("div", { class: "cam-class" }, html("span", { class: "cam-letter", "aria-hidden": "true" }, letter), box, follow, words),
    update(state) {
      show(false);
      setAttributes(follow, { "aria-pressed": state[field] === LIKELIEST });
    },
  };
}

// Numbers of the classes whose name is, begins with, or contains the text: the best first.
function classCalled(names, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const rank = (name) => (name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(wanted) ? 2 : 3);
  return names.map((name, number) => [rank(name.toLowerCase()), number]).filter(([place]) => place < 3)
    .sort(([a, i], [b, j]) => a - b || i - j).map(([, number]) => number);
}

function wordsFor(text, count, names) {
  if (!text.trim() || (count && names.includes(text))) return "";
  if (!count) return `no class of the ${names.length} has “${text}” in its name`;
  return count > 1 ? `the first of ${count} names with “${text}”` : "";
}

// ---- the light -----------------------------------------------------------------------------------

// Grey with golden light, the more the higher the opacity: the twin of _lit in grad_cam.py.
function paintLight(canvas, { values, shape: [rows, columns] }, heat, scale, opacity) {
  const times = Math.max(1, Math.ceil(LEAST_PIXELS / Math.max(rows, columns)));
  const [height, width] = [rows * times, columns * times];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  const light = enlarge(heat, height, width);
  const greyness = Math.min(1, 2 * opacity);
  for (let y = 0, i = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, i += 1) {
      const from = 3 * (Math.floor(y / times) * columns + Math.floor(x / times));
      const grey = (values[from] + values[from + 1] + values[from + 2]) / 3;
      const shine = scale > NOTHING ? (opacity * light[i]) / scale : 0;
      for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = (1 - opacity) * (values[from + c] + (grey - values[from + c]) * greyness) + shine * GOLD[c];
      image.data[4 * i + 3] = 255;
    }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Between the places linearly: the twin of enlarged in models/grad_cam.py.
function enlarge({ rows, columns, values }, height, width) {
  const [down, across] = [neighbours(height, rows), neighbours(width, columns)];
  const large = new Float32Array(height * width);
  for (let y = 0, i = 0; y < height; y += 1) {
    const [above, below, v] = down[y];
    for (let x = 0; x < width; x += 1, i += 1) {
      const [left, right, u] = across[x];
      const upper = values[above * columns + left] * (1 - u) + values[above * columns + right] * u;
      const lower = values[below * columns + left] * (1 - u) + values[below * columns + right] * u;
      large[i] = upper * (1 - v) + lower * v;
    }
  }
  return large;
}

function neighbours(many, few) {
  return Array.from({ length: many }, (_, i) => {
    const at = Math.min(few - 1, Math.max(0, ((i + 0.5) * few) / many - 0.5));
    return [Math.floor(at), Math.min(few - 1, Math.floor(at) + 1), at - Math.floor(at)];
  });
}

// The line around what is above half of the largest value: it is seen without colours, too.
const LINE_GRID = 64;
function drawHalf(lines, heat, largest) {
  setAttributes(lines, { viewBox: `0 0 ${LINE_GRID} ${LINE_GRID}` });
  if (largest <= NOTHING) return lines.replaceChildren();
  const side = LINE_GRID + 2; // a frame of zeros closes the line at the edge
  const framed = new Float32Array(side * side);
  enlarge(heat, LINE_GRID, LINE_GRID).forEach((value, i) => { framed[(Math.floor(i / LINE_GRID) + 1) * side + (i % LINE_GRID) + 1] = value; });
  const inside = (value) => Math.min(LINE_GRID - 0.4, Math.max(0.4, value - 0.5)).toFixed(2);
  const path = contourPieces(framed, side, side, largest / 2).map(([x, y, toX, toY]) => `M${inside(x)} ${inside(y)}L${inside(toX)} ${inside(toY)}`).join("");
  lines.replaceChildren(...["cam-halo", "cam-line"].map((kind) => svg("path", { d: path, class: kind })));
}

// ---- the likeliest classes -----------------------------------------------------------------------

// Each with a bar, and two buttons that show it as A or as B.
function topView(frame) {
  const { names } = frame.arrays;
  const rows = Array.from({ length: Math.min(NUM_TOP, names.length) }, () => {
    const [name, bar, value] = [html("span", { class: "cam-name" }), html("i"), html("span", { class: "cam-value" })];
    const row = { number: 0 };
    const buttons = SIDES.map(([field, letter]) => html("button", { type: "button", onclick: () => frame.set({ [field]: row.number }) }, letter));
    return Object.assign(row, { name, bar, value, buttons, element: html("li", {}, buttons, name, html("span", { class: "cam-track" }, bar), value) });
  });
  return {
    element: html("div", { class: "cam-top" }, html("h4", {}, `The ${rows.length} likeliest classes`), html("ul", { class: "cam-bars" }, rows.map(({ element }) => element))),
    update({ top, probabilities, classes }) {
      rows.forEach((row, i) => {
        row.number = top[i];
        const probability = probabilities.values[top[i]];
        setText(row.name, names[top[i]]);
        setAttributes(row.name, { title: names[top[i]] });
        row.bar.style.width = `${100 * probability}%`;
        setText(row.value, percent(probability, 1));
        row.buttons.forEach((button, side) =>
          setAttributes(button, { "aria-pressed": classes[side] === top[i], "aria-label": `show ${names[top[i]]} as ${SIDES[side][1]}` }));
      });
    },
  };
}

export default explorer(build);
