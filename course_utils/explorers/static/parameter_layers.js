// A network layer by layer: every row is edited, copied or removed; shapes, parameters and multiply-adds follow.

import { html, setAttributes, setText, svg } from "./engine/dom.js";
import { numberBox } from "./engine/controls.js";
import { grouped, hasNumber, hasWindow, totalOf } from "./parameter_model.js";

const NOTE = "Multiply-adds of one picture, without what pooling compares or adds. Windows of pooling lie side by side.";
const HEADS = ["layer", "kind", "window", "maps/units", "output", "parameters", "multiply-adds", ""];

export function layersView(frame, names) {
  const field = frame.spec.fields.layers;
  const rows = Array.from({ length: field.most }, (_, i) => layerRow(frame, field, i));
  const total = totalRow();
  const table = tableOfC3(frame.arrays.table);
  const heads = html("tr", {}, HEADS.map((name) => html("th", { scope: "col" }, name)));
  return {
    element: html("div", { class: "count-layers" },
      html("div", { class: "count-input" }, frame.controls(...names)),
      html("div", { class: "count-table" }, html("table", {}, html("thead", {}, heads), html("tbody", {}, rows.map(({ element }) => element)), html("tfoot", {}, total.element)), html("p", { class: "course-note" }, NOTE)),
      table.element,
    ),
    update(state, { counts }) {
      const totals = { parameters: totalOf(counts, "parameters"), fixed: totalOf(counts, "fixed"), multiplyAdds: totalOf(counts, "multiplyAdds") };
      rows.forEach((row, i) => row.update(state.layers, counts[i], totals));
      total.update(totals, counts.every(({ problem }) => !problem));
      table.element.classList.toggle("count-hidden", !state.layers.some(([kind]) => kind === "partial"));
    },
  };
}

// ---- rows ------------------------------------------------------------------------------------------

function layerRow(frame, field, i) {
  const change = (part, value) => frame.set({ layers: frame.state.layers.map((layer, at) => (at === i ? layer.map((old, k) => (k === part ? value : old)) : layer)) });
  const name = html("th", { scope: "row" });
  const kind = html("select", { "aria-label": `kind of layer ${i + 1}`, onchange: () => change(0, kind.value) },
    Object.entries(field.kinds).map(([value, words]) => html("option", { value }, words)));
  const box = (part, high, words) => numberBox({ field: { low: 1, high, step: 1 }, change: (value) => change(part, value), label: `${words} of layer ${i + 1}` });
  const [window, number] = [box(1, field.window, "side of the window"), box(2, field.number, "feature maps or units")];
  const shape = html("td", { class: "count-shape" });
  const [parameters, work] = [barCell("blue"), barCell("orange")];
  const copy = html("button", { type: "button", "aria-label": `copy layer ${i + 1}`, title: "copy this layer", onclick: () => frame.set({ layers: frame.state.layers.toSpliced(i, 0, [...frame.state.layers[i]]) }) }, "+");
  const remove = html("button", { type: "button", "aria-label": `remove layer ${i + 1}`, title: "remove this layer", onclick: () => frame.set({ layers: frame.state.layers.toSpliced(i, 1) }) }, "−");
  const cells = [kind, window, number].map((input) => html("td", {}, input));
  const element = html("tr", {}, name, ...cells, shape, parameters.element, work.element, html("td", { class: "count-buttons" }, copy, remove));
  return {
    element,
    update(layers, count, totals) {
      element.classList.toggle("count-hidden", !count);
      if (!count) return;
      const [what, size, maps] = layers[i];
      if (kind.value !== what) kind.value = what;
      showBox(window, size, hasWindow(what));
      showBox(number, maps, hasNumber(what));
      copy.disabled = layers.length >= field.most;
      remove.disabled = layers.length === 1;
      setText(name, count.name);
      setText(shape, count.shape?.join(" × ") ?? "does not fit");
      setAttributes(shape, { title: count.problem, class: count.problem ? "count-shape count-problem" : "count-shape" });
      parameters.update(count.problem ? null : count.parameters + count.fixed, totals.parameters + totals.fixed, count.fixed ? " fixed" : "");
      work.update(count.problem ? null : count.multiplyAdds, totals.multiplyAdds);
    },
  };
}

function showBox(box, value, means) {
  box.disabled = !means;
  box.show(value);
}

// A number above a bar that shows its share of the column.
function barCell(colour) {
  const told = html("span");
  const bar = html("i", { class: "count-share", style: `background: var(--course-${colour})` });
  return {
    element: html("td", { class: "count-number" }, told, bar),
    update(count, total, note = "") {
      setText(told, count === null ? "–" : `${grouped(count)}${note}`);
      bar.style.width = `${total ? (100 * count) / total : 0}%`;
    },
  };
}

function totalRow() {
  const [trained, kept, work] = [html("span"), html("small"), html("span")];
  const cells = [html("td", { class: "count-number" }, trained, kept), html("td", { class: "count-number" }, work)];
  return {
    element: html("tr", {}, html("th", { scope: "row", colspan: 5 }, "together"), cells, html("td")),
    update({ parameters, fixed, multiplyAdds }, isWhole) {
      setText(trained, isWhole ? grouped(parameters) : "–");
      setText(kept, isWhole && fixed ? `+ ${grouped(fixed)} fixed` : "");
      setText(work, isWhole ? grouped(multiplyAdds) : "–");
    },
  };
}

// ---- C3's table ------------------------------------------------------------------------------------

// Rows are the six maps of S2, columns the sixteen of C3; a dot where one sees the other.
function tableOfC3(seen) {
  const [step, left, top] = [12, 12, 14];
  const dots = seen.flatMap((maps, column) => Array.from({ length: 6 }, (_, row) => {
    const place = { cx: left + step * (row + 0.5), cy: top + step * (column + 0.5) };
    return maps.includes(row) ? svg("circle", { ...place, r: 4.2, class: "count-dot" }) : svg("circle", { ...place, r: 1.2, class: "count-gap" });
  }));
  const label = `which of the 6 maps each of C3's 16 maps sees: ${seen.flat().length} of 96 pairs`;
  return {
    element: html("div", { class: "count-c3" }, html("h4", {}, "C3’s table"),
      svg("svg", { viewBox: `0 0 ${left + 6 * step + 4} ${top + 16 * step}`, role: "img", "aria-label": label }, svg("text", { x: left, y: 10 }, "6 maps"), dots),
      html("p", { class: "course-note" }, `${seen.flat().length} of 96 pairs`)),
  };
}
