import { setAttributes, svg } from "./engine/dom.js";

// Points as `plot.points` draws them, each wrong one with a cross: in the dark theme a red rim about orange is hardly seen.
export function crossedPoints(plot, { radius }) {
  const points = plot.points({ radius });
  const reach = radius / 2;
  let crosses = [];
  return {
    group: points.group,
    set(xs, ys, classes, wrong) {
      points.set(xs, ys, classes, wrong);
      if (crosses.length !== xs.length) crosses = [...points.group.children].map(crossAbove);
      crosses.forEach((cross, i) => {
        cross.style.display = wrong(i) ? "" : "none";
        if (wrong(i)) setAttributes(cross, { transform: `translate(${plot.px(xs[i]).toFixed(2)} ${plot.py(ys[i]).toFixed(2)})` });
      });
    },
  };

  // Beside its point, so that a point on top of it hides both.
  function crossAbove(point) {
    const cross = svg("path", { class: "course-wrong", d: `M${-reach} ${-reach}L${reach} ${reach}M${-reach} ${reach}L${reach} ${-reach}`, stroke: "var(--course-paper)", "stroke-width": 2, "stroke-linecap": "round" });
    point.after(cross);
    return cross;
  }
}
