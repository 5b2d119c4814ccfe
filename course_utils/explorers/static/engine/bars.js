// One bar for each class: how probable a network takes it to be.

import { html, percent, setAttributes, setText } from "./dom.js";

// The class with the highest probability has a mark and bold letters besides its colour.
export function barsView(names) {
  const rows = names.map((name) => {
    const bar = html("i");
    const value = html("span", { class: "course-bar-value" });
    const mark = html("span", { class: "course-bar-mark", "aria-hidden": "true" }, "▶");
    return { bar, value, element: html("li", {}, mark, html("span", { class: "course-bar-name" }, name), html("span", { class: "course-bar-track" }, bar), value) };
  });
  return {
    element: html("div", {}, html("h4", {}, "Probability of each class"), html("ul", { class: "course-bars" }, rows.map(({ element }) => element))),
    update({ probabilities: values }) {
      const best = values ? values.indexOf(Math.max(...values)) : -1;
      rows.forEach(({ bar, value, element }, i) => {
        bar.style.width = `${100 * (values?.[i] ?? 0)}%`;
        setText(value, values ? percent(values[i], 1) : "–");
        setAttributes(element, { class: i === best ? "course-best" : "" });
      });
    },
  };
}
