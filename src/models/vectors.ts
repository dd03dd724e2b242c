/** Scales the vector in place to length 1, and returns it. A vector of zeros stays what it is. */
export function normalize(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length;
  return vector;
}

/** Adds `other` to `sum`, in place; an empty one adds nothing. */
export function addTo(sum: Float32Array, other: Float32Array): void {
  for (let i = 0; i < other.length; i++) sum[i] = (sum[i] ?? 0) + (other[i] ?? 0);
}
