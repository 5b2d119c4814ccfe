// The parts of the feature-map explorer: the picture, the chosen map, its window, all maps of the layer, the strongest inputs.

import { clamp, html, setAttributes, setText, showMarks, svg, trimmed } from "./engine/dom.js";
import { Pad } from "./engine/pad.js";
import { colourText, imageOf } from "./engine/palette.js";
import { lastOf } from "./engine/memory.js";
import { movedByKeys } from "./engine/plot.js";
import { Sheet, dashNegatives, pointAt, textOn } from "./engine/sheet.js";
import { mapOf, receptiveField, unitWord, valueNearest, withinPicture } from "./feature_maps_model.js";

const NUMBERS_UP_TO = 3; // cells a side of a window; larger ones show signs in place of numbers
const TILES = { width: 1120, height: 176, gap: 6 }; // pixels of the canvas, two for one of the page
const NUM_STRONGEST = 6;
const NOTHING = 1e-6;

// ---- the picture ---------------------------------------------------------------------------------

export function pictureView(frame, pen) {
  const sheet = new Sheet({ role: "img" });
  const pad = new Pad(frame, { showsInk: false });
  const title = html("h4");
  const note = html("p", { class: "maps-note" });
  pad.sheet.classList.add("maps-pad");
  sheet.element.append(pad.sheet);
  let shown = null;
  pointAt(sheet, (...pixel) => {
    const [row, column] = valueNearest(frame.arrays.layers, shown.place, pixel);
    frame.set({ row, column });
  });
  return {
    element: html("div", {}, title, sheet.element, html("div", { class: "maps-foot" }, pad.buttons, note)),
    update(state, seen) {
      shown = seen;
      const [rows, columns] = seen.shape;
      const isDrawn = state.picture === "drawing";
      sheet.layOut(rows, columns);
      sheet.paint(pixelColours(frame, seen.input, seen.shape), frame.palette.rgb("card"));
      const { top, left, height, width } = seen.sight;
      showMarks(sheet.marks, sheet.outline(top, left, height, width));
      setText(title, isDrawn ? "Your drawing" : `Picture ${rows} × ${columns}`);
      setText(note, "□ what that value sees");
      setAttributes(sheet.canvas, { "aria-label": `the picture, ${rows} by ${columns} pixels` });
      pad.sheet.hidden = !isDrawn;
      pad.buttons.hidden = !isDrawn;
      note.hidden = isDrawn;
      if (isDrawn) pad.update({ strokes: state.strokes, pen });
    },
  };
}

// 0 is paper and `full` ink in grey pictures, black and white in those of three channels.
function pixelColours({ palette, arrays: { full } }, values, [, , channels]) {
  if (channels === 1) return (i) => palette.sequential(values[i] / full);
  return (i) => [0, 1, 2].map((channel) => clamp((255 * values[3 * i + channel]) / full, 0, 255));
}

// ---- the chosen map ------------------------------------------------------------------------------

export function chosenMapView(frame) {
  const sheet = new Sheet({ role: "application", tabindex: 0, class: "course-sheet-canvas maps-chosen" });
  const title = html("h4");
  const [low, high, value] = [html("span"), html("span"), html("b")];
  const ramp = (kind) => html("i", { class: `maps-ramp ${kind}` });
  let at = null;
  const go = (row, column) => {
    at = { row: clamp(row, 0, sheet.rows - 1), column: clamp(column, 0, sheet.columns - 1) }; // at once: keys can come faster than pictures
    frame.set(at);
  };
  pointAt(sheet, go);
  movedByKeys(sheet.canvas, [1, 1], (dx, dy) => go(at.row - dy, at.column + dx));
  return {
    element: html("div", {}, title, sheet.element, html("p", { class: "maps-legend", "aria-hidden": "true" }, low, ramp("maps-negative"), "0", ramp("maps-positive"), high, value)),
    update(state, seen) {
      const { map } = seen;
      at = { row: seen.at.row, column: seen.at.column };
      const largest = scaleOf(state, seen, map.values);
      const colourAt = (i) => frame.palette.diverging(map.values[i] / largest);
      const answer = trimmed(map.values[at.row * map.columns + at.column], 0, 2);
      sheet.layOut(map.rows, map.columns);
      sheet.paint(colourAt, frame.palette.rgb("card"));
      dashNegatives(sheet, map.values, largest, frame.palette);
      showMarks(sheet.marks, sheet.outline(at.row, at.column, 1, 1));
      setText(title, `${seen.layer.name}, ${unitWord(seen.layer)} ${seen.at.filter} · ${map.rows} × ${map.columns}`);
      setText(low, trimmed(-largest, 0, 2));
      setText(high, trimmed(largest, 0, 2));
      setText(value, answer);
      setAttributes(sheet.canvas, {
        "aria-label": `the map of ${unitWord(seen.layer)} ${seen.at.filter}, ${map.rows} by ${map.columns} values; arrow keys move over it: row ${at.row}, column ${at.column}, value ${answer}`,
      });
    },
  };
}

// The magnitude that gets the full colour: the largest of the whole layer, or of one map.
function scaleOf({ own_scale: ownScale }, { outputs, place }, values) {
  return largestOf(ownScale ? values : outputs[place].values);
}

function largestOf(values) {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest > NOTHING ? largest : 1;
}

// ---- the window under the cursor -----------------------------------------------------------------

export function windowView(frame) {
  const title = html("h4");
  const channel = html("select", { "aria-label": "channel of the layer’s input", onchange: () => frame.set({ channel: Number(channel.value) }) });
  const [seenGrid, weightGrid] = [cellGrid(frame, "what the window sees"), cellGrid(frame, "kernel")];
  const sum = html("p", { class: "maps-sum" });
  const sign = html("span", { class: "maps-sign", "aria-hidden": "true" }, "·");
  const grids = html("div", { class: "maps-grids" }, seenGrid.element, sign, weightGrid.element, sum);
  const words = html("p", { class: "maps-words" });
  let channels = 0;
  return {
    element: html("div", { class: "maps-window" }, html("div", { class: "maps-window-head" }, title, channel), grids, words),
    update(state, seen) {
      const { window, layer } = seen;
      const isConvolution = layer.kind === "conv2d";
      grids.hidden = !window;
      words.hidden = Boolean(window);
      channel.style.visibility = isConvolution && window.channels > 1 ? "visible" : "hidden";
      setText(title, window ? `Window ${window.rows} × ${window.columns}${isConvolution ? " · kernel" : ""}` : "No window");
      if (!window) return setText(words, withoutWindow(frame, seen));
      if (channels !== window.channels) {
        channels = window.channels;
        channel.replaceChildren(...Array.from({ length: channels }, (_, i) => html("option", { value: i }, `channel ${i} of ${channels}`)));
      }
      channel.value = String(window.channel);
      const winner = layer.kind === "max_pool" ? window.seen.indexOf(Math.max(...window.seen.filter(Number.isFinite))) : -1;
      seenGrid.update(window, window.seen, largestOf(window.seen.filter(Number.isFinite)), winner);
      for (const each of [sign, weightGrid.element]) each.style.visibility = isConvolution ? "visible" : "hidden";
      weightGrid.update(window, window.weights ?? window.seen.map(() => 0), largestOf(window.weights ?? []));
      showMarks(sum, sumInWords(seen).map((line) => html("span", {}, line)));
    },
  };
}

function sumInWords({ window, layer, map, at }) {
  const value = trimmed(map.values[at.row * map.columns + at.column], 0, 2);
  if (layer.kind === "max_pool") return ["the largest:", value];
  if (layer.kind === "average_pool") return ["the mean:", value];
  const over = window.channels > 1 ? `Σ of all ${window.channels}` : "Σ";
  const lines = [`${over} ${trimmed(window.sum, 0, 2)}`, `+ bias ${trimmed(window.bias, 0, 2)}`];
  return [...lines, layer.activation === "identity" ? `= ${value}` : `→ ${layer.activation} ${value}`];
}

function withoutWindow({ arrays: { layers } }, { layer, place }) {
  if (layer.kind !== "dense") return "This layer changes every value by itself.";
  const count = layers[place - 1].shape.at(-1);
  return `One weight for each of ${count} inputs: ${count} products and a bias make this one value.`;
}

// Numbers where there is room for them, else only their sign beside the colour.
function cellGrid({ palette }, label) {
  const element = html("div", { class: "maps-grid", role: "img" });
  return {
    element,
    update({ rows, columns }, values, largest, winner = -1) {
      while (element.children.length > values.length) element.lastChild.remove();
      while (element.children.length < values.length) element.append(html("span", { class: "maps-cell" }));
      element.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
      const written = Math.max(rows, columns) <= NUMBERS_UP_TO;
      values.forEach((value, i) => {
        const rgb = palette.diverging((value || 0) / largest);
        const text = trimmed(value || 0, 0, Math.abs(value) < 9.95 ? 2 : 0);
        const cell = element.children[i];
        cell.classList.toggle("maps-padding", Number.isNaN(value));
        cell.classList.toggle("maps-winner", i === winner);
        Object.assign(cell.style, { background: colourText(rgb), color: textOn(rgb) });
        setText(cell, written ? text : value < -0.15 * largest ? "−" : "");
        setAttributes(cell, { title: text });
      });
      setAttributes(element, { "aria-label": `${label}: ${values.map((value) => trimmed(value || 0, 0, 2)).join(", ")}` });
    },
  };
}

// ---- all maps of the layer -----------------------------------------------------------------------

export function allMapsView(frame) {
  const canvas = html("canvas", { class: "maps-all", width: TILES.width, height: TILES.height, role: "application", tabindex: 0 });
  const marks = svg("svg", { class: "course-sheet-marks", viewBox: `0 0 ${TILES.width} ${TILES.height}`, "aria-hidden": "true" });
  const title = html("h4");
  const head = html("div", { class: "maps-head" }, title, frame.control("own_scale"));
  const small = html("canvas");
  let [tiles, filter] = [{ count: 1, across: 1, side: 1 }, 0];
  const choose = (number) => {
    filter = clamp(number, 0, tiles.count - 1); // at once: keys can come faster than pictures
    frame.set({ filter });
  };
  canvas.addEventListener("pointerdown", (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top].map((length) => Math.floor(((length / box.width) * TILES.width) / tiles.side));
    if (x < tiles.across && y * tiles.across + x < tiles.count) choose(y * tiles.across + x);
  });
  movedByKeys(canvas, [1, 1], (dx, dy) => choose(filter + dx - dy * tiles.across));
  return {
    element: html("div", {}, head, html("div", { class: "maps-all-frame" }, canvas, marks)),
    update(state, seen) {
      const [rows, columns, count] = seen.maps;
      filter = seen.at.filter;
      tiles = tilesFor(count);
      paintTiles(canvas, small, tiles, frame.palette, state, seen);
      const [x, y] = placeOf(tiles, filter);
      const inner = tiles.side - TILES.gap;
      showMarks(marks, ["course-sheet-halo", "course-sheet-line"].map((kind) => svg("rect", { x, y, width: inner, height: inner, class: `course-sheet-box ${kind}` })));
      setText(title, count > 1 ? `All ${count} maps of ${seen.layer.name}` : `The only map of ${seen.layer.name}`);
      setAttributes(canvas, { "aria-label": `the ${count} maps of ${seen.layer.name}, ${rows} by ${columns} values each; arrow keys choose one: ${unitWord(seen.layer)} ${filter}` });
    },
  };
}

// As large as `count` squares can be in the frame.
function tilesFor(count) {
  const { width, height, gap } = TILES;
  let best = { side: 0 };
  for (let across = 1; across <= count; across += 1) {
    const side = Math.floor(Math.min((width + gap) / across, (height - gap) / Math.ceil(count / across)));
    if (side > best.side) best = { count, across, side };
  }
  return best;
}

function placeOf({ across, side }, number) {
  return [(number % across) * side + TILES.gap / 2, Math.floor(number / across) * side + TILES.gap / 2];
}

function paintTiles(canvas, small, tiles, palette, state, { outputs, place, maps }) {
  const context = canvas.getContext("2d");
  const [rows, columns, count] = maps;
  const inner = tiles.side - TILES.gap;
  const scale = inner / Math.max(rows, columns);
  const whole = largestOf(outputs[place].values);
  Object.assign(small, { width: columns, height: rows });
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  for (let filter = 0; filter < count; filter += 1) {
    const { values } = mapOf(outputs[place], maps, filter);
    const largest = state.own_scale ? largestOf(values) : whole;
    small.getContext("2d").putImageData(imageOf(columns, rows, (i) => palette.diverging(values[i] / largest)), 0, 0);
    const [x, y] = placeOf(tiles, filter);
    context.drawImage(small, x, y, columns * scale, rows * scale);
    context.strokeStyle = colourText(palette.rgb("grid"));
    context.strokeRect(x, y, inner, inner);
  }
}

// ---- the strongest inputs of the filter ----------------------------------------------------------

export function strongestView(frame) {
  const { names, labels, strongestPlaces, strongestValues, shown, layers } = frame.arrays;
  const count = strongestPlaces.shape[1];
  const title = html("h4");
  const cards = Array.from({ length: Math.min(count, NUM_STRONGEST) }, () => strongCard(frame));
  return {
    element: html("div", {}, title, html("div", { class: "maps-strongest", role: "group", "aria-label": "strongest inputs" }, cards.map(({ element }) => element))),
    update(state, seen) {
      const filter = shown[state.layer][1] + seen.at.filter;
      setText(title, `Where ${unitWord(seen.layer)} ${seen.at.filter} answers most, in the whole set`);
      cards.forEach((card, i) => {
        const [number, row, column] = strongestPlaces.values.subarray(3 * (filter * count + i));
        const sight = withinPicture(receptiveField(layers, seen.place, row, column), seen.shape);
        const isShown = state.picture === "set" && state.number === number && seen.at.row === row && seen.at.column === column;
        const label = labels.length ? names[labels[number]] : `picture ${number}`;
        card.update({ number, row, column, sight, label, isShown, value: trimmed(strongestValues.values[filter * count + i], 0, 2) });
      });
    },
  };
}

// A picture of the set with the part that the filter answers to; pressing it shows the picture.
function strongCard(frame) {
  const { values, shape } = frame.arrays.pictures;
  const sheet = new Sheet({ class: "course-sheet-canvas maps-small" });
  const [value, name] = [html("b"), html("span")];
  let shown = null;
  const button = html("button", { type: "button", class: "maps-card", onclick: () => frame.set({ picture: "set", number: shown.number, row: shown.row, column: shown.column }) }, sheet.element, value, name);
  const size = shape.slice(1).reduce((product, side) => product * side, 1);
  const paint = lastOf((number) => {
    const pixels = values.subarray(number * size, (number + 1) * size);
    const full = frame.arrays.full / frame.arrays.scale;
    sheet.layOut(shape[1], shape[2]);
    sheet.paint(pixelColours({ palette: frame.palette, arrays: { full } }, pixels, shape.slice(1)), frame.palette.rgb("card"));
  });
  return {
    element: button,
    update(card) {
      shown = card;
      const { number, row, column, sight, label, isShown } = card;
      paint(number, frame.palette.rgb("paper").join());
      showMarks(sheet.marks, sheet.outline(sight.top, sight.left, sight.height, sight.width));
      setText(value, card.value);
      setText(name, label);
      setAttributes(button, { "aria-label": `${label}, number ${number}: ${card.value} at row ${row}, column ${column}`, "aria-pressed": isShown, title: `${label}, number ${number}` });
    },
  };
}
