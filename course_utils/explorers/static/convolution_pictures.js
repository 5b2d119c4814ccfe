// The picture with its window, and the feature map with its cursor: squares of pixels with marks above them.

import { clamp, html, setAttributes, setText, trimmed } from "./engine/dom.js";
import { Pad } from "./engine/pad.js";
import { movedByKeys } from "./engine/plot.js";
import { Sheet, dashNegatives, pointAt } from "./engine/sheet.js";
import { placeAround } from "./convolution_model.js";

// ---- the picture ---------------------------------------------------------------------------------

export function pictureView(frame, view, pen) {
  const sheet = new Sheet({ role: "img" });
  const pad = new Pad(frame, { showsInk: false });
  const title = html("h4");
  const [low, high, zeros] = [html("span"), html("span"), html("span", { class: "conv-zeros" }, "zeros around")];
  const ramp = html("i", { class: "conv-ramp" });
  pad.sheet.classList.add("conv-pad");
  sheet.element.append(pad.sheet);
  let shown = null;
  pointAt(sheet, (row, column) => {
    if (shown?.place) frame.set({ row: placeAround(row, shown.down, frame.state.stride), column: placeAround(column, shown.across, frame.state.stride) });
  });
  return {
    element: html("div", {}, title, sheet.element, html("p", { class: "conv-legend", "aria-hidden": "true" }, low, ramp, high, zeros)),
    foot: pad.buttons,
    sheet: sheet.element,
    // Left, right and lower edge of the window, as shares of the square.
    windowEdges: () => [shown.window.left, shown.window.left + shown.window.extent]
      .map((column) => (sheet.left + column) / sheet.cells)
      .concat((sheet.top + shown.window.top + shown.window.extent) / sheet.cells),
    update(state, seen) {
      shown = seen;
      const { picture, isInk, down, across } = seen;
      const isDrawn = state.picture === "drawing";
      sheet.layOut(picture.rows, picture.columns, { top: down.before, bottom: down.after, left: across.before, right: across.after });
      const colourAt = pixelColours(frame, seen);
      sheet.paint(colourAt, frame.palette.rgb("card"));
      sheet.marks.replaceChildren(...pictureMarks(sheet, view, state, seen), ...sheet.numbers(picture.channels === 1 ? picture.values : [], colourAt));
      setText(title, `Picture ${picture.rows} × ${picture.columns}${picture.channels > 1 ? " × 3" : ""}`);
      setAttributes(sheet.canvas, { "aria-label": `the picture, ${picture.rows} by ${picture.columns} pixels` });
      setText(low, isInk ? "0 paper" : "0 black");
      setText(high, isInk ? "1 ink" : "1 white");
      ramp.classList.toggle("conv-ramp-photo", !isInk);
      zeros.hidden = !(down.before + down.after + across.before + across.after);
      placePad(pad, sheet, isDrawn);
      pad.update({ strokes: state.strokes, pen });
    },
  };
}

function placePad(pad, sheet, isDrawn) {
  pad.sheet.hidden = !isDrawn;
  pad.buttons.style.visibility = isDrawn ? "visible" : "hidden";
  const share = (cells) => `${(100 * cells) / sheet.cells}%`;
  Object.assign(pad.sheet.style, { left: share(sheet.left), top: share(sheet.top), width: share(sheet.columns), height: share(sheet.rows) });
}

function pixelColours(frame, { picture, source, isInk }) {
  if (picture.channels === 3) return (i) => source.values.subarray(3 * i, 3 * i + 3);
  if (isInk) return (i) => frame.palette.sequential(picture.values[i]);
  return (i) => [255, 255, 255].map((white) => white * picture.values[i]);
}

function pictureMarks(sheet, view, { dilation }, { window, picture, kernels }) {
  const marks = sheet.height > sheet.rows || sheet.width > sheet.columns ? [sheet.box(0, 0, picture.rows, picture.columns, "conv-border")] : [];
  if (!window) return marks;
  const { top, left, extent } = window;
  const size = kernels[0].length;
  const pixelOf = (i) => [top + Math.floor(i / size) * dilation, left + (i % size) * dilation];
  marks.push(...sheet.outline(top, left, extent, extent));
  if (dilation > 1) marks.push(...window.places.map((_, i) => sampled(sheet, ...pixelOf(i))));
  if (view.lit !== null && view.lit < size * size) marks.push(sheet.box(...pixelOf(view.lit), 1, 1, "conv-lit-pixel"));
  return marks;
}

// A mark in the middle of a pixel that a dilated window sees.
function sampled(sheet, row, column) {
  return sheet.box(row + 0.2, column + 0.2, 0.6, 0.6, "conv-sample");
}

// ---- the feature map -----------------------------------------------------------------------------

// The colour of a feature map's value, of which `largest` is the largest magnitude.
export function valueColour(palette, value, largest) {
  return palette.diverging(value / largest);
}

export function largestOf({ values }) {
  return values.reduce((most, each) => Math.max(most, Math.abs(each)), 0) || 1;
}

export function mapView(frame, view) {
  const sheet = new Sheet({ role: "application", tabindex: 0, class: "course-sheet-canvas conv-map" });
  const title = html("h4");
  const [low, high] = [html("span"), html("span")];
  const ramp = html("i", { class: "conv-ramp conv-ramp-signed" });
  const nothing = html("p", { class: "conv-nothing" }, "no output: the window does not fit into the picture");
  sheet.element.append(nothing);
  let place = null;
  const go = (row, column) => {
    if (!place) return;
    place = { row: clamp(row, 0, sheet.rows - 1), column: clamp(column, 0, sheet.columns - 1) }; // at once: keys can come faster than pictures
    frame.set(place);
  };
  pointAt(sheet, go);
  movedByKeys(sheet.canvas, [1, 1], (dx, dy) => go(place?.row - dy, place?.column + dx));
  return {
    element: html("div", {}, title, sheet.element, html("p", { class: "conv-legend", "aria-hidden": "true" }, low, ramp, html("span", {}, "0"), ramp.cloneNode(), high)),
    update(state, { map, place: at, value }) {
      place = at;
      nothing.hidden = map.rows > 0;
      sheet.layOut(map.rows, map.columns, { top: 0, bottom: 0, left: 0, right: 0 });
      const largest = largestOf(map);
      const reached = reachedBy(view, map, at);
      const colourAt = mapColours(frame, map, reached, largest);
      sheet.paint(colourAt, frame.palette.rgb("card"));
      if (!sheet.hasRoomForNumbers()) dashNegatives(sheet, map.values, largest, frame.palette, reached);
      const numbers = sheet.numbers(map.values, colourAt);
      sheet.marks.replaceChildren(...numbers.slice(0, reached + 1), ...(at ? sheet.outline(at.row, at.column, 1, 1) : []));
      setText(title, `Feature map ${map.rows} × ${map.columns}`);
      setText(low, trimmed(-largest, 0, 2));
      setText(high, trimmed(largest, 0, 2));
      const words = at ? `: row ${at.row}, column ${at.column}, value ${trimmed(value, 0, 2)}` : "";
      setAttributes(sheet.canvas, { "aria-label": `the feature map, ${map.rows} by ${map.columns} values; arrow keys move the window${words}` });
    },
  };
}

// While the window scans the picture, only the values that it has reached are shown: up to this one, counted row by row.
function reachedBy(view, map, at) {
  return view.scanning && at ? at.row * map.columns + at.column : Infinity;
}

function mapColours(frame, map, reached, largest) {
  const blank = frame.palette.rgb("grid");
  return (i) => (i > reached ? blank : valueColour(frame.palette, map.values[i], largest));
}
