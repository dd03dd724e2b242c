/** Seconds; a rest that is shorter than this is no clip of its own. */
const SHORTEST_CLIP = 2;

/** A span of time, [start, end), in seconds. */
export interface Span {
  startOffset: number;
  endOffset: number;
}

/**
 * Cuts a video into clips: each `clipLength` long, beginning `clipLength - overlap` after the one before. A rest
 * under 2 seconds belongs to the last clip, so that every moment of a video is in a clip.
 * @param duration seconds
 */
export function cutSegments(
  duration: number,
  { clipLength, overlap }: { clipLength: number; overlap: number },
): Span[] {
  const spans: Span[] = [];
  const stride = clipLength - overlap;
  for (let n = 0; n === 0 || n * stride + overlap < duration; n += 1) {
    const startOffset = round(n * stride);
    const last = spans.at(-1);
    if (last && duration - last.endOffset < SHORTEST_CLIP) {
      last.endOffset = duration;
      break;
    }
    spans.push({ startOffset, endOffset: Math.min(round(startOffset + clipLength), duration) });
  }
  return spans;
}

/**
 * Cuts a part of a video into clips of `clipLength` seconds, one after the other. A rest under 2 seconds is dropped;
 * of a part that is shorter than that altogether, all there is makes one clip.
 */
export function cutClips({ startOffset, endOffset }: Span, clipLength: number): Span[] {
  const clips: Span[] = [];
  for (let n = 0; ; n += 1) {
    const start = round(startOffset + n * clipLength);
    const rest = round(endOffset - start);
    if (rest < SHORTEST_CLIP && n > 0) return clips;
    clips.push({
      startOffset: n === 0 ? startOffset : start,
      endOffset: Math.min(round(start + clipLength), endOffset),
    });
  }
}

/** To milliseconds: what sums of decimal fractions add is below. */
function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
