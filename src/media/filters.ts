const SAMPLE_SHORT_SIDE = 336;
/** Four times as wide as high, and no more: a strip of 336 pixels by 60,000 would be as many pixels as a film. */
const SAMPLE_LONG_SIDE = 1344;
const SCENE_LONG_SIDE = 960;
/** Seconds between two pictures that are compared. */
export const SCENE_INTERVAL = 0.5;
const SCENE_CHANGE = 0.2;
/** Seconds that any words on the screen have to last to be in a scene for certain. */
const SCENE_WAIT = 2;
const SOUND_RATE = 16_000;
const JPEG = 'format=yuvj420p,setsar=1,settb=1/1000';

/** Size as displayed, in pixels. */
interface Size {
  width: number;
  height: number;
}

/*
 * Both filters of pictures count time in milliseconds and leave every frame its own. They are two chains, not two branches of one
 * graph: ffmpeg 7 keeps the frames of a branch in memory while another branch of its graph has none to give, which is
 * for as long as a scene lasts.
 */

/** The first frame of each interval (in seconds) before `end`, short side 336. */
export function sampleFilter({ width, height }: Size, interval: number, end: number): string {
  const scale = Math.min(1, SAMPLE_SHORT_SIDE / Math.min(width, height), SAMPLE_LONG_SIDE / Math.max(width, height));
  return [`trim=end=${end}`, firstOfEach(interval), scaleTo(width * scale, height * scale), JPEG].join(',');
}

/**
 * The first frame after each cut, looked for twice a second, and where there is none for two seconds the next frame, if
 * anything in it has changed; long side up to 960. ffmpeg's score of a change is the mean over the picture: a new caption
 * hardly moves it. What is left out of a picture that stands still is what `mpdecimate` finds no block of 8 x 8 pixels
 * changed in since the last frame that was kept, so that a slow fade is kept too. `dropsRepeats`: whether it is there.
 */
export function sceneFilter({ width, height }: Size, dropsRepeats: boolean, end: number): string {
  const scale = Math.min(1, SCENE_LONG_SIDE / Math.max(width, height));
  const changes = `select='eq(n,0)+gt(scene,${SCENE_CHANGE})+gte(t-prev_selected_t+0.000001,${SCENE_WAIT})'`;
  const scaled = [
    `trim=end=${end}`,
    firstOfEach(SCENE_INTERVAL),
    changes,
    scaleTo(width * scale, height * scale),
    JPEG,
  ];
  return [...scaled, ...(dropsRepeats ? ['mpdecimate'] : [])].join(',');
}

/**
 * Mono of 16 kHz up to `end`. Sample 0 is time 0: a late start and gaps are filled with silence, last of all, since a gap
 * of two hours is held in memory as a whole.
 */
export function soundFilter(end: number): string {
  const mono = `aformat=sample_fmts=s16:sample_rates=${SOUND_RATE}:channel_layouts=mono`;
  return [`atrim=end=${end}`, mono, `aresample=${SOUND_RATE}:async=1:first_pts=0`].join(',');
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
