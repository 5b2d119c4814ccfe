// The twin of models/optimisers.py: the same operations in the same order, so that paths agree to the last bit.
import { startOf, uniform } from "./engine/random.js";

export const MOST_STEPS = 300;
export const RACE_VIEW = { x: [-3, 3], y: [-2, 2] };
const LIMIT = 1000;
const EPSILON = 1e-7;
const FIRST_SUM = 0.1;
const NUM_UNIFORM = 12;

// ---- the rules: w, gradient and what is remembered are pairs; each answers with the next weights ---------------

const pair = (number) => [number(0), number(1)];

function pushed(w, gradient, memory, s) {
  memory.velocity = pair((i) => s.momentum * memory.velocity[i] - s.rate * gradient[i]);
}

function adamStep(w, gradient, memory, s) {
  memory.mean = pair((i) => s.beta_1 * memory.mean[i] + (1 - s.beta_1) * gradient[i]);
  memory.square = pair((i) => s.beta_2 * memory.square[i] + (1 - s.beta_2) * (gradient[i] * gradient[i]));
  memory.power1 *= s.beta_1;
  memory.power2 *= s.beta_2;
  const correctedRate = (s.rate * Math.sqrt(1 - memory.power2)) / (1 - memory.power1);
  return pair((i) => w[i] - (correctedRate * memory.mean[i]) / (Math.sqrt(memory.square[i]) + EPSILON));
}

const RULES = {
  sgd: (w, gradient, memory, s) => pair((i) => w[i] - s.rate * gradient[i]),
  momentum: (w, gradient, memory, s) => {
    pushed(w, gradient, memory, s);
    return pair((i) => w[i] + memory.velocity[i]);
  },
  nesterov: (w, gradient, memory, s) => {
    pushed(w, gradient, memory, s);
    return pair((i) => w[i] + (s.momentum * memory.velocity[i] - s.rate * gradient[i]));
  },
  adagrad: (w, gradient, memory, s) => {
    memory.sum = pair((i) => memory.sum[i] + gradient[i] * gradient[i]);
    return pair((i) => w[i] - (s.rate * gradient[i]) / Math.sqrt(memory.sum[i] + EPSILON));
  },
  rmsprop: (w, gradient, memory, s) => {
    memory.square = pair((i) => s.rho * memory.square[i] + (1 - s.rho) * (gradient[i] * gradient[i]));
    return pair((i) => w[i] - (s.rate * gradient[i]) / Math.sqrt(memory.square[i] + EPSILON));
  },
  adam: adamStep,
  adamw: (w, gradient, memory, s) => adamStep(pair((i) => w[i] - w[i] * s.decay * s.rate), gradient, memory, s),
};
export const RULE_NAMES = Object.keys(RULES);

function freshMemory() {
  return { velocity: [0, 0], sum: [FIRST_SUM, FIRST_SUM], mean: [0, 0], square: [0, 0], power1: 1, power2: 1 };
}

// ---- the surfaces -----------------------------------------------------------------------------------------------

export const SURFACES = {
  bowl: { height: (x, y) => 0.5 * (x * x + y * y), slopes: (x, y) => [x, y], minima: [[0, 0]] },
  ravine: { height: (x, y) => 0.1 * x * x + 2 * y * y, slopes: (x, y) => [0.2 * x, 4 * y], minima: [[0, 0]] },
  saddle: {
    height: (x, y) => 0.5 * x * x + 0.25 * (y * y - 1) * (y * y - 1),
    slopes: (x, y) => [x, y * (y * y - 1)],
    minima: [[0, -1], [0, 1]],
  },
  banana: {
    height: (x, y) => (1 - x) * (1 - x) + 10 * (y - x * x) * (y - x * x),
    slopes: (x, y) => [-2 * (1 - x) - 40 * x * (y - x * x), 20 * (y - x * x)],
    minima: [[1, 1]],
  },
  valleys: {
    height: (x, y) => 0.3 * (0.25 * x * x * x * x - 1.68 * x * x + 1.28 * x + 5.28) + 0.5 * y * y,
    slopes: (x, y) => [0.3 * (x * x * x - 3.36 * x + 1.28), y],
    minima: [[-2, 0]],
  },
  plateau: {
    height: (x, y) => (2 * (x * x + y * y)) / (1 + 2 * (x * x + y * y)),
    slopes: (x, y) => {
      const wide = 1 + 2 * (x * x + y * y);
      return [(4 * x) / (wide * wide), (4 * y) / (wide * wide)];
    },
    minima: [[0, 0]],
  },
};

export function distanceTo(minima, [x, y]) {
  return Math.min(...minima.map(([a, b]) => Math.sqrt((x - a) * (x - a) + (y - b) * (y - b))));
}

// ---- noise ------------------------------------------------------------------------------------------------------

const knownNoise = { seed: null, pairs: [] };

function noiseOf(seed) {
  if (knownNoise.seed !== seed) Object.assign(knownNoise, { seed, pairs: Array.from({ length: MOST_STEPS }, (_, step) => pair((i) => almostNormal(seed, 2 * step + i))) });
  return knownNoise.pairs;
}

function almostNormal(seed, place) {
  let sum = -NUM_UNIFORM / 2;
  for (let k = 1; k <= NUM_UNIFORM; k += 1) sum += uniform(startOf(seed, 0), place * NUM_UNIFORM + k);
  return sum;
}

// ---- a run ------------------------------------------------------------------------------------------------------

// The path of one rule up to the step of the state; it ends where the weights have grown beyond the limit.
export function runOf(state, name) {
  const { height, slopes, minima } = SURFACES[state.surface];
  const settings = { ...state, rate: state.rates[RULE_NAMES.indexOf(name)] };
  const pushes = noiseOf(state.seed);
  const memory = freshMemory();
  const path = [[state.x, state.y]];
  let divergedAt = null;
  for (let step = 0; step < state.step && divergedAt === null; step += 1) {
    const at = path[step];
    const slope = slopes(at[0], at[1]);
    const next = RULES[name](at, pair((i) => slope[i] + state.noise * pushes[step][i]), memory, settings);
    path.push(next);
    if (!(Math.max(Math.abs(next[0]), Math.abs(next[1])) <= LIMIT)) divergedAt = step + 1;
  }
  return { name, path, divergedAt, losses: path.map(([x, y]) => height(x, y)), distances: path.map((w) => distanceTo(minima, w)) };
}
