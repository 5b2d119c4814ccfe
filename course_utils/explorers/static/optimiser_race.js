import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, setText, significant, svg, tenToThe } from "./engine/dom.js";
import { numberBox } from "./engine/controls.js";
import { mix } from "./engine/palette.js";
import { Plot } from "./engine/plot.js";
import { stepper } from "./engine/stepper.js";
import { MOST_STEPS, RACE_VIEW, RULE_NAMES, runOf, SURFACES } from "./optimisers.js";

const BETWEEN_FRAMES_MS = 40;
const BANDS = 14; // of the filled contours
const PIXELS = [450, 300];
const LOWEST_POWER = -8;
const HIGHEST_POWER = 2;
const FAR = 30; // points farther off are held here: lines of a million pixels make some browsers drop the path
const WIDTHS = [50, 100, 200, MOST_STEPS]; // of the plot over the steps
// A shape for each optimiser, beside colour and dash.
const MARKS = {
  sgd: "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0Z",
  momentum: "M-5 -5h10v10h-10Z",
  nesterov: "M0 -6.5L6.5 5H-6.5Z",
  adagrad: "M0 -7L6.5 0L0 7L-6.5 0Z",
  rmsprop: "M0 6.5L6.5 -5H-6.5Z",
  adam: "M-2 -6.5h4v4.5h4.5v4h-4.5v4.5h-4v-4.5h-4.5v-4h4.5Z",
  adamw: "M-6 -3L-3 -6L0 -3L3 -6L6 -3L3 0L6 3L3 6L0 3L-3 6L-6 3L-3 0Z",
};

const STAR = "M0 -9L2.1 -2.9H8.6L3.4 1.1L5.3 7.3L0 3.6L-5.3 7.3L-3.4 1.1L-8.6 -2.9H-2.1Z";

function build(frame) {
  const options = frame.spec.fields.optimisers.options.map(([name, text, colour, dash]) => ({ name, text, colour, dash: dash ?? "" }));
  const texts = Object.fromEntries(options.map(({ name, text }) => [name, text]));
  const surface = surfaceView(frame, options);
  const fall = fallView(frame, options);
  const table = tableView(frame, options);
  frame.show(
    html("div", { class: "course-main" }, surface.element, html("div", { class: "race-walk" }, stepper(frame, "step", { betweenSteps: () => BETWEEN_FRAMES_MS }), frame.control("step")),
      html("div", { class: "race-walk" }, frame.control("noise"), frame.control("seed"))),
    html("div", { class: "course-side" }, html("div", { class: "race-walk" }, frame.control("surface"), frame.control("measure")), fall.element, frame.controls("momentum", "rho", "beta_1", "beta_2", "decay")),
    table.element,
  );
  return (state) => {
    const runs = Object.fromEntries(state.optimisers.map((name) => [name, runOf(state, name)]));
    surface.update(state, runs);
    fall.update(state, runs);
    table.update(state, runs);
    enableSettings(frame, state);
    return raceSentence(frame, state, Object.values(runs), texts);
  };
}

// A setting that no optimiser in the race uses is greyed out.
function enableSettings(frame, { optimisers, noise }) {
  const any = (...names) => names.some((name) => optimisers.includes(name));
  frame.enable("momentum", any("momentum", "nesterov"));
  frame.enable("rho", any("rmsprop"));
  frame.enable("beta_1", any("adam", "adamw"));
  frame.enable("beta_2", any("adam", "adamw"));
  frame.enable("decay", any("adamw"));
  frame.enable("seed", noise > 0);
}

function raceSentence(frame, state, runs, texts) {
  const surfaceName = Object.fromEntries(frame.spec.fields.surface.options)[state.surface];
  const start = `Surface “${surfaceName}”, start (${decimal(state.x)}, ${decimal(state.y)}), step ${state.step} of ${MOST_STEPS}: `;
  const going = runs.filter((run) => run.divergedAt === null);
  const lost = runs.filter((run) => run.divergedAt !== null).map(({ name }) => texts[name]);
  if (!runs.length) return `${start}no optimiser is chosen.`;
  if (!going.length) return `${start}all have diverged: ${lost.join(", ")}.`;
  if (state.step === 0) return `${start}all of them wait there.`;
  going.sort((a, b) => a.distances.at(-1) - b.distances.at(-1));
  const placed = ({ name, distances, losses }) => `${texts[name]} (distance ${significant(distances.at(-1), 3)}, loss ${significant(losses.at(-1), 3)})`;
  const last = going.length > 1 ? `, ${placed(going.at(-1))} farthest from it` : "";
  return `${start}${placed(going[0])} is nearest to a minimum${last}. Diverged: ${lost.join(", ") || "none"}.`;
}

// ---- the surface and the paths on it -----------------------------------------------------------------------------

function surfaceView(frame, options) {
  const plot = new Plot({ width: 480, height: 309, ...RACE_VIEW, label: "The loss over two weights, and the path of each optimiser", margin: { left: 30, right: 8, top: 24, bottom: 22 } });
  plot.surface((x, y) => frame.set(startAt(x, y)));
  const halos = options.map(() => plot.curve({ colour: "paper", width: 4.5 }));
  for (const halo of halos) halo.path.setAttribute("stroke-opacity", 0.7);
  const trails = options.map(({ colour, dash }) => plot.curve({ colour, dash, width: 2.2 }));
  for (const trail of trails) trail.path.setAttribute("class", "race-trail");
  const minima = [0, 1].map(() => minimumMark(plot));
  const runners = options.map((option) => runnerMark(plot, option));
  const start = plot.handle({ label: "start", shape: startShape(), step: [0.05, 0.05], move: (x, y) => frame.set(startAt(x, y)) });
  const drawn = { key: null };
  return {
    element: plot.element,
    update(state, runs) {
      drawGround(plot, frame.palette, state.surface, drawn);
      minima.forEach((mark, i) => mark.set(SURFACES[state.surface].minima[i]));
      options.forEach(({ name }, i) => {
        const path = (runs[name]?.path ?? []).map(([x, y]) => [clamp(x, -FAR, FAR), clamp(y, -FAR, FAR)]);
        for (const line of [halos[i], trails[i]]) line.set(path.map(([x]) => x), path.map(([, y]) => y));
        runners[i].set(path.at(-1));
      });
      start.set(state.x, state.y, `start at x ${decimal(state.x)}, y ${decimal(state.y)}`);
      plot.title(`start (${decimal(state.x)}, ${decimal(state.y)}), step ${state.step}   (○ start, ★ minimum)`);
    },
  };
}

function startAt(x, y) {
  return { x: Number(clamp(x, ...RACE_VIEW.x).toFixed(3)), y: Number(clamp(y, ...RACE_VIEW.y).toFixed(3)) };
}

function startShape() {
  return svg("g", {}, svg("circle", { r: 8, fill: "none", stroke: "var(--course-paper)", "stroke-width": 5 }), svg("circle", { r: 8, fill: "transparent", stroke: "var(--course-ink)", "stroke-width": 2.5 }));
}

function placedMark(plot, mark) {
  plot.marks.append(mark);
  return (place) => {
    mark.style.display = place ? "" : "none";
    if (place) mark.setAttribute("transform", `translate(${plot.px(place[0]).toFixed(1)} ${plot.py(place[1]).toFixed(1)})`);
  };
}

function minimumMark(plot) {
  return { set: placedMark(plot, svg("path", { d: STAR, fill: "var(--course-ink)", stroke: "var(--course-paper)", "stroke-width": 1 })) };
}

function runnerMark(plot, { name, colour }) {
  return { set: placedMark(plot, svg("path", { d: MARKS[name], fill: `var(--course-${colour})`, stroke: "var(--course-paper)", "stroke-width": 1.5, class: "race-runner" })) };
}

// Filled contours, drawn again only for another surface or theme. Bands of equal height would leave the valleys empty,
// so they are even in the cube root.
function drawGround(plot, palette, name, drawn) {
  const [paper, ink] = [palette.rgb("paper"), palette.rgb("muted")];
  const key = `${name} ${paper} ${ink}`;
  if (drawn.key === key) return;
  drawn.key = key;
  const { height } = SURFACES[name];
  const highest = Math.max(...RACE_VIEW.x.flatMap((x) => RACE_VIEW.y.map((y) => height(x, y))));
  const shades = Array.from({ length: BANDS + 1 }, (_, i) => mix(paper, ink, (0.26 * i) / BANDS));
  const line = mix(paper, ink, 0.42);
  const above = new Int8Array(PIXELS[0]); // the bands of the row above: pixels come row by row
  let column = 0;
  let left = 0;
  let topRow = true;
  plot.heat(...PIXELS, (x, y) => {
    const here = Math.min(BANDS, Math.floor(BANDS * Math.cbrt(height(x, y) / highest)));
    const edge = (column > 0 && here !== left) || (!topRow && here !== above[column]);
    above[column] = left = here;
    column += 1;
    if (column === PIXELS[0]) {
      column = 0;
      topRow = false;
    }
    return edge ? line : shades[here];
  });
}

// ---- loss or distance over the steps ------------------------------------------------------------------------------

function fallView(frame, options) {
  const powers = [-8, -6, -4, -2, 0, 2].map((power) => [power, tenToThe(power)]);
  const plot = new Plot({ width: 346, height: 182, x: [0, WIDTHS[0]], y: [LOWEST_POWER, HIGHEST_POWER], yTicks: powers, label: "Loss or distance to the minimum over the steps, on a logarithmic scale", margin: { left: 38, right: 10, top: 22, bottom: 22 } });
  const lines = options.map(({ colour, dash }) => plot.curve({ colour, dash, width: 2 }));
  const ends = options.map((option) => runnerMark(plot, option));
  const titles = Object.fromEntries(frame.spec.fields.measure.options);
  const power = (value) => Math.log10(clamp(value, 10 ** LOWEST_POWER, 10 ** HIGHEST_POWER));
  return {
    element: plot.element,
    update(state, runs) {
      plot.setRange([0, WIDTHS.find((width) => width >= state.step)], plot.y);
      plot.title(`${titles[state.measure]} over the steps`);
      options.forEach(({ name }, i) => {
        const values = (state.measure === "loss" ? runs[name]?.losses : runs[name]?.distances) ?? [];
        const heights = values.map(power);
        lines[i].set(values.map((_, step) => step), heights);
        ends[i].set(values.length ? [values.length - 1, heights.at(-1)] : null);
      });
    },
  };
}

// ---- the table: who races, with which learning rate, and how far they are -----------------------------------------

function tableView(frame, options) {
  const columns = options.map((option, i) => tableColumn(frame, option, i));
  const row = (title, cells) => html("tr", {}, html("th", { scope: "row" }, title), cells);
  const table = html("table", { class: "race-table" },
    html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "optimiser"), columns.map(({ head }) => head))),
    html("tbody", {}, row("learning rate", columns.map(({ rate }) => html("td", {}, rate))),
      row("loss", columns.map(({ loss }) => loss)), row("distance", columns.map(({ distance }) => distance))));
  return {
    element: html("div", { class: "course-wide race-frame" }, table),
    update: (state, runs) => columns.forEach((column, i) => column.update(state, runs[options[i].name], i)),
  };
}

function tableColumn(frame, option, i) {
  const { name, text } = option;
  const box = html("input", { type: "checkbox", value: name, "data-field": "optimisers", onchange: () => frame.set({ optimisers: toggled(frame.state.optimisers, name, box.checked) }) });
  const rate = numberBox({
    field: frame.spec.fields.rates, label: `learning rate of ${text}`, "data-rate": name,
    change: (value) => frame.set({ rates: frame.state.rates.map((old, k) => (k === i ? value : old)) }),
  });
  const [loss, distance] = [html("td"), html("td")];
  return {
    head: html("th", { scope: "col" }, html("label", {}, box, swatch(option), text)), rate, loss, distance,
    update(state, run) {
      box.checked = Boolean(run);
      rate.show(state.rates[i]);
      const diverged = run && run.divergedAt !== null;
      setText(loss, diverged ? "diverged" : run ? significant(run.losses.at(-1), 3) : "–");
      setText(distance, diverged ? `at step ${run.divergedAt}` : run ? significant(run.distances.at(-1), 3) : "–");
    },
  };
}

function toggled(chosen, name, on) {
  return RULE_NAMES.filter((each) => (each === name ? on : chosen.includes(each)));
}

function swatch({ name, colour, dash }) {
  return svg("svg", { width: 16, height: 14, "aria-hidden": "true" },
    svg("line", { x1: 0, x2: 16, y1: 7, y2: 7, stroke: `var(--course-${colour})`, "stroke-width": 2.2, "stroke-dasharray": dash }),
    svg("path", { d: MARKS[name], fill: `var(--course-${colour})`, transform: "translate(8 7) scale(0.75)" }));
}

export default explorer(build);
