import { clamp, decimal, html, setText } from "./engine/dom.js";
import { Plot } from "./engine/plot.js";

const PANELS = 2; // the loss and the first metric
const HEADROOM = 1.08;

function renderLiveCurve({ model, el }) {
  const words = html("p", { class: "course-note live-words", role: "status" });
  const bar = html("progress", { max: 1, value: 0, "aria-label": "share of the training that is done" });
  const stop = html("button", { type: "button", onclick: () => askToStop(model, stop) }, "Stop");
  const panels = Array.from({ length: PANELS }, makePanel);
  el.append(html("section", { class: "course course-explorer live-curve", "aria-label": "training" },
    html("div", { class: "course-head" }, html("h3", {}, "Training"), bar, stop), words,
    html("div", { class: "course-pair" }, panels.map((panel) => panel.element))));
  const draw = () => {
    const [progress, curves] = [model.get("progress"), model.get("curves")];
    setText(words, progressWords(progress));
    bar.value = epochsDone(progress) / progress.epochs;
    const metrics = Object.keys(progress.numbers).filter((name) => !name.startsWith("val_"));
    panels.forEach((panel, i) => panel.update(metrics[i], progress, curves));
  };
  model.on("change:progress", draw);
  draw();
  return () => model.off("change:progress", draw);
}

function askToStop(model, button) {
  model.set("stop", true);
  model.save_changes();
  button.disabled = true;
  setText(button, "Stopping …");
}

function epochsDone({ epoch, step, steps }) {
  return epoch + (steps ? Math.min(1, step / steps) : 0);
}

function progressWords({ epoch, epochs, step, steps, seconds, numbers }) {
  const texts = Object.entries(numbers).map(([name, value]) => `${name.replaceAll("_", " ")} ${decimal(value, 3)}`);
  const place = `epoch ${Math.min(epoch + 1, epochs)} of ${epochs}, step ${step}${steps ? ` of ${steps}` : ""}`;
  return `${place}, ${decimal(seconds, 0)} s${texts.length ? ": " : ""}${texts.join(", ")}`;
}

// As in the still picture that is left at the end: training dashed, validation solid.
function makePanel() {
  const plot = new Plot({ width: 400, height: 220, x: [0, 1], y: [0, 1], xLabel: "epoch", label: "curve of the training" });
  const training = plot.curve({ colour: "blue", dash: "7 4" });
  const validation = plot.curve({ colour: "blue" });
  const now = plot.dot({ colour: "gold" });
  return {
    element: plot.element,
    update(name, progress, curves) {
      plot.element.style.visibility = name ? "" : "hidden";
      if (!name) return;
      const [trained, validated] = [curves[name] ?? [], curves[`val_${name}`] ?? []];
      const newest = progress.numbers[name];
      const highest = Math.max(...[...trained, ...validated, newest].filter(Number.isFinite), 1e-6);
      plot.title(`${name.replaceAll("_", " ")}   (– – training, — validation)`);
      plot.setRange([0, progress.epochs], [0, highest * HEADROOM]);
      training.set(trained.map((_, i) => i + 1), trained);
      validation.set(validated.map((_, i) => i + 1), validated);
      now.set(clamp(epochsDone(progress), 0, progress.epochs), Number.isFinite(newest) ? newest : 0);
    },
  };
}

export default { render: renderLiveCurve };
