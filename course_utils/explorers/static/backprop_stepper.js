import { explorer } from "./engine/frame.js";
import { clamp, html, setAttributes, setText, svg, trimmed, uniqueId } from "./engine/dom.js";
import { numberBox, textControl } from "./engine/controls.js";
import { Graph } from "./engine/graph.js";
import { stepper } from "./engine/stepper.js";

// The kernel reads the expression and sends the graph with the words and numbers of all steps, so that stepping needs no kernel.
// The drawing may grow with its frame but never shrinks, so that its text stays readable: what is larger scrolls in the frame.
const VIEW = { width: 800, height: 256 };
const NODE = { width: 66, height: 60, round: 10 };
const PITCH = { tight: 104, least: 116, most: 150, row: 70 }; // pixels between columns, tight where that saves scrolling, and between rows
const CLEAR = 14; // pixels between what a step is about and the edge of the frame

function build(frame) {
  const view = { answer: null, graph: null, shown: null };
  const last = () => (frame.answer.steps?.length ?? 1) - 1;
  const place = scrollingFrame();
  const step = explanation();
  const editor = inputEditor(frame, view);
  const complaint = html("p", { class: "chain-complaint", role: "alert" });
  const walk = scrubber(frame, view);
  frame.show(
    html("div", { class: "course-wide chain-expression" }, expressionControl(frame), complaint),
    html("div", { class: "course-wide" }, place),
    html("div", { class: "course-wide chain-walk" }, stepper(frame, "step", { last }), walk.element),
    step.element,
    html("div", { class: "course-side chain-inputs" }, editor.element, legendOfChain()),
  );
  return (state) => {
    takeOver(view, frame, place);
    setText(complaint, frame.answer.error ? `✗ ${frame.answer.error}` : "");
    place.classList.toggle("course-disabled", Boolean(frame.answer.error));
    if (frame.answer.error) return frame.answer.said;
    const at = Math.min(state.step, last());
    const words = view.answer.steps[at];
    drawChain(view, state, at, words);
    followStep(view, place, at, words);
    step.update(words);
    walk.update(at, last());
    editor.update(state, namesOf(view.answer));
    return words.said;
  };
}

// Adopts a new answer; where the graph has another form its picture is made anew.
function takeOver(view, frame, place) {
  const { answer } = frame;
  if (answer === view.answer || answer.error) return;
  const form = JSON.stringify([answer.state.expression, answer.nodes.map((node) => node.name)]);
  view.answer = answer;
  if (form === view.form) return;
  view.form = form;
  view.graph = makeChain(frame, view);
  view.graph.element.style.minWidth = `${view.graph.size.width}px`;
  place.replaceChildren(view.graph.element);
  place.scrollTo(0, 0);
}

// A stop for the keyboard only where there is something to scroll.
function scrollingFrame() {
  const place = html("div", { class: "chain-graph", role: "region", "aria-label": "graph" });
  const look = () => {
    const larger = place.scrollWidth > place.clientWidth + 1 || place.scrollHeight > place.clientHeight + 1;
    if (larger) setAttributes(place, { tabindex: 0, "aria-label": "graph, larger than its frame: arrow keys scroll it" });
    else {
      place.removeAttribute("tabindex");
      setAttributes(place, { "aria-label": "graph" });
    }
  };
  new ResizeObserver(look).observe(place);
  new MutationObserver(look).observe(place, { childList: true });
  return place;
}

// A new step scrolls to what it is about: a value, or an edge and the value whose gradient it changes.
function followStep(view, place, at, { node, edge }) {
  const { graph, shown } = view;
  if (shown?.graph === graph && shown.at === at) return;
  view.shown = { graph, at };
  if (at === 0) return place.scrollTo(0, 0);
  const way = graph.ways[edge];
  bringIntoFrame(place, way ? [way.local, graph.spotAt(way.from).group] : [graph.spots[node].group]);
}

// Where not all of them fit, the last one does.
function bringIntoFrame(place, items) {
  const frame = place.getBoundingClientRect();
  const way = { left: 0, top: 0 };
  for (const item of items) {
    const box = item.getBoundingClientRect();
    way.left += missing(box.left - way.left, box.right - way.left, frame.left, frame.left + place.clientWidth);
    way.top += missing(box.top - way.top, box.bottom - way.top, frame.top, frame.top + place.clientHeight);
  }
  if (way.left || way.top) place.scrollBy(way);
}

function missing(low, high, from, to) {
  if (low < from + CLEAR) return low - from - CLEAR;
  return Math.max(0, high - to + CLEAR);
}

function namesOf(answer) {
  return answer.nodes.filter((node) => node.name).map((node) => node.name);
}

function expressionControl(frame) {
  const field = frame.spec.fields.expression;
  const control = textControl(field, (expression) => frame.set({ expression, step: 0 }), "expression");
  frame.bound.push({ name: "expression", ...control });
  return control.element;
}

// ---- the graph ---------------------------------------------------------------------------------------

class Chain extends Graph {
  constructor(options, answer) {
    super({ ...options, nodes: [], edges: [] });
    const gaps = Math.max(1, answer.columns - 1);
    const room = VIEW.width - NODE.width - 4;
    this.pitch = gaps * PITCH.tight > room ? PITCH.least : Math.min(PITCH.most, room / gaps);
    this.size = { width: Math.max(VIEW.width, gaps * this.pitch + NODE.width + 4), height: Math.max(VIEW.height, answer.rows * PITCH.row + NODE.height + 8) };
    setAttributes(this.drawing, { viewBox: `0 0 ${this.size.width} ${this.size.height}` });
    this.left = (this.size.width - (answer.columns - 1) * this.pitch) / 2;
    this.top = (this.size.height - answer.rows * PITCH.row) / 2;
    this.ways = answer.edges.map((edge) => new ChainEdge(this, edge));
    this.spots = answer.nodes.map((node, index) => new ChainNode(this, node, index));
    this.drawing.append(arrowHead(this.arrow), ...this.ways.map((way) => way.group), ...this.spots.map((spot) => spot.group), ...this.ways.map((way) => way.local));
  }

  px([column, row]) {
    return [this.left + column * this.pitch, this.top + row * PITCH.row];
  }

  // The node where an edge begins; of two edges between the same nodes each begins a little off the middle.
  spotAt([column, row]) {
    return this.spots.find((spot) => spot.column === column && Math.abs(spot.row - row) < 0.5);
  }

  get arrow() {
    return (this.arrowId ??= uniqueId("arrow"));
  }
}

// It points back along the edge: a gradient flows from the result towards the inputs.
function arrowHead(id) {
  const attributes = { id, viewBox: "0 0 10 10", refX: 3, refY: 5, markerWidth: 12, markerHeight: 12, markerUnits: "userSpaceOnUse", orient: "auto" };
  return svg("defs", {}, svg("marker", attributes, svg("path", { d: "M10 0L0 5L10 10z", fill: "var(--course-purple)" })));
}

class ChainNode {
  constructor(graph, { label, name, operation, column, row }, index) {
    Object.assign(this, { graph, id: name, index, column, row });
    const [x, y] = graph.px([column, row]);
    const left = x - NODE.width / 2;
    const top = y - NODE.height / 2;
    const text = (kind, at) => svg("text", { class: `course-graph-${kind}`, x, y: top + at, "text-anchor": "middle" });
    const box = { x: left, y: top, width: NODE.width, height: NODE.height, rx: NODE.round };
    this.lit = svg("rect", { class: "course-graph-lit", ...box, visibility: "hidden" });
    this.caption = text("caption", 15);
    setText(this.caption, operation ? `${label} ${operation}` : label);
    [this.value, this.gradient] = [text("value", 33), text("value chain-gradient", 53)];
    const rule = svg("line", { class: "course-graph-rule", x1: left, x2: left + NODE.width, y1: top + 39, y2: top + 39 });
    this.group = svg("g", { class: `course-graph-item ${name ? "chain-input" : ""}` }, svg("rect", { class: "course-graph-plate", ...box }), this.lit, rule, this.caption, this.value, this.gradient);
    graph.editable(this, name ? `input ${name}` : undefined);
  }

  set(node, at, words, state) {
    const value = node.at <= at ? node.value : "?";
    const gradient = node.gradients.filter(([since]) => since <= at).at(-1)?.[1] ?? "";
    setText(this.value, value);
    setText(this.gradient, gradient);
    this.lit.setAttribute("visibility", words.node === this.index ? "visible" : "hidden");
    const spoken = `${node.spoken} = ${value}${gradient && `, df/d${node.label} = ${gradient}`}`;
    if (!node.name) return setAttributes(this.group, { "aria-label": spoken });
    this.graph.mark(this, { number: inputValue(state, node.name), text: spoken, selected: chosenName(state, [node.name]) === state.selected });
  }
}

class ChainEdge {
  constructor(graph, { route }) {
    this.from = route[0];
    const ends = route.map((point, i) => {
      const [x, y] = graph.px(point);
      return [x + (i === 0 ? NODE.width / 2 : i === route.length - 1 ? -NODE.width / 2 : 0), y];
    });
    const d = smooth(ends);
    const [[x1, y1], [x2, y2]] = ends.slice(-2);
    this.halo = svg("path", { d, class: "course-graph-halo", fill: "none", visibility: "hidden" });
    this.line = svg("path", { d, fill: "none", stroke: "var(--course-muted)", "stroke-width": 1.4 });
    this.back = svg("path", { d, fill: "none", class: "chain-back", "marker-start": `url(#${graph.arrow})`, visibility: "hidden" });
    this.local = svg("text", { class: "chain-local", "aria-hidden": "true", x: (x1 + x2) / 2, y: (y1 + y2) / 2 + 4.5, "text-anchor": "middle" });
    this.group = svg("g", { "aria-hidden": "true" }, this.halo, this.line, this.back);
  }

  set({ at: since, local, blocked }, at, lit) {
    const passed = since > 0 && since <= at;
    this.halo.setAttribute("visibility", lit ? "visible" : "hidden");
    this.back.setAttribute("visibility", passed ? "visible" : "hidden");
    this.back.setAttribute("stroke-dasharray", blocked ? "2 4" : "");
    setText(this.local, passed ? local : "");
    this.local.classList.toggle("chain-long", local.length > 4);
  }
}

// A line through points that leaves and reaches each of them level.
function smooth([[x0, y0], ...rest]) {
  let [fromX, fromY] = [x0, y0];
  let d = `M${x0} ${y0}`;
  for (const [x, y] of rest) {
    const half = (fromX + x) / 2;
    d += `C${half} ${fromY} ${half} ${y} ${x} ${y}`;
    [fromX, fromY] = [x, y];
  }
  return d;
}

function makeChain(frame, view) {
  const { answer } = view;
  const { low, high, step } = frame.spec.fields.values;
  const label = `The graph of ${answer.state.expression}`;
  const edit = { low, high, step, select: (selected) => frame.set({ selected }), change: (name, value) => changeInput(frame, view, name, value) };
  return new Chain({ ...VIEW, label, edit }, answer);
}

function drawChain({ graph, answer }, state, at, words) {
  graph.ways.forEach((way, i) => way.set(answer.edges[i], at, words.edge === i));
  graph.spots.forEach((spot, i) => spot.set(answer.nodes[i], at, words, { ...state, selected: chosenName(state, namesOf(answer)) }));
}

// ---- changing an input -------------------------------------------------------------------------------

function inputValue(state, name) {
  return state.values[name] ?? 1;
}

function chosenName(state, names) {
  return names.includes(state.selected) ? state.selected : names[0];
}

function changeInput(frame, view, name, value) {
  const { low, high } = frame.spec.fields.values;
  const known = Object.fromEntries(namesOf(view.answer).map((each) => [each, inputValue(frame.state, each)]));
  frame.set({ values: { ...known, [name]: Number(clamp(value, low, high).toFixed(4)) }, selected: name });
}

function inputEditor(frame, view) {
  const field = frame.spec.fields.values;
  const change = (value) => changeInput(frame, view, chosenName(frame.state, namesOf(view.answer)), value);
  const select = html("select", { "aria-label": "input to change", "data-input": "name", onchange: () => frame.set({ selected: select.value }) });
  const range = html("input", {
    type: "range", min: field.low, max: field.high, step: field.step, "data-input": "range", "aria-label": "the chosen input",
    oninput: () => change(Number(range.value)),
  });
  const box = numberBox({ field, change, label: "the chosen input, exact value", "data-input": "exact" });
  return {
    element: html("div", { class: "chain-editor", role: "group", "aria-label": "change an input" }, html("span", {}, "change"), select, range, box),
    update(state, names) {
      if (select.dataset.names !== names.join()) select.replaceChildren(...names.map((name) => html("option", { value: name }, name)));
      select.dataset.names = names.join();
      const name = chosenName(state, names);
      select.value = name;
      const value = inputValue(state, name);
      if (Number(range.value) !== value) range.value = value;
      range.setAttribute("aria-valuetext", `${name} = ${trimmed(value)}`);
      box.show(value);
    },
  };
}

// ---- the walk ----------------------------------------------------------------------------------------

function scrubber(frame, view) {
  const range = html("input", {
    type: "range", min: 0, step: 1, "data-field": "step", "aria-label": "step", oninput: () => frame.set({ step: Number(range.value) }),
  });
  const text = html("span", { class: "chain-count" });
  return {
    element: html("div", { class: "chain-scrub" }, range, text),
    update(at, last) {
      range.max = last;
      range.value = at;
      const way = at === 0 ? "start" : at <= view.answer.forward ? "forward" : "backward";
      range.setAttribute("aria-valuetext", `${at} of ${last}, ${way}`);
      setText(text, `${at} of ${last}: ${way}`);
    },
  };
}

function explanation() {
  const lines = [html("b"), html("div"), html("div", { class: "chain-numbers" })];
  return {
    element: html("div", { class: "course-formula chain-step", role: "group", tabindex: 0, "aria-label": "explain this step" }, lines),
    update: ({ title, why, numbers }) => [title, why, numbers].forEach((text, i) => setText(lines[i], text)),
  };
}

function legendOfChain() {
  return html("p", { class: "course-note" }, "Upper number: value. Lower, ",
    html("span", { class: "chain-purple" }, "purple: gradient df/d…"), " Arrow ×: local derivative; dotted: gradient 0.");
}

export default explorer(build);
