import type { Span } from '../domain/clips.ts';
import type { MediaProxy } from '../media/media.ts';

/**
 * A proxy with only the pictures that a part of the video shows: the frames taken within it, or else the last one before
 * it; and the scenes that begin within it, after the one that it begins in.
 */
export function cutProxy(proxy: MediaProxy, { startOffset, endOffset }: Span): MediaProxy {
  const frames = proxy.frames.filter(({ time }) => time >= startOffset && time < endOffset);
  const before = proxy.frames.findLast(({ time }) => time < startOffset);
  const scenes = proxy.scenes.filter(({ time }) => time > startOffset && time < endOffset);
  const begun = proxy.scenes.findLast(({ time }) => time <= startOffset);
  return {
    ...proxy,
    frames: frames.length === 0 && before ? [before] : frames,
    scenes: begun ? [{ ...begun, time: startOffset }, ...scenes] : scenes,
  };
}
