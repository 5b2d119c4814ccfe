import { explorer } from "./engine/frame.js";
import { clamp, html, setAttributes, setText, svg, trimmed } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { stepper } from "./engine/stepper.js";
import { pictureUpload } from "./engine/upload.js";
import { inkAsDrawn } from "./rasterizer.js";
import { FeatureMap, answersTo, asSeen, axisOf, kernelName, sumOf, windowAt } from "./convolution_model.js";
import { mapView, pictureView } from "./convolution_pictures.js";
import { arithmeticView } from "./convolution_arithmetic.js";

const PAD_SHAPE = [28, 28];
const PEN = 0.08;
const INK = ["boot", "striped", "two", "example", "drawing"]; // 0 is paper there, in photos black
const WHOLE_SCAN_MS = 20_000;
const STEP_MS = { least: 25, most: 600, still: 1000 };

// `view.lit`: the weight that is pointed at, null if none; `view.scanning`: true while Play runs.
function build(frame) {
  const view = { lit: null, scanning: false, light: (i) => { view.lit = i; frame.schedule(); } };
  const look = lookAt(frame);
  const picture = pictureView(frame, view, PEN);
  const map = mapView(frame, view);
  const arithmetic = arithmeticView(frame, view);
  const upload = pictureUpload(frame);
  const zoom = zoomLines(frame, picture, arithmetic.window);
  const formula = html("pre", { class: "course-formula conv-formula" });
  const settings = frame.controls("picture", "colours", "padding", "stride", "dilation", "bias", "relu");
  frame.show(
    html("div", { class: "conv-panel" }, picture.element, picture.foot),
    html("div", { class: "conv-panel" }, map.element, scanButtons(frame, view, look)),
    html("div", { class: "conv-settings" }, settings, upload.element, formula),
    arithmetic.element,
    zoom.element,
  );
  return (state) => {
    const seen = look();
    frame.enable("colours", !INK.includes(state.picture));
    picture.update(state, seen);
    map.update(state, seen);
    arithmetic.update(state, seen);
    zoom.update(seen);
    setText(formula, shapeInNumbers(state, seen));
    return sentence(frame, state, seen);
  };
}

// ---- what is to be seen at a state ---------------------------------------------------------------

// Everything that the views show, computed once for every state: the picture, the kernels in use, the feature map, one window.
function lookAt(frame) {
  const featureMap = new FeatureMap();
  const pictureOf = lastOf((source, inColour) => asSeen(source, inColour));
  const drawingOf = lastOf((strokes) => ({ rows: PAD_SHAPE[0], columns: PAD_SHAPE[1], channels: 1, values: inkAsDrawn(strokes, PEN, PAD_SHAPE) }));
  const look = lastOf((state) => {
    const isInk = INK.includes(state.picture);
    const source = frame.arrays[state.picture === "own" ? "picture" : state.picture];
    const picture = state.picture === "drawing" ? drawingOf(state.strokes) : pictureOf(source, state.colours === "rgb");
    const kernels = picture.channels === 3 ? state.kernel : state.kernel.slice(0, 1);
    const [down, across] = [picture.rows, picture.columns].map((side) => axisOf(side, kernels[0].length, state));
    const seen = { picture, source, isInk, kernels, down, across, map: featureMap.compute(picture, kernels, state) };
    if (!seen.map.rows) return seen;
    const place = { row: Math.min(state.row, down.count - 1), column: Math.min(state.column, across.count - 1) };
    const window = windowAt(picture, kernels, state, place.row, place.column);
    const sum = sumOf(window.sums);
    return { ...seen, place, window, sum, value: state.relu ? Math.max(0, sum + state.bias) : sum + state.bias };
  });
  frame.look = () => look(frame.state, frame.arrays); // for tests and the browser's console
  return frame.look;
}

// ---- from the picture to its window ----------------------------------------------------------------

// Lines from the window in the picture to the same window in numbers. Places are measured only when the layout changes.
function zoomLines(frame, picture, numbers) {
  const path = svg("path");
  const element = svg("svg", { class: "conv-zoom", "aria-hidden": "true" }, path);
  let ends = null;
  const measure = () => {
    const [body, from, to] = [frame.body, picture.sheet, numbers.element].map((each) => each.getBoundingClientRect());
    const within = (box) => ({ left: box.left - body.left, top: box.top - body.top, width: box.width });
    ends = { from: within(from), to: within(to) };
    frame.schedule();
  };
  new ResizeObserver(measure).observe(frame.body);
  return {
    element,
    update({ window }) {
      path.style.display = window && ends ? "" : "none";
      if (!window || !ends) return;
      const { from, to } = ends;
      const [left, right, bottom] = picture.windowEdges();
      const [x, y] = [(share) => from.left + share * from.width, (share) => from.top + share * from.width];
      setAttributes(path, { d: `M${x(left)} ${y(bottom)}L${to.left} ${to.top}H${to.left + to.width}L${x(right)} ${y(bottom)}` });
    },
  };
}

// ---- scanning ------------------------------------------------------------------------------------

// The window goes over the picture row by row; who wants little motion gets single steps, one a second.
function scanButtons(frame, view, look) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const count = () => look().map.values.length;
  return stepper(frame, "place", {
    last: () => Math.max(0, count() - 1),
    read: () => {
      const { place, map } = look();
      return place ? place.row * map.columns + place.column : 0;
    },
    write: (step) => {
      const { columns } = look().map;
      if (columns) frame.set({ row: Math.floor(step / columns), column: step % columns });
    },
    betweenSteps: () => (calm.matches ? STEP_MS.still : clamp(WHOLE_SCAN_MS / count(), STEP_MS.least, STEP_MS.most)),
    walking: (on) => { view.scanning = on; frame.schedule(); },
  });
}

// ---- words ---------------------------------------------------------------------------------------

// n pixels and p zeros, a kernel of k weights with dilation d that reaches over w pixels, stride s.
function shapeInNumbers({ stride, dilation }, { kernels, down, across }) {
  const size = kernels[0].length;
  const line = ({ side, before, after, extent, count }, name) => `⌊(${side} + ${before + after} − ${extent}) / ${stride}⌋ + 1 = ${count} ${name}`;
  const isSquare = down.side === across.side;
  return [
    `w = d·(k − 1) + 1 = ${dilation}·(${size} − 1) + 1 = ${down.extent}`,
    isSquare ? "⌊(n + p − w) / s⌋ + 1" : line(down, "rows"),
    line(across, isSquare ? "a side" : "columns"),
    `${size}·${size}·${kernels.length} weights + 1 bias = ${size * size * kernels.length + 1}`,
  ].join("\n");
}

function sentence(frame, state, { picture, kernels, down, across, map, place, sum, value }) {
  const size = kernels[0].length;
  const depth = kernels.length > 1 ? ` × ${kernels.length}` : "";
  const name = kernelName(kernels, frame.spec.fields.kernel.named);
  const start = `${named(frame, state)}, ${picture.rows} × ${picture.columns}${depth}, through a kernel of ${size} × ${size}${depth} (${name})`;
  if (!map.rows) return `${start}: its window of ${down.extent} × ${down.extent} pixels does not fit, so there is no output.`;
  const count = size * size * kernels.length;
  const parts = [count > 1 ? `${count} products add up to ${trimmed(sum, 0, 2)}` : `the product is ${trimmed(sum, 0, 2)}`];
  if (state.bias) parts.push(`with the bias ${trimmed(sum + state.bias, 0, 2)}`);
  if (state.relu) parts.push(`after ReLU ${trimmed(value, 0, 2)}`);
  return `${start}: the feature map has ${down.count} × ${across.count} values. ` +
    `At row ${place.row}, column ${place.column}: ${parts.join(", ")}. ${answersTo(kernels)}`;
}

function named(frame, { picture }) {
  const words = picture === "own" ? frame.arrays.pictureWords : frame.spec.fields.picture.options.find(([name]) => name === picture)[1];
  return words[0].toUpperCase() + words.slice(1);
}

export default explorer(build);
