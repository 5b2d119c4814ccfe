import { explorer } from "./engine/frame.js";
import { clamp, decimal, html, percent, setAttributes, setText, svg } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { imageOf } from "./engine/palette.js";
import { Plot, movedByKeys } from "./engine/plot.js";
import { Boxes, DOUBLE, LOOSE, NOBODY, RIGHT, curveOf } from "./detections_model.js";

const KINDS = ["found", "missed", "wrong", "right"]; // the later ones are drawn above the others
const CORNERS_OF = { found: ({ trees }) => trees, missed: ({ trees }) => trees, wrong: ({ corners }) => corners, right: ({ corners }) => corners };
const NAMES = { right: "right", wrong: "wrong", missed: "missed", found: "found" };
const DOT = { right: "#ffd84d", wrong: "#ff5a4d", missed: "#6fd6ff" }; // on photos, in both themes, as in the stylesheet
const CONTROLS = ["score_at_least", "overlap_at_most", "iou_at_least", "box"];
const DRAG_FROM = 3; // pixels: a hand that moves less has clicked
const [WHOLE_WIDTH, WHOLE_HEIGHT] = [272, 100]; // pixels at most, of the small picture
const WALK = 8; // picture pixels, of one press of an arrow key

function build(frame) {
  const look = lookAt(frame);
  frame.entail = (changes) => followed(frame, changes);
  const part = partView(frame);
  const whole = wholeView(frame);
  const curve = curveView(frame);
  const numbers = numbersView();
  frame.show(
    html("div", { class: "detect-left" }, part.element),
    html("div", { class: "detect-right" }, curve.element, numbers.element),
    html("div", { class: "detect-below" }, frame.controls(...CONTROLS), whole.element),
  );
  return (state) => {
    const seen = look();
    for (const view of [part, whole, curve, numbers]) view.update(state, seen);
    return detectionSentence(state, seen);
  };
}

// ---- what is to be seen at a state ---------------------------------------------------------------

// Suppression, matching and the curve are computed anew only when their own thresholds change.
function lookAt(frame) {
  const boxesOf = lastOf(({ boxes, scores, trees }) => new Boxes(boxes.values, scores.values, trees.values));
  const suppressedBy = lastOf((boxes, overlapAtMost) => boxes.suppressors(overlapAtMost));
  const judged = lastOf((boxes, by, iouAtLeast) => boxes.judge(by, iouAtLeast));
  const curveFor = lastOf((verdicts, numTrees) => curveOf(verdicts.kind, numTrees));
  const look = lastOf((state, arrays) => {
    const boxes = boxesOf(arrays);
    const by = suppressedBy(boxes, state.overlap_at_most);
    const verdicts = judged(boxes, by, state.iou_at_least);
    return { boxes, by, verdicts, ...verdicts, curve: curveFor(verdicts, boxes.numTrees), ...countsAt(boxes, verdicts, state) };
  });
  const start = lastOf((boxes) => {
    const { overlap_at_most, iou_at_least } = frame.spec.initial;
    const { kind } = boxes.judge(boxes.suppressors(overlap_at_most), iou_at_least);
    return { hits: hitsOf(kind), curve: curveOf(kind, boxes.numTrees) };
  });
  frame.startCurve = () => start(boxesOf(frame.arrays));
  frame.look = () => look(frame.state, frame.arrays); // for tests and the browser's console
  return frame.look;
}

// What the score lets through: the first `asked` boxes, of which the first `shown` of those that stay are left.
function countsAt(boxes, { stay, kind, foundBy }, state) {
  const asked = boxes.countFrom(state.score_at_least);
  let shown = 0;
  while (shown < stay.length && stay[shown] < asked) shown += 1;
  const counts = [0, 0, 0, 0];
  for (let k = 0; k < shown; k += 1) counts[kind[k]] += 1;
  const numFound = foundBy.filter((by) => by !== NOBODY && by < shown).length;
  const precision = shown ? counts[RIGHT] / shown : NaN;
  return { asked, shown, counts, numFound, precision, recall: numFound / boxes.numTrees, chosen: Math.min(state.box, boxes.count) - 1 };
}

// Where box i, or tree i, lies: {left, top, right, bottom}.
function placeOf(corners, i) {
  const [left, top, right, bottom] = corners.subarray(4 * i, 4 * i + 4);
  return { left, top, right, bottom };
}

// The part that is shown follows the box that is looked at, unless the change says where it is.
function followed(frame, changes) {
  if (changes.box === undefined || changes.left !== undefined) return changes;
  const { boxes } = frame.look();
  const { left, top, right, bottom } = placeOf(boxes.corners, Math.min(changes.box, boxes.count) - 1);
  const [rows, columns] = frame.arrays.view;
  const old = frame.state;
  if (left >= old.left && right <= old.left + columns && top >= old.top && bottom <= old.top + rows) return changes;
  return { ...changes, ...corner(frame, (left + right - columns) / 2, (top + bottom - rows) / 2) };
}

function corner(frame, left, top) {
  const { fields } = frame.spec;
  return { left: clamp(Math.round(left), 0, fields.left.high), top: clamp(Math.round(top), 0, fields.top.high) };
}

// ---- words -----------------------------------------------------------------------------------------

function grouped(count) {
  return count.toLocaleString("en-US");
}

function detectionSentence(state, seen) {
  return `${countWords(state, seen)} ${shareWords(seen)} ${boxWords(state, seen)}`;
}

function countWords(state, { asked, shown, counts: [right, double, loose, nowhere], numFound, boxes: { numTrees } }) {
  const score = decimal(state.score_at_least);
  const missed = `${numTrees - numFound} of ${numTrees} trees missed`;
  if (!shown) return `No box has a score of ${score} or more: ${missed}.`;
  const wrong = `${double + loose + nowhere} wrong (double: ${double}, too bad a fit: ${loose}, at no tree: ${nowhere})`;
  return `Boxes with a score of ${score} or more: ${grouped(asked)}, of which ${grouped(shown)} stay: ${right} right, ${wrong}; ${missed}.`;
}

function shareWords({ shown, precision, recall, curve }) {
  const found = `recall ${percent(recall)}; average precision ${decimal(curve.area)}.`;
  return shown ? `Precision ${percent(precision)}, ${found}` : `No precision, ${found}`;
}

function boxWords(state, seen) {
  const { boxes, by, stay, chosen, shown, kind, tree, foundBy, overlap } = seen;
  const start = `Box ${grouped(chosen + 1)} (score ${decimal(boxes.scores[chosen])})`;
  if (by[chosen] !== NOBODY) return `${start} is suppressed: IoU ${decimal(boxes.overlap(chosen, by[chosen]))} with box ${grouped(by[chosen] + 1)}.`;
  const place = stay.indexOf(chosen);
  const fit = `IoU ${decimal(overlap[place])}`;
  const subject = place < shown ? start : `${start} is left out; with its score asked for, it`;
  if (kind[place] === RIGHT) return `${subject} is right: ${fit} with its tree.`;
  if (kind[place] === DOUBLE) return `${subject} is wrong, a double: ${fit} with the tree of box ${grouped(stay[foundBy[tree[place]]] + 1)}.`;
  if (kind[place] === LOOSE) return `${subject} is wrong, it fits too badly: IoU ${decimal(overlap[place], 3)} with the best tree, ${decimal(state.iou_at_least)} is asked for.`;
  return `${subject} is wrong, at no tree: ${fit} with the best one.`;
}

// Two or three words and a mark, beside the box.
function tagWords({ boxes, by, stay, chosen, shown, kind, overlap }) {
  const score = decimal(boxes.scores[chosen]);
  if (by[chosen] !== NOBODY) return `${score} suppressed`;
  const place = stay.indexOf(chosen);
  const verdict = { [RIGHT]: "✓", [DOUBLE]: "✗ double" }[kind[place]] ?? "✗";
  return place < shown ? `${score} · IoU ${decimal(overlap[place])} ${verdict}` : `${score} left out`;
}

// ---- the part of the picture that is shown large -------------------------------------------------------

// The whole picture, one canvas pixel for each of its own.
const canvasOf = lastOf(({ values, shape: [height, width] }) => {
  const canvas = html("canvas", { width, height });
  canvas.getContext("2d").putImageData(imageOf(width, height, (i) => values.subarray(3 * i, 3 * i + 3)), 0, 0);
  return canvas;
});

function partView(frame) {
  const [rows, columns] = frame.arrays.view;
  const canvas = html("canvas", { class: "detect-picture", width: 4 * columns, height: 4 * rows, role: "application", tabindex: 0 });
  const outlines = Object.fromEntries(KINDS.map((kind) => [kind, ["detect-halo", `detect-line detect-${kind}`].map((name) => svg("path", { class: name }))]));
  const partner = svg("path", { class: "detect-partner" });
  const chosen = ["detect-chosen-halo", "detect-chosen"].map((name) => svg("path", { class: name }));
  const marks = svg("svg", { class: "detect-marks", "aria-hidden": "true", viewBox: `0 0 ${columns} ${rows}` }, chosen, Object.values(outlines).flat(), partner);
  const tag = html("span", { class: "detect-tag", "aria-hidden": "true" });
  const legend = legendView();
  const paint = lastOf((picture, left, top) => {
    const context = canvas.getContext("2d");
    context.drawImage(canvasOf(picture), left, top, columns, rows, 0, 0, canvas.width, canvas.height);
  });
  chooseByPointer(frame, canvas);
  walkThroughBoxes(frame, canvas);
  return {
    element: html("div", { class: "detect-part" }, html("div", { class: "detect-frame", style: `aspect-ratio: ${columns} / ${rows}` }, canvas, marks, tag), legend.element),
    update(state, seen) {
      paint(frame.arrays.picture, state.left, state.top);
      const view = { left: state.left, top: state.top, rows, columns };
      const members = membersByKind(seen.verdicts, seen.shown);
      for (const kind of KINDS) {
        const d = pathOf(CORNERS_OF[kind](seen.boxes), members[kind], view);
        for (const path of outlines[kind]) setAttributes(path, { d });
      }
      for (const path of chosen) setAttributes(path, { d: pathOf(seen.boxes.corners, [seen.chosen], view) });
      setAttributes(partner, { d: partnerPath(seen, view) });
      placeTag(tag, placeOf(seen.boxes.corners, seen.chosen), view);
      setText(tag, tagWords(seen));
      legend.update(seen);
      setAttributes(canvas, { "aria-label": `part of the picture from row ${state.top}, column ${state.left}; arrow keys look at the next better and the next worse box` });
    },
  };
}

// Who belongs to each kind, by number: boxes in "wrong" and "right", trees in "found" and "missed".
const membersByKind = lastOf((verdicts, shown) => {
  const members = { found: [], missed: [], wrong: [], right: [] };
  verdicts.foundBy.forEach((by, tree) => members[by !== NOBODY && by < shown ? "found" : "missed"].push(tree));
  for (let k = 0; k < shown; k += 1) members[verdicts.kind[k] === RIGHT ? "right" : "wrong"].push(verdicts.stay[k]);
  return members;
});

// What the verdict on the chosen box was found with: the box that suppresses it, else the tree that it fits best.
function partnerPath({ boxes, by, stay, chosen, tree, overlap }, view) {
  if (by[chosen] !== NOBODY) return pathOf(boxes.corners, [by[chosen]], view);
  const place = stay.indexOf(chosen);
  return overlap[place] > 0 ? pathOf(boxes.trees, [tree[place]], view) : "";
}

// The outlines of those numbers that are in view, in pixels of the part.
function pathOf(corners, numbers, { left, top, rows, columns }) {
  let d = "";
  for (const number of numbers) {
    const at = 4 * number;
    if (corners[at] > left + columns || corners[at + 2] < left || corners[at + 1] > top + rows || corners[at + 3] < top) continue;
    const [x, y, toX, toY] = [corners[at] - left, corners[at + 1] - top, corners[at + 2] - left, corners[at + 3] - top];
    d += `M${x.toFixed(2)} ${y.toFixed(2)}H${toX.toFixed(2)}V${toY.toFixed(2)}H${x.toFixed(2)}Z`;
  }
  return d;
}

// Above the box, or below it at the upper edge; towards the middle at the sides.
function placeTag(tag, box, { left, top, rows, columns }) {
  const [x, above, below] = [(box.left + box.right) / 2 - left, box.top - top, box.bottom - top];
  const isBelow = above < 0.12 * rows;
  const isInView = x >= 0 && x <= columns && below >= 0 && above <= rows;
  const shift = x < 0.25 * columns ? "0%" : x > 0.75 * columns ? "-100%" : "-50%";
  Object.assign(tag.style, {
    display: isInView ? "" : "none",
    left: `${(100 * x) / columns}%`,
    top: `${(100 * (isBelow ? below : above)) / rows}%`,
    transform: `translate(${shift}, ${isBelow ? "4px" : "calc(-100% - 4px)"})`,
  });
}

// A click looks at the box there, at the next one when it is repeated; whoever drags moves the picture.
function chooseByPointer(frame, canvas) {
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const start = { x: event.clientX, y: event.clientY, left: frame.state.left, top: frame.state.top };
    const pixel = canvas.getBoundingClientRect().width / frame.arrays.view[1];
    let dragged = false;
    const follow = ({ clientX, clientY }) => {
      const [right, down] = [clientX - start.x, clientY - start.y];
      dragged ||= Math.hypot(right, down) > DRAG_FROM;
      if (dragged) frame.set(corner(frame, start.left - right / pixel, start.top - down / pixel));
    };
    canvas.setPointerCapture(event.pointerId);
    canvas.addEventListener("pointermove", follow);
    const release = (end) => {
      canvas.removeEventListener("pointermove", follow);
      if (!dragged && end.type === "pointerup") lookAtBoxAt(frame, canvas, event, pixel);
    };
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, release, { once: true });
  });
}

function lookAtBoxAt(frame, canvas, { clientX, clientY }, pixel) {
  const { boxes, stay, shown, chosen } = frame.look();
  const bounds = canvas.getBoundingClientRect();
  const [x, y] = [(clientX - bounds.left) / pixel + frame.state.left, (clientY - bounds.top) / pixel + frame.state.top];
  const places = Array.from(stay.subarray(0, shown), (box) => ({ box, ...placeOf(boxes.corners, box) }));
  const there = places.filter(({ left, top, right, bottom }) => left <= x && x <= right && top <= y && y <= bottom)
    .sort((a, b) => (a.right - a.left) * (a.bottom - a.top) - (b.right - b.left) * (b.bottom - b.top)).map(({ box }) => box);
  if (there.length) frame.set({ box: there[(there.indexOf(chosen) + 1) % there.length] + 1, left: frame.state.left, top: frame.state.top });
}

// From box to box in the order of their scores, among those that are shown.
function walkThroughBoxes(frame, canvas) {
  movedByKeys(canvas, [1, 1], (right, up) => {
    const { stay, shown, chosen } = frame.look();
    if (!shown) return;
    const list = stay.subarray(0, shown);
    const worse = list.findIndex((box) => box > chosen);
    const next = worse < 0 ? shown : worse; // the place of the next worse one
    const here = list.indexOf(chosen);
    const steps = right - up;
    const at = here >= 0 ? here + steps : steps > 0 ? next + steps - 1 : next + steps;
    frame.set({ box: list[clamp(at, 0, shown - 1)] + 1 });
  });
}

// Samples of the outlines, with the numbers in the whole picture.
function legendView() {
  const entries = ["right", "wrong", "missed", "found"].map((kind) => {
    const count = html("b");
    const sample = svg("svg", { viewBox: "0 0 24 16", "aria-hidden": "true" }, svg("rect", { class: `detect-line detect-${kind}`, x: 3, y: 3, width: 18, height: 10 }));
    return { kind, count, element: html("span", {}, sample, NAMES[kind], " ", count) };
  });
  return {
    element: html("p", { class: "detect-legend" }, entries.map(({ element }) => element)),
    update({ shown, counts, numFound, boxes }) {
      const totals = { right: counts[RIGHT], wrong: shown - counts[RIGHT], missed: boxes.numTrees - numFound, found: numFound };
      for (const { kind, count } of entries) setText(count, grouped(totals[kind]));
    },
  };
}

// ---- the whole picture, small ----------------------------------------------------------------------

function wholeView(frame) {
  const { picture: { shape: [height, width] }, view: [rows, columns] } = frame.arrays;
  const shownWidth = Math.min(WHOLE_WIDTH, Math.round((WHOLE_HEIGHT * width) / height));
  const scale = (Math.min(2, Math.ceil(devicePixelRatio)) * shownWidth) / width;
  const canvas = html("canvas", { class: "detect-picture", width: Math.round(scale * width), height: Math.round(scale * height), role: "application", tabindex: 0 });
  const halo = svg("rect", { class: "detect-window-halo", width: columns, height: rows });
  const line = svg("rect", { class: "detect-window", width: columns, height: rows });
  const marks = svg("svg", { class: "detect-marks", "aria-hidden": "true", viewBox: `0 0 ${width} ${height}` }, halo, line);
  const centred = (event) => {
    const bounds = canvas.getBoundingClientRect();
    const [x, y] = [((event.clientX - bounds.left) / bounds.width) * width, ((event.clientY - bounds.top) / bounds.height) * height];
    frame.set(corner(frame, x - columns / 2, y - rows / 2));
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    centred(event);
    canvas.addEventListener("pointermove", centred);
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => canvas.removeEventListener("pointermove", centred), { once: true });
  });
  movedByKeys(canvas, [WALK, WALK], (right, up) => frame.set(corner(frame, frame.state.left + right, frame.state.top - up)));
  const paint = lastOf((picture, boxes, verdicts, shown) => paintWhole(canvas, scale, picture, boxes, verdicts, shown));
  return {
    element: html("div", { class: "detect-whole", style: `aspect-ratio: ${width} / ${height}; width: ${shownWidth}px` }, canvas, marks),
    update(state, seen) {
      paint(frame.arrays.picture, seen.boxes, seen.verdicts, seen.shown);
      for (const rect of [halo, line]) setAttributes(rect, { x: state.left, y: state.top });
      setAttributes(canvas, { "aria-label": `the whole picture, ${height} by ${width} pixels; arrow keys move the part that is shown, now from row ${state.top}, column ${state.left}` });
    },
  };
}

// Right boxes are squares, wrong ones crosses, missed trees rings.
function paintWhole(canvas, scale, picture, boxes, verdicts, shown) {
  const context = canvas.getContext("2d");
  context.drawImage(canvasOf(picture), 0, 0, canvas.width, canvas.height);
  const members = membersByKind(verdicts, shown);
  const draw = { right: squareAt, wrong: crossAt, missed: ringAt };
  const size = canvas.width / WHOLE_WIDTH > 1 ? 2 : 1; // on fine screens
  for (const name of ["missed", "wrong", "right"]) {
    const corners = CORNERS_OF[name](boxes);
    const path = new Path2D();
    const middle = (number, side) => (scale * (corners[4 * number + side] + corners[4 * number + side + 2])) / 2;
    for (const number of members[name]) draw[name](path, middle(number, 0), middle(number, 1), size);
    strokeOnPhoto(context, path, DOT[name], size);
  }
}

function squareAt(path, x, y, size) {
  path.rect(x - size, y - size, 2 * size, 2 * size);
}

function crossAt(path, x, y, size) {
  const reach = 1.6 * size;
  for (const way of [1, -1]) {
    path.moveTo(x - reach, y - reach * way);
    path.lineTo(x + reach, y + reach * way);
  }
}

function ringAt(path, x, y, size) {
  path.moveTo(x + 2 * size, y);
  path.arc(x, y, 2 * size, 0, 2 * Math.PI);
}

function strokeOnPhoto(context, path, colour, size) {
  for (const [style, width] of [["rgb(0 0 0 / 50%)", 2.6], [colour, 1.3]]) {
    Object.assign(context, { strokeStyle: style, lineWidth: width * size });
    context.stroke(path);
  }
}

// ---- precision, recall, average precision ------------------------------------------------------------

function curveView(frame) {
  const plot = new Plot({ width: 362, height: 232, x: [0, 1], y: [0, 1], xLabel: "recall", title: "Precision over recall", label: "precision over recall, from the best box to the worst; the point is the present score", margin: { left: 34, right: 10, top: 24, bottom: 36 } });
  const area = plot.area({ colour: "blue" });
  const before = plot.curve({ colour: "muted", width: 1.5, dash: "4 3" });
  before.name("- - at the start", 0.98, 0.9, "end");
  const curve = plot.curve({ colour: "blue" });
  const lines = [plot.segment({ colour: "ink", dash: "2 3" }), plot.segment({ colour: "ink", dash: "2 3" })];
  const dot = plot.dot({ colour: "ink", radius: 6 });
  plot.surface((recall) => frame.set({ score_at_least: scoreAt(frame, recall) }));
  // The curve has its points where a tree is found: between two finds precision only falls.
  const drawCurve = lastOf((found, { kind }) => {
    const hits = hitsOf(kind);
    area.set(...stairs(found, hits));
    curve.set(hits.map((k) => found.recall[k]), hits.map((k) => found.precision[k]));
  });
  const drawStart = lastOf((start, found) => {
    before.show(start.curve.area !== found.area);
    before.set(...[0, 2].map((which) => stairs(start.curve, start.hits)[which]));
  });
  return {
    element: html("div", { class: "detect-curve" }, plot.element),
    update(state, { curve: found, verdicts, shown, precision, recall }) {
      drawCurve(found, verdicts);
      drawStart(frame.startCurve(), found);
      for (const mark of [dot.circle, ...lines.map(({ line }) => line)]) mark.style.display = shown ? "" : "none";
      if (!shown) return;
      dot.set(recall, precision);
      lines[0].set(recall, 0, recall, precision);
      lines[1].set(0, precision, recall, precision);
    },
  };
}

// The staircase of the best precision: [recall, low, high]. It has a step at each find.
function stairs({ recall, best }, hits) {
  const [xs, ys] = hits.length ? [[], []] : [[0], [0]];
  let last = 0;
  for (const k of hits) {
    xs.push(last, recall[k]);
    ys.push(best[k], best[k]);
    last = recall[k];
  }
  return [xs, xs.map(() => 0), ys];
}

function hitsOf(kind) {
  const hits = [];
  for (let k = 0; k < kind.length; k += 1) if (kind[k] === RIGHT) hits.push(k);
  return hits;
}

// The score, in hundredths, down to which this share of the trees is found.
function scoreAt(frame, wanted) {
  const { boxes, stay, curve } = frame.look();
  const { low, high } = frame.spec.fields.score_at_least;
  const first = curve.recall.findIndex((recall) => recall >= wanted);
  const k = first < 0 ? stay.length - 1 : first;
  return clamp(Math.floor(100 * boxes.scores[stay[k]]) / 100, low, high);
}

function numbersView() {
  const tiles = ["precision", "recall", "average precision"].map((name) => {
    const [value, note] = [html("b"), html("span")];
    return { value, note, element: html("div", { class: "detect-number" }, html("span", {}, name), value, note) };
  });
  const tell = (tile, value, note) => {
    setText(tile.value, value);
    setText(tile.note, note);
  };
  return {
    element: html("div", { class: "detect-numbers", role: "group", "aria-label": "precision, recall and average precision" }, tiles.map(({ element }) => element)),
    update(state, { shown, counts, precision, recall, numFound, boxes, curve }) {
      tell(tiles[0], shown ? percent(precision) : "–", `${grouped(counts[RIGHT])} / ${grouped(shown)} boxes`);
      tell(tiles[1], percent(recall), `${grouped(numFound)} / ${grouped(boxes.numTrees)} trees`);
      tell(tiles[2], decimal(curve.area), "area under steps");
    },
  };
}

export default explorer(build);
