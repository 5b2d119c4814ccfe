// Curves as sums of units: the twin of models/bumps.py.

import { ACTIVATIONS } from "./engine/arithmetic.js";
import { leastSquares } from "./engine/least_squares.js";

export const MOST_UNITS = 20;
export const VIEW = [-0.25, 1.25];
export const SAMPLES = Float64Array.from({ length: 201 }, (_, k) => k / 200);
const RIDGE = 1e-8;
const SMOOTH = ["sigmoid", "tanh"];

export function targetOf(name, corners) {
  return {
    sine: (x) => Math.sin(2 * Math.PI * x),
    bump: (x) => Math.exp(-(((x - 0.5) / 0.15) ** 2)),
    jump: (x) => (x > 0.5 ? 0.8 : -0.4),
    parabola: (x) => 1 - (2 * x - 1) ** 2,
    wiggle: (x) => 0.6 * Math.sin(2 * Math.PI * x) + 0.4 * Math.sin(6 * Math.PI * x),
    own: (x) => joined(corners, x),
  }[name];
}

// Straight lines between evenly spaced heights over 0 … 1, flat outside.
function joined(heights, x) {
  const at = x * (heights.length - 1);
  const left = Math.min(heights.length - 2, Math.max(0, Math.floor(at)));
  const share = Math.min(1, Math.max(0, at - left));
  return heights[left] + share * (heights[left + 1] - heights[left]);
}

class UnitSum {
  // units: [{position, height, steepness}]
  constructor(activation, units, bias) {
    Object.assign(this, { activation, units, bias, phi: ACTIVATIONS[activation][0] });
  }

  contribution(unit, x) {
    return unit.height * this.phi(unit.steepness * (x - unit.position));
  }

  at(x) {
    let sum = 0;
    for (const unit of this.units) sum += this.contribution(unit, x);
    return sum + this.bias;
  }
}

function evenPositions(activation, count) {
  const first = activation === "relu" ? 0 : 0.5;
  return Array.from({ length: count }, (_, i) => (i + first) / count);
}

// The units at `positions` whose heights and bias come nearest to `heights` at SAMPLES.
function fitUnits(activation, positions, sharpness, heights) {
  const [phi] = ACTIVATIONS[activation];
  const steepness = SMOOTH.includes(activation) ? sharpness : 1;
  // Below the samples stands one row for each unit, which is the penalty on its height.
  const column = (valueAt, unit) => {
    const values = new Float64Array(SAMPLES.length + positions.length);
    for (let k = 0; k < SAMPLES.length; k += 1) values[k] = valueAt(SAMPLES[k], k);
    if (unit >= 0) values[SAMPLES.length + unit] = Math.sqrt(RIDGE);
    return values;
  };
  const columns = positions.map((position, i) => column((x) => phi(steepness * (x - position)), i));
  const solution = leastSquares([column(() => 1, -1), ...columns], column((_, k) => heights[k], -1));
  const units = positions.map((position, i) => ({ position, height: solution[i + 1], steepness }));
  return new UnitSum(activation, units, solution[0]);
}

export function sumOf(state) {
  const even = evenPositions(state.activation, state.n);
  if (state.mode === "hand") {
    const rows = even.map((position, i) => state.units[i] ?? [position, 0, 20]);
    return new UnitSum(state.activation, rows.map(([position, height, steepness]) => ({ position, height, steepness })), state.bias);
  }
  const positions = state.units.length === state.n ? state.units.map(([position]) => position) : even;
  return fitUnits(state.activation, positions, state.sharpness, SAMPLES.map(targetOf(state.target, state.corners)));
}

// [root mean square, largest] distance at SAMPLES.
export function errorsOf(sum, heights) {
  const distances = SAMPLES.map((x, k) => Math.abs(sum.at(x) - heights[k]));
  const squares = distances.reduce((total, distance) => total + distance * distance, 0);
  return [Math.sqrt(squares / SAMPLES.length), Math.max(...distances)];
}

export function errorsByCount(activation, sharpness, heights) {
  return Array.from({ length: MOST_UNITS }, (_, i) => errorsOf(fitUnits(activation, evenPositions(activation, i + 1), sharpness, heights), heights)[0]);
}
