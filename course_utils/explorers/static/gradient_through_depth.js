import { explorer } from "./engine/frame.js";
import { clamp, html, linspace, percent, significant } from "./engine/dom.js";
import { decades, decadeTicks, endsApart, layerTicks, logarithms } from "./engine/decades.js";
import { Plot } from "./engine/plot.js";
import { mix } from "./engine/palette.js";

const OWN_REACH = 4; // a layer's own histogram goes this many standard deviations to both sides of the mean

function build(frame) {
  const deviations = deviationsView(frame);
  const distributions = distributionsView(frame);
  const details = [detailView("activations a", "blue"), detailView("gradients ∂L/∂a", "orange")];
  const names = ["activation", "initialisation", "scale", "depth", "width", "seed", "layer"];
  const note = html("p", { class: "course-note" }, "saturated: slope φ′(z) below 0.05 in size.   dead: slope 0 for every input.");
  frame.show(
    html("div", { class: "course-pair" }, deviations.element, distributions.element),
    html("div", { class: "course-side" }, frame.controls(...names)),
    html("div", { class: "course-details" }, html("div", { class: "course-pair" }, details.map((view) => view.element)), note),
  );
  return (state) => {
    const { answer } = frame;
    const shown = answer.state; // the picture belongs to the answer until a newer one is here
    const layer = Math.min(state.layer, shown.depth);
    deviations.update(answer, shown.depth, layer);
    distributions.update(frame.palette, answer, shown.depth, layer);
    details[0].update(answer, "activation", layer);
    details[1].update(answer, "gradient", layer);
    return depthSentence(answer, shown.depth, layer);
  };
}

function depthSentence(answer, depth, layer) {
  const [spread, gradient] = [answer.activation_deviation.values, answer.gradient_deviation.values];
  const share = gradient[0] / gradient[depth - 1];
  return (
    `The gradient that reaches layer 1 is ${significant(share)} times that at layer ${depth}: ${verdict(share)}. ` +
    `The activations spread (σ) by ${significant(spread[0])} in layer 1 and by ${significant(spread[depth - 1])} in layer ${depth}. ` +
    `Layer ${layer}: ${percent(answer.saturated.values[layer - 1])} of the values saturated, ${percent(answer.dead.values[layer - 1])} of the units dead.`
  );
}

function verdict(share) {
  if (share === 0) return "nothing arrives";
  if (share < 1e-3) return "it vanishes";
  return share > 1e3 ? "it explodes" : "it arrives";
}

// Pointing at a layer chooses it; with the keyboard the slider "look at layer" does the same.
function pointAtLayers(frame, plot) {
  const look = (x) => {
    const layer = clamp(Math.round(x), 1, frame.answer.state.depth);
    if (layer !== frame.state.layer) frame.set({ layer });
  };
  const surface = plot.surface(look);
  surface.addEventListener("pointermove", (event) => look(plot.fromEvent(event)[0]));
}

// ---- standard deviation over the layers ------------------------------------------------------------------

function deviationsView(frame) {
  const plot = new Plot({ width: 404, height: 240, x: [1, 2], y: [-1, 1], xLabel: "layer", title: "standard deviation, layer by layer", label: "Standard deviation of activations and gradients over the layers, on a logarithmic scale", margin: { left: 48, right: 84 } });
  pointAtLayers(frame, plot);
  const mark = plot.segment({ colour: "muted", dash: "2 3" });
  const forward = deviationCurve(plot, { colour: "blue", text: "activations" });
  const backward = deviationCurve(plot, { colour: "orange", dash: "7 4", text: "gradients" });
  return {
    element: plot.element,
    update(answer, depth, layer) {
      const curves = [logarithms(answer.activation_deviation.values), logarithms(answer.gradient_deviation.values)];
      const y = decades(curves.flat());
      plot.yTicks = decadeTicks(...y);
      plot.xTicks = layerTicks(depth);
      plot.setRange([0.5, depth + 0.5], y);
      mark.set(layer, y[0], layer, y[1]);
      const apart = endsApart(plot, curves.map((values) => values.at(-1)));
      forward.update(curves[0], layer, apart[0]);
      backward.update(curves[1], layer, apart[1]);
    },
  };
}

function deviationCurve(plot, { colour, dash, text }) {
  const curve = plot.curve({ colour, dash, label: text });
  const dot = plot.dot({ colour, radius: 5 });
  return {
    update(values, layer, labelAt) {
      curve.set(linspace(1, values.length, values.length), values);
      const box = plot.inner();
      curve.nameAt(Number.isFinite(values.at(-1)) ? text : `${text}: 0`, box.x + box.width + 6, labelAt + 4);
      const here = values[layer - 1];
      dot.circle.style.display = Number.isFinite(here) ? "" : "none";
      if (Number.isFinite(here)) dot.set(layer, here);
    },
  };
}

// ---- distribution by layer -----------------------------------------------------------------------------------

function distributionsView(frame) {
  const plot = new Plot({ width: 404, height: 240, x: [1, 2], y: [0, 1], xLabel: "layer   (outermost rows: all beyond the scale)", title: "distribution of the activations", label: "Histogram of the activations of every layer, darker where more values lie", margin: { left: 40 } });
  plot.canvas.style.imageRendering = "pixelated";
  pointAtLayers(frame, plot);
  const sides = [plot.segment({ colour: "orange", width: 2 }), plot.segment({ colour: "orange", width: 2 })];
  return {
    element: plot.element,
    update(palette, answer, depth, layer) {
      const { values: counts, shape: [, bins] } = answer.histogram;
      const [low, high] = answer.range;
      plot.xTicks = layerTicks(depth);
      plot.setRange([0.5, depth + 0.5], [low, high]);
      const total = counts.slice(0, bins).reduce((sum, count) => sum + count, 0);
      const [paper, blue] = [palette.rgb("paper"), palette.rgb("blue")];
      plot.heat(depth, bins, (x, y) => {
        const bin = Math.floor(((y - low) / (high - low)) * bins);
        return mix(paper, blue, Math.min(1, Math.sqrt((4 * counts[(Math.round(x) - 1) * bins + bin]) / total)));
      });
      sides.forEach((side, i) => side.set(layer - 0.5 + i, low, layer - 0.5 + i, high));
    },
  };
}

// ---- one layer in detail ---------------------------------------------------------------------------------------

function detailView(what, colour) {
  const plot = new Plot({ width: 252, height: 178, x: [-OWN_REACH, OWN_REACH], y: [0, 1], yTicks: [], xLabel: "(value − mean) / σ", label: `Histogram of the ${what} of the chosen layer`, margin: { left: 8, right: 8, top: 44 } });
  const area = plot.area({ colour, opacity: 0.35 });
  const outline = plot.curve({ colour, width: 1.5 });
  const numbers = plot.text({ colour: "muted", size: 12 });
  return {
    element: plot.element,
    update(answer, name, layer) {
      const { values, shape: [, bins] } = answer[`${name}_own`];
      const mean = answer[`${name}_mean`].values[layer - 1];
      const deviation = answer[`${name}_deviation`].values[layer - 1];
      const counts = Array.from(values.slice((layer - 1) * bins, layer * bins));
      const { xs, ys } = stairs(deviation > 0 ? counts : counts.map(() => 0));
      area.set(xs, ys.map(() => 0), ys);
      outline.set(xs, ys);
      plot.title(`layer ${layer}: ${what}`);
      numbers.set(-OWN_REACH, 1, deviation > 0 ? `mean ${significant(mean)},  σ ${significant(deviation)}` : `all are ${significant(mean)}`, 0, -8);
    },
  };
}

function stairs(counts) {
  const most = Math.max(1, ...counts) * 1.05;
  const edges = linspace(-OWN_REACH, OWN_REACH, counts.length + 1);
  return { xs: counts.flatMap((_, i) => [edges[i], edges[i + 1]]), ys: counts.flatMap((count) => [count / most, count / most]) };
}

export default explorer(build);
