// The playground's points in the plane [−6, 6]²: generated, set by hand or read from a file. Apart from reading files
// the twin of models/playground.py, with the same random numbers.
//
// FEATURES[name](x, y) -> number
// playgroundData(settings) -> { x, y, target: Float64Array, order: Int32Array, numTraining }
//   order begins with the numTraining training points; the test points follow.
//   target: −1 or +1 in classification, a number in [−1, 1] in regression.
//   settings: task, data, regression_data, noise (percent), num_points, train_share (percent), points, seed.
//   Where there are points (rows [x, y, target]), they take the place of the generated ones;
//   classification takes the sign of their targets.
// pointsFromCsv(text, task) -> { points, note }; throws an Error whose message is a sentence for people.
import { startOf, uniform } from "./engine/random.js";

export const PLANE_REACH = 6;
const STREAMS = { points: 0, split: 1 };
const NUMBERS_A_POINT = 4;
const DIGITS = 4;
const TURNS = 1.75; // of each arm of the spiral
const BUMPS = [[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]];

export const FEATURES = {
  x1: (x) => x,
  x2: (x, y) => y,
  x1_squared: (x) => x * x,
  x2_squared: (x, y) => y * y,
  product: (x, y) => x * y,
  sin_x1: (x) => Math.sin(x),
  sin_x2: (x, y) => Math.sin(y),
};

export function playgroundData(settings) {
  const rows = settings.points.length ? settings.points : generatedRows(settings);
  const column = (i) => Float64Array.from(rows, (row) => row[i]);
  const target = settings.task === "classification" ? column(2).map((value) => sideOf(value > 0)) : column(2);
  const numTraining = Math.max(1, Math.floor((rows.length * settings.train_share) / 100 + 0.5));
  return { x: column(0), y: column(1), target, order: shuffled(rows.length, startOf(settings.seed, STREAMS.split), 0), numTraining };
}

// The numbers 0 .. count − 1 in random order (Fisher & Yates); its random numbers begin at `place`.
export function shuffled(count, start, place) {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  shuffleInto(order, start, place);
  return order;
}

export function shuffleInto(order, start, place) {
  for (let i = 0; i < order.length; i += 1) order[i] = i;
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = Math.floor(uniform(start, place + i) * (i + 1));
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
}

// ---- the sets of TensorFlow Playground ------------------------------------------------------------------------

function generatedRows({ task, data, regression_data, noise, num_points, seed }) {
  const make = POINT_MAKERS[task === "classification" ? data : regression_data];
  const start = startOf(seed, STREAMS.points);
  const numFirst = Math.ceil(num_points / 2);
  const numSecond = num_points - numFirst;
  return Array.from({ length: num_points }, (_, i) => {
    const isFirst = i < numFirst;
    const share = isFirst ? i / numFirst : (i - numFirst) / numSecond; // how far along the spiral's arm
    const random = Array.from({ length: NUMBERS_A_POINT }, (__, k) => uniform(start, i * NUMBERS_A_POINT + k));
    const [x, y, target] = make(random, noise / 100, isFirst, share);
    return [reflected(x), reflected(y), target].map(fourDigits);
  });
}

// Few digits, so that a point can be written down exactly.
const fourDigits = (value) => Math.floor(value * 10 ** DIGITS + 0.5) / 10 ** DIGITS;

// A point beyond the edge comes back as from a mirror.
function reflected(value) {
  if (value > PLANE_REACH) return 2 * PLANE_REACH - value;
  return value < -PLANE_REACH ? -2 * PLANE_REACH - value : value;
}

const spread = (u, reach) => reach * (2 * u - 1);
const sideOf = (isFirst) => (isFirst ? 1 : -1);

// Each gets four numbers in [0, 1), the noise as a share, and whether the point belongs to the first class.
const POINT_MAKERS = {
  circle([u, v, p, q], noise, isFirst) {
    const radius = isFirst ? 2.5 * u : 3.5 + 1.5 * u;
    const x = radius * Math.sin(2 * Math.PI * v);
    const y = radius * Math.cos(2 * Math.PI * v);
    return [x, y, sideOf((x + spread(p, 5) * noise) ** 2 + (y + spread(q, 5) * noise) ** 2 < 6.25)];
  },
  xor([u, v, p, q], noise) {
    const x = offAxis(spread(u, 5));
    const y = offAxis(spread(v, 5));
    return [x, y, sideOf((x + spread(p, 5) * noise) * (y + spread(q, 5) * noise) >= 0)];
  },
  blobs([u, v], noise, isFirst) {
    const radius = Math.sqrt(0.5 + 7 * noise) * Math.sqrt(-2 * Math.log(1 - u)); // Box & Muller
    const middle = 2 * sideOf(isFirst);
    return [middle + radius * Math.cos(2 * Math.PI * v), middle + radius * Math.sin(2 * Math.PI * v), sideOf(isFirst)];
  },
  spiral([u, v], noise, isFirst, share) {
    const angle = TURNS * share * 2 * Math.PI + (isFirst ? 0 : Math.PI);
    return [5 * share * Math.sin(angle) + spread(u, noise), 5 * share * Math.cos(angle) + spread(v, noise), sideOf(isFirst)];
  },
  plane([u, v, p, q], noise) {
    const [x, y] = [spread(u, 6), spread(v, 6)];
    return [x, y, Math.max(-1, Math.min(1, (x + y + spread(p, 6) * noise + spread(q, 6) * noise) / 12))];
  },
  bumps([u, v, p, q], noise) {
    const [x, y] = [spread(u, 6), spread(v, 6)];
    return [x, y, bumpHeight(x + spread(p, 6) * noise, y + spread(q, 6) * noise)];
  },
};

const offAxis = (value) => value + (value > 0 ? 0.3 : -0.3);

// Of the six cones, all of radius 2, the one that is farthest from 0 here.
function bumpHeight(x, y) {
  let height = 0;
  for (const [a, b, sign] of BUMPS) {
    const cone = sign * Math.max(0, 1 - Math.sqrt((x - a) * (x - a) + (y - b) * (y - b)) / 2);
    if (Math.abs(cone) > Math.abs(height)) height = cone;
  }
  return height;
}

// ---- points from a file ---------------------------------------------------------------------------------------

export const MOST_POINTS = 2000;
const STRETCHED_TO = 5; // where the outermost points of a file come to lie

export function pointsFromCsv(text, task) {
  const rows = csvRows(text);
  const notes = [];
  const [x, y] = ["x", "y"].map((name, i) => fitted(rows.map(({ cells, at }) => csvNumber(cells[i], name, at)), name, notes));
  const target = task === "classification" ? classTargets(rows, notes) : numberTargets(rows, notes);
  return { points: x.map((value, i) => [value, y[i], target[i]].map(fourDigits)), note: notes.join(" ") };
}

// The rows [x, y, target] as text, each with its line number in the file; without the header and empty lines.
function csvRows(text) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/).map((line, i) => ({ line, at: i + 1 })).filter(({ line }) => line.trim());
  const separator = ["\t", ";"].find((sign) => lines[0]?.line.includes(sign)) ?? ",";
  const rows = lines.map(({ line, at }) => ({ at, cells: line.split(separator).map((cell) => plainCell(cell, separator)) }));
  if (rows.length && rows[0].cells.every((cell) => !isNumeral(cell) && cell.toLowerCase() !== "nan")) rows.shift();
  const wrong = rows.find(({ cells }) => cells.length !== 3);
  if (wrong) throw new Error(`Row ${wrong.at} has ${wrong.cells.length} ${wrong.cells.length === 1 ? "column" : "columns"}; three are needed: x, y, target, with a comma, a semicolon or a tab between them.`);
  if (rows.length < 2) throw new Error(`The file has ${rows.length ? "one row" : "no rows"} of numbers; at least two are needed, each with x, y, target.`);
  if (rows.length > MOST_POINTS) throw new Error(`The file has ${rows.length} rows; at most ${MOST_POINTS} fit. Take a random part of them.`);
  return rows;
}

// Where no comma separates, it may be the sign of the decimals.
function plainCell(cell, separator) {
  const bare = cell.trim().replace(/^"(.*)"$/, "$1").trim();
  return separator !== "," && /^[-+]?\d*,\d+$/.test(bare) ? bare.replace(",", ".") : bare;
}

const isNumeral = (cell) => cell !== "" && Number.isFinite(Number(cell));

function csvNumber(cell, name, at) {
  if (!isNumeral(cell)) throw new Error(`Row ${at}: ${name} is “${cell}”, which is not a number. Put it right or take the row out, then load the file again.`);
  return Number(cell);
}

// Values that leave the plane, or huddle in its middle, are stretched over −5 … 5.
function fitted(values, name, notes) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (high <= PLANE_REACH && low >= -PLANE_REACH && Math.max(high, -low) > 1) return values;
  if (low === high) return values.map(() => 0);
  notes.push(`${name} from ${low} to ${high} was stretched to −${STRETCHED_TO} to ${STRETCHED_TO}.`);
  return values.map((value) => STRETCHED_TO * (2 * ((value - low) / (high - low)) - 1));
}

function classTargets(rows, notes) {
  const labels = rows.map(({ cells, at }) => csvLabel(cells[2], at));
  const names = [...new Set(labels)];
  if (names.length === 1) throw new Error(`All targets are “${names[0]}”; classification needs two classes.`);
  if (names.length > 2) {
    throw new Error(`Row ${rows[labels.indexOf(names[2])].at} has a third class, “${names[2]}”, besides “${names[0]}” and “${names[1]}”; classification takes two. If the target is a quantity, choose the task regression.`);
  }
  names.sort(names.every(isNumeral) ? (a, b) => a - b : undefined);
  if (names.join() !== "-1,1") notes.push(`Class “${names[0]}” became −1, class “${names[1]}” became +1.`);
  return labels.map((label) => (label === names[1] ? 1 : -1));
}

// 1 and 1.0 are one class.
function csvLabel(cell, at) {
  if (cell === "" || /^[-+]?(nan|inf|infinity)$/i.test(cell)) throw new Error(`Row ${at}: the target is “${cell}”, which is no class. Put it right or take the row out, then load the file again.`);
  return isNumeral(cell) ? String(Number(cell)) : cell;
}

function numberTargets(rows, notes) {
  const values = rows.map(({ cells, at }) => csvNumber(cells[2], "the target", at));
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (low >= -1 && high <= 1) return values;
  notes.push(`The target from ${low} to ${high} was scaled to −1 to 1.`);
  return values.map((value) => (low === high ? 0 : 2 * ((value - low) / (high - low)) - 1));
}
