import type { Span } from './segments.ts';

/** Seconds; a rest that is shorter than this is no clip of its own. */
const SHORTEST_CLIP = 2;

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
