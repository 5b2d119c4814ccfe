import { explorer } from "./engine/frame.js";
import { barsView } from "./engine/bars.js";
import { html, percent, trimmed } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { SmallNetwork } from "./engine/small_network.js";
import { pictureUpload } from "./engine/upload.js";
import { inkAsDrawn } from "./rasterizer.js";
import { mapOf, mapShape, receptiveField, unitWord, valueNearest, windowOf, withinPicture } from "./feature_maps_model.js";
import { allMapsView, chosenMapView, pictureView, strongestView, windowView } from "./feature_maps_views.js";

const PEN = 0.08;

function build(frame) {
  const look = lookAt(frame);
  frame.entail = (changes) => sameSpot(frame, look(), changes);
  const views = [pictureView(frame, PEN), chosenMapView(frame), windowView(frame), allMapsView(frame), strongestView(frame)];
  const [picture, map, window, all, strongest] = views;
  const bars = barsView(frame.arrays.names);
  const upload = pictureUpload(frame);
  frame.show(
    html("div", { class: "maps-panel" }, picture.element),
    html("div", { class: "maps-panel" }, map.element),
    html("div", { class: "maps-settings" }, frame.controls("picture", "number", "layer"), upload.element, window.element),
    html("div", { class: "maps-layer" }, all.element, strongest.element),
    html("div", { class: "maps-answer" }, bars.element),
  );
  return (state) => {
    const seen = look();
    frame.enable("number", state.picture === "set" || (state.picture === "own" && !frame.arrays.hasOwn));
    for (const view of views) view.update(state, seen);
    bars.update({ probabilities: seen.probabilities });
    return sentence(frame, state, seen);
  };
}

// In another layer the cursor goes on looking at the same spot of the picture.
function sameSpot({ arrays: { layers, shown } }, { sight }, changes) {
  if (!("layer" in changes) || "row" in changes) return changes;
  const spot = [sight.top + (sight.height - 1) / 2, sight.left + (sight.width - 1) / 2];
  const [row, column] = valueNearest(layers, shown[changes.layer][0], spot);
  return { ...changes, row, column };
}

// ---- what is to be seen at a state ---------------------------------------------------------------

// The network runs once for a picture; another layer, filter or place only looks at its outputs.
function lookAt(frame) {
  const { layers, weights, pictures, scale, full, shown } = frame.arrays;
  const network = new SmallNetwork(layers, weights.values);
  const shape = pictures.shape.slice(1);
  const size = shape.reduce((product, side) => product * side, 1);
  const fromSet = lastOf((number) => Float32Array.from(pictures.values.subarray(number * size, (number + 1) * size), (value) => value * scale));
  const drawn = lastOf((strokes) => inkAsDrawn(strokes, PEN, shape).map((ink) => ink * full));
  const inputOf = ({ picture, strokes, number }, { hasOwn, picture: own }) => {
    if (picture === "drawing") return drawn(strokes);
    return picture === "own" && hasOwn ? own.values : fromSet(number);
  };
  const run = lastOf((input) => ({ outputs: network.run(input) }));
  const look = lastOf((state, arrays) => {
    const input = inputOf(state, arrays);
    const { outputs } = run(input);
    const [place] = shown[state.layer];
    const layer = layers[place];
    const maps = mapShape(layer);
    const at = {
      filter: Math.min(state.filter, maps[2] - 1), row: Math.min(state.row, maps[0] - 1), column: Math.min(state.column, maps[1] - 1),
    };
    const sight = withinPicture(receptiveField(layers, place, at.row, at.column), shape);
    const probabilities = outputs.at(-1).values;
    const map = mapOf(outputs[place], maps, at.filter);
    return { input, shape, outputs, place, layer, maps, at, sight, probabilities, map, window: windowSeen(frame, outputs, place, at, state.channel) };
  });
  frame.look = () => look(frame.state, frame.arrays); // for tests and the browser's console
  return frame.look;
}

// The window of the value under the cursor, null where the layer has none. A pooling layer's maps are its channels.
function windowSeen({ arrays: { layers, weights } }, outputs, place, at, channel) {
  const layer = layers[place];
  if (!["conv2d", "max_pool", "average_pool"].includes(layer.kind)) return null;
  const input = outputs[place - 1];
  const channels = input.shape[2];
  const chosen = layer.kind === "conv2d" ? Math.min(channel, channels - 1) : at.filter;
  return { channels, channel: chosen, ...windowOf(layer, weights.values, input, { ...at, channel: chosen }) };
}

// ---- words ---------------------------------------------------------------------------------------

function sentence(frame, state, { shape, layer, maps, at, sight, probabilities, map }) {
  const { kinds, names } = frame.arrays;
  const [rows, columns, filters] = maps;
  const value = map.values[at.row * columns + at.column];
  const whole = sight.height === shape[0] && sight.width === shape[1];
  const best = probabilities.indexOf(Math.max(...probabilities));
  return `${named(frame, state)} in ${layer.name} (${kinds[layer.kind]}), ${unitWord(layer)} ${at.filter} of ${filters}: ` +
    `its map of ${rows} × ${columns} reaches from ${trimmed(Math.min(...map.values), 0, 2)} to ${trimmed(Math.max(...map.values), 0, 2)}. ` +
    `At row ${at.row}, column ${at.column} it is ${trimmed(value, 0, 2)}, and that value sees ` +
    `${whole ? "the whole picture" : `${sight.height} × ${sight.width} pixels of the picture`}. ` +
    `The network says ${names[best]} (${percent(probabilities[best])}).`;
}

function named({ arrays: { names, labels, hasOwn } }, { picture, number }) {
  if (picture === "drawing") return "Your drawing";
  if (picture === "own" && hasOwn) return "Your own picture";
  const inSet = `Picture ${number}${labels.length ? ` (${names[labels[number]]})` : ""}`;
  return picture === "own" ? `${inSet} (choose your own picture again: Copy state leaves it out)` : inSet;
}

export default explorer(build);
