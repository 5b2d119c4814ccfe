// Buttons that walk through a whole-number field: start, back, play, next, end.

import { clamp, html, setText } from "./dom.js";

const BETWEEN_STEPS_MS = 1100;

// `last()` is the last step, where that depends on the state. Steps that are no field by themselves are read by `read()` and
// set by `write(step)`. `betweenSteps()` milliseconds lie between two steps; `walking(on)` hears when Play begins and ends.
export function stepper(frame, name, {
  betweenSteps = () => BETWEEN_STEPS_MS, last = () => frame.spec.fields[name].high, low = frame.spec.fields[name]?.low ?? 0,
  read = () => frame.state[name], write = (step) => frame.set({ [name]: step }), walking = () => {},
} = {}) {
  const at = () => Math.min(read(), last());
  const walk = { timer: null };
  const go = (step) => write(clamp(step, low, last()));
  const pause = () => {
    clearInterval(walk.timer);
    walk.timer = null;
    setText(play, "Play");
    walking(false);
  };
  const tick = () => {
    if (!frame.root.isConnected || at() >= last()) return pause();
    go(at() + 1);
  };
  const start = () => {
    go(at() >= last() ? low : at() + 1);
    walk.timer = setInterval(tick, betweenSteps());
    setText(play, "Pause");
    walking(true);
  };
  const button = (text, label, step) => html("button", { type: "button", "aria-label": `${text}: ${label}`, onclick: () => { pause(); go(step()); } }, text);
  const play = html("button", { type: "button", class: "course-play", onclick: () => (walk.timer ? pause() : start()) }, "Play");
  const back = [button("Start", "back to the start", () => low), button("Back", "one step back", () => at() - 1)];
  const ahead = [button("Next", "one step on", () => at() + 1), button("End", "on to the end", last)];
  frame.bound.push({
    name,
    update() {
      for (const each of back) each.disabled = at() <= low;
      for (const each of ahead) each.disabled = at() >= last();
    },
  });
  return html("div", { class: "course-stepper", role: "group", "aria-label": "steps" }, back, play, ahead);
}
