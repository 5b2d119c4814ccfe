// The playground's network: the twin of models/playground.py, fast enough for thousands of epochs a second.
//
// new PlaygroundNetwork(settings, data = playgroundData(settings)): initial weights of settings.seed, epoch 0.
//   settings: what playgroundData reads, and features (names), layers (units of each hidden layer, zeros are left
//   out, e.g. [4, 2, 0, 0, 0, 0]), activation ("tanh", "relu", "sigmoid", "linear"), learning_rate, batch_size,
//   regularisation ("none", "l1", "l2"), regularisation_rate.
// .update(settings, data?)     new data, learning rate, batch size or regularisation; weights and epoch stay.
//   False, and nothing changes, where the settings need another network (features, layers, activation, task).
// .trainOneStep()              one batch; .trainEpoch() to the end of the epoch; .train(numEpochs)
// .trainFor(ms, mostEpochs)    whole epochs until the time is over; returns how many (at least one)
// .epoch, .step                whole epochs, and batches of the running one
// .losses() -> { training, test, trainingAccuracy, testAccuracy }   without penalty; null where there is none
// .penalty()                   what regularisation adds to the training loss
// .sizes                       [features, units of each hidden layer …, 1]
// .weight(layer, from, to), .setWeight(layer, from, to, value)     layer 0 leads from the features to sizes[1]
// .bias(layer, to), .setBias(layer, to, value)                     layer as above
// .weights() -> number[]; .load(flat, epoch = 0, step = 0)         order as in Keras: kernel row by row, bias, …
// .unitPictures(size = 32, outputSize = 64) -> { layers: Float64Array[][], output: Float64Array }
//   what each hidden unit and the network answer in the middle of each pixel, row by row from the top left corner
//   (x = −6, y = 6). The arrays are used again at the next call.
// .predict(x, y)               the network's answer as targets are counted: in classification 2p − 1
// .signalsAt(x, y) -> number[][]   features, outputs of each hidden layer, [answer]
// .diverged                    a weight has grown beyond a million, or is no number any more
// featurePicture(name, size) -> Float64Array
// Loss: regression: mean squared error; classification: binary cross-entropy of p = sigmoid(last sum), with p the
// probability of +1.
import { sigmoid } from "./engine/arithmetic.js";
import { startOf, uniform } from "./engine/random.js";
import { FEATURES, PLANE_REACH, playgroundData, shuffleInto } from "./playground_data.js";

const WEIGHT_STREAM = 2;
const ORDER_STREAM = 3;
const LARGEST_WEIGHT = 1e6;
const KINDS = { linear: 0, tanh: 1, sigmoid: 2, relu: 3 };

export class PlaygroundNetwork {
  #features;
  #isClassifier;
  #kind;
  #parameters;
  #gradient;
  #kernelAt = []; // where the kernel of each layer begins among the parameters; its bias ends where the next begins
  #biasAt = [];
  #unitAt = []; // where the outputs of each layer begin
  #outputs;
  #errors;
  #order;
  #place = 0; // how many points of the epoch have been learnt from
  #orderedEpoch = -1; // the epoch whose order stands in #order
  #grids = new Map();
  #pictures = new Map();

  constructor(settings, data = playgroundData(settings)) {
    this.architecture = architectureOf(settings);
    this.#features = [...settings.features];
    this.#isClassifier = settings.task === "classification";
    this.#kind = KINDS[settings.activation];
    this.sizes = [this.#features.length, ...settings.layers.filter((units) => units > 0), 1];
    this.epoch = 0;
    this.changes = 0; // of its weights and biases: what is drawn of them holds as long as this number stays
    this.#layOut();
    this.#initialise(settings.seed);
    this.#adopt(settings, data);
  }

  update(settings, data = playgroundData(settings)) {
    if (architectureOf(settings) !== this.architecture) return false;
    this.#adopt(settings, data);
    return true;
  }

  #layOut() {
    let numParameters = 0;
    let numUnits = 0;
    this.sizes.forEach((size, layer) => {
      this.#unitAt.push(numUnits);
      numUnits += size;
      if (layer === 0) return;
      this.#kernelAt.push(numParameters);
      this.#biasAt.push(numParameters + this.sizes[layer - 1] * size);
      numParameters += (this.sizes[layer - 1] + 1) * size;
    });
    this.#parameters = new Float64Array(numParameters);
    this.#gradient = new Float64Array(numParameters);
    this.#outputs = new Float64Array(numUnits);
    this.#errors = new Float64Array(numUnits);
  }

  // Glorot & Bengio 2010; before ReLU He et al. 2015. Both uniform; biases are 0.
  #initialise(seed) {
    const start = startOf(seed, WEIGHT_STREAM);
    let place = 0;
    this.#kernelAt.forEach((kernelAt, layer) => {
      const [fanIn, fanOut] = [this.sizes[layer], this.sizes[layer + 1]];
      const isBeforeRelu = this.#kind === KINDS.relu && layer < this.#kernelAt.length - 1;
      const limit = Math.sqrt(6 / (isBeforeRelu ? fanIn : fanIn + fanOut));
      for (let i = 0; i < fanIn * fanOut; i += 1) this.#parameters[kernelAt + i] = limit * (2 * uniform(start, place++) - 1);
    });
  }

  #adopt(settings, data) {
    const { x, y, target, order, numTraining } = data;
    if (numTraining !== this.data?.numTraining) this.#place = 0;
    this.data = data;
    this.orderStart = startOf(settings.seed, ORDER_STREAM);
    this.#orderedEpoch = -1;
    this.#order = new Int32Array(numTraining);
    this.batchSize = settings.batch_size;
    this.learningRate = settings.learning_rate;
    this.l1 = settings.regularisation === "l1" ? settings.regularisation_rate : 0;
    this.l2 = settings.regularisation === "l2" ? settings.regularisation_rate : 0;
    this.inputs = this.#featuresOf(order.length, (i) => [x[order[i]], y[order[i]]]);
    this.targets = Float64Array.from(order, (point) => target[point]);
  }

  // One row of features for each place.
  #featuresOf(count, placeOf) {
    const width = this.#features.length;
    const values = new Float64Array(count * width);
    for (let i = 0; i < count; i += 1) {
      const [x, y] = placeOf(i);
      for (let k = 0; k < width; k += 1) values[i * width + k] = FEATURES[this.#features[k]](x, y);
    }
    return values;
  }

  // ---- training -------------------------------------------------------------------------------------------------

  trainOneStep() {
    if (this.#orderedEpoch !== this.epoch) {
      shuffleInto(this.#order, this.orderStart, this.epoch * this.#order.length);
      this.#orderedEpoch = this.epoch;
    }
    const end = Math.min(this.#place + this.batchSize, this.#order.length);
    this.#gradient.fill(0);
    for (let i = this.#place; i < end; i += 1) this.#addGradient(this.#order[i]);
    this.#descend(end - this.#place);
    this.#place = end;
    if (end < this.#order.length) return;
    this.#place = 0;
    this.epoch += 1;
  }

  trainEpoch() {
    const { epoch } = this;
    while (this.epoch === epoch) this.trainOneStep();
  }

  train(numEpochs) {
    for (let i = 0; i < numEpochs; i += 1) this.trainEpoch();
  }

  trainFor(milliseconds, mostEpochs = Infinity) {
    const end = performance.now() + milliseconds;
    let done = 0;
    do {
      this.trainEpoch();
      done += 1;
    } while (done < mostEpochs && performance.now() < end);
    return done;
  }

  get step() {
    return Math.ceil(this.#place / this.batchSize);
  }

  // What the network answers to the features of one row, before the sigmoid of the classifier.
  #forward(inputs, row) {
    const outputs = this.#outputs;
    const parameters = this.#parameters;
    const sizes = this.sizes;
    const last = sizes.length - 1;
    for (let i = 0, from = row * sizes[0]; i < sizes[0]; i += 1) outputs[i] = inputs[from + i];
    for (let layer = 0; layer < last; layer += 1) {
      const from = this.#unitAt[layer];
      const to = this.#unitAt[layer + 1];
      const size = sizes[layer + 1];
      const bias = this.#biasAt[layer];
      for (let j = 0; j < size; j += 1) outputs[to + j] = parameters[bias + j];
      for (let i = 0, at = this.#kernelAt[layer]; i < sizes[layer]; i += 1) {
        const output = outputs[from + i];
        for (let j = 0; j < size; j += 1, at += 1) outputs[to + j] += output * parameters[at];
      }
      if (layer < last - 1) activateUnits(outputs, to, size, this.#kind);
    }
    return outputs[outputs.length - 1];
  }

  // Adds the gradient of one point's loss by every parameter.
  #addGradient(row) {
    const answer = this.#forward(this.inputs, row);
    const errors = this.#errors;
    const outputs = this.#outputs;
    const sizes = this.sizes;
    const target = this.targets[row];
    errors[errors.length - 1] = this.#isClassifier ? sigmoid(answer) - (target + 1) / 2 : 2 * (answer - target);
    for (let layer = sizes.length - 2; layer >= 0; layer -= 1) {
      const from = this.#unitAt[layer];
      const to = this.#unitAt[layer + 1];
      const size = sizes[layer + 1];
      const bias = this.#biasAt[layer];
      for (let j = 0; j < size; j += 1) this.#gradient[bias + j] += errors[to + j];
      this.#addKernelGradient(layer, from, to, size);
      if (layer > 0) for (let i = from; i < from + sizes[layer]; i += 1) errors[i] *= slopeOfOutput(outputs[i], this.#kind);
    }
  }

  // Adds to the gradient of a kernel, and sends the errors of its layer back through it.
  #addKernelGradient(layer, from, to, size) {
    const parameters = this.#parameters;
    const gradient = this.#gradient;
    const errors = this.#errors;
    for (let i = 0, at = this.#kernelAt[layer]; i < this.sizes[layer]; i += 1) {
      const output = this.#outputs[from + i];
      let sum = 0;
      for (let j = 0; j < size; j += 1, at += 1) {
        gradient[at] += output * errors[to + j];
        sum += parameters[at] * errors[to + j];
      }
      errors[from + i] = sum;
    }
  }

  // One step of SGD with the summed gradient of a batch; the penalty is for weights, not for biases.
  #descend(numPoints) {
    const parameters = this.#parameters;
    const gradient = this.#gradient;
    for (let layer = 0; layer < this.#kernelAt.length && (this.l1 || this.l2); layer += 1) {
      for (let at = this.#kernelAt[layer]; at < this.#biasAt[layer]; at += 1) {
        gradient[at] += numPoints * (this.l1 * Math.sign(parameters[at]) + 2 * this.l2 * parameters[at]);
      }
    }
    const rate = this.learningRate / numPoints;
    this.changes += 1;
    for (let at = 0; at < parameters.length; at += 1) parameters[at] -= rate * gradient[at];
  }

  // ---- what it has learnt -----------------------------------------------------------------------------------------

  losses() {
    const { numTraining } = this.data;
    const training = this.#measure(0, numTraining);
    const test = this.#measure(numTraining, this.targets.length);
    return { training: training.loss, test: test.loss, trainingAccuracy: training.accuracy, testAccuracy: test.accuracy };
  }

  #measure(begin, end) {
    if (begin === end) return { loss: null, accuracy: null };
    let loss = 0;
    let right = 0;
    for (let row = begin; row < end; row += 1) {
      const answer = this.#forward(this.inputs, row);
      const target = this.targets[row];
      loss += this.#isClassifier ? softplus(-target * answer) : (answer - target) ** 2;
      if (answer > 0 === target > 0) right += 1;
    }
    return { loss: loss / (end - begin), accuracy: this.#isClassifier ? right / (end - begin) : null };
  }

  penalty() {
    let sum = 0;
    this.#kernelAt.forEach((kernelAt, layer) => {
      for (let at = kernelAt; at < this.#biasAt[layer]; at += 1) sum += this.l1 * Math.abs(this.#parameters[at]) + this.l2 * this.#parameters[at] ** 2;
    });
    return sum;
  }

  get diverged() {
    return !this.#parameters.every((value) => Math.abs(value) <= LARGEST_WEIGHT);
  }

  predict(x, y) {
    return this.#asTarget(this.#forward(this.#featuresOf(1, () => [x, y]), 0));
  }

  signalsAt(x, y) {
    const answer = this.predict(x, y);
    return this.sizes.map((size, layer) => (layer === this.sizes.length - 1 ? [answer] : [...this.#outputs.subarray(this.#unitAt[layer], this.#unitAt[layer] + size)]));
  }

  #asTarget(answer) {
    return this.#isClassifier ? Math.tanh(answer / 2) : answer; // tanh(z / 2) = 2 sigmoid(z) − 1
  }

  // ---- parameters ---------------------------------------------------------------------------------------------------

  weight(layer, from, to) {
    return this.#parameters[this.#kernelAt[layer] + from * this.sizes[layer + 1] + to];
  }

  setWeight(layer, from, to, value) {
    this.#parameters[this.#kernelAt[layer] + from * this.sizes[layer + 1] + to] = value;
    this.changes += 1;
  }

  bias(layer, to) {
    return this.#parameters[this.#biasAt[layer] + to];
  }

  setBias(layer, to, value) {
    this.#parameters[this.#biasAt[layer] + to] = value;
    this.changes += 1;
  }

  weights() {
    return [...this.#parameters];
  }

  load(flat, epoch = 0, step = 0) {
    if (flat.length !== this.#parameters.length) throw new Error(`This network has ${this.#parameters.length} weights and biases, not ${flat.length}.`);
    this.#parameters.set(flat);
    this.changes += 1;
    this.epoch = epoch;
    this.#place = Math.min(step * this.batchSize, this.#order.length - 1);
    this.#orderedEpoch = -1;
  }

  // ---- pictures -----------------------------------------------------------------------------------------------------

  unitPictures(size = 32, outputSize = 64) {
    const layers = this.#hiddenPictures(size);
    const grid = this.#grid(outputSize);
    const output = this.#buffer(`output ${outputSize}`, outputSize);
    for (let pixel = 0; pixel < output.length; pixel += 1) output[pixel] = this.#asTarget(this.#forward(grid, pixel));
    return { layers, output };
  }

  #hiddenPictures(size) {
    const pictures = this.sizes.slice(1, -1).map((units, layer) => Array.from({ length: units }, (_, j) => this.#buffer(`${layer} ${j} ${size}`, size)));
    const flat = pictures.flat();
    const grid = this.#grid(size);
    for (let pixel = 0; pixel < size * size && flat.length; pixel += 1) {
      this.#forward(grid, pixel);
      for (let j = 0; j < flat.length; j += 1) flat[j][pixel] = this.#outputs[this.sizes[0] + j];
    }
    return pictures;
  }

  #grid(size) {
    if (!this.#grids.has(size)) this.#grids.set(size, this.#featuresOf(size * size, (pixel) => pixelMiddle(pixel, size)));
    return this.#grids.get(size);
  }

  #buffer(name, size) {
    if (!this.#pictures.has(name)) this.#pictures.set(name, new Float64Array(size * size));
    return this.#pictures.get(name);
  }
}

function architectureOf({ task, features, layers, activation }) {
  return JSON.stringify([task, features, layers.filter((units) => units > 0), activation]);
}

function activateUnits(outputs, begin, count, kind) {
  for (let i = begin; i < begin + count; i += 1) {
    const z = outputs[i];
    if (kind === KINDS.tanh) outputs[i] = Math.tanh(z);
    else if (kind === KINDS.relu) outputs[i] = z > 0 ? z : 0;
    else if (kind === KINDS.sigmoid) outputs[i] = sigmoid(z);
  }
}

// The slope of the activation where its output is a; of ReLU at 0 it is 0.
function slopeOfOutput(a, kind) {
  if (kind === KINDS.tanh) return 1 - a * a;
  if (kind === KINDS.relu) return a > 0 ? 1 : 0;
  return kind === KINDS.sigmoid ? a * (1 - a) : 1;
}

const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

function pixelMiddle(pixel, size) {
  const width = (2 * PLANE_REACH) / size;
  return [-PLANE_REACH + ((pixel % size) + 0.5) * width, PLANE_REACH - (Math.floor(pixel / size) + 0.5) * width];
}

export function featurePicture(name, size = 32) {
  return Float64Array.from({ length: size * size }, (_, pixel) => FEATURES[name](...pixelMiddle(pixel, size)));
}
