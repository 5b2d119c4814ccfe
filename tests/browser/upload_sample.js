// A small explorer of pictures for test_uploads.py: it paints the picture and says what the kernel says.
import { explorer } from "../../course_utils/explorers/static/engine/frame.js";
import { html } from "../../course_utils/explorers/static/engine/dom.js";
import { pictureUpload } from "../../course_utils/explorers/static/engine/upload.js";

function buildSample(frame) {
  const canvas = html("canvas", { class: "sample-picture", role: "img", "aria-label": "the picture" });
  const upload = pictureUpload(frame);
  frame.show(html("div", { class: "course-main" }, canvas), html("div", { class: "course-side" }, frame.controls("picture", "gain"), upload.element));
  return () => {
    const { shape: [rows, columns], values } = frame.arrays.picture;
    canvas.width = columns;
    canvas.height = rows;
    const image = canvas.getContext("2d").createImageData(columns, rows);
    for (let i = 0; i < rows * columns; i += 1) image.data.set([...values.subarray(3 * i, 3 * i + 3), 255], 4 * i);
    canvas.getContext("2d").putImageData(image, 0, 0);
    return frame.answer.sentence ?? "";
  };
}

export default explorer(buildSample);
