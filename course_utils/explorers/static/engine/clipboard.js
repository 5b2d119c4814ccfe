// Texts to take along: the state as one line of Python, the code that does what is shown.

import { html, setText } from "./dom.js";

const TOLD_FOR_MS = 1600;

// Makes `button` copy what `text()` returns; `label` says what that is, for readers who have to copy it themselves.
export function copyOnPress(button, text, label) {
  const name = button.textContent;
  button.addEventListener("click", async () => {
    const copied = await copyText(text(), button.closest(".course-explorer"), label);
    setText(button, copied ? "Copied ✓" : "Press Ctrl+C");
    setTimeout(() => setText(button, name), TOLD_FOR_MS);
  });
}

// navigator.clipboard exists only on https and localhost; elsewhere the text is selected in a field for Ctrl+C.
async function copyText(text, root, label) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = html("textarea", { class: "course-copied", readonly: true, rows: Math.min(6, text.split("\n").length), "aria-label": label });
    field.value = text;
    root.querySelector(".course-copied")?.remove();
    root.append(field);
    field.select();
    return false;
  }
}

// A pane of code that scrolls in itself, with a button in its corner that copies it.
export function codePane(label) {
  const code = html("pre", { class: "course-code-text", tabindex: 0, role: "region", "aria-label": label });
  const copy = html("button", { type: "button" }, "Copy code");
  copyOnPress(copy, () => code.textContent, label);
  return {
    element: html("div", { class: "course-code" }, code, copy),
    update: (text) => setText(code, text),
  };
}
