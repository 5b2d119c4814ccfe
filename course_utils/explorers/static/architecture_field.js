// The receptive field: what one value of the selected layer sees of the picture, and how far its neighbour's lies.

import { clamp, html, setAttributes, setText, showMarks, svg } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { movedByKeys } from "./engine/plot.js";
import { Sheet, pointAt } from "./engine/sheet.js";
import { seenFrom } from "./architecture_model.js";

const AROUND = 0.1; // of the picture's side, where padding is seen
const MOST_CENTRES = 20; // values a side, up to which the middles of all fields are drawn

export function fieldView(frame) {
  const sheet = new Sheet({ role: "application", tabindex: 0 });
  const title = html("h4");
  const told = [html("p", { class: "course-note" }), html("p", { class: "course-note" })];
  const key = html("p", { class: "course-note" }, "grey padding, dashed next");
  let shown = null;
  const go = (row, column) => {
    if (!shown.signal) return;
    const { size } = shown.signal;
    [shown.row, shown.column] = [row, column].map((place) => clamp(place, 0, size - 1)); // at once: keys can come faster than pictures
    frame.set({ y: shareOf(shown.row, size), x: shareOf(shown.column, size) });
  };
  pointAt(sheet, (row, column) => go(...[row, column].map((pixel) => valueAt(shown.signal, pixel))));
  movedByKeys(sheet.canvas, [1, 1], (dx, dy) => go(shown.row - dy, shown.column + dx));
  const wholeOf = lastOf(wholePicture);
  const paint = lastOf((picture, side, ground) => paintPicture(sheet, wholeOf(picture), side, ground));
  return {
    element: html("div", { class: "arch-field" }, title, sheet.element, told, key),
    update(state, { signal, row, column }) {
      shown = { signal, row, column };
      const around = Math.ceil(AROUND * state.side);
      sheet.layOut(state.side, state.side, { top: around, left: around, bottom: around, right: around });
      paint(frame.arrays[state.channels === 1 ? "two" : "cat"], state.side, frame.palette.rgb("grid"));
      showMarks(sheet.marks, signal ? fieldMarks(sheet, signal, row, column, around) : []);
      setText(title, signal ? `Sees ${signal.field} × ${signal.field} pixels` : "Sees nothing");
      const words = signal ? placeTexts(signal, row, column) : ["the block does not fit", ""];
      told.forEach((line, i) => setText(line, words[i] || "\u00a0"));
      setAttributes(sheet.canvas, { "aria-label": `receptive field on the picture; arrow keys move to the neighbouring value: ${words.join(" ")}` });
    },
  };
}

function shareOf(place, size) {
  return Number(((place + 0.5) / size).toFixed(4));
}

// The value whose field has its middle next to a pixel.
function valueAt(signal, pixel) {
  return signal ? Math.round((pixel - signal.first - (signal.field - 1) / 2) / signal.jump) : 0;
}

function placeTexts(signal, row, column) {
  if (signal.flat) return ["every unit sees all of this", ""];
  const [rows, columns] = [row, column].map((place) => seenFrom(signal, place));
  return [`rows ${spanText(rows)}`, `columns ${spanText(columns)}`];
}

const spanText = ([first, last]) => `${String(first).replace("-", "−")} … ${last}`;

// ---- drawing ---------------------------------------------------------------------------------------

function wholePicture({ values, shape: [rows, columns] }) {
  const whole = html("canvas", { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i += 1) {
    image.data.set(values.subarray(3 * i, 3 * i + 3), 4 * i);
    image.data[4 * i + 3] = 255;
  }
  whole.getContext("2d").putImageData(image, 0, 0);
  return whole;
}

// The picture in as many pixels as the network gets.
function paintPicture(sheet, whole, side, ground) {
  sheet.paintCells((context) => {
    context.imageSmoothingQuality = "high";
    context.drawImage(whole, 0, 0, side, side);
  }, ground);
}

function fieldMarks(sheet, signal, row, column, around) {
  const marks = [sheet.box(0, 0, sheet.rows, sheet.columns, "arch-border")];
  if (!signal.flat && signal.size <= MOST_CENTRES) marks.push(centres(sheet, signal));
  if (!signal.flat && signal.size > 1) marks.push(neighbour(sheet, signal, row, column, around));
  return [...marks, ...sheet.outline(...inside(sheet, signal, row, column, around))];
}

// Rows and columns of a field, as far as the square shows them.
function inside(sheet, signal, row, column, around) {
  const [[top, bottom], [left, right]] = [[row, sheet.rows], [column, sheet.columns]].map(([place, count]) => {
    const [first, last] = seenFrom(signal, place);
    return [Math.max(first, -around), Math.min(last + 1, count + around)];
  });
  return [top, left, Math.max(0, bottom - top), Math.max(0, right - left)];
}

function neighbour(sheet, signal, row, column, around) {
  const next = column + 1 < signal.size ? column + 1 : column - 1;
  return sheet.box(...inside(sheet, signal, row, next, around), "arch-neighbour");
}

function centres(sheet, signal) {
  const places = Array.from({ length: signal.size }, (_, i) => signal.first + i * signal.jump + signal.field / 2);
  const d = places.flatMap((y) => places.map((x) => `M${sheet.left + x} ${sheet.top + y}h0`)).join("");
  return svg("path", { class: "arch-centres", d });
}
