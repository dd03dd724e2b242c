/** Pixels; x to the right, y down, and whole numbers are the edges of pixels. */
export type Point = readonly [x: number, y: number];

/** A rectangle at any angle; `angle` (radians, -π/4 to π/4) is by how much its width is turned from the x axis. */
export interface RotatedBox {
  x: number;
  y: number;
  width: number;
  height: number;
  angle: number;
}

/**
 * The convex hull, by Andrew's monotone chain (Information Processing Letters 9, 1979). The points have to come sorted by
 * y, then x.
 */
export function convexHull(points: readonly Point[]): Point[] {
  const half = (ordered: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2), chain.at(-1), point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(points), ...half(points.toReversed())];
}

function turn(a: Point = [0, 0], b: Point = [0, 0], c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/**
 * The rectangle of the smallest area around a convex hull. One of its sides lies on a side of the hull (Freeman and
 * Shapira, Communications of the ACM 18, 1975), so each of those is tried.
 */
export function smallestBox(hull: readonly Point[]): RotatedBox {
  let best: RotatedBox = { x: 0, y: 0, width: 0, height: 0, angle: 0 };
  let area = Number.POSITIVE_INFINITY;
  for (const [at, [x, y]] of hull.entries()) {
    const [nextX, nextY] = hull[(at + 1) % hull.length] ?? [x, y];
    // A box looks the same after a quarter turn: the text's own direction is taken to be the nearest to the x axis.
    const quarters = Math.atan2(nextY - y, nextX - x) / (Math.PI / 2);
    const box = boxAround(hull, (quarters - Math.round(quarters)) * (Math.PI / 2));
    if (box.width * box.height < area) {
      best = box;
      area = box.width * box.height;
    }
  }
  return best;
}

function boxAround(hull: readonly Point[], angle: number): RotatedBox {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const along = hull.map(([x, y]) => x * cos + y * sin);
  const across = hull.map(([x, y]) => y * cos - x * sin);
  const [left, right, top, bottom] = [Math.min(...along), Math.max(...along), Math.min(...across), Math.max(...across)];
  const [u, v] = [(left + right) / 2, (top + bottom) / 2];
  return { x: u * cos - v * sin, y: u * sin + v * cos, width: right - left, height: bottom - top, angle };
}

/**
 * Grows a box by `area * ratio / perimeter` on each side. DB learns the text's outline shrunk by such a distance (Liao et
 * al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020, section 3.5), with Vatti's clipping;
 * of a rectangle that comes to this.
 */
export function unclip(box: RotatedBox, ratio: number): RotatedBox {
  const { width, height } = box;
  const distance = (width * height * ratio) / (2 * (width + height));
  return { ...box, width: width + 2 * distance, height: height + 2 * distance };
}

/** The box in a picture that is `scaleX` times as wide and `scaleY` times as high. The two should be nearly the same. */
export function scaleBox({ x, y, width, height, angle }: RotatedBox, scaleX: number, scaleY: number): RotatedBox {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return {
    x: x * scaleX,
    y: y * scaleY,
    width: width * Math.hypot(cos * scaleX, sin * scaleY),
    height: height * Math.hypot(sin * scaleX, cos * scaleY),
    angle: Math.atan2(sin * scaleY, cos * scaleX),
  };
}

/** The same box, read downwards (1) or upwards (-1): its width is what was its height. */
export function turnBox({ x, y, width, height, angle }: RotatedBox, way: 1 | -1): RotatedBox {
  return { x, y, width: height, height: width, angle: angle + (way * Math.PI) / 2 };
}

/** The corners from the top left, clockwise. */
export function cornersOf({ x, y, width, height, angle }: RotatedBox): [x: number, y: number][] {
  const [cos, sin] = [Math.cos(angle) / 2, Math.sin(angle) / 2];
  const [dx, dy, ex, ey] = [width * cos, width * sin, -height * sin, height * cos];
  return [
    [x - dx - ex, y - dy - ey],
    [x + dx - ex, y + dy - ey],
    [x + dx + ex, y + dy + ey],
    [x - dx + ex, y - dy + ey],
  ];
}
