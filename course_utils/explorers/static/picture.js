import { explorer } from "./engine/frame.js";
import { html } from "./engine/dom.js";

function build(frame) {
  const image = html("img", { class: "course-picture", decoding: "sync", alt: "" });
  frame.show(
    html("div", { class: "course-wide" }, image),
    html("div", { class: "course-wide" }, frame.controls(...Object.keys(frame.spec.fields))),
  );
  let shown = null;
  return () => {
    tellView(frame);
    const { png, sentence } = frame.answer;
    if (png && png !== shown) {
      shown = png;
      replace(image, new Blob([png.values], { type: "image/png" }));
    }
    image.alt = sentence ?? "";
    return sentence ?? "";
  };
}

// The kernel draws in the colours of the theme and in the pixels of the screen.
function tellView(frame) {
  const view = { dark: frame.palette.isDark(), scale: window.devicePixelRatio || 1 };
  const known = frame.model.get("view");
  if (known.dark === view.dark && known.scale === view.scale) return;
  frame.model.set("view", view);
  frame.model.save_changes();
}

function replace(image, blob) {
  const previous = image.src;
  image.src = URL.createObjectURL(blob);
  if (previous) URL.revokeObjectURL(previous);
}

export default explorer(build);
