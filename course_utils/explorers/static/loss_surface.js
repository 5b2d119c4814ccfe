import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, percent, setAttributes, setText, significant, strokeSample, svg, trimmed } from "./engine/dom.js";
import { Plot } from "./engine/plot.js";
import { contourPieces } from "./engine/contours.js";

const HEAT_SHARE = 0.62; // how strong the colour of the highest place is
const HEAT_PIXELS = 123; // three for each of the surface's 41 points
const ARROW_LENGTH = 0.2; // in units of the picture; the arrow tells the direction, the dashed line the step
const LABELS_APART = 30; // pixels between the numbers on contour lines
const WHOLE_PLANE = [-1, 1];

function build(frame) {
  const plane = planeOfLoss(frame);
  const numbers = html("div", { class: "course-formula loss-numbers", role: "group", "aria-label": "loss and gradient at the ball" }, Array.from({ length: 5 }, () => html("div")));
  const fall = lossByStep();
  frame.show(
    html("div", { class: "course-main" }, plane.element, lossKey()),
    html("div", { class: "course-side" }, numbers, frame.controls("directions", "seed", "a", "b", "rate", "steps"), stepButtons(frame), fall.element),
  );
  return (state) => {
    const { answer } = frame;
    frame.enable("seed", state.directions !== "trajectory");
    plane.update(state, answer);
    fall.update(answer);
    writeLossNumbers(numbers, answer);
    return lossSentence(answer);
  };
}

function placesOf({ places }) {
  return Array.from({ length: places.shape[0] }, (_, i) => [places.values[2 * i], places.values[2 * i + 1]]);
}

function pairText([a, b]) {
  return `(${decimal(a)}, ${decimal(b)})`;
}

function rateText(rate) {
  return trimmed(rate, 0, 3);
}

function lossSentence(answer) {
  const { a, b, rate, steps } = answer.state;
  const place = placesOf(answer).at(-1);
  const losses = answer.losses.values;
  const here = `${pairText(place)} with loss ${decimal(losses.at(-1), 3)}, and ${percent(answer.accuracy)} of the 400 pictures are right. `;
  const journey = steps
    ? `From ${pairText([a, b])} with loss ${decimal(losses[0], 3)}, ${steps} ${steps === 1 ? "step" : "steps"} with learning rate ${rateText(rate)} ` +
      `${steps === 1 ? "leads" : "lead"} the ball to ${here}${journeyVerdict(answer.rises, steps, place)} `
    : `The ball lies at ${here}`;
  return (
    `${journey}The gradient on this plane has length ${significant(answer.length)}, ` +
    `${percent(answer.length / answer.whole_length)} of the whole gradient’s.`
  );
}

function journeyVerdict(rises, steps, place) {
  if (isOutside(place)) return "The ball has left the picture.";
  return rises ? `The loss rose at ${rises} of ${steps} steps.` : "The loss fell at every step.";
}

function isOutside([a, b]) {
  return Math.max(Math.abs(a), Math.abs(b)) > 1;
}

function writeLossNumbers(element, answer) {
  const [slopeA, slopeB] = answer.gradient.values;
  const { rate } = answer.state;
  const texts = [
    `loss at the ball   ${decimal(answer.losses.values.at(-1), 4)}`,
    `∂L/∂a, ∂L/∂b       ${significant(slopeA, 3)}, ${significant(slopeB, 3)}`,
    `gradient’s length  ${significant(answer.length, 3)}`,
    `next step          ${rateText(rate)} · ${significant(answer.length, 3)} = ${significant(rate * answer.length, 3)}`,
    `loss after it      ${decimal(answer.landing_loss, 4)}`,
  ];
  texts.forEach((text, i) => setText(element.children[i], text));
}

function lossKey() {
  return html("p", { class: "loss-key" }, html("span", {}, strokeSample("orange"), "steps taken"), html("span", {}, strokeSample("purple", 2, "4 3"), "the next step"),
    html("span", {}, strokeSample("green", 2, "9 4"), "training"), html("span", {}, "★ trained"));
}

// ---- the plane with its hills ------------------------------------------------------------------------

function planeOfLoss(frame) {
  const plot = new Plot({ width: 430, height: 436, x: WHOLE_PLANE, y: WHOLE_PLANE, xLabel: "a", yLabel: "b", margin: { left: 48 },
    label: "The loss over the plane, as colour and contour lines, with the ball and its steps" });
  const hills = hillsView(frame, plot);
  const training = plot.curve({ colour: "green", dash: "9 4", width: 2 });
  const star = plot.text({ colour: "green", anchor: "middle", size: 17 });
  const trail = trailView(plot);
  plot.surface((a, b) => frame.set(startAt(a, b, { steps: 0 })));
  const start = plot.handle({ label: "start of the steps", step: [0.01, 0.01], move: (a, b) => frame.set(startAt(a, b)),
    shape: svg("circle", { r: 7, fill: "var(--course-paper)", stroke: "var(--course-orange)", "stroke-width": 3 }) });
  const ball = plot.handle({ label: "ball", step: [0.01, 0.01], move: (a, b) => frame.set(startAt(a, b, { steps: 0 })),
    shape: svg("circle", { r: 9, fill: "var(--course-gold)", stroke: "var(--course-ink)", "stroke-width": 2.5 }) });
  return {
    element: plot.element,
    update(state, answer) {
      hills.update(answer);
      plot.title("loss");
      const path = answer.path.values;
      training.set(path.filter((_, i) => i % 2 === 0), path.filter((_, i) => i % 2 === 1));
      star.set(path.at(-2), path.at(-1), "★", 0, 6);
      trail.update(answer);
      start.show(state.steps > 0);
      start.set(state.a, state.b, `start at ${decimal(state.a)}, ${decimal(state.b)}`);
      placeBall(ball, state, answer);
    },
  };
}

function startAt(a, b, others = {}) {
  return { a: Number(clamp(a, ...WHOLE_PLANE).toFixed(3)), b: Number(clamp(b, ...WHOLE_PLANE).toFixed(3)), ...others };
}

// Without steps the ball lies where the hand has it; else where the kernel's steps have led it, or at the picture's edge.
function placeBall(ball, state, answer) {
  const place = state.steps ? placesOf(answer).at(-1) : [state.a, state.b];
  const loss = `loss ${decimal(answer.losses.values.at(-1), 3)}`;
  ball.set(clamp(place[0], ...WHOLE_PLANE), clamp(place[1], ...WHOLE_PLANE),
    `${decimal(place[0])}, ${decimal(place[1])}, ${loss}${isOutside(place) ? ", outside the picture" : ""}`);
  setAttributes(ball.group.lastChild, { "fill-opacity": isOutside(place) ? 0.25 : 1, "stroke-dasharray": isOutside(place) ? "3 3" : "none" });
}

// Colour and contour lines are made again only for another surface or another theme.
function hillsView(frame, plot) {
  const lines = svg("path", { fill: "none", stroke: "var(--course-ink)", "stroke-width": 1, "stroke-opacity": 0.55 });
  const labels = svg("g", { "aria-hidden": "true" });
  plot.marks.append(lines, labels);
  const made = {};
  return {
    update({ surface, levels, names, unit }) {
      const paper = frame.palette.rgb("paper").join();
      const plane = names.join() + surface.values[0];
      if (made.paper === paper && made.plane === plane) return;
      Object.assign(made, { paper, plane });
      const side = surface.shape[0];
      paintHills(plot, surface.values, side, frame.palette);
      drawLevels(plot, lines, labels, surface.values, side, levels);
      setText(plot.xText, `a: ${names[0]}`);
      setText(plot.yText, `b: ${names[1]}`);
      plot.xText.append(svg("title", {}, `a = 1 is a way of ${decimal(unit, 1)} in the space of the weights`));
    },
  };
}

function paintHills(plot, losses, side, palette) {
  const logs = Float64Array.from(losses, Math.log);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  plot.heat(HEAT_PIXELS, HEAT_PIXELS, (a, b) => {
    const height = between(logs, side, ((a + 1) / 2) * (side - 1), ((b + 1) / 2) * (side - 1));
    return palette.sequential((HEAT_SHARE * (height - low)) / (high - low), "blue");
  });
}

// Bilinear: x and y count in columns and rows of the grid.
function between(values, side, x, y) {
  const [column, row] = [Math.min(Math.floor(x), side - 2), Math.min(Math.floor(y), side - 2)];
  const [right, up] = [x - column, y - row];
  const at = row * side + column;
  return (1 - up) * ((1 - right) * values[at] + right * values[at + 1]) + up * ((1 - right) * values[at + side] + right * values[at + side + 1]);
}

function drawLevels(plot, lines, labels, losses, side, levels) {
  const scaled = (at) => (2 * at) / (side - 1) - 1;
  const placed = [];
  let d = "";
  for (const level of levels) {
    const pieces = contourPieces(losses, side, side, level).map(([x1, y1, x2, y2]) =>
      [plot.px(scaled(x1)), plot.py(scaled(y1)), plot.px(scaled(x2)), plot.py(scaled(y2))]);
    d += pieces.map(([x1, y1, x2, y2]) => `M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}`).join("");
    const spot = freeSpot(plot, pieces, placed);
    if (spot) placed.push({ level, spot });
  }
  lines.setAttribute("d", d);
  labels.replaceChildren(...placed.map(({ level, spot: [x, y] }) => svg("text", { class: "loss-level", x, y: y + 4, "text-anchor": "middle" }, String(level))));
}

// The piece of a contour line that is nearest to the diagonal, away from the frame and from the numbers that stand already.
function freeSpot(plot, pieces, placed) {
  const box = plot.inner();
  const free = pieces.filter(([x, y]) =>
    x > box.x + 18 && x < box.x + box.width - 18 && y > box.y + 12 && y < box.y + box.height - 12 &&
    placed.every(({ spot }) => Math.hypot(spot[0] - x, spot[1] - y) > LABELS_APART));
  const fromDiagonal = ([x, y]) => Math.abs((x - box.x) / box.width - (box.y + box.height - y) / box.height);
  return free.reduce((best, piece) => (!best || fromDiagonal(piece) < fromDiagonal(best) ? piece : best), null);
}

function trailView(plot) {
  const line = plot.curve({ colour: "orange", width: 2.5 });
  const dots = svg("g", { fill: "var(--course-orange)", stroke: "var(--course-paper)" });
  const next = plot.segment({ colour: "purple", width: 2, dash: "4 3" });
  const landing = svg("circle", { r: 5, fill: "none", stroke: "var(--course-purple)", "stroke-width": 2 });
  const arrow = svg("path", { fill: "none", stroke: "var(--course-purple)", "stroke-width": 3, "stroke-linecap": "round", "stroke-linejoin": "round" });
  plot.marks.append(dots, landing, arrow);
  return {
    update(answer) {
      const places = placesOf(answer);
      const [toA, toB] = answer.landing.values;
      const at = places.at(-1);
      line.set(places.map(([a]) => a), places.map(([, b]) => b));
      dots.replaceChildren(...places.map(([a, b]) => svg("circle", { cx: plot.px(a), cy: plot.py(b), r: 3.5 })));
      next.set(...at, toA, toB);
      setAttributes(landing, { cx: plot.px(toA), cy: plot.py(toB) });
      setAttributes(arrow, { d: arrowPath(plot, at, [toA - at[0], toB - at[1]]) });
    },
  };
}

function arrowPath(plot, [a, b], [wayA, wayB]) {
  const length = Math.hypot(wayA, wayB);
  if (!length) return "";
  const [x, y] = [plot.px(a), plot.py(b)];
  const [tipX, tipY] = [plot.px(a + (ARROW_LENGTH * wayA) / length), plot.py(b + (ARROW_LENGTH * wayB) / length)];
  const angle = Math.atan2(tipY - y, tipX - x);
  const barb = (turn) => `${(tipX - 9 * Math.cos(angle + turn)).toFixed(1)} ${(tipY - 9 * Math.sin(angle + turn)).toFixed(1)}`;
  return `M${x.toFixed(1)} ${y.toFixed(1)}L${tipX.toFixed(1)} ${tipY.toFixed(1)}M${barb(0.5)}L${tipX.toFixed(1)} ${tipY.toFixed(1)}L${barb(-0.5)}`;
}

// ---- steps -------------------------------------------------------------------------------------------

function stepButtons(frame) {
  const most = frame.spec.fields.steps.high;
  const step = html("button", { type: "button", onclick: () => frame.set({ steps: Math.min(most, frame.state.steps + 1) }) }, "Gradient step");
  const here = html("button", { type: "button", onclick: () => frame.set(startAt(...placesOf(frame.answer).at(-1), { steps: 0 })) }, "Start from here");
  frame.bound.push({
    name: "steps",
    update(steps) {
      step.disabled = steps >= most;
      here.disabled = steps === 0;
    },
  });
  return html("div", { class: "loss-buttons" }, step, here);
}

function lossByStep() {
  const plot = new Plot({ width: 350, height: 122, x: [0, 1], y: [0, 1], xLabel: "step", title: "loss after each step", margin: { left: 50, top: 22, bottom: 32 },
    label: "The loss after each step, on a logarithmic scale" });
  const line = plot.curve({ colour: "orange", width: 2 });
  const last = plot.dot({ colour: "gold", radius: 5 });
  return {
    element: plot.element,
    update({ losses }) {
      const powers = Array.from(losses.values, (loss) => Math.log10(Math.max(loss, 1e-9)));
      const [low, high] = [Math.min(-2, Math.floor(Math.min(...powers))), Math.max(1, Math.ceil(Math.max(...powers)))];
      plot.yTicks = Array.from({ length: high - low + 1 }, (_, i) => [low + i, String(10 ** (low + i))]).filter((_, i, all) => all.length < 5 || i % 2 === 0);
      plot.setRange([-0.5, Math.max(20, powers.length - 1) + 0.5], [low - 0.2, high + 0.2]);
      line.set(powers.map((_, i) => i), powers);
      last.set(powers.length - 1, powers.at(-1));
    },
  };
}

export default explorer(build);
