// Buttons that walk through a whole-number field: start, back, play, next, end.

import { clamp, html, setText } from "./dom.js";

const BETWEEN_STEPS_MS = 1100;

// `last()` is the last step, where that depends on the state.
export function stepper(frame, name, { betweenSteps = BETWEEN_STEPS_MS, last = () => frame.spec.fields[name].high } = {}) {
  const { low } = frame.spec.fields[name];
  const at = () => Math.min(frame.state[name], last());
  const walk = { timer: null };
  const go = (step) => frame.set({ [name]: clamp(step, low, last()) });
  const pause = () => {
    clearInterval(walk.timer);
    walk.timer = null;
    setText(play, "Play");
  };
  const tick = () => {
    if (!frame.root.isConnected || at() >= last()) return pause();
    go(at() + 1);
  };
  const start = () => {
    go(at() >= last() ? low : at() + 1);
    walk.timer = setInterval(tick, betweenSteps);
    setText(play, "Pause");
  };
  const button = (text, label, step) => html("button", { type: "button", "aria-label": `${text}: ${label}`, onclick: () => { pause(); go(step()); } }, text);
  const play = html("button", { type: "button", class: "course-play", onclick: () => (walk.timer ? pause() : start()) }, "Play");
  const back = [button("Start", "back to the start", () => low), button("Back", "one step back", () => at() - 1)];
  const ahead = [button("Next", "one step on", () => at() + 1), button("End", "on to the end", last)];
  frame.bound.push({
    name,
    update(value) {
      for (const each of back) each.disabled = value <= low;
      for (const each of ahead) each.disabled = value >= last();
    },
  });
  return html("div", { class: "course-stepper", role: "group", "aria-label": "steps" }, back, play, ahead);
}
