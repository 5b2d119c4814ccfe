// Squares of cells, such as a picture or a feature map, with marks above them.

import { html, setAttributes, svg, trimmed } from "./dom.js";
import { colourText, imageOf } from "./palette.js";

const SIDE = 300; // of a square in the page, at the most: its canvas has as many pixels, on fine screens twice as many
const WRITTEN_UP_TO = 9; // squares with more cells a side have no room for numbers
const DASHED_FROM = 8; // pixels of a cell, from which a dash marks a negative value
const DASH_FROM = 0.15; // of the largest value
const NOTHING_AROUND = { top: 0, left: 0, bottom: 0, right: 0 };

// A square of cells: `cells` a side, the picture in its middle.
export class Sheet {
  constructor(attributes) {
    this.canvas = html("canvas", { class: "course-sheet-canvas", ...attributes });
    this.marks = svg("svg", { class: "course-sheet-marks", "aria-hidden": "true" });
    this.element = html("div", { class: "course-sheet" }, this.canvas, this.marks);
    this.small = html("canvas");
  }

  // around: {top, left, bottom, right} cells added to `rows` × `columns`.
  layOut(rows, columns, around = NOTHING_AROUND) {
    const [height, width] = [rows + around.top + around.bottom, columns + around.left + around.right];
    this.cells = Math.max(height, width, 1);
    this.fine = SIDE * Math.min(2, Math.ceil(devicePixelRatio));
    this.top = (this.cells - height) / 2 + around.top;
    this.left = (this.cells - width) / 2 + around.left;
    Object.assign(this, { rows, columns, height, width, around });
    setAttributes(this.marks, { viewBox: `0 0 ${this.cells} ${this.cells}` });
  }

  // `colourAt(i)` answers [red, green, blue] for cell i, counted row by row.
  paint(colourAt, ground) {
    this.paintCells((context) => context.putImageData(imageOf(this.columns, this.rows, colourAt), 0, 0), ground);
  }

  // `paintSmall(context)` paints the cells, one pixel each; they are shown enlarged on their ground.
  paintCells(paintSmall, ground) {
    const { canvas, small, rows, columns, fine } = this;
    if (canvas.height !== fine) Object.assign(canvas, { width: fine, height: fine });
    const context = canvas.getContext("2d");
    const scale = fine / this.cells;
    context.clearRect(0, 0, fine, fine);
    context.fillStyle = colourText(ground);
    context.fillRect((this.left - this.around.left) * scale, (this.top - this.around.top) * scale, this.width * scale, this.height * scale);
    if (!rows || !columns) return;
    if (small.width !== columns || small.height !== rows) Object.assign(small, { width: columns, height: rows });
    paintSmall(small.getContext("2d"));
    context.imageSmoothingEnabled = false;
    context.drawImage(small, this.left * scale, this.top * scale, columns * scale, rows * scale);
  }

  // The cell under the pointer, [row, column]; it may lie outside.
  cellOf(event) {
    const box = this.canvas.getBoundingClientRect();
    const along = (at, start, length, first) => Math.floor(((at - start) / length) * this.cells - first);
    return [along(event.clientY, box.top, box.height, this.top), along(event.clientX, box.left, box.width, this.left)];
  }

  box(row, column, height, width, kind) {
    return svg("rect", { x: this.left + column, y: this.top + row, width, height, class: `course-sheet-box ${kind}` });
  }

  // A frame that is seen on every ground: a light line with a coloured one in its middle.
  outline(row, column, height, width) {
    return ["course-sheet-halo", "course-sheet-line"].map((kind) => this.box(row, column, height, width, kind));
  }

  hasRoomForNumbers() {
    return this.cells <= WRITTEN_UP_TO;
  }

  numbers(values, colourAt) {
    if (!this.hasRoomForNumbers()) return [];
    return Array.from(values, (value, i) => svg("text", {
      x: this.left + (i % this.columns) + 0.5, y: this.top + Math.floor(i / this.columns) + 0.5, fill: textOn(colourAt(i)),
      "font-size": Math.min(0.36, 0.055 * this.cells), "text-anchor": "middle", "dominant-baseline": "central",
    }, trimmed(value, 0, 2)));
  }
}

// Black or white, whichever is read better on a colour.
export function textOn(rgb) {
  const [red, green, blue] = rgb.map((value) => (value <= 10 ? value / 3295 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

// A second cue beside the colour: negative values carry a dash.
export function dashNegatives(sheet, values, largest, palette, upTo = Infinity) {
  const scale = sheet.fine / sheet.cells;
  if (scale < DASHED_FROM) return;
  const context = sheet.canvas.getContext("2d");
  context.fillStyle = colourText(palette.rgb("paper"));
  values.forEach((value, i) => {
    if (value > -DASH_FROM * largest || i > upTo) return;
    const [row, column] = [Math.floor(i / sheet.columns), i % sheet.columns];
    context.fillRect((sheet.left + column + 0.25) * scale, (sheet.top + row + 0.44) * scale, 0.5 * scale, Math.max(1, 0.12 * scale));
  });
}

// Calls move(row, column) for the cell under the mouse, the pen or the finger.
export function pointAt(sheet, move) {
  let last = "";
  const follow = (event) => {
    const [row, column] = sheet.cellOf(event);
    const cell = `${row} ${column}`;
    if (cell === last && event.type === "pointermove") return;
    last = cell;
    if (row >= 0 && row < sheet.rows && column >= 0 && column < sheet.columns) move(row, column);
  };
  for (const type of ["pointermove", "pointerdown"]) sheet.canvas.addEventListener(type, follow);
}
