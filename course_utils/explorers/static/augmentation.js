import { explorer } from "./engine/frame.js";
import { decimal, html, setAttributes, setText } from "./engine/dom.js";
import { codePane } from "./engine/clipboard.js";

const RESULTS = 8;
const FINE = 40; // pictures with fewer pixels on a side show each pixel as a square
const SEEDS = 100;
const WITH_OUTSIDE = ["rotation", "zoom", "translation", "shear"];
const COLOUR_ONLY = ["saturation", "hue"];

function build(frame) {
  const original = pictureTile("original");
  const results = Array.from({ length: RESULTS }, (_, i) => pictureTile(`result ${i + 1} of ${RESULTS}`));
  const code = codePane("The same in Keras");
  const verdict = html("p", { class: "augment-verdict", "aria-live": "polite" });
  const credit = html("p", { class: "course-note" });
  frame.show(
    html("div", { class: "augment-main" },
      html("div", { class: "augment-grid" }, original.element, code.element, results.map(({ element }) => element)),
      html("div", { class: "augment-foot" }, credit, html("span", { class: "augment-busy" }, "Keras is at work …"), drawAgain(frame))),
    html("div", { class: "course-side augment-side" }, controls(frame)),
    html("div", { class: "course-wide" }, verdict),
  );
  return (state) => {
    const { answer } = frame;
    frame.enable("fill", WITH_OUTSIDE.some((name) => state[name] > 0));
    if (!answer.pictures) return "…";
    for (const name of COLOUR_ONLY) frame.enable(name, answer.original.shape[2] === 3);
    paintAll(answer, original, results);
    code.update(answer.code);
    setText(verdict, answer.verdict);
    setText(credit, answer.credit);
    return answer.sentence;
  };
}

function controls(frame) {
  const grid = frame.controls(...Object.keys(frame.spec.fields));
  const flips = html("div", { class: "augment-flips" });
  const boxes = [...grid.querySelectorAll(".course-flag")];
  boxes[0].before(flips);
  flips.append(...boxes);
  return grid;
}

function drawAgain(frame) {
  const next = () => frame.set({ seed: (frame.state.seed + 1) % SEEDS });
  return html("button", { type: "button", class: "augment-again", onclick: next }, "Draw again");
}

function paintAll(answer, original, results) {
  if (answer.original === original.shown) return;
  original.shown = answer.original;
  const { values, shape } = answer.pictures;
  const size = values.length / shape[0];
  original.paint(answer.original.values, shape.slice(1));
  results.forEach((result, i) => {
        result.paint(values.subarray(i * size, (i + 1) * size), shape.slice(1), decimal(answer.changes.values[i], 1));
  });
}

function pictureTile(name) {
  const canvas = html("canvas", { class: "augment-picture", role: "img" });
  const caption = html("figcaption", { "aria-hidden": "true" });
  return {
    element: html("figure", { class: "augment-tile" }, canvas, caption),
    // values: height x width x channels numbers from 0 to 255
    paint(values, [height, width, channels], distance) {
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      canvas.classList.toggle("augment-coarse", height < FINE);
      canvas.getContext("2d").putImageData(pixels(values, height, width, channels), 0, 0);
      setAttributes(canvas, { "aria-label": distance ? `${name}, ${distance} of 255 away from the original` : name });
      setText(caption, distance ? `${distance} away` : name);
    },
  };
}

function pixels(values, height, width, channels) {
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i += 1) {
    for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = values[channels * i + (channels === 3 ? c : 0)];
    image.data[4 * i + 3] = 255;
  }
  return image;
}

export default explorer(build);
