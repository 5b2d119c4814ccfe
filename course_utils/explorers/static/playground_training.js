// Trains the playground's network in slices of a few milliseconds between two frames, and brings its weights into the state
// when it pauses. While it plays, the network in the browser is ahead of the state, and nothing is sent to the kernel.

import { PlaygroundNetwork } from "./playground_network.js";
import { playgroundData } from "./playground_data.js";

const EPOCHS_PER_SECOND = { slow: 5, medium: 50, fast: 300, full: 1e6 };
const SLICE_MS = 9;
const BETWEEN_PICTURES_MS = 40;
const REST_FROM_PICTURES = 3; // times as long as drawing them took
const LONGEST_GAP_MS = 250; // epochs that a longer pause of the page has missed are not made up for
const FIGURES_KEPT = 8; // of each weight in the state
const MOST_RECORDS = 500;
const RECORDS_APART = 1.02; // late epochs are recorded at equal factors: the curve needs no more
const MAKES_NEW_NETWORK = ["task", "features", "layers", "activation", "seed"];
const MAKES_NEW_DATA = ["task", "data", "regression_data", "noise", "num_points", "train_share", "points", "seed"];
const SETS_TRAINING = ["learning_rate", "batch_size", "regularisation", "regularisation_rate"];

export class Training {
  constructor(frame) {
    Object.assign(this, { frame, playing: false, network: null, seen: {}, records: [] });
    frame.entail = (changes) => this.entailed(changes);
    frame.keep = () => this.keep();
    frame.training = this; // for tests and the browser's console
    new IntersectionObserver((entries) => { if (!entries.at(-1).isIntersecting) this.pause(); }).observe(frame.root);
  }

  // ---- from the state --------------------------------------------------------------------------

  // What a change of the state brings along: another network begins with weights of its own.
  entailed(changes) {
    if (this.keeping) return changes;
    if ("weights" in changes) {
      this.playing = false;
      this.frame.showFault("");
      this.seen.weights = null; // the same list again means: back to these weights
      return changes;
    }
    return MAKES_NEW_NETWORK.some((name) => name in changes) ? { ...changes, weights: [], epoch: 0 } : changes;
  }

  // Brings data and network up to the state.
  follow(state) {
    const dataIsNew = this.differs(state, MAKES_NEW_DATA);
    if (dataIsNew) this.data = playgroundData(state);
    const settingsAreNew = dataIsNew || this.differs(state, SETS_TRAINING);
    const begins = this.differs(state, MAKES_NEW_NETWORK) || this.differs(state, ["weights"]);
    if (begins) this.begin(state);
    else if (settingsAreNew) this.network.update(state, this.data);
    this.seen = { ...state };
    this.losses = this.network.losses();
    if (begins) this.records = [];
    if (begins || settingsAreNew) this.record();
  }

  differs(state, names) {
    return names.some((name) => state[name] !== this.seen[name] && JSON.stringify(state[name]) !== JSON.stringify(this.seen[name]));
  }

  begin(state) {
    this.network = new PlaygroundNetwork(state, this.data);
    if (state.weights.length) this.network.load(state.weights, state.epoch);
    this.touched = false;
  }

  // ---- into the state --------------------------------------------------------------------------

  // The network goes on with the rounded weights, so that a copied state tells its losses to the last digit.
  keep() {
    if (!this.touched) return;
    const weights = this.network.weights().map((weight) => Number(weight.toPrecision(FIGURES_KEPT)));
    const { epoch } = this.network;
    this.network.load(weights, epoch);
    this.seen = { ...this.seen, weights, epoch };
    this.keeping = true;
    this.frame.set({ weights, epoch });
    this.keeping = false;
    this.touched = false;
  }

  // ---- play, step, edit ------------------------------------------------------------------------

  play() {
    this.playing = true;
    this.paintAt = 0;
    this.slicedAt = null;
    this.owed = 1;
    this.frame.schedule();
    this.next();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.keep();
    this.frame.schedule();
  }

  step() {
    this.pause();
    this.trainOneEpoch();
    this.keep();
  }

  restart() {
    this.frame.set({ weights: [], epoch: 0 });
  }

  // layer 0 leads from the features; without `source` it is the bias.
  setNumber({ layer, source, target }, value) {
    if (source === undefined) this.network.setBias(layer, target, value);
    else this.network.setWeight(layer, source, target, value);
    this.touched = true;
    if (this.playing) return;
    this.keep();
    this.losses = this.network.losses();
    this.record();
  }

  next() {
    this.pending ??= requestAnimationFrame((now) => {
      this.pending = null;
      if (this.playing && this.frame.root.isConnected) this.tick(now);
      else this.playing = false;
    });
  }

  tick(now) {
    this.trainSlice(now);
    if (now >= this.paintAt) this.paint(now);
    if (this.playing) this.next();
  }

  paint(now) {
    const start = performance.now();
    this.frame.redraw();
    this.paintAt = now + Math.max(BETWEEN_PICTURES_MS, REST_FROM_PICTURES * (performance.now() - start));
  }

  trainSlice(now) {
    const perSecond = EPOCHS_PER_SECOND[this.frame.state.speed];
    const gap = Math.min(LONGEST_GAP_MS, now - (this.slicedAt ?? now));
    this.slicedAt = now;
    this.owed = Math.min(this.owed + (perSecond * gap) / 1000, perSecond);
    const end = performance.now() + SLICE_MS;
    while (this.playing && this.owed >= 1 && performance.now() < end) {
      this.trainOneEpoch();
      this.owed -= 1;
    }
  }

  trainOneEpoch() {
    const before = this.network.weights();
    const { epoch } = this.network;
    this.network.trainEpoch();
    this.touched = true;
    if (this.network.diverged) return this.giveUp(before, epoch);
    if (this.network.epoch < this.nextRecord) return;
    this.losses = this.network.losses();
    this.record();
  }

  giveUp(weights, epoch) {
    this.network.load(weights, epoch);
    this.pause();
    this.frame.showFault(`In epoch ${epoch + 1} the weights grew beyond all bounds: the steps are too large. Choose a smaller learning rate or regularisation rate, then press Restart.`);
  }

  // ---- the losses over the epochs ----------------------------------------------------------------

  record() {
    const { epoch } = this.network;
    this.records = this.records.filter((record) => record.epoch < epoch);
    this.records.push({ epoch, ...this.losses });
    if (this.records.length > MOST_RECORDS) this.records = this.records.filter((_, i) => i % 2 === 0);
    this.nextRecord = Math.max(epoch + 1, Math.floor(epoch * RECORDS_APART));
  }
}
