// The chain as a drawing: a slab an output, its height tells the size, its width the channels; and bars that tell where
// parameters and multiply-adds sit.

import { clamp, html, percent, setAttributes, setText, showMarks, svg } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { movedByKeys } from "./engine/plot.js";
import { shapeOf } from "./architecture_model.js";

const HEIGHT = 130; // pixels of one line of blocks
const MIDDLE = 52;
const TALLEST = 68;
const WIDEST_SLOT = 76;
const NARROWEST_SLOT = 32.5; // what the captions need; more blocks go to a further line
const MOST_CHANNELS = 4096;
const CAPTIONS = [100, 113, 126]; // baselines of kind, size and channels
const COLOURS = { conv: "blue", pool: "green", sub: "green", mean: "green", fc: "purple", rbf: "purple", res: "orange", inc: "gold", input: "muted" };

// ---- slabs -----------------------------------------------------------------------------------------

export function diagramView(frame) {
  const { kinds } = frame.spec.fields.layers;
  const picture = svg("svg", { class: "arch-diagram", role: "slider", tabindex: 0, "aria-label": "block of the network; up and down choose a layer in it", "aria-valuemin": 1 });
  const element = html("div", { class: "arch-drawing" }, picture);
  let width = 0; // asked for once: at every picture it would lay the page out twice
  new ResizeObserver(([{ contentRect }]) => {
    width = contentRect.width;
    frame.schedule();
  }).observe(element);
  let shown = null;
  const select = (selected) => {
    if (selected >= 1 && selected <= shown.blocks.length) frame.set({ selected, part: 0 });
  };
  picture.addEventListener("pointerdown", (event) => {
    const box = picture.getBoundingClientRect();
    select(shown.places.at(event.clientX - box.left, event.clientY - box.top));
  });
  movedByKeys(picture, [1, 1], (dx, dy) => {
    if (dx) select(clamp(Math.min(frame.state.selected, shown.blocks.length) + dx, 1, shown.blocks.length));
    else frame.set({ part: clamp(shown.place - dy, 0, shown.parts) });
  });
  const placesFor = lastOf(placesOf);
  const draw = lastOf((blocks, at, places) => {
    const [{ before: input }] = blocks;
    const start = drawSignal(input, "input", places.slot, input.size);
    const drawn = [start, ...blocks.map((each) => drawBlock(each, kinds[each.row[0]].short, places.slot, input.size))];
    drawn[at + 1].unshift(selection(places.slot));
    showMarks(picture, drawn.map((marks, i) => svg("g", { transform: `translate(${places.middle(i).join(" ")})` }, marks)));
  });
  return {
    element,
    update(state, { blocks, at, place, block, name, signal }) {
      const places = placesFor(blocks.length + 1, Math.max(2 * WIDEST_SLOT, width || element.clientWidth));
      shown = { blocks, place, places, parts: block.parts.length > 1 ? block.parts.length : 0 };
      draw(blocks, at, places);
      setAttributes(picture, {
        viewBox: `0 0 ${places.width} ${places.height}`, "aria-valuenow": at + 1, "aria-valuemax": blocks.length,
        "aria-valuetext": signal ? `${name}: ${shapeOf(signal).join(" × ")}` : `${name} does not fit`,
      });
    },
  };
}

// Where `count` outputs stand: equal slots, in as many lines as the captions need.
function placesOf(count, width) {
  const columns = Math.ceil(count / Math.ceil((count * NARROWEST_SLOT) / width));
  const slot = Math.min(WIDEST_SLOT, width / columns);
  const left = (width - slot * columns) / 2;
  return {
    slot, width, height: HEIGHT * Math.ceil(count / columns),
    middle: (i) => [left + slot * ((i % columns) + 0.5), HEIGHT * Math.floor(i / columns)],
    at: (x, y) => (x < left || x >= width - left ? -1 : Math.floor(y / HEIGHT) * columns + Math.floor((x - left) / slot)),
  };
}

// Every output is drawn around x = 0, in a line of its own height.
function selection(slot) {
  return svg("rect", { class: "arch-selection", x: 1 - slot / 2, y: 1, width: slot - 2, height: HEIGHT - 2, rx: 6 });
}

function drawBlock(block, short, slot, side) {
  if (!block.after) return misfitMark(short, slot, block.before);
  const extras = { add: skipArc, concat: fan }[block.join]?.(block, slot, side) ?? [];
  const arrow = svg("line", { class: "arch-arrow", x1: rightEnd(block.before, slot, side) - slot + 2, x2: -slabWidth(block.after, slot) / 2 - 2, y1: MIDDLE, y2: MIDDLE });
  return [arrow, ...drawSignal(block.after, short, slot, side, block), ...extras];
}

// A block that does not fit is marked; those after it only keep their place.
function misfitMark(short, slot, before) {
  const kind = before ? "arch-misfit" : "arch-waiting";
  const width = Math.min(26, slot - 8);
  const box = svg("rect", { class: kind, x: -width / 2, y: MIDDLE - 24, width, height: 48, rx: 4 });
  const told = svg("text", { class: `${kind}-text`, y: MIDDLE + 5 }, before ? "✗" : "?");
  return [box, told, captionText(short, 0)];
}

// To a quarter of a pixel, so that a slab that hardly changes is not drawn again.
const quarters = (length) => Math.round(4 * length) / 4;
const slabHeight = ({ size, channels, flat }, side) => quarters(flat ? 14 + (34 * Math.log2(1 + channels)) / Math.log2(1 + MOST_CHANNELS) : 8 + (TALLEST - 8) * Math.sqrt(Math.min(1, size / side)));
const slabWidth = ({ channels, flat }, slot) => (flat ? 6 : 4 + (0.55 * slot * Math.log2(1 + channels)) / Math.log2(1 + MOST_CHANNELS));
const slabDepth = (signal, side) => (signal.flat ? 3 : quarters(3 + 0.07 * slabHeight(signal, side)));
const rightEnd = (signal, slot, side) => slabWidth(signal, slot) / 2 + slabDepth(signal, side);

function drawSignal(signal, short, slot, side, block = null) {
  const [height, width] = [slabHeight(signal, side), slabWidth(signal, slot)];
  const [left, top, depth] = [-width / 2, MIDDLE - height / 2, slabDepth(signal, side)];
  const colour = `color: var(--course-${COLOURS[short]})`;
  const right = left + width;
  const faces = [
    svg("rect", { class: "arch-front", x: left, y: top, width, height }),
    svg("path", { class: "arch-top", d: `M${left} ${top}l${depth} ${-depth}h${width}l${-depth} ${depth}Z` }),
    svg("path", { class: "arch-end", d: `M${right} ${top}l${depth} ${-depth}v${height}l${-depth} ${depth}Z` }),
    ...(block?.join === "concat" ? stripes(block, left, top, width, height) : []),
  ];
  const captions = signal.flat ? [short, "", String(signal.channels)] : [short, `${signal.size}²`, String(signal.channels)];
  return [svg("g", { style: colour }, faces), ...captions.map((text, line) => captionText(text, line))];
}

function captionText(text, line) {
  return svg("text", { class: `arch-caption arch-caption-${line}`, y: CAPTIONS[line] }, text);
}

// The way around a residual block, dashed where a 1 × 1 convolution stands in it.
function skipArc({ after, branches }, slot, side) {
  const top = Math.max(6, MIDDLE - slabHeight(after, side) / 2 - 16);
  const [from, to] = [1 - slot / 2, slot / 2 - 6];
  const path = `M${from} ${MIDDLE}C${from} ${top - 6} ${to} ${top - 6} ${to} ${MIDDLE - 5}`;
  return [
    svg("path", { class: "arch-skip", d: path, "stroke-dasharray": branches[1].length ? "4 2.5" : "" }),
    svg("circle", { class: "arch-plus", cx: to, cy: MIDDLE, r: 4.5 }),
    svg("path", { class: "arch-plus-sign", d: `M${to - 2.5} ${MIDDLE}h5M${to} ${MIDDLE - 2.5}v5` }),
  ];
}

// An inception module's branches lead into the stripes of its slab, as high as their shares of the channels.
function fan(block, slot, side) {
  const [height, start] = [slabHeight(block.after, side), -slot / 2 - 2];
  const end = -slabWidth(block.after, slot) / 2;
  return branchEdges(block).slice(1).map((edge, i, edges) => {
    const y = MIDDLE - height / 2 + (height * (edge + (edges[i - 1] ?? 0))) / 2;
    return svg("path", { class: "arch-fan", d: `M${start} ${MIDDLE}L${end} ${y}` });
  });
}

function stripes(block, left, top, width, height) {
  return branchEdges(block).slice(1, -1).map((edge) => svg("line", { class: "arch-stripe", x1: left, x2: left + width, y1: top + height * edge, y2: top + height * edge }));
}

function branchEdges({ branches, after }) {
  let sum = 0;
  return [0, ...branches.map((branch) => (sum += branch.at(-1).after.channels) / after.channels)];
}

// ---- where they sit ----------------------------------------------------------------------------------

export function sharesView(frame) {
  const { kinds } = frame.spec.fields.layers;
  const bars = [["parameters", "parameters"], ["multiplyAdds", "multiply-adds"]].map(([name, words]) => shareBar(frame, kinds, name, words));
  return {
    element: html("div", { class: "arch-shares" }, bars.flatMap(({ elements }) => elements)),
    update: (state, seen) => { for (const bar of bars) bar.update(seen); },
  };
}

function shareBar(frame, kinds, name, words) {
  const bar = html("div", { class: "arch-bar", role: "img" });
  const told = html("span", { class: "arch-told" });
  let ends = [];
  bar.addEventListener("pointerdown", (event) => {
    const box = bar.getBoundingClientRect();
    const at = ends.findIndex((end) => (event.clientX - box.left) / box.width <= end);
    if (at >= 0) frame.set({ selected: at + 1, part: 0 });
  });
  return {
    elements: [html("span", { class: "arch-bar-name" }, words), bar, told],
    update({ blocks, at, totals }) {
      const shares = blocks.map(({ counts }) => (totals[name] ? counts[name] / totals[name] : 0));
      ends = shares.map((_, i) => shares.slice(0, i + 1).reduce((sum, share) => sum + share, 0));
      showMarks(bar, blocks.map((block, i) => segment(block, kinds[block.row[0]].short, shares[i], i === at)));
      setText(told, totals[name] && blocks[at].after ? `${blocks[at].name} ${percent(shares[at], 1)}, so far ${percent(ends[at], 1)}` : "–");
      setAttributes(bar, { "aria-label": `${words}: ${largestShares(blocks, shares)}` });
    },
  };
}

function segment({ name }, short, share, isSelected) {
  const text = share < 0.09 ? "" : share < 0.16 ? name : `${name} ${percent(share)}`;
  return html("span", { class: isSelected ? "arch-segment arch-segment-selected" : "arch-segment", style: `flex-grow: ${share}; color: var(--course-${COLOURS[short]})`, title: `${name}: ${percent(share, 1)}` }, html("b", {}, text));
}

function largestShares(blocks, shares) {
  const found = blocks.map(({ name }, i) => [shares[i], name]).filter(([share]) => share > 0).sort((a, b) => b[0] - a[0]);
  return found.slice(0, 3).map(([share, name]) => `${name} ${percent(share, 1)}`).join(", ") || "none";
}
