// The losses over the epochs as curves, and as numbers.

import { html, percent, setText, significant, svg } from "./engine/dom.js";
import { Plot } from "./engine/plot.js";

const LOOKS = { training: { colour: "purple", dash: "5 3", width: 2 }, test: { colour: "ink", width: 2 } };
const LEAST_LOSS_SHOWN = 1e-6;

export class LossCurves {
  constructor() {
    this.plot = new Plot({ width: 262, height: 80, x: [0, 10], y: [0, 1], xTicks: [[0], [10]], yTicks: [[0], [1]], label: "training loss and test loss over the epochs", margin: { left: 34, right: 8, top: 6, bottom: 20 } });
    this.curves = Object.fromEntries(Object.entries(LOOKS).map(([name, look]) => [name, this.plot.curve(look)]));
    this.numbers = Object.fromEntries(Object.keys(LOOKS).map((name) => [name, html("b")]));
    const entry = (name) => html("span", {}, lossSample(name), name === "training" ? "train" : name, this.numbers[name]);
    this.element = html("div", {},
      html("div", { class: "play-losses", role: "group", "aria-label": "losses", title: "without the penalty of the regularisation" }, entry("training"), entry("test")),
      this.plot.element);
  }

  update(records, losses) {
    const epochs = records.map(({ epoch }) => epoch);
    const first = epochs[0] ?? 0;
    const finite = records.flatMap(({ training, test }) => [training, test ?? 0]).filter(Number.isFinite);
    const top = niceTop(Math.max(LEAST_LOSS_SHOWN, ...finite));
    const last = Math.max(first + 10, niceTop(epochs.at(-1) ?? 0));
    Object.assign(this.plot, { xTicks: [[first], [last]], yTicks: [[0], [top]] });
    this.plot.setRange([first, last], [0, top]);
    for (const name of Object.keys(LOOKS)) this.curves[name].set(epochs, records.map((record) => record[name] ?? NaN));
    setText(this.numbers.training, lossText(losses.training));
    setText(this.numbers.test, lossText(losses.test));
    setText(this.plot.xText, losses.testAccuracy === null ? "epochs" : `${percent(losses.testAccuracy)} of the test points right`);
  }
}

const lossText = (loss) => (loss === null ? "–" : significant(loss, 2));

// The next round number, so that the axis changes seldom.
function niceTop(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 5, 7, 10].map((factor) => Number((factor * power).toPrecision(3))).find((top) => top >= value);
}

function lossSample(name) {
  const { colour, dash = "", width } = LOOKS[name];
  return svg("svg", { width: 18, height: 10, "aria-hidden": "true" }, svg("line", { x1: 0, x2: 18, y1: 5, y2: 5, stroke: `var(--course-${colour})`, "stroke-width": width, "stroke-dasharray": dash }));
}
