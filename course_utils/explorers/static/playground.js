import { explorer } from "./engine/frame.js";
import { numberBox } from "./engine/controls.js";
import { html, percent, setText, significant } from "./engine/dom.js";
import { lastOf } from "./engine/memory.js";
import { AnswerPlane } from "./playground_plane.js";
import { featurePicture } from "./playground_network.js";
import { kerasPanel, NumberEditor, pointChooser } from "./playground_panels.js";
import { LossCurves } from "./playground_curves.js";
import { NetworkGraph } from "./playground_graph.js";
import { shadeTable } from "./playground_paint.js";
import { Training } from "./playground_training.js";

const UNIT_SIDE = 30;
const LARGE_SIDE = 62; // of the answer, and of all units while one of them is shown large
const PLANE_STRENGTH = 0.62; // of the colours under the points
const MOST_LAYERS = 6;
// So far from 0 the features reach on the plane.
const FEATURE_REACH = { x1: 6, x2: 6, x1_squared: 36, x2_squared: 36, product: 36, sin_x1: 1, sin_x2: 1 };

function build(frame) {
  const training = new Training(frame);
  const plane = new AnswerPlane(frame);
  const curves = new LossCurves();
  const looked = { unit: null };
  const graph = new NetworkGraph(frame, {
    toggle: (name) => frame.set({ features: toggledFeature(frame, name) }),
    resize: (hidden) => frame.set({ layers: sixLayers(hidden) }),
    look: (unit) => { looked.unit = unit; frame.schedule(); },
    edit: (item) => editor.open(item),
  });
  const editor = new NumberEditor(frame, graph, training);
  const chooser = pointChooser(frame, plane.drawButton);
  const keras = kerasPanel(frame, training);
  const buttons = runButtons(frame, training);
  const layers = layerButtons(frame);
  frame.show(
    html("div", { class: "play-bar" }, buttons.element, frame.control("speed"), frame.control("learning_rate"), frame.control("activation")),
    html("div", { class: "play-bar" }, frame.control("task"), layers.element, frame.control("regularisation"), frame.control("regularisation_rate"), seedBox(frame)),
    html("div", { class: "play-left" }, graph.element, html("div", { class: "play-strip" }, chooser.element, frame.controls("noise", "num_points", "train_share", "batch_size"))),
    html("div", { class: "play-right" }, plane.element, curves.element),
    keras.element,
  );
  frame.root.querySelector(".course-head").append(keras.button);
  const shades = shadesOf(frame);
  const lastPictures = lastOf(picturesOf);
  const lastLooked = lastOf((unit, pictures) => lookedAt(graph, unit, pictures));
  return (state) => {
    training.follow(state);
    const { network, losses } = training;
    const pictures = lastPictures(network, network.changes, state.activation, looked.unit ? LARGE_SIDE : UNIT_SIDE);
    shades.update();
    if (graph.build(state.features, state.layers.filter((units) => units > 0))) editor.close();
    graph.update(network, pictures, shades.full);
    plane.update(state, { ...lastLooked(looked.unit, pictures), table: shades.pale, data: training.data, predict: (x, y) => network.predict(x, y) });
    curves.update(training.records, losses);
    chooser.update(state, shades.full);
    layers.update(state);
    buttons.update(network);
    for (const name of ["noise", "num_points"]) frame.enable(name, !state.points.length);
    frame.enable("regularisation_rate", state.regularisation !== "none");
    return playSentence(frame, state, training);
  };
}

function playSentence(frame, state, { network, losses, data }) {
  const texts = (field) => Object.fromEntries(frame.spec.fields[field].options);
  const isClassifier = state.task === "classification";
  const set = isClassifier ? texts("data")[state.data] : texts("regression_data")[state.regression_data];
  const name = state.points.length ? "Own points" : set[0].toUpperCase() + set.slice(1);
  const said =
    `${name}, training set of ${data.numTraining} and test set of ${data.order.length - data.numTraining} points; network ${network.sizes.join("–")}, ${texts("activation")[state.activation]}. ` +
    `After ${network.epoch} epochs the training loss is ${significant(losses.training, 3)}`;
  if (losses.test === null) return `${said}; there is no test point to try it on.`;
  const tested = `${said} and the test loss ${significant(losses.test, 3)}`;
  return isClassifier ? `${tested}; ${percent(losses.testAccuracy)} of the test points are on the right side.` : `${tested}.`;
}

// ---- pictures ------------------------------------------------------------------------------------------------

// The colours, mixed anew only when the theme changes.
function shadesOf(frame) {
  const shades = {
    update() {
      const key = ["paper", "blue", "orange"].map((name) => frame.palette.rgb(name)).join();
      if (key === shades.key) return;
      Object.assign(shades, { key, full: shadeTable(frame.palette), pale: shadeTable(frame.palette, PLANE_STRENGTH) });
    },
  };
  return shades;
}

const featureFields = {};

// Answers the picture of a unit of the graph, as it is after so many changes of the network's weights. A unit without
// bounds is measured by the largest of its numbers.
function picturesOf(network, changes, activation, side) {
  const { layers, output } = network.unitPictures(side, LARGE_SIDE);
  const bounded = activation === "tanh" || activation === "sigmoid";
  const last = network.sizes.length - 1;
  return ({ layer, index, name }) => {
    if (layer === 0) return (featureFields[name] ??= { values: featurePicture(name, LARGE_SIDE), side: LARGE_SIDE, reach: FEATURE_REACH[name] });
    if (layer === last) return { values: output, side: LARGE_SIDE, reach: 1, isAnswer: true };
    const values = layers[layer - 1][index];
    return { values, side, reach: bounded ? 1 : values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9) };
  };
}

// The unit under the hand is shown large; otherwise the answer.
function lookedAt(graph, unit, pictures) {
  const still = unit && graph.items.get(unit.id) === unit && unit.index >= 0 ? unit : null;
  const output = graph.columns.at(-1)[0];
  return { field: pictures(still ?? output), name: graph.unitName(still ?? output).replace("the output", "output") };
}

// ---- features and layers ---------------------------------------------------------------------------------------

function toggledFeature(frame, name) {
  const { features } = frame.state;
  return frame.spec.fields.features.options.map(([key]) => key).filter((key) => (key === name) !== features.includes(key));
}

function sixLayers(hidden) {
  return [...hidden, ...Array(MOST_LAYERS).fill(0)].slice(0, MOST_LAYERS);
}

function layerButtons(frame) {
  const hidden = () => frame.state.layers.filter((units) => units > 0);
  const text = html("b");
  const less = html("button", { type: "button", "aria-label": "one hidden layer less", onclick: () => frame.set({ layers: sixLayers(hidden().slice(0, -1)) }) }, "−");
  const more = html("button", { type: "button", "aria-label": "one hidden layer more", onclick: () => frame.set({ layers: sixLayers([...hidden(), hidden().at(-1) ?? 4]) }) }, "+");
  return {
    element: html("div", { class: "play-layers", role: "group", "aria-label": "hidden layers" }, less, text, more),
    update() {
      const count = hidden().length;
      setText(text, `${count} hidden ${count === 1 ? "layer" : "layers"}`);
      less.disabled = count === 0;
      more.disabled = count === MOST_LAYERS;
    },
  };
}

function seedBox(frame) {
  const field = frame.spec.fields.seed;
  const box = numberBox({ field, change: (value) => frame.set({ seed: value }), label: field.label, "data-exact": "seed", title: field.help });
  frame.bound.push({ name: "seed", element: box, update: (value) => box.show(value) });
  return html("label", { class: "play-seed" }, field.label, box);
}

// ---- run ---------------------------------------------------------------------------------------------------------

function runButtons(frame, training) {
  const play = html("button", { type: "button", class: "course-play play-main", onclick: () => (training.playing ? training.pause() : training.play()) }, "Play");
  const step = html("button", { type: "button", title: "one epoch: every training point once", onclick: () => training.step() }, "Step");
  const restart = html("button", { type: "button", title: "back to the weights of the seed", onclick: () => training.restart() }, "Restart");
  const epoch = html("b");
  return {
    element: html("div", { class: "play-run", role: "group", "aria-label": "training" }, play, step, restart, html("span", { class: "play-epoch" }, "epoch", epoch)),
    update(network) {
      setText(play, training.playing ? "Pause" : "Play");
      setText(epoch, String(network.epoch));
    },
  };
}

export default explorer(build);
