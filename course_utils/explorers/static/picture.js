import { explorer } from "./engine/frame.js";
import { html } from "./engine/dom.js";

function build(frame) {
  // Never wider than it was drawn: stretched letters are blurred.
  const canvas = html("canvas", { class: "course-picture", role: "img", style: `max-width: ${frame.arrays.width}px` });
  frame.show(
    html("div", { class: "course-wide" }, canvas),
    html("div", { class: "course-wide" }, frame.controls(...Object.keys(frame.spec.fields))),
  );
  frame.prepare = unpack;
  unpack(frame.answer).then(() => frame.schedule());
  return () => {
    tellView(frame);
    const { bitmap, sentence } = frame.answer;
    if (bitmap && bitmap !== canvas.shown) paint(canvas, bitmap);
    canvas.setAttribute("aria-label", sentence ?? "");
    return sentence ?? "";
  };
}

async function unpack(answer) {
  if (answer.png) answer.bitmap = await createImageBitmap(new Blob([answer.png.values], { type: "image/png" }));
}

function paint(canvas, bitmap) {
  canvas.shown = bitmap;
  if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
  if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}

// The kernel draws in the colours of the theme and in the pixels of the screen.
function tellView(frame) {
  const view = { dark: frame.palette.isDark(), scale: window.devicePixelRatio || 1 };
  const known = frame.model.get("view");
  if (known.dark === view.dark && known.scale === view.scale) return;
  frame.model.set("view", view);
  frame.model.save_changes();
}

export default explorer(build);
