import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, linspace, percent, significant, strokeSample, svg, tenToThe, trimmed } from "./engine/dom.js";
import { Plot } from "./engine/plot.js";

const STEPS = 200;
const LAST = 20; // batches whose mean loss is the training loss at the end
const GUESSING = Math.log(10); // the loss of ten equal probabilities
const VALIDATED = linspace(0, STEPS, 21);
const KEPT_LOOKS = [
  { name: "A", colour: "purple", dash: "2 3" },
  { name: "B", colour: "green", dash: "9 3 2 3" },
  { name: "C", colour: "gold", dash: "5 3" },
];
const VERDICTS = {
  small: "Too small, for three times the rate takes the validation loss down by over 10 % more",
  good: "A good rate, for neither neighbour takes the validation loss down by over 10 % more",
  large: "Too large, for a third of the rate takes the validation loss down by over 10 % more",
  stuck: "Too large, for the loss rose and ended no lower than it began",
  diverged: "Too large",
};

function build(frame) {
  const views = [scheduleView(frame), trainingView(), rangeView(frame)];
  const choices = html("div", { class: "rate-choices" }, frame.control("schedule"), frame.control("optimiser"));
  frame.show(
    html("div", { class: "course-pair" }, views[0].element, views[1].element),
    html("div", { class: "course-main" }, views[2].element),
    html("div", { class: "course-side" }, choices, frame.controls("rate", "warmup", "end", "batch", "seed"), keepButtons(frame), trainingKey()),
  );
  return (state) => {
    frame.enable("end", state.schedule !== "constant");
    for (const view of views) view.update(state, frame.answer);
    return rateSentence(frame, frame.answer);
  };
}

// ---- words ---------------------------------------------------------------------------------------------

function rateSentence(frame, answer) {
  const { rate, kept } = answer.state;
  const [, , third, triple] = answer.ends.values;
  const judged = `${VERDICTS[answer.verdict]}: a third of it ${endedAt(third)}, three times it ${endedAt(triple)}.`;
  const ends = kept.map((row, i) => `${KEPT_LOOKS[i].name} (${settingText(frame, row)}) ${endedAt(keptCurve(answer, i).at(-1))}`);
  return `${outcome(answer, rate)} ${judged}${ends.length ? ` Kept: ${ends.join("; ")}.` : ""}`;
}

function outcome(answer, rate) {
  const start = `With a learning rate of ${rateText(rate)}`;
  if (answer.diverged_at !== null)
    return `${start} training diverged after ${stepsText(answer.diverged_at)}: a batch’s loss rose above ${decimal(10 * GUESSING, 1)}, ten times that of guessing.`;
  const [training, validation] = answer.ends.values;
  return (
    `${start}, ${STEPS} steps bring the loss to ${decimal(training)} on the training batches (mean of the last ${LAST}) ` +
    `and to ${decimal(validation)} on the validation pictures, of which ${percent(answer.accuracy)} are right.`
  );
}

function stepsText(count) {
  return `${count} ${count === 1 ? "step" : "steps"}`;
}

function endedAt(loss) {
  return Number.isNaN(loss) ? "diverges" : `ends at ${decimal(loss)}`;
}

function rateText(rate) {
  return trimmed(rate, 0, 6);
}

function settingText(frame, [rate, schedule, warmup, , optimiser]) {
  const { fields } = frame.spec;
  const text = `${fields.optimiser.options[optimiser][1]} ${rateText(rate)}, ${fields.schedule.options[schedule][0]}`;
  return warmup ? `${text}, warm-up ${warmup}` : text;
}

function keptCurve(answer, i) {
  const { values, shape } = answer.kept_validation;
  return values.slice(i * shape[1], (i + 1) * shape[1]);
}

// ---- keeping curves ------------------------------------------------------------------------------------------

function keepButtons(frame) {
  const { most } = frame.spec.fields.kept;
  const keep = html("button", { type: "button", onclick: () => frame.set({ kept: [...frame.state.kept, settingRow(frame)] }) }, "Keep this curve");
  const forget = html("button", { type: "button", onclick: () => frame.set({ kept: [] }) }, "Forget kept curves");
  frame.bound.push({
    name: "kept",
    update(kept) {
      keep.disabled = kept.length >= most;
      forget.disabled = !kept.length;
    },
  });
  return html("div", { class: "rate-buttons" }, keep, forget);
}

function settingRow({ state, spec }) {
  const place = (name) => spec.fields[name].options.findIndex(([key]) => key === state[name]);
  return [state.rate, place("schedule"), state.warmup, state.end, place("optimiser"), state.batch, state.seed];
}

function trainingKey() {
  const entry = (text, ...look) => html("span", {}, strokeSample(...look), text);
  return html("p", { class: "rate-key" }, entry("training batch", "blue", 1.5), entry("validation", "orange", 3, "7 4"),
    KEPT_LOOKS.map(({ name, colour, dash }) => entry(`${name} (kept)`, colour, 2, dash)));
}

// ---- the rate over the steps -----------------------------------------------------------------------------------

function scheduleView(frame) {
  const y = [-5, 1];
  const plot = new Plot({ width: 404, height: 192, x: [0, STEPS], y, yTicks: powerTicks(...y), title: "learning rate over the steps", margin: { left: 48, right: 16, bottom: 22 },
    label: "The learning rate of each step, on a logarithmic scale" });
  const curve = plot.curve({ colour: "blue" });
  const peak = plot.handle({ label: "peak of the learning rate", colour: "blue", step: [1, 0.05], move: (step, power) => frame.set({ ...rateAt(frame, power), ...warmupAt(frame, step) }) });
  const end = plot.handle({ label: "learning rate at the end", step: [1, 0.05], move: (_, power) => frame.set(endAt(frame, power)),
    shape: svg("rect", { x: -7, y: -7, width: 14, height: 14, fill: "var(--course-paper)", stroke: "var(--course-blue)", "stroke-width": 3 }) });
  return {
    element: plot.element,
    update(state, answer) {
      curve.set(linspace(0, STEPS - 1, STEPS), Array.from(answer.rates.values, (rate) => (rate > 0 ? Math.log10(rate) : NaN)));
      peak.set(state.warmup, Math.log10(state.rate), `rate ${rateText(state.rate)} after ${stepsText(state.warmup)} of warm-up`);
      end.show(state.schedule !== "constant");
      end.set(STEPS, clamp(Math.log10(state.rate * state.end), ...y), `rate ${significant(state.rate * state.end)} at the end`);
    },
  };
}

function powerTicks(low, high) {
  return Array.from({ length: high - low + 1 }, (_, i) => [low + i, low + i >= -3 ? String(10 ** (low + i)) : tenToThe(low + i)]);
}

function threeFigures(value, { low, high }) {
  return clamp(Number(value.toPrecision(3)), low, high);
}

function rateAt(frame, power) {
  return { rate: threeFigures(10 ** power, frame.spec.fields.rate) };
}

function warmupAt(frame, step) {
  const { low, high } = frame.spec.fields.warmup;
  return { warmup: clamp(Math.round(step), low, high) };
}

function endAt(frame, power) {
  return { end: threeFigures(10 ** power / frame.state.rate, frame.spec.fields.end) };
}

// ---- the loss over the steps -----------------------------------------------------------------------------------------

function trainingView() {
  const losses = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20];
  const plot = new Plot({ width: 404, height: 192, x: [0, STEPS], y: [Math.log10(0.04), Math.log10(25)], yTicks: losses.map((loss) => [Math.log10(loss), String(loss)]), title: "loss over the steps", margin: { left: 38, right: 42, bottom: 22 },
    label: "Training and validation loss over the steps, on a logarithmic scale, with the kept curves" });
  const guessing = plot.segment({ colour: "muted", dash: "2 4" });
  guessing.set(0, Math.log10(GUESSING), STEPS, Math.log10(GUESSING));
  const kept = KEPT_LOOKS.map(({ colour, dash }) => plot.curve({ colour, dash, width: 2 }));
  const training = plot.curve({ colour: "blue", width: 1 });
  const validation = plot.curve({ colour: "orange", dash: "7 4" });
  const end = plot.text({ colour: "red", weight: 600 });
  plot.text({ colour: "muted", size: 12, anchor: "end" }).set(STEPS, Math.log10(GUESSING), "guessing", -4, -5);
  return {
    element: plot.element,
    update(state, answer) {
      training.set(linspace(0, STEPS - 1, STEPS), logs(answer.losses.values));
      validation.set(VALIDATED, logs(answer.validation.values));
      KEPT_LOOKS.forEach((look, i) => showKept(plot, kept[i], look.name, i, answer));
      const { diverged_at: at } = answer;
      end.set(Math.min(at ?? 0, 110), plot.y[1], at === null ? "" : `✗ diverged after ${stepsText(at)}`, 6, 16);
    },
  };
}

function logs(values) {
  return Array.from(values, (value) => Math.log10(value));
}

// A letter stands where the curve ends, each in a column of its own, so that letters never lie on each other.
function showKept(plot, curve, letter, i, answer) {
  const exists = i < answer.state.kept.length;
  curve.show(exists);
  if (!exists) return;
  const powers = logs(keptCurve(answer, i));
  curve.set(VALIDATED, powers);
  const diverged = Number.isNaN(powers.at(-1));
  const box = plot.inner();
  curve.nameAt(diverged ? `${letter}✗` : letter, box.x + box.width + 3 + 12 * i, diverged ? box.y + 10 : plot.py(powers.at(-1)) + 4);
}

// ---- the range test ---------------------------------------------------------------------------------------------------------

const ROOM_FOR_NAME = -0.4; // further right the name would not fit beside its point

function rangeView(frame) {
  const x = [-4, 1];
  const plot = new Plot({ width: 490, height: 232, x, y: [0, 5], xTicks: powerTicks(...x), xLabel: "learning rate, growing from step to step", title: "range test", margin: { left: 30, right: 16 },
    label: "Range test: the loss while the learning rate grows from 0.0001 to 10 within one run" });
  const useful = plot.bands({ colour: "green" });
  const noisy = plot.curve({ colour: "muted", width: 0.8 });
  const smoothed = plot.curve({ colour: "blue" });
  const steepest = plot.dot({ colour: "green", radius: 6 });
  const line = plot.segment({ dash: "5 4", width: 2 });
  const [steepestName, blownUp] = [plot.text({ colour: "green", size: 12.5, weight: 600 }), plot.text({ colour: "red", size: 12.5, weight: 600 })];
  plot.surface((power) => frame.set(rateAt(frame, power)));
  const grip = plot.handle({ label: "learning rate in the range test", step: [0.05, 0], move: (power) => frame.set(rateAt(frame, power)), shape: svg("path", { d: "M-8 0h16v9l-8 8l-8 -8Z", fill: "var(--course-ink)", stroke: "var(--course-paper)", "stroke-width": 1.5 }) });
  return {
    element: plot.element,
    update(state, answer) {
      const powers = logs(answer.range_rates.values);
      const [begun, best, lowest] = answer.range_marks.values;
      noisy.set(powers, answer.range_losses.values);
      smoothed.set(powers, answer.range_smoothed.values);
      useful.set([[Math.log10(begun), Math.log10(lowest)]]);
      const at = powers.findIndex((power) => power >= Math.log10(best) - 1e-9);
      steepest.set(Math.log10(best), answer.range_smoothed.values[at]);
      const beside = Math.log10(best) > ROOM_FOR_NAME ? [-128, 16] : [9, -7];
      steepestName.set(Math.log10(best), answer.range_smoothed.values[at], `steepest at ${significant(best)}`, ...beside);
      blownUp.set(powers.at(-1), 5, answer.range_blown_up ? `✗ ${significant(answer.range_rates.values.at(-1))}` : "", -34, 14);
      plot.title(`range test: falls from ${significant(begun)} to ${significant(lowest)} (hatched)`);
      line.set(Math.log10(state.rate), 0, Math.log10(state.rate), 5);
      grip.set(Math.log10(state.rate), 5, `rate ${rateText(state.rate)}`);
    },
  };
}

export default explorer(build);
