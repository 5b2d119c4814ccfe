import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, percent, setAttributes, setText, significant, svg } from "./engine/dom.js";
import { Plot } from "./engine/plot.js";

const LOGIT_REACH = 7.6; // the axis goes this far to both sides of the shift
const LOGIT_TICKS = [-6, -4, -2, 0, 2, 4, 6];
const BAR = 0.62; // width, as a share of the room for a class

function build(frame) {
  const logits = logitsView(frame);
  const probabilities = probabilitiesView(frame);
  const entropy = entropyView();
  const formula = html("div", { class: "course-formula", role: "group", "aria-label": "softmax written out for the chosen class" }, html("div"), html("div"), html("div"));
  frame.show(
    html("div", { class: "course-pair" }, logits.element, probabilities.element),
    html("div", { class: "course-side" }, frame.controls("temperature", "shift", "classes", "chosen")),
    html("div", { class: "course-arithmetic" }, formula, entropy.element),
  );
  return (state) => {
    const scene = sceneOf(state);
    logits.update(state, scene);
    probabilities.update(state, scene);
    entropy.update(scene);
    writeSoftmax(formula, state, scene);
    return scene.sentence;
  };
}

// ---- arithmetic (its Python twin: models/softmax.py) --------------------------------------------------

function sceneOf(state) {
  const logits = state.logits.slice(0, state.classes).map((logit) => logit + state.shift);
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - largest) / state.temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const probabilities = powers.map((power) => power / total);
  const bits = -probabilities.filter((p) => p > 0).reduce((sum, p) => sum + p * Math.log2(p), 0) || 0;
  const [first, second] = [...logits].sort((a, b) => b - a);
  const scene = { logits, largest, powers, total, probabilities, bits, mostBits: Math.log2(logits.length), gap: first - second, winner: logits.indexOf(largest) };
  return { ...scene, sentence: softmaxSentence(state, scene) };
}

// What the formula taken literally does; `round` is Math.fround for float32.
function naiveOutcome(logits, temperature, round) {
  const total = logits.reduce((sum, logit) => round(sum + round(Math.exp(logit / temperature))), 0);
  if (!Number.isFinite(total)) return "overflows (∞/∞ = NaN)";
  return total > 0 ? "works" : "underflows (0/0 = NaN)";
}

function softmaxSentence({ temperature }, { logits, largest, probabilities, bits, mostBits, gap, winner }) {
  const tied = logits.filter((logit) => logit === largest).length;
  const share = percent(probabilities[winner], 1);
  const first = tied > 1 ? `${tied} classes tie with ${share} each` : `class ${winner + 1} has the largest probability, ${share}`;
  return (
    `At T = ${significant(temperature, 3)}, ${first}; entropy ${decimal(bits)} of at most ${decimal(mostBits)} bits. ` +
    `The two largest logits lie ${decimal(gap)} apart: a ratio of e^(gap/T) = ${significant(Math.exp(gap / temperature), 3)}. ` +
    `Without subtracting the maximum first, float32 ${naiveOutcome(logits, temperature, Math.fround)} and float64 ${naiveOutcome(logits, temperature, Number)}.`
  );
}

// ---- bars ----------------------------------------------------------------------------------------------

// One bar a class with its value and a mark under the largest; `text(i)` is written at the bar's end.
class Bars {
  constructor(plot, count, chosen) {
    this.plot = plot;
    this.entries = Array.from({ length: count }, (_, i) => {
      const bar = svg("rect", { rx: 3, stroke: "var(--course-ink)" });
      bar.addEventListener("pointerdown", () => chosen(i));
      const text = svg("text", { class: "course-direct", "text-anchor": "middle" });
      plot.marks.append(bar);
      plot.top.append(text);
      return { bar, text };
    });
  }

  update(values, base, { colour, chosen, text }) {
    this.entries.forEach(({ bar, text: label }, i) => {
      for (const mark of [bar, label]) mark.style.display = i < values.length ? "" : "none";
      if (i >= values.length) return;
      const [from, to] = [this.plot.py(base), this.plot.py(values[i])];
      const [left, right] = [this.plot.px(i + 1 - BAR / 2), this.plot.px(i + 1 + BAR / 2)];
      setAttributes(bar, { x: left, width: right - left, y: Math.min(from, to), height: Math.max(1, Math.abs(from - to)),
        fill: `var(--course-${colour(i)})`, "stroke-width": i === chosen ? 2 : 0 });
      setAttributes(label, { x: (left + right) / 2, y: values[i] < base ? to + 22 : to - 10, style: `fill: var(--course-${colour(i)})` });
      setText(label, text(i));
    });
  }
}

function showClasses(plot, count, y) {
  plot.xTicks = Array.from({ length: count }, (_, i) => [i + 1, String(i + 1)]);
  plot.setRange([0.4, count + 0.6], y);
}

function logitsView(frame) {
  const { high: most } = frame.spec.fields.classes;
  const plot = new Plot({ width: 404, height: 262, x: [0, 1], y: [-LOGIT_REACH, LOGIT_REACH], xTicks: [], xLabel: "class", title: "logits z", label: "Logits, one bar a class", margin: { left: 44 } });
  const choose = (i) => frame.set({ chosen: i + 1 });
  const bars = new Bars(plot, most, choose);
  const limits = frame.spec.fields.logits;
  const setLogit = (i, z) => {
    const value = Number(clamp(z - frame.state.shift, limits.low, limits.high).toFixed(1));
    frame.set({ chosen: i + 1, logits: frame.state.logits.map((logit, k) => (k === i ? value : logit)) });
  };
  const grips = Array.from({ length: most }, (_, i) => {
    const held = offsetWhileHeld(plot, () => frame.state.logits[i] + frame.state.shift);
    const move = (y) => setLogit(i, y + held.offset);
    const grip = plot.handle({ label: `logit of class ${i + 1}`, step: [0, limits.step], shape: gripShape(), move: (x, y) => move(y) });
    const { bar } = bars.entries[i];
    bar.classList.add("course-handle");
    plot.draggable(bar, (event) => move(plot.fromEvent(event)[1]));
    for (const element of [grip.group, bar]) held.watch(element);
    return grip;
  });
  return {
    element: plot.element,
    update(state, scene) {
      plot.yTicks = LOGIT_TICKS.map((tick) => [tick + state.shift, decimal(tick + state.shift, Number.isInteger(state.shift) ? 0 : 1)]);
      showClasses(plot, state.classes, [state.shift - LOGIT_REACH, state.shift + LOGIT_REACH]);
      bars.update(scene.logits, state.shift, { colour: () => "blue", chosen: state.chosen - 1, text: (i) => decimal(scene.logits[i], 1) });
      grips.forEach((grip, i) => {
        grip.show(i < state.classes);
        if (i >= state.classes) return;
        grip.set(i + 1, scene.logits[i], `logit of class ${i + 1}: ${decimal(scene.logits[i], 1)}`);
        setAttributes(grip.group, { "aria-valuenow": state.logits[i], "aria-valuemin": limits.low, "aria-valuemax": limits.high, "aria-orientation": "vertical" });
      });
    },
  };
}

// What is taken hold of beside its very end does not jump to the pointer: the distance between them is kept.
function offsetWhileHeld(plot, valueNow) {
  const held = { offset: 0 };
  held.watch = (element) => {
    element.addEventListener("pointerdown", (event) => { held.offset = valueNow() - plot.fromEvent(event)[1]; });
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => { held.offset = 0; }); // keys say the value itself
  };
  return held;
}

function gripShape() {
  return svg("rect", { x: -15, y: -4, width: 30, height: 8, rx: 4, fill: "var(--course-ink)", stroke: "var(--course-paper)", "stroke-width": 1.5 });
}

function probabilitiesView(frame) {
  const { high: most } = frame.spec.fields.classes;
  const plot = new Plot({ width: 404, height: 262, x: [0, 1], y: [0, 1.12], xTicks: [], yTicks: [0, 0.25, 0.5, 0.75, 1].map((p) => [p, String(p)]), xLabel: "class", label: "Probabilities, one bar a class", margin: { left: 44 } });
  const bars = new Bars(plot, most, (i) => frame.set({ chosen: i + 1 }));
  return {
    element: plot.element,
    update(state, { probabilities, logits, largest }) {
      showClasses(plot, state.classes, plot.y);
      const wins = (i) => logits[i] === largest;
      bars.update(probabilities, 0, {
        colour: (i) => (wins(i) ? "orange" : "blue"), chosen: state.chosen - 1,
        text: (i) => (wins(i) ? "★ " : "") + probabilityText(probabilities[i]),
      });
      plot.title("probabilities p   (★ largest, adding up to 1)");
    },
  };
}

function probabilityText(p) {
  return p > 0 && p < 0.0005 ? "≈ 0" : decimal(p, 3);
}

// ---- entropy and formula -----------------------------------------------------------------------------------

function entropyView() {
  const text = html("span", {});
  const fill = html("div", { class: "course-meter-fill" });
  return {
    element: html("div", { class: "course-entropy" }, text, html("div", { class: "course-meter", "aria-hidden": "true" }, fill)),
    update({ bits, mostBits }) {
      setText(text, `entropy ${decimal(bits)} of ${decimal(mostBits)} bits`);
      fill.style.width = `${(100 * clamp(bits / mostBits, 0, 1)).toFixed(1)}%`;
    },
  };
}

function writeSoftmax(formula, state, { logits, largest, powers, total, probabilities }) {
  const k = Math.min(state.chosen, logits.length);
  const z = decimal(logits[k - 1], 1);
  const [general, numbers, answer] = formula.children;
  setText(general, `p${subscript(k)} = e^((z${subscript(k)} − max z)/T) / Σⱼ e^((zⱼ − max z)/T)`);
  setText(numbers, `e^((${z} − ${largest < 0 ? `(${decimal(largest, 1)})` : decimal(largest, 1)})/${significant(state.temperature, 3)}) = ${significant(powers[k - 1], 3)};  Σ = ${significant(total, 3)}`);
  setText(answer, `p${subscript(k)} = ${significant(powers[k - 1], 3)} / ${significant(total, 3)} = ${significant(probabilities[k - 1], 3)}`);
}

function subscript(k) {
  return "₀₁₂₃₄₅₆₇₈₉"[k];
}

export default explorer(build);
