import { explorer } from "./engine/frame.js";
import { html, percent } from "./engine/dom.js";
import { amountText, countLayers, grouped, memoryText, several, threeWays, totalOf } from "./parameter_model.js";
import { connectionsView } from "./parameter_connections.js";
import { layersView } from "./parameter_layers.js";

const WAYS = ["side", "channels", "units", "maps", "field", "biases"];
const LAYERS = ["input_side", "input_channels"];

function build(frame) {
  const tabs = viewButtons(frame);
  const views = { ways: connectionsView(frame, WAYS), layers: layersView(frame, LAYERS) };
  frame.show(
    tabs.element,
    // Both views have the same place, so that nothing moves when the other one is shown.
    html("div", { class: "count-stack" }, Object.values(views).map(({ element }) => element)),
  );
  return (state) => {
    const seen = { ways: threeWays(state), counts: countLayers(state.input_side, state.input_channels, state.layers, frame.arrays.table) };
    tabs.update(state.view);
    for (const [name, view] of Object.entries(views)) {
      view.element.classList.toggle("count-hidden", name !== state.view);
      view.update(state, seen);
    }
    for (const name of WAYS) frame.enable(name, state.view === "ways");
    for (const name of LAYERS) frame.enable(name, state.view === "layers");
    return state.view === "ways" ? waysWords(state, seen.ways) : layersWords(state, seen.counts);
  };
}

function viewButtons(frame) {
  const buttons = frame.spec.fields.view.options.map(([view, name]) =>
    [view, html("button", { type: "button", onclick: () => frame.set({ view }) }, name)]);
  return {
    element: html("div", { class: "count-tabs", role: "group", "aria-label": "what is counted" }, buttons.map(([, button]) => button)),
    update: (shown) => buttons.forEach(([view, button]) => button.setAttribute("aria-pressed", String(view === shown))),
  };
}

// ---- words ---------------------------------------------------------------------------------------

function waysWords(state, ways) {
  const field = Math.min(state.field, state.side);
  const counted = state.biases ? "parameters" : "weights";
  const [full, local, shared] = [ways.fully, ways.local, ways.shared].map((count) => `${amountText(count)} (${memoryText(count)})`);
  return `${state.side} × ${state.side} pixels with ${several(state.channels, "channel")}, ${several(state.maps, "map")} of ${several(state.units, "unit")}: ` +
    `${full} ${counted} if every unit sees every pixel, ${local} if it sees ${field} × ${field}, ${shared} if the units of a map share theirs. ${timesWords(ways)}`;
}

function timesWords({ fully, shared }) {
  if (fully === shared) return "Here sharing saves nothing.";
  return `Sharing needs ${amountText(Math.floor(fully / shared))} times fewer than full connection.`;
}

function layersWords(state, counts) {
  const wrong = counts.find(({ problem }) => problem);
  if (wrong) return `${wrong.name} does not fit: ${wrong.problem}. Change it, or a layer before it.`;
  const [trained, fixed, work] = ["parameters", "fixed", "multiplyAdds"].map((name) => totalOf(counts, name));
  const held = fixed ? ` and ${several(fixed, "fixed number")}` : "";
  return (
    `${several(counts.length, "layer")} on ${state.input_side} × ${state.input_side} × ${state.input_channels}: ` +
    `${several(trained, "trained parameter")} (${memoryText(trained)})${held}, ${grouped(work)} multiply-adds a picture. ` +
    `${mostWords(counts, "parameters", "parameters", trained)}${mostWords(counts, "multiplyAdds", "multiply-adds", work)}`
  ).trim();
}

function mostWords(counts, name, words, total) {
  if (!total) return "";
  const largest = counts.reduce((most, each) => (each[name] > most[name] ? each : most));
  return `${largest.name} has ${percent(largest[name] / total)} of the ${words}. `;
}

export default explorer(build);
