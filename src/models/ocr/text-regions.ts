import { convexHull, type Point } from './rotated-box.ts';

/** Values by rows, 0 to 1. */
export interface Heatmap {
  values: Float32Array;
  width: number;
  height: number;
}

interface Run {
  y: number;
  start: number;
  end: number;
  /** The run whose group this one has joined; its own place while it leads one. */
  leader: number;
}

/**
 * The convex hulls of the regions above the threshold. Pixels that touch, be it by a corner, are of one region: runs of
 * each row join those of the row before (He et al., "Fast connected-component labeling", Pattern Recognition 42, 2009).
 */
export function findRegions(map: Heatmap, threshold: number): Point[][] {
  const runs = joinRuns(findRuns(map, threshold), map.height);
  const regions = new Map<number, Point[]>();
  for (const [at, { y, start, end }] of runs.entries()) {
    const leader = leaderOf(runs, at);
    const points = regions.get(leader) ?? [];
    points.push([start, y], [end, y], [start, y + 1], [end, y + 1]);
    regions.set(leader, points);
  }
  return [...regions.values()].map((points) => convexHull(points.sort((a, b) => a[1] - b[1] || a[0] - b[0])));
}

function findRuns({ values, width, height }: Heatmap, threshold: number): Run[] {
  const runs: Run[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((values[y * width + x] ?? 0) <= threshold) continue;
      const start = x;
      while (x < width && (values[y * width + x] ?? 0) > threshold) x++;
      runs.push({ y, start, end: x, leader: runs.length });
    }
  }
  return runs;
}

function joinRuns(runs: Run[], height: number): Run[] {
  let above = 0;
  let here = 0;
  for (let y = 0; y < height; y++) {
    let next = here;
    while (runs[next]?.y === y) next++;
    for (let one = above, other = here; one < here && other < next; ) {
      const [upper, lower] = [runs[one], runs[other]];
      if (!upper || !lower || upper.y !== y - 1) break;
      if (upper.start <= lower.end && lower.start <= upper.end) {
        const [first, second] = [leaderOf(runs, one), leaderOf(runs, other)];
        const joined = runs[Math.max(first, second)];
        if (joined) joined.leader = Math.min(first, second);
      }
      if (upper.end < lower.end) one++;
      else other++;
    }
    above = here;
    here = next;
  }
  return runs;
}

function leaderOf(runs: Run[], at: number): number {
  let run = runs[at];
  let leader = at;
  while (run && run.leader !== leader) {
    // Halves the way for whoever asks next.
    run.leader = runs[run.leader]?.leader ?? run.leader;
    leader = run.leader;
    run = runs[leader];
  }
  return leader;
}
