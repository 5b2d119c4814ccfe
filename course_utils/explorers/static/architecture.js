import { explorer } from "./engine/frame.js";
import { clamp, html, percent } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { amountText, grouped, memoryText } from "./parameter_model.js";
import { countBlocks, seenFrom, shapeOf, totalCounts } from "./architecture_model.js";
import { diagramView, sharesView } from "./architecture_diagram.js";
import { editorView, formulasView, insideView } from "./architecture_layer.js";
import { fieldView } from "./architecture_field.js";

const NAMES = ["norm", "side", "channels"];

function build(frame) {
  const chooser = networkChooser(frame);
  const [diagram, shares] = [diagramView(frame), sharesView(frame)];
  const [editor, inside, formulas, field] = [editorView(frame), insideView(frame), formulasView(), fieldView(frame)];
  frame.show(
    html("div", { class: "arch-input" }, chooser.element, NAMES.map((name) => frame.control(name))),
    html("div", { class: "arch-network" }, diagram.element, shares.element),
    html("div", { class: "arch-layer" },
      html("div", { class: "arch-edit" }, editor.element, inside.element), formulas.element, field.element),
  );
  const { kinds } = frame.spec.fields.layers;
  const blocksOf = lastOf((side, channels, norm, layers) => countBlocks({ side, channels, norm, layers }, kinds));
  return (state) => {
    const seen = lookAt(frame, state, blocksOf(state.side, state.channels, state.norm, state.layers));
    for (const view of [chooser, diagram, shares, editor, inside, formulas, field]) view.update(state, seen);
    return wordsOf(state, seen);
  };
}

// What all views show: the blocks, the selected one, the layer in it, and the signal that leaves it.
function lookAt(frame, state, blocks) {
  const at = Math.min(state.selected, blocks.length) - 1;
  const block = blocks[at];
  const place = block.parts.length > 1 ? Math.min(state.part, block.parts.length) : 0;
  const part = place ? block.parts[place - 1] : null;
  const signal = (part ?? block).after;
  const [row, column] = [state.y, state.x].map((share) => (signal ? clamp(Math.floor(share * signal.size), 0, signal.size - 1) : 0));
  const name = place ? `${block.name}, layer ${place} of ${block.parts.length}` : block.name;
  return { blocks, at, block, place, part, signal, row, column, name, totals: totalCounts(blocks), network: networkName(frame, state) };
}

// ---- published networks ----------------------------------------------------------------------------

function networkName(frame, state) {
  return nameAndKey(frame, state)?.[1].name ?? "A chain of your own";
}

function nameAndKey(frame, state) {
  const same = (published, name) => JSON.stringify(published[name]) === JSON.stringify(state[name]);
  return Object.entries(frame.arrays.networks).find(([, published]) => ["side", "channels", "norm", "layers"].every((name) => same(published, name)));
}

function networkChooser(frame) {
  const own = html("option", { value: "" }, "your own chain");
  const options = Object.entries(frame.arrays.networks).map(([key, { name }]) => html("option", { value: key }, name));
  const choose = () => {
    const { name, ...parts } = frame.arrays.networks[select.value];
    frame.set({ ...parts, part: 0 });
  };
  const select = html("select", { "aria-label": "network to begin with", onchange: choose }, options, own);
  own.disabled = true;
  return {
    element: html("div", { class: "course-control course-choice" }, html("label", {}, "network"), select),
    update(state) {
      const key = nameAndKey(frame, state)?.[0] ?? "";
      if (select.value !== key) select.value = key;
    },
  };
}

// ---- words -----------------------------------------------------------------------------------------

function wordsOf(state, seen) {
  const wrong = seen.blocks.find(({ problem }) => problem);
  if (wrong) return `${wrong.name} does not fit: ${wrong.problem}. Change it, or a block before it; nothing of the chain is lost.`;
  return `${networkWords(seen)} ${selectedWords(state, seen)}`;
}

function networkWords({ blocks, totals, network }) {
  const depth = blocks.reduce((sum, block) => sum + block.depth, 0);
  const fixed = totals.fixed ? ` and ${grouped(totals.fixed)} that are not trained` : "";
  return (
    `${network}, ${depth} ${depth === 1 ? "layer" : "layers"} deep: ${grouped(totals.parameters)} trained parameters ` +
    `(${memoryText(totals.parameters)})${fixed}, ${amountText(totals.multiplyAdds)} multiply-adds (${amountText(2 * totals.multiplyAdds)} FLOPs) a picture. ` +
    mostOf(blocks, totals)
  ).trim();
}

function mostOf(blocks, { parameters, multiplyAdds }) {
  if (!parameters || !multiplyAdds) return "";
  const [largest, busiest] = ["parameters", "multiplyAdds"].map((name) => blocks.reduce((most, each) => (each.counts[name] > most.counts[name] ? each : most)));
  return (
    `${percent(largest.counts.parameters / parameters)} of the parameters lie in ${largest.name}, ` +
    `${percent(busiest.counts.multiplyAdds / multiplyAdds)} of the multiply-adds in ${busiest.name}.`
  );
}

function selectedWords(state, { name, block, part, signal, row, column }) {
  const { parameters, multiplyAdds } = (part ?? block).counts;
  return (
    `${name}: ${shapeOf(signal).join(" × ")}, ${grouped(parameters)} ${parameters === 1 ? "parameter" : "parameters"}, ` +
    `${amountText(multiplyAdds)} multiply-adds. ${fieldWords(state.side, signal, row, column)}`
  );
}

function fieldWords(side, signal, row, column) {
  const [rows, columns] = [row, column].map((place) => {
    const [first, last] = seenFrom(signal, place);
    return Math.max(0, Math.min(side, last + 1) - Math.max(0, first));
  });
  const where = signal.flat ? "Each unit" : `The value in row ${row + 1}, column ${column + 1}`;
  const whole = `${where} sees ${signal.field} × ${signal.field} pixels`;
  return rows * columns === signal.field ** 2 ? `${whole}.` : `${whole}, of which ${rows} × ${columns} lie in the picture.`;
}

export default explorer(build);
