import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, linspace, percent, setAttributes, setText, showMarks, strokeSample, svg, trimmed } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { Plot, movedByKeys } from "./engine/plot.js";
import { Sheet, dashNegatives, pointAt, textOn } from "./engine/sheet.js";
import { Chain, REACH, SEEN, SHIFTS, changeOf, curvesOf, referencesOf, seenOf, winnerOf } from "./pooling_model.js";

const PHOTOS = ["flower", "cat"];
const WHITE = 255;
const EXACT = 1e-5; // relative differences smaller than this are rounding
// [share of the change that is left after pooling, what that means]
const FORGIVEN = [[0.6, "much"], [0.95, "a little"], [Infinity, "nothing"]];
const LARGEST_CHANGE = 2;
const NUMBERED_UP_TO = 4; // windows with more values a side have no room for numbers
const [WINDOW_SIDE, NUMBER_SIZE] = [116, 12.5]; // in pixels of the page

function build(frame) {
  const look = lookAt(frame);
  const views = [pictureView(frame), mapView(frame), pooledView(frame), differenceView(frame)];
  const window = windowView(frame);
  const curves = curvesView(frame);
  const chain = frame.controls("picture", "kernel", "relu", "pooling", "size", "stride", "stages");
  const shift = frame.controls("dx", "dy", "compare");
  frame.show(
    html("div", { class: "shift-panels" }, views.map(({ element }) => element)),
    html("div", { class: "shift-curves" }, curves.element),
    window.element,
    html("div", { class: "shift-settings" }, chain, shift),
  );
  return (state) => {
    const seen = look();
    frame.enable("relu", state.kernel !== "none");
    frame.enable("size", ["max", "average"].includes(state.pooling));
    for (const name of ["stride", "stages"]) frame.enable(name, state.pooling !== "none");
    for (const view of [...views, window]) view.update(state, seen);
    curves.update(state, seen);
    return sentence(frame, state, seen);
  };
}

// ---- what is to be seen at a state ---------------------------------------------------------------

// Everything that the views show. The curves are computed anew only when something else than the shift to the right changes.
function lookAt(frame) {
  const chainFor = lastOf((...names) => {
    const settings = Object.fromEntries(["kernel", "relu", "pooling", "size", "stride", "stages"].map((name, i) => [name, names[i]]));
    return new Chain(settings, frame.arrays.kernels[settings.kernel]);
  });
  const unshiftedOf = lastOf((chain, source) => copied(chain.maps(seenOf(source, 0, 0))));
  const curvesFor = lastOf((chain, source, dy, along) => curvesOf(chain, source, unshiftedOf(chain, source), dy, along));
  const look = lastOf((state) => {
    const chain = chainFor(state.kernel, state.relu, state.pooling, state.size, state.stride, state.stages);
    const source = frame.arrays[state.picture].values;
    const along = state.compare === "moved";
    const curves = curvesFor(chain, source, state.dy, along);
    const picture = seenOf(source, state.dx, state.dy);
    const maps = chain.maps(picture);
    const unshifted = unshiftedOf(chain, source);
    const references = referencesOf(chain, unshifted, state, along);
    const changes = ["before", "after"].map((name) => changeOf(maps[name], references[name]));
    const [row, column] = [state.row, state.column].map((at) => Math.min(at, maps.after.side - 1));
    return {
      chain, picture, ...maps, unshifted, reference: references.after, changes, curves, row, column,
      largest: largestOf(unshifted.before), largestPooled: largestOf(unshifted.after),
      value: maps.after.values[row * maps.after.side + column], winner: winnerOf(chain, maps.before, row, column),
    };
  });
  frame.look = () => look(frame.state); // for tests and the browser's console
  return frame.look;
}

function largestOf({ values }) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}

function copied(maps) {
  return Object.fromEntries(Object.entries(maps).map(([name, { side, values }]) => [name, { side, values: values.slice() }]));
}

// ---- four squares: picture, map, pooled map, difference ----------------------------------------------

function panel(sheet, ...legend) {
  const title = html("h4");
  const element = html("div", { class: "shift-panel" }, title, sheet.element, html("p", { class: "shift-legend", "aria-hidden": "true" }, legend));
  return { element, title };
}

function ramp(kind) {
  return html("i", { class: `shift-ramp shift-${kind}` });
}

// The picture is dragged by its pixels: a hand that moves by one of them moves it by one, in halves.
function pictureView(frame) {
  const sheet = new Sheet({ role: "application", tabindex: 0, class: "course-sheet-canvas shift-picture" });
  const [low, high, scale] = [html("span"), html("span"), ramp("ink")];
  const { element, title } = panel(sheet, low, scale, high);
  let at = { dx: 0, dy: 0 };
  const move = (dx, dy) => {
    at = { dx: held(dx), dy: held(dy) }; // at once: keys can come faster than pictures
    frame.set(at);
  };
  draggedByPixels(sheet.canvas, () => at, move);
  movedByKeys(sheet.canvas, [0.5, 0.5], (right, up) => move(at.dx + right, at.dy - up));
  return {
    element,
    update(state, { picture, chain, row, column }) {
      at = { dx: state.dx, dy: state.dy };
      const isPhoto = PHOTOS.includes(state.picture);
      sheet.layOut(SEEN, SEEN);
      const shade = (value) => (isPhoto ? [value, value, value] : frame.palette.sequential(value / WHITE));
      sheet.paint((i) => shade(picture[i]), frame.palette.rgb("card"));
      const side = chain.extent + 2 * chain.margin;
      showMarks(sheet.marks, [...shiftArrow(state), ...sheet.outline(row * chain.step, column * chain.step, side, side)]);
      setText(title, `Picture, ${shiftWords(state).replaceAll(" px", "").replace(" and", ",")}`);
      setText(low, isPhoto ? "black" : "paper");
      setText(high, isPhoto ? "white" : "ink");
      scale.classList.toggle("shift-photo", isPhoto);
      setAttributes(sheet.canvas, { "aria-label": `the picture, ${shiftWords(state)}; arrow keys move it by half a pixel` });
    },
  };
}

function held(shift) {
  return clamp(Math.round(2 * shift) / 2, -REACH, REACH);
}

function draggedByPixels(canvas, at, move) {
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const start = { ...at(), x: event.clientX, y: event.clientY };
    const pixel = canvas.getBoundingClientRect().width / SEEN;
    const follow = (next) => move(start.dx + (next.clientX - start.x) / pixel, start.dy + (next.clientY - start.y) / pixel);
    canvas.setPointerCapture(event.pointerId);
    canvas.addEventListener("pointermove", follow);
    const release = () => canvas.removeEventListener("pointermove", follow);
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, release, { once: true });
  });
}

// From where the middle was to where it is.
function shiftArrow({ dx, dy }) {
  if (!dx && !dy) return [];
  const middle = SEEN / 2;
  const [x, y] = [middle + dx, middle + dy];
  const line = { x1: middle, y1: middle, x2: x, y2: y };
  return [
    ...["course-sheet-halo", "shift-arrow"].map((kind) => svg("line", { ...line, class: `course-sheet-box ${kind}` })),
    svg("circle", { cx: middle, cy: middle, r: 0.45, class: "shift-from" }),
    svg("circle", { cx: x, cy: y, r: 0.8, class: "shift-to" }),
  ];
}

function mapView(frame) {
  const sheet = new Sheet({ role: "img" });
  const legend = signedLegend();
  const { element, title } = panel(sheet, ...legend.parts);
  return {
    element,
    update(state, { chain, before, largest, row, column, winner }) {
      sheet.layOut(before.side, before.side);
      paintValues(frame, sheet, before.values, largest);
      showMarks(sheet.marks, [
        ...windowLines(chain, before.side),
        ...sheet.outline(row * chain.step, column * chain.step, chain.extent, chain.extent),
        ...(winner ? [winnerMark(...winner)] : []),
      ]);
      setText(title, `${mapName(frame, chain)}: ${before.side} × ${before.side}`);
      legend.update(largest, hasNegatives(chain));
      setAttributes(sheet.canvas, { "aria-label": `the map before pooling, ${before.side} by ${before.side} values, with the window of the pooled value` });
    },
  };
}

function mapName(frame, chain) {
  if (!chain.margin) return "No kernel";
  return `${nameOf(frame, "kernel", chain.kernel)}${chain.relu ? ", ReLU" : ""}`;
}

// Where the pooling windows begin, if there is more than one cell between them.
function windowLines(chain, side) {
  if (chain.step < 2) return [];
  const count = Math.floor((side - chain.extent) / chain.step) + 1;
  const reach = (count - 1) * chain.step + chain.extent;
  const at = Array.from({ length: count }, (_, i) => i * chain.step);
  return [svg("path", { class: "course-sheet-box shift-windows", d: at.map((place) => `M${place} 0V${reach}M0 ${place}H${reach}`).join("") })];
}

function winnerMark(row, column) {
  return svg("circle", { cx: column + 0.5, cy: row + 0.5, r: 0.45, class: "course-sheet-box shift-winner" });
}

// The window of the pooled value in numbers, the winner marked.
function windowView(frame) {
  const sheet = new Sheet({ role: "img" });
  const title = html("h4");
  const result = html("p", { class: "shift-result" });
  return {
    element: html("div", { class: "shift-window" }, title, sheet.element, result),
    update(state, { chain, before, largest, row, column, winner, value }) {
      const { extent, offsets, step } = chain;
      const [top, left] = [row * step, column * step];
      const values = Array.from({ length: extent ** 2 }, (_, i) => {
        const [down, across] = [Math.floor(i / extent), i % extent];
        return offsets.includes(down) && offsets.includes(across) ? before.values[(top + down) * before.side + left + across] : NaN;
      });
      sheet.layOut(extent, extent);
      paintValues(frame, sheet, values, largest);
      const numbers = extent <= NUMBERED_UP_TO ? windowNumbers(values, extent, (i) => frame.palette.diverging(values[i] / largest)) : [];
      const won = winner && chain.pools ? [winner[0] - top, winner[1] - left] : null;
      showMarks(sheet.marks, [...numbers, ...(won ? sheet.outline(...won, 1, 1) : []), ...(won && !numbers.length ? [winnerMark(...won)] : [])]);
      setText(title, `Window ${extent} × ${extent}`);
      setText(result, `${chain.pooling === "average" ? "mean" : chain.pooling === "max" ? "max" : "value"} = ${decimal(value / WHITE)}`);
      setAttributes(sheet.canvas, { "aria-label": `the window of the pooled value, ${extent} by ${extent} values` });
    },
  };
}

function windowNumbers(values, extent, colourAt) {
  return values.map((value, i) => svg("text", {
    x: (i % extent) + 0.5, y: Math.floor(i / extent) + 0.5, fill: textOn(colourAt(i)), "font-size": (NUMBER_SIZE * extent) / WINDOW_SIDE,
    "text-anchor": "middle", "dominant-baseline": "central",
  }, shortNumber(value / WHITE, extent)));
}

// In windows of more than 2 × 2 a number is as short as its cell: ".47", "−1.3".
function shortNumber(value, extent) {
  if (extent < 3) return decimal(value);
  return Math.abs(value) < 0.995 ? decimal(value).replace("0.", ".") : decimal(value, 1);
}

function pooledView(frame) {
  const sheet = cellSheet(frame, "shift-pooled");
  const legend = signedLegend();
  const { element, title } = panel(sheet, ...legend.parts);
  return {
    element,
    update(state, { chain, after, largestPooled: largest, row, column, value }) {
      sheet.layOut(after.side, after.side);
      paintValues(frame, sheet, after.values, largest);
      showMarks(sheet.marks, sheet.outline(row, column, 1, 1));
      setText(title, `${chain.pools ? "After pooling" : "No pooling"}: ${after.side} × ${after.side}`);
      legend.update(largest, hasNegatives(chain));
      setAttributes(sheet.canvas, {
        "aria-label": `the map after pooling, ${after.side} by ${after.side} values; arrow keys choose one: row ${row}, column ${column}, value ${decimal(value / WHITE)}`,
      });
    },
  };
}

// A sheet on which one cell is chosen by pointing or by the arrow keys.
function cellSheet(frame, name) {
  const sheet = new Sheet({ role: "application", tabindex: 0, class: `course-sheet-canvas ${name}` });
  const inside = (row, column) => ({ row: clamp(row, 0, sheet.rows - 1), column: clamp(column, 0, sheet.columns - 1) });
  const choose = (row, column) => frame.set(inside(row, column));
  pointAt(sheet, choose);
  movedByKeys(sheet.canvas, [1, 1], (right, up) => {
    const { row, column } = inside(frame.state.row, frame.state.column); // not what is drawn: keys can come faster than pictures
    choose(row - up, column + right);
  });
  return sheet;
}

function differenceView(frame) {
  const sheet = cellSheet(frame, "shift-difference");
  const told = html("b");
  const legend = signedLegend();
  const { element, title } = panel(sheet, ...legend.parts, told);
  return {
    element,
    update(state, { after, reference, largestPooled: largest, row, column, changes }) {
      const values = after.values.map((value, i) => value - reference.values[i]);
      sheet.layOut(after.side, after.side);
      paintValues(frame, sheet, values, largest);
      const outside = Array.from(reference.values.keys()).filter((i) => Number.isNaN(reference.values[i]));
      showMarks(sheet.marks, [...outsideMarks(outside, after.side), ...sheet.outline(row, column, 1, 1)]);
      setText(title, state.compare === "moved" ? "Minus the moved map" : "Minus the unshifted map");
      legend.update(largest, true);
      setText(told, changeText(changes[1]));
      setAttributes(sheet.canvas, { "aria-label": `the difference, ${after.side} by ${after.side} values, ${changeText(changes[1])} of the map; arrow keys choose one` });
    },
  };
}

function changeText(change) {
  if (Number.isNaN(change)) return "0 / 0";
  return change < EXACT ? "exactly 0" : percent(change, change < 0.1 ? 1 : 0);
}

// Cells for which the moved map has nothing to compare with.
function outsideMarks(places, side) {
  const d = places.map((i) => `M${i % side} ${Math.floor(i / side) + 1}l1 -1`).join("");
  return d ? [svg("path", { d, class: "course-sheet-box shift-outside" })] : [];
}

function paintValues(frame, sheet, values, largest) {
  const ground = frame.palette.rgb("card");
  sheet.paint((i) => (Number.isNaN(values[i]) ? ground : frame.palette.diverging(values[i] / largest)), ground);
  dashNegatives(sheet, values, largest, frame.palette);
}

const hasNegatives = ({ margin, relu }) => margin > 0 && !relu;

function signedLegend() {
  const [low, high, negative, zero] = [html("span"), html("span"), ramp("negative"), html("span", {}, "0")];
  return {
    parts: [low, negative, zero, ramp("positive"), high],
    update(largest, signed) {
      for (const part of [low, negative]) part.hidden = !signed;
      setText(low, trimmed(-largest / WHITE, 0, 1));
      setText(high, trimmed(largest / WHITE, 0, 1));
    },
  };
}

// ---- the curves ------------------------------------------------------------------------------------

function curvesView(frame) {
  const plot = new Plot({
    width: 332, height: 190, x: [-REACH, REACH], y: [0, LARGEST_CHANGE], margin: { left: 52, right: 12, top: 24, bottom: 38 },
    xTicks: Array.from(linspace(-REACH, REACH, 9), (x) => [x, decimal(x, 0)]), yTicks: Array.from(linspace(0, LARGEST_CHANGE, 5), (y) => [y, percent(y)]),
    title: " ", label: "How much the map changes, before and after pooling, against the shift to the right",
  });
  const move = (x) => frame.set({ dx: held(x) });
  plot.surface((x) => move(x));
  const line = plot.segment({ colour: "muted", width: 1.2 });
  const curves = [plot.curve({ colour: "orange", dash: "6 4" }), plot.curve({ colour: "blue" })];
  const dots = ["orange", "blue"].map((colour) => plot.dot({ colour, radius: 4.5 }));
  const told = ["orange", "blue"].map((colour) => plot.text({ colour, size: 12.5, weight: 650 }));
  const grip = plot.handle({ label: "shift to the right", radius: 6, step: [0.5, 0], move });
  const key = html("p", { class: "shift-key" },
    html("span", {}, strokeSample("orange", 2.5, "6 4"), "before"), html("span", {}, strokeSample("blue"), "after pooling"));
  return {
    element: html("div", {}, plot.element, key),
    update(state, { curves: values, changes }) {
      plot.title(state.compare === "moved" ? "difference from the map moved along" : "change: ‖difference‖ / ‖map‖");
      setText(plot.xText, `shift to the right in pixels (down: ${trimmed(state.dy, 0, 2)})`);
      line.set(state.dx, 0, state.dx, LARGEST_CHANGE);
      values.forEach((each, i) => curves[i].set(SHIFTS, each));
      curves[0].show(state.pooling !== "none");
      placeDots(plot, dots, told, state.dx, state.pooling === "none" ? [NaN, changes[1]] : changes);
      grip.set(state.dx, 0, `${trimmed(state.dx, 0, 2)} pixels to the right`);
    },
  };
}

// The numbers stand beside their dots, on the side where there is room, and at least a line apart.
function placeDots(plot, dots, told, dx, changes) {
  const heights = changes.map((change) => Math.min(Number.isNaN(change) ? Infinity : change, LARGEST_CHANGE));
  const gap = (plot.py(0) - plot.py(LARGEST_CHANGE)) / LARGEST_CHANGE;
  const missing = Math.max(0, 15 - Math.abs(heights[0] - heights[1]) * gap) / 2;
  const up = heights[0] >= heights[1] ? [-missing, missing] : [missing, -missing];
  const isRight = dx > 4.5;
  changes.forEach((change, i) => {
    const known = !Number.isNaN(change);
    dots[i].circle.style.display = known ? "" : "none";
    if (known) dots[i].set(dx, heights[i]);
    told[i].element.setAttribute("text-anchor", isRight ? "end" : "start");
    told[i].set(dx, known ? heights[i] : 0, known ? percent(change) : "", isRight ? -9 : 9, clamp(up[i], -40, 40) - 5);
  });
}

// ---- words ---------------------------------------------------------------------------------------

function nameOf(frame, field, key) {
  return frame.spec.fields[field].options.find(([name]) => name === key)[1].replace(" (3 × 3)", "");
}

function shiftWords({ dx, dy }) {
  const parts = [[dx, "right", "left"], [dy, "down", "up"]]
    .filter(([shift]) => shift)
    .map(([shift, positive, negative]) => `${trimmed(Math.abs(shift), 0, 2)} px ${shift > 0 ? positive : negative}`);
  return parts.join(" and ") || "unshifted";
}

function sentence(frame, state, { chain, before, after, changes, row, column, value, winner }) {
  const words = nameOf(frame, "picture", state.picture);
  const start = `${words[0].toUpperCase()}${words.slice(1)}, ${shiftWords(state)}, ${chainWords(frame, chain)}`;
  const told = state.compare === "moved" ? alongWords(chain, ...changes) : changeWords(chain, ...changes);
  return `${start}: ${after.side} × ${after.side} values. ${told} ${cellWords(chain, row, column, value, winner)}`;
}

function chainWords(frame, chain) {
  const kernel = chain.margin ? nameOf(frame, "kernel", chain.kernel) : "no kernel";
  return `through ${kernel}${chain.margin && chain.relu ? " and ReLU" : ""}, then ${poolingWords(chain)}`;
}

function poolingWords({ pooling, size, stride, stages }) {
  if (pooling === "none") return "no pooling";
  const twice = stages === 2 ? ", twice" : "";
  return pooling === "strided" ? `stride ${stride} without pooling${twice}` : `${pooling} pooling ${size} × ${size}, stride ${stride}${twice}`;
}

function changeWords({ pooling }, before, after) {
  if (pooling === "none") return `The map has changed by ${percent(before)}.`;
  if (after < EXACT) return "Nothing has moved, so neither map has changed.";
  const [, forgiven] = FORGIVEN.find(([share]) => after < share * before);
  return `Before pooling the map has changed by ${percent(before)}, after it by ${percent(after)}: ${forgiven} is forgiven.`;
}

function alongWords({ pooling, step }, before, after) {
  if (pooling === "none") return `The map is the old one, moved along${exactness(before)}.`;
  const first = `Before pooling it is the old map, moved along${exactness(before)}.`;
  if (Number.isNaN(after)) return `${first} After it no value of the moved map lies inside.`;
  return `${first} One pooled cell is ${step} px: after pooling it is the moved map${exactness(after)}.`;
}

function exactness(difference) {
  if (Number.isNaN(difference)) return " (all 0)";
  return difference < EXACT ? " exactly" : ` but for ${percent(difference, 1)}`;
}

function cellWords({ pooling, offsets }, row, column, value, winner) {
  const start = `At row ${row}, column ${column}: ${decimal(value / WHITE)}`;
  const count = `${offsets.length} × ${offsets.length} values`;
  if (pooling === "none") return `${start}.`;
  if (pooling === "average") return `${start}, the average over ${count}.`;
  if (!winner) return `${start}, as all of its ${count}.`;
  return `${start}, ${pooling === "strided" ? "taken from" : `the largest of ${count}, from`} row ${winner[0]}, column ${winner[1]}.`;
}

export default explorer(build);
