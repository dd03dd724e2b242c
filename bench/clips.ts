import { fileURLToPath } from 'node:url';
import { makeClip } from '../test/helpers/clips.ts';

/** A real film, of 30 s at 480p. */
export const SHARED_CLIP = fileURLToPath(new URL('../../shared/media/big-buck-bunny-480p-30s.mp4', import.meta.url));

/** 60 s of 1080p at 30 frames a second, in three scenes, with a key frame a second and a tone. */
export function makeFullHdClip(): Promise<string> {
  return makeClip({ seconds: 60, width: 1920, height: 1080, fps: 30, scenes: 3, keyFrames: 1 });
}
