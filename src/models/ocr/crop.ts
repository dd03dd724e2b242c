import type { Picture } from '../image-pixels.ts';
import type { Normalization } from './normalization.ts';
import { cornersOf, type RotatedBox } from './rotated-box.ts';

/**
 * Writes what a box shows, stretched to `width` x `height`, into channels of `stride` x `height` values: bilinear, and
 * where the box is larger than the target the mean of as many points as it is times larger. What lies outside of the
 * picture continues its edge.
 */
export function cropInto(
  target: Float32Array,
  { width, height, stride }: { width: number; height: number; stride: number },
  picture: Picture,
  box: RotatedBox,
  { mean, std }: Normalization,
): void {
  const [[left, top] = [0, 0], [rightX, rightY] = [0, 0], , [downX, downY] = [0, 0]] = cornersOf(box);
  const columns = Math.max(1, Math.round(box.width / width));
  const rows = Math.max(1, Math.round(box.height / height));
  const sum: [number, number, number] = [0, 0, 0];
  const weight = 1 / (columns * rows);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sum.fill(0);
      for (let part = 0; part < columns * rows; part++) {
        const u = (x + ((part % columns) + 0.5) / columns) / width;
        const v = (y + (Math.floor(part / columns) + 0.5) / rows) / height;
        addPixel(
          sum,
          picture,
          left + u * (rightX - left) + v * (downX - left),
          top + u * (rightY - top) + v * (downY - top),
        );
      }
      for (let channel = 0; channel < 3; channel++) {
        const value = (sum[2 - channel] ?? 0) * weight;
        target[(channel * height + y) * stride + x] = (value - (mean[channel] ?? 0)) / (std[channel] ?? 1);
      }
    }
  }
}

function addPixel(sum: [number, number, number], { data, width, height }: Picture, x: number, y: number): void {
  const column = Math.min(Math.max(x - 0.5, 0), width - 1);
  const row = Math.min(Math.max(y - 0.5, 0), height - 1);
  const [left, top] = [Math.floor(column), Math.floor(row)];
  const [a, b] = [column - left, row - top];
  const here = 3 * (top * width + left);
  const right = left + 1 < width ? 3 : 0;
  const below = top + 1 < height ? 3 * width : 0;
  for (let channel = 0; channel < 3; channel++) {
    const at = here + channel;
    const upper = (data[at] ?? 0) * (1 - a) + (data[at + right] ?? 0) * a;
    const lower = (data[at + below] ?? 0) * (1 - a) + (data[at + below + right] ?? 0) * a;
    sum[channel] = (sum[channel] ?? 0) + upper * (1 - b) + lower * b;
  }
}
