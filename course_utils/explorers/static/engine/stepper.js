// Buttons that walk through a whole-number field: start, back, play, next, end.

import { clamp, html, setText } from "./dom.js";

const BETWEEN_STEPS_MS = 1100;

export function stepper(frame, name, betweenSteps = BETWEEN_STEPS_MS) {
  const { low, high } = frame.spec.fields[name];
  const walk = { timer: null };
  const go = (step) => frame.set({ [name]: clamp(step, low, high) });
  const pause = () => {
    clearInterval(walk.timer);
    walk.timer = null;
    setText(play, "Play");
  };
  const tick = () => {
    if (!frame.root.isConnected || frame.state[name] >= high) return pause();
    go(frame.state[name] + 1);
  };
  const start = () => {
    go(frame.state[name] >= high ? low : frame.state[name] + 1);
    walk.timer = setInterval(tick, betweenSteps);
    setText(play, "Pause");
  };
  const button = (text, label, step) => html("button", { type: "button", "aria-label": label, onclick: () => { pause(); go(step()); } }, text);
  const play = html("button", { type: "button", class: "course-play", onclick: () => (walk.timer ? pause() : start()) }, "Play");
  const back = [button("Start", "back to the start", () => low), button("Back", "one step back", () => frame.state[name] - 1)];
  const ahead = [button("Next", "one step on", () => frame.state[name] + 1), button("End", "on to the end", () => high)];
  frame.bound.push({
    name,
    update(value) {
      for (const each of back) each.disabled = value <= low;
      for (const each of ahead) each.disabled = value >= high;
    },
  });
  return html("div", { class: "course-stepper", role: "group", "aria-label": "steps" }, back, play, ahead);
}
