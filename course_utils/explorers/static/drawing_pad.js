import { explorer } from "./engine/frame.js";
import { clamp, html, percent, setText } from "./engine/dom.js";
import { movedByKeys } from "./engine/plot.js";
import { barsView } from "./engine/bars.js";
import { Pad } from "./engine/pad.js";
import { imageOf } from "./engine/palette.js";
import { SmallNetwork } from "./engine/small_network.js";
import { rasterize } from "./rasterizer.js";

const UNSURE_BELOW = 0.5;
const WORTH_SAYING = 0.005;

function build(frame) {
  const pad = new Pad(frame);
  const seen = seenView(frame);
  const bars = barsView(frame.arrays.names);
  const answerOf = frame.arrays.layers ? answerHere(frame) : (state) => answerFromKernel(frame);
  frame.show(
    html("div", { class: "course-pad-column" }, pad.element, frame.controls("pen")),
    html("div", { class: "course-pad-answer course-pad-seen" }, seen.element),
    html("div", { class: "course-pad-answer course-pad-bars" }, bars.element, html("p", { class: "course-pad-where" }, frame.arrays.where)),
  );
  return (state) => {
    pad.update(state);
    const answer = state.strokes.length ? answerOf(state) : { sentence: frame.arrays.nothing };
    seen.update(answer);
    bars.update(answer);
    return answer.sentence;
  };
}

// ---- the answer --------------------------------------------------------------------------------

// A function that failed has no answer.
function answerFromKernel(frame) {
  if (frame.model.get("fault")) return { sentence: frame.arrays.failed };
  const { picture, probabilities, sentence } = frame.answer;
  return sentence ? { picture: picture.values, probabilities: probabilities.values, sentence } : { sentence: "…" };
}

// The network that the kernel sent runs in the browser; a picture that is drawn already is not computed again.
function answerHere({ arrays: { layers, weights, names, size, box } }) {
  const network = new SmallNetwork(layers, weights.values);
  let [drawn, answer] = [{}, {}];
  return (state) => {
    if (state.strokes !== drawn.strokes || state.pen !== drawn.pen) {
      const picture = rasterize(state.strokes, state.pen, size, box);
      const probabilities = network.run(picture).at(-1).values;
      answer = { picture, probabilities, sentence: answerInWords(names, probabilities) };
      drawn = state;
    }
    return answer;
  };
}

// The twin of _sentence in drawing.py; of equal probabilities the first comes first.
function answerInWords(names, probabilities) {
  const [first, second] = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const [guess, other] = [first, second].map((i) => `${article(names[i])} ${names[i]} (${shareInWords(probabilities[i])})`);
  if (probabilities[first] < UNSURE_BELOW) return `I am not sure: perhaps it is ${guess}, perhaps ${other}.`;
  return `I think it is ${guess}.${probabilities[second] >= WORTH_SAYING ? ` My second guess is ${other}.` : ""}`;
}

// A network is never wholly sure: "over 99 %" in place of "100 %".
function shareInWords(probability) {
  return probability >= 1 - WORTH_SAYING ? "over 99 %" : percent(probability);
}

function article(name) {
  return /^[aeiou8]/i.test(name) || name === "11" || name === "18" ? "an" : "a";
}

// ---- what the network sees -----------------------------------------------------------------------

function seenView(frame) {
  const [rows, columns] = frame.arrays.size;
  const canvas = html("canvas", {
    class: "course-seen", width: columns, height: rows, tabindex: 0, role: "application",
    "aria-label": `the picture that the network sees, ${rows} by ${columns} pixels: arrow keys read one pixel after the other`,
  });
  const frameOfPixel = html("i", { class: "course-seen-pixel", hidden: true });
  const words = html("p", { class: "course-seen-words", "aria-live": "polite" });
  const at = { row: rows >> 1, column: columns >> 1, shown: false };
  const look = (row, column) => {
    Object.assign(at, { row: clamp(Math.floor(row), 0, rows - 1), column: clamp(Math.floor(column), 0, columns - 1), shown: true });
    frame.schedule();
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    look((rows * (event.clientY - box.top)) / box.height, (columns * (event.clientX - box.left)) / box.width);
  });
  for (const leave of ["pointerleave", "blur"]) canvas.addEventListener(leave, () => { at.shown = false; frame.schedule(); });
  movedByKeys(canvas, [1, 1], (dx, dy) => look(at.row - dy, at.column + dx));
  return {
    element: html("div", {}, html("h4", {}, "What the network sees"), html("div", { class: "course-seen-frame" }, canvas, frameOfPixel), words),
    update({ picture }) {
      paintPixels(canvas, picture, frame.palette);
      frameOfPixel.hidden = !at.shown;
      const share = (part, whole) => `${(100 * part) / whole}%`;
      Object.assign(frameOfPixel.style, { left: share(at.column, columns), top: share(at.row, rows), width: share(1, columns), height: share(1, rows) });
      const value = picture?.[at.row * columns + at.column] ?? 0;
      setText(words, at.shown ? `row ${at.row}, column ${at.column}: ${value.toFixed(2)}` : `${rows} · ${columns} numbers from 0 (paper) to 1 (ink)`);
    },
  };
}

function paintPixels(canvas, values, palette) {
  canvas.getContext("2d").putImageData(imageOf(canvas.width, canvas.height, (i) => palette.sequential(values?.[i] ?? 0)), 0, 0);
}

export default explorer(build);
