// Random numbers that the kernel makes as well; the twin stands in course_utils/explorers/models/random_numbers.py.

// mulberry32, by its place in the sequence that begins at `start`: a number in [0, 1).
export function uniform(start, place) {
  let t = (start + Math.imul(place, 0x6d2b79f5)) >>> 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

// Where the sequence number `stream` of a seed begins.
export function startOf(seed, stream) {
  return (Math.imul(seed, 0x9e3779b9) + Math.imul(stream, 0x85ebca6b)) | 0;
}
