// The selected block: its kind and numbers to edit, the layers inside of it, and the arithmetic with numbers put in.

import { clamp, html, setAttributes, setText, showMarks, svg } from "./engine/dom.js";
import { numberBox } from "./engine/controls.js";
import { movedByKeys } from "./engine/plot.js";
import { grouped } from "./parameter_model.js";
import { addedBy, shapeOf, weightsText, windowOf } from "./architecture_model.js";

// ---- editing ---------------------------------------------------------------------------------------

export function editorView(frame) {
  const { kinds, numbers, most } = frame.spec.fields.layers;
  const at = () => Math.min(frame.state.selected, frame.state.layers.length) - 1;
  const replace = (row) => frame.set({ layers: frame.state.layers.map((old, i) => (i === at() ? row : old)) });
  const title = html("h4");
  const kind = html("select", { "aria-label": "kind of the block", onchange: () => replace(changedKind(kinds, frame.state.layers[at()], kind.value)) },
    Object.entries(kinds).map(([value, { words }]) => html("option", { value }, words)));
  const boxes = Object.entries(numbers).map(([name, { label, low, high }]) => {
    const change = (value) => {
      const [what, ...old] = frame.state.layers[at()];
      replace([what, ...old.map((each, i) => (kinds[what].numbers[i] === name ? value : each))]);
    };
    const box = numberBox({ field: { low, high, step: 1 }, change, label: `${label} of the block` });
    return { name, box, element: html("label", { class: "arch-number" }, html("span", { "aria-hidden": "true" }, label), box) };
  });
  const buttons = chainButtons(frame, at, most);
  return {
    element: html("div", { class: "arch-editor" }, title, html("div", { class: "arch-row" }, kind, buttons.elements), html("div", { class: "arch-numbers" }, boxes.map(({ element }) => element))),
    update(state, { blocks, block }) {
      const [what, ...values] = block.row;
      setText(title, `Block ${at() + 1} of ${blocks.length}: ${block.name}`);
      if (kind.value !== what) kind.value = what;
      for (const { name, box, element } of boxes) {
        const place = kinds[what].numbers.indexOf(name);
        element.hidden = place < 0;
        if (place >= 0) box.show(values[place]);
      }
      buttons.update(state.layers.length);
    },
  };
}

// A block of another kind keeps the numbers that both kinds have.
function changedKind(kinds, [old, ...values], kind) {
  const kept = Object.fromEntries(kinds[old].numbers.map((name, i) => [name, values[i]]));
  return [kind, ...kinds[kind].numbers.map((name, i) => kept[name] ?? kinds[kind].start[i])];
}

function chainButtons(frame, at, most) {
  const change = (make) => () => {
    const layers = [...frame.state.layers];
    const selected = make(layers, at());
    frame.set({ layers, selected: selected + 1, part: 0 });
  };
  const swap = (by) => change((layers, i) => {
    [layers[i], layers[i + by]] = [layers[i + by], layers[i]];
    return i + by;
  });
  const button = (text, label, press) => html("button", { type: "button", "aria-label": label, title: label, onclick: press }, text);
  const add = button("+", "add a copy after the block", change((layers, i) => layers.splice(i + 1, 0, [...layers[i]]).length + i + 1));
  const remove = button("−", "remove the block", change((layers, i) => layers.splice(i, 1).length * Math.min(i, layers.length - 1)));
  const [earlier, later] = [button("◀", "move the block towards the input", swap(-1)), button("▶", "move the block towards the output", swap(1))];
  return {
    elements: [add, remove, earlier, later],
    update(count) {
      add.disabled = count >= most;
      remove.disabled = count === 1;
      earlier.disabled = at() === 0;
      later.disabled = at() === count - 1;
    },
  };
}

// ---- inside of the block -----------------------------------------------------------------------------

const INSIDE = { width: 356, height: 112, left: 24, node: 80, pitch: 92, rows: [14, 42, 70, 98], join: 310 };

export function insideView(frame) {
  const picture = svg("svg", { viewBox: `0 0 ${INSIDE.width} ${INSIDE.height}`, class: "arch-inside", role: "slider", tabindex: 0, "aria-label": "layer in the block, 0 for all of it", "aria-valuemin": 0 });
  let nodes = [];
  let place = 0;
  picture.addEventListener("pointerdown", (event) => {
    const box = picture.getBoundingClientRect();
    const [x, y] = [((event.clientX - box.left) / box.width) * INSIDE.width, ((event.clientY - box.top) / box.height) * INSIDE.height];
    const hit = nodes.findIndex((node) => x >= node.x && x <= node.x + INSIDE.node && Math.abs(y - node.y) <= 14);
    if (nodes.length > 1) frame.set({ part: hit + 1 });
  });
  movedByKeys(picture, [1, 1], (dx, dy) => {
    if (nodes.length > 1) frame.set({ part: clamp(place + dx - dy, 0, nodes.length) });
  });
  return {
    element: picture,
    update(state, seen) {
      const { block, name } = seen;
      place = seen.place;
      nodes = placedNodes(block);
      showMarks(picture, block.after ? insideMarks(block, nodes, place) : [svg("text", { class: "arch-note", x: INSIDE.width / 2, y: 58 }, "it does not fit")]);
      setAttributes(picture, { "aria-valuenow": place, "aria-valuemax": nodes.length > 1 ? nodes.length : 0, "aria-valuetext": place ? `${name}: ${partText(nodes[place - 1].part)}` : `all of ${name}` });
    },
  };
}

function placedNodes({ branches }) {
  const rows = branches.length === 4 ? INSIDE.rows : branches.length === 2 ? [36, 82] : [56];
  return branches.flatMap((branch, row) => branch.map((part, column) => {
    const indent = branches.length === 1 || (branches.length === 2 && row === 1) ? 1 : 0; // alone in its row: in the middle
    return { part, row, x: INSIDE.left + INSIDE.pitch * (column + indent), y: rows[row] };
  }));
}

function insideMarks({ join, branches, after }, nodes, place) {
  const rows = branches.length === 4 ? INSIDE.rows : branches.length === 2 ? [36, 82] : [56];
  const middle = (rows[0] + rows.at(-1)) / 2;
  const ways = rows.map((y) => svg("path", { class: "arch-way", d: `M6 ${middle}C16 ${middle} 14 ${y} ${INSIDE.left} ${y}H${INSIDE.join - 26}C${INSIDE.join - 12} ${y} ${INSIDE.join - 14} ${middle} ${INSIDE.join - 7} ${middle}` }));
  const end = svg("path", { class: "arch-way", d: `M${INSIDE.join - 7} ${middle}H${INSIDE.width - 34}` });
  const identity = join === "add" && !branches[1].length ? [svg("text", { class: "arch-note", x: INSIDE.left + INSIDE.pitch * 1.43, y: 100 }, "shortcut: what came in, unchanged")] : [];
  return [
    ...ways, end, svg("circle", { class: "arch-dot", cx: 6, cy: middle, r: 3.5 }), ...identity, ...joinMarks(join, middle),
    svg("text", { class: "arch-out", x: INSIDE.width, y: middle + 4 }, after.channels),
    ...nodes.flatMap((node, i) => nodeMarks(node, i + 1 === place)),
  ];
}

function joinMarks(join, middle) {
  if (!join) return [];
  const sign = join === "add" ? `M${INSIDE.join - 5} ${middle}h10M${INSIDE.join} ${middle - 5}v10` : `M${INSIDE.join - 4} ${middle - 4}h8M${INSIDE.join - 4} ${middle}h8M${INSIDE.join - 4} ${middle + 4}h8`;
  return [svg("circle", { class: "arch-plus", cx: INSIDE.join, cy: middle, r: 9 }), svg("path", { class: "arch-plus-sign", d: sign })];
}

function nodeMarks({ part, x, y }, isSelected) {
  const colour = `color: var(--course-${part.row[0] === "conv" || part.row[0] === "partial" ? "blue" : part.after.flat ? "purple" : "green"})`;
  return [
    svg("rect", { class: "arch-node-ground", x, y: y - 12, width: INSIDE.node, height: 24, rx: 5 }),
    svg("rect", { class: isSelected ? "arch-node arch-node-selected" : "arch-node", style: colour, x, y: y - 12, width: INSIDE.node, height: 24, rx: 5 }),
    svg("text", { class: "arch-node-text", x: x + INSIDE.node / 2, y: y + 4 }, partText(part)),
  ];
}

function partText({ row, after }) {
  const [kind, kernel, stride] = row;
  if (kind === "global") return "mean of all";
  if (after.flat) return `${kind === "dense" ? "fc" : kind} ${after.channels}`;
  const window = `${kernel}×${kernel}${stride > 1 ? `/${stride}` : ""}`;
  return kind === "conv" || kind === "partial" ? `${window}, ${after.channels}` : `${kind === "max" ? "max" : "mean"} ${window}`;
}

// ---- the arithmetic ------------------------------------------------------------------------------------

const LINES = ["output", "size", "parameters", "multiply-adds", "receptive field", "jump"];
const JOINED_LINES = ["output", "joined", ...LINES.slice(2)];

export function formulasView() {
  const title = html("h4");
  const rows = LINES.map(() => ({ name: html("span", { class: "arch-formula-name" }), told: html("span", { class: "arch-formula-told" }) }));
  return {
    element: html("div", { class: "arch-formulas", role: "group", "aria-label": "the arithmetic of the selected layer" }, title,
      html("div", { class: "arch-formula-grid" }, rows.flatMap(({ name, told }) => [name, told]))),
    update({ norm }, { block, part, name }) {
      const single = part ?? (block.join ? null : block.parts[0]);
      const told = single ? partLines(single, norm) : blockLines(block);
      const names = single ? LINES.map((line) => line + formulaOf(line, single.row[0], norm)) : block.join ? JOINED_LINES : LINES;
      setText(title, `Arithmetic of ${name}`);
      rows.forEach((row, i) => {
        setText(row.name, names[i]);
        setText(row.told, told[i]);
      });
    },
  };
}

// The formula into which the numbers below it are put.
function formulaOf(line, kind, norm) {
  const isConvolution = kind === "conv" || kind === "partial";
  const added = addedBy(norm) > 1 ? `${addedBy(norm)}·out` : "out";
  const formulas = { size: "⌊(n + 2p − k)/s⌋ + 1", "receptive field": "before + (k − 1)·jump", jump: "before·s" };
  if (isConvolution) Object.assign(formulas, { parameters: `k²·in·out + ${added}`, "multiply-adds": "k²·in·out·size²" });
  const has = line in formulas && (isConvolution || ["max", "average", "trained"].includes(kind));
  return has ? ` = ${formulas[line]}` : "";
}

function blockLines(block) {
  if (!block.after) return ["it does not fit", "–", "–", "–", "–", "–"];
  const { after, counts, parts, branches, join } = block;
  const ends = branches.map((branch) => branch.at(-1)?.after ?? block.before);
  const [channels, fields] = [ends.map((end) => grouped(end.channels)), ends.map((end) => end.field)];
  const summed = join === "concat" ? `channels ${channels.join(" + ")} = ${grouped(after.channels)}` : "both ways added, number by number";
  const within = `${parts.length} layers together`;
  return [
    shapeOf(after).map(grouped).join(" × "), summed, `${within} = ${grouped(counts.parameters)}`, `${within} = ${grouped(counts.multiplyAdds)}`,
    `largest of ${[...new Set(fields)].join(", ")} = ${after.field}`, `${after.jump}`,
  ];
}

function partLines(part, norm) {
  return [shapeOf(part.after).map(grouped).join(" × "), sizeLine(part), parametersLine(part, norm), workLine(part), fieldLine(part), jumpLine(part)];
}

function sizeLine({ row, before, after }) {
  if (after.flat) return row[0] === "global" ? `mean of ${before.size} × ${before.size}: 1 a channel` : `every unit sees all ${shapeOf(before).map(grouped).join(" × ")}`;
  const [kernel, stride, padding] = windowOf(row, before);
  return `⌊(${before.size} + 2·${padding} − ${kernel})/${stride}⌋ + 1 = ${after.size}`;
}

function parametersLine({ row, before, after, counts }, norm) {
  const [kind] = row;
  if (kind === "trained") return `2·${after.channels} = ${grouped(counts.parameters)}`;
  if (!counts.parameters && !counts.fixed) return "none";
  const weights = weightsText(row, before);
  if (kind === "rbf") return `${weights} = ${grouped(counts.fixed)}, fixed`;
  const added = kind === "dense" ? 1 : addedBy(norm);
  return `${weights} + ${added > 1 ? `${added}·` : ""}${grouped(after.channels)} = ${grouped(counts.parameters)}`;
}

function workLine({ row, before, after, counts }) {
  if (!counts.multiplyAdds) return "none counted";
  if (row[0] === "trained") return `${after.channels}·${after.size}² = ${grouped(counts.multiplyAdds)}`;
  const weights = weightsText(row, before);
  return `${weights}${after.flat ? "" : `·${after.size}²`} = ${grouped(counts.multiplyAdds)}`;
}

function fieldLine({ row, before, after }) {
  const [kernel] = windowOf(row, before);
  return `${before.field} + (${kernel} − 1)·${before.jump} = ${after.field}`;
}

function jumpLine({ row, before, after }) {
  const [, stride] = windowOf(row, before);
  return `${before.jump}·${stride} = ${after.jump}`;
}
