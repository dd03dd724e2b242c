/** How values from 0 to 255 go into a network: `(value - mean) / std`, the channels blue, green, red, as OpenCV has them. */
export interface Normalization {
  mean: readonly number[];
  std: readonly number[];
}

/** Writes pixels (red, green, blue of each) into one plane for each channel. */
export function normalizeInto(target: Float32Array, pixels: Uint8Array, { mean, std }: Normalization): void {
  const area = pixels.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (std[channel] ?? 1);
    const shift = -(mean[channel] ?? 0) * scale;
    for (let from = 2 - channel, to = channel * area; from < pixels.length; from += 3, to++) {
      target[to] = (pixels[from] ?? 0) * scale + shift;
    }
  }
}
