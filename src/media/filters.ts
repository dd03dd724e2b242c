const SAMPLE_SHORT_SIDE = 336;
const SCENE_LONG_SIDE = 960;
const SCENE_INTERVAL = 0.5;
const SCENE_CHANGE = 0.2;

export interface Graph {
  /** Video stream in the input. */
  stream: number;
  /** Size as displayed, in pixels. */
  width: number;
  height: number;
  /** Seconds between two sampled frames. */
  frameInterval: number;
}

/**
 * The filter graph with two outputs: `[frames]` has the first frame of each interval, `[scenes]` the first frame after
 * each change of scene, looked for twice a second. Both count time in milliseconds and keep every frame's own.
 */
export function videoFilters({ stream, width, height, frameInterval }: Graph): string[] {
  const sample = Math.min(1, SAMPLE_SHORT_SIDE / Math.min(width, height));
  const scene = Math.min(1, SCENE_LONG_SIDE / Math.max(width, height));
  const jpeg = 'format=yuvj420p,setsar=1,settb=1/1000';
  return [
    `[0:${stream}]split=2[sampled][watched]`,
    `[sampled]${firstOfEach(frameInterval)},${scaleTo(width * sample, height * sample)},${jpeg}[frames]`,
    `[watched]${firstOfEach(SCENE_INTERVAL)},select='eq(n,0)+gt(scene,${SCENE_CHANGE})',` +
      `${scaleTo(width * scene, height * scene)},${jpeg}[scenes]`,
  ];
}

// A microsecond of tolerance: frame times are rounded to the container's clock, often just below the full second.
function firstOfEach(interval: number): string {
  const slot = (time: string) => `floor((${time}+0.000001)/${interval})`;
  return `select='isnan(prev_selected_t)+gt(${slot('t')},${slot('prev_selected_t')})'`;
}

// JPEG means full range and the BT.601 matrix, whatever the video has.
function scaleTo(width: number, height: number): string {
  const even = (length: number) => Math.max(2, 2 * Math.round(length / 2));
  return `scale=${even(width)}:${even(height)}:flags=bilinear:out_range=pc:out_color_matrix=bt601`;
}
