// The closed forms that are computed in the browser. Their NumPy twins stand in course_utils/explorers/models/.

export function sigmoid(z) {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
}

// Abramowitz & Stegun 7.1.26 is too coarse here; this series and continued fraction reach double precision.
function erf(x) {
  const t = Math.abs(x);
  return Math.sign(x) * (t < 2.5 ? erfSeries(t) : 1 - erfcFraction(t));
}

function erfSeries(x) {
  let term = x;
  let sum = x;
  for (let n = 1; n < 80 && Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function erfcFraction(x) {
  let tail = 0;
  for (let n = 60; n > 0; n -= 1) tail = n / 2 / (x + tail);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + tail);
}

const normalDensity = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
const normalShare = (z) => 0.5 * (1 + erf(z / Math.SQRT2));

// name: [value, derivative] of (z, alpha). At a kink the derivative is the one from the left, as Keras has it for ReLU.
export const ACTIVATIONS = {
  step: [(z) => (z > 0 ? 1 : 0), () => 0],
  identity: [(z) => z, () => 1],
  sigmoid: [sigmoid, (z) => sigmoid(z) * sigmoid(-z)],
  tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
  relu: [(z) => Math.max(0, z), (z) => (z > 0 ? 1 : 0)],
  leaky_relu: [(z, alpha) => (z > 0 ? z : alpha * z), (z, alpha) => (z > 0 ? 1 : alpha)],
  elu: [(z, alpha) => (z > 0 ? z : alpha * Math.expm1(z)), (z, alpha) => (z > 0 ? 1 : alpha * Math.exp(z))],
  gelu: [(z) => z * normalShare(z), (z) => normalShare(z) + z * normalDensity(z)],
  silu: [(z) => z * sigmoid(z), (z) => sigmoid(z) * (1 + z * sigmoid(-z))],
  softplus: [(z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))), sigmoid],
};
