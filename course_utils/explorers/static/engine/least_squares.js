// Linear least squares by modified Gram-Schmidt, the right-hand side carried along, which is as stable as Householder's
// way (Björck 1967). `columns`: arrays of equal length, none of them zero; answers one coefficient a column.

import { dot } from "./arithmetic.js";

export function leastSquares(columns, wanted) {
  const q = columns.map((column) => Float64Array.from(column));
  const rest = Float64Array.from(wanted);
  const upper = q.map(() => []);
  const projected = q.map((column, k) => {
    const length = Math.sqrt(dot(column, column));
    upper[k][k] = length;
    for (let i = 0; i < column.length; i += 1) column[i] /= length;
    for (let j = k + 1; j < q.length; j += 1) upper[k][j] = takeAway(q[j], column);
    return takeAway(rest, column);
  });
  return solveUpper(upper, projected);
}

// Removes the part of `vector` along the unit vector `direction`, and answers how much it was.
function takeAway(vector, direction) {
  const share = dot(vector, direction);
  for (let i = 0; i < vector.length; i += 1) vector[i] -= share * direction[i];
  return share;
}

function solveUpper(upper, wanted) {
  const solution = new Float64Array(wanted.length);
  for (let k = wanted.length - 1; k >= 0; k -= 1) {
    let sum = wanted[k];
    for (let j = k + 1; j < wanted.length; j += 1) sum -= upper[k][j] * solution[j];
    solution[k] = sum / upper[k][k];
  }
  return solution;
}
