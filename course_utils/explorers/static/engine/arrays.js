// Arrays arrive from the kernel as {dtype, shape, buffer}; explorers see {values, shape}.

const TYPES = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array, int32: Int32Array };

function decodeArray({ dtype, shape, buffer }) {
  const bytes = buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
  return { values: new TYPES[dtype](bytes), shape };
}

export function decodeAll(record) {
  return Object.fromEntries(
    Object.entries(record ?? {}).map(([name, value]) => [name, value?.dtype ? decodeArray(value) : value]),
  );
}
