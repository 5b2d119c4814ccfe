// Detection in the browser: the twin of course_utils/explorers/models/detections.py. Boxes come the best first.

export const [RIGHT, DOUBLE, LOOSE, NOWHERE] = [0, 1, 2, 3];
const TOUCHES_FROM = 0.1;
const MOST_SQUARES = 256; // of the grid, side by side
export const NOBODY = -1;

// The boxes, and how much each overlaps better boxes and trees: found once, for only the thresholds change afterwards.
export class Boxes {
  constructor(boxes, scores, trees) {
    this.corners = Float64Array.from(boxes);
    this.trees = Float64Array.from(trees);
    this.scores = scores;
    this.count = scores.length;
    this.numTrees = trees.length / 4;
    this.toBetter = this.overlapsWithBetter();
    this.toTrees = this.overlapsWithTrees();
  }

  // How many boxes have a score of at least `score`; scores are float32, so the threshold is one, too.
  countFrom(score) {
    const least = Math.fround(score);
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.scores[middle] >= least) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // The IoU of two of the boxes.
  overlap(i, j) {
    return overlapOf(this.corners, i, this.corners, j);
  }

  // The best ones first, so that whoever looks for a suppressor can stop at the first.
  overlapsWithBetter() {
    const cells = new Cells(this.corners);
    const pairs = new Pairs();
    for (let i = 0; i < this.count; i += 1) {
      for (const j of cells.near(i)) pairs.add(j, this.overlap(i, j));
      cells.enter(i);
      pairs.close();
    }
    return pairs.packed();
  }

  overlapsWithTrees() {
    const pairs = new Pairs();
    for (let i = 0; i < this.count; i += 1) {
      for (let tree = 0; tree < this.numTrees; tree += 1) pairs.add(tree, overlapOf(this.corners, i, this.trees, tree));
      pairs.close();
    }
    return pairs.packed();
  }

  // For each box the better one that suppresses it, NOBODY for those that stay.
  suppressors(overlapAtMost) {
    const { starts, others, overlaps } = this.toBetter;
    const by = new Int32Array(this.count).fill(NOBODY);
    for (let i = 0; i < this.count; i += 1)
      for (let at = starts[i]; at < starts[i + 1] && by[i] === NOBODY; at += 1)
        if (overlaps[at] > overlapAtMost && by[others[at]] === NOBODY) by[i] = others[at];
    return by;
  }

  // What the boxes that stay are: kind, tree and overlap of each, and for each tree the box that has found it.
  judge(by, iouAtLeast) {
    const stay = stayingIn(by);
    const kind = new Uint8Array(stay.length);
    const [tree, overlap] = [new Int32Array(stay.length), new Float64Array(stay.length)];
    const foundBy = new Int32Array(this.numTrees).fill(NOBODY);
    for (let k = 0; k < stay.length; k += 1) {
      const free = this.bestTree(stay[k], foundBy);
      const isRight = free >= 0 && this.toTrees.overlaps[free] >= iouAtLeast;
      const best = isRight ? free : this.bestTree(stay[k], null);
      tree[k] = best < 0 ? 0 : this.toTrees.others[best];
      overlap[k] = best < 0 ? 0 : this.toTrees.overlaps[best];
      if (isRight) [kind[k], foundBy[tree[k]]] = [RIGHT, k];
      else kind[k] = overlap[k] >= iouAtLeast ? DOUBLE : overlap[k] >= TOUCHES_FROM ? LOOSE : NOWHERE;
    }
    return { stay, kind, tree, overlap, foundBy };
  }

  // The place in `toTrees` of the tree that a box fits best, if wanted only among those that nobody has found; -1 if it meets none.
  bestTree(box, foundBy) {
    const { starts, others, overlaps } = this.toTrees;
    let best = -1;
    for (let at = starts[box]; at < starts[box + 1]; at += 1)
      if ((best < 0 || overlaps[at] > overlaps[best]) && (!foundBy || foundBy[others[at]] === NOBODY)) best = at;
    return best;
  }
}

function stayingIn(by) {
  const stay = new Int32Array(by.length);
  let count = 0;
  for (let i = 0; i < by.length; i += 1) if (by[i] === NOBODY) stay[count++] = i;
  return stay.subarray(0, count);
}

function overlapOf(first, i, second, j) {
  const [a, b] = [4 * i, 4 * j];
  const width = Math.min(first[a + 2], second[b + 2]) - Math.max(first[a], second[b]);
  const height = Math.min(first[a + 3], second[b + 3]) - Math.max(first[a + 1], second[b + 1]);
  if (width <= 0 || height <= 0) return 0;
  const common = width * height;
  const area = (second[b + 2] - second[b]) * (second[b + 3] - second[b + 1]);
  return common / ((first[a + 2] - first[a]) * (first[a + 3] - first[a + 1]) + area - common);
}

// Who overlaps whom, row by row: the others of row i stand from starts[i] to starts[i + 1].
class Pairs {
  constructor() {
    Object.assign(this, { starts: [0], others: [], overlaps: [] });
  }

  add(other, overlap) {
    if (overlap <= 0) return;
    this.others.push(other);
    this.overlaps.push(overlap);
  }

  close() {
    this.starts.push(this.others.length);
  }

  packed() {
    return { starts: Int32Array.from(this.starts), others: Int32Array.from(this.others), overlaps: Float64Array.from(this.overlaps) };
  }
}

// A grid of squares about as large as a box: whoever overlaps a box stands in one of the squares that it touches.
class Cells {
  constructor(corners) {
    this.corners = corners;
    const count = corners.length / 4;
    let [sum, lowest, highest] = [0, Infinity, -Infinity];
    for (let i = 0; i < corners.length; i += 4) {
      sum += corners[i + 2] - corners[i] + corners[i + 3] - corners[i + 1];
      lowest = Math.min(lowest, corners[i], corners[i + 1]);
      highest = Math.max(highest, corners[i + 2], corners[i + 3]);
    }
    this.side = Math.max(sum / 2 / count, (highest - lowest) / MOST_SQUARES); // one huge box must not fill millions of squares
    this.members = new Map();
    this.seen = new Int32Array(count).fill(NOBODY);
  }

  // Calls visit(number) for the squares; two that are far apart may have the same one, which costs a look and no more.
  touch(i, visit) {
    const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => Math.floor(this.corners[4 * i + side] / this.side));
    for (let row = top; row <= bottom; row += 1)
      for (let column = left; column <= right; column += 1) visit(row * 65_536 + column);
  }

  enter(i) {
    this.touch(i, (cell) => {
      if (!this.members.has(cell)) this.members.set(cell, []);
      this.members.get(cell).push(i);
    });
  }

  // Those that have entered and share a square with box i, in the order of their numbers.
  near(i) {
    const found = [];
    this.touch(i, (cell) => {
      for (const j of this.members.get(cell) ?? []) {
        if (this.seen[j] === i) continue;
        this.seen[j] = i;
        found.push(j);
      }
    });
    return Int32Array.from(found).sort();
  }
}

// ---- precision and recall ------------------------------------------------------------------------

// After each box: precision, recall, and the best precision from there on; and the area under that staircase.
export function curveOf(kind, numTrees) {
  const [precision, recall, best] = [0, 1, 2].map(() => new Float64Array(kind.length));
  let hits = 0;
  for (let k = 0; k < kind.length; k += 1) {
    hits += kind[k] === RIGHT ? 1 : 0;
    precision[k] = hits / (k + 1);
    recall[k] = hits / numTrees;
  }
  let [most, area] = [0, 0];
  for (let k = kind.length - 1; k >= 0; k -= 1) {
    most = Math.max(most, precision[k]);
    best[k] = most;
    area += most * (recall[k] - (k ? recall[k - 1] : 0));
  }
  return { precision, recall, best, area };
}
