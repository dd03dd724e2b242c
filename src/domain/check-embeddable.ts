import type { Modality, TaskFailure } from '../db/values.ts';
import { checkSize, describeFailure, type VideoFacts } from './check-video.ts';

/** Seconds of video that an embedding task takes at most, whatever part of it is embedded. */
export const LONGEST_EMBEDDED = 7200;

/** What an embedding task needs of its video. There is no index whose policy would say more. */
export interface EmbeddingNeeds {
  /** Bytes. */
  maxFileSize: number;
  /** Seconds; null where the whole video is meant. */
  endOffset: number | null;
  /** The first modality that is computed from the sound, if any. */
  soundFor: Modality | null;
}

/** The first need that a video does not meet, or undefined when it may be decoded. */
export function checkEmbeddable(video: VideoFacts, needs: EmbeddingNeeds): TaskFailure | undefined {
  return checkSize(video.size, needs) ?? checkLength(video, needs) ?? checkSound(video, needs);
}

function checkLength({ duration }: VideoFacts, { endOffset }: EmbeddingNeeds): TaskFailure | undefined {
  if (duration > LONGEST_EMBEDDED) {
    // Away from the border, which a duration that breaks the rule must not seem to be on.
    const [actual, allowed] = [`${Math.ceil(duration * 1000) / 1000} s`, `at most ${LONGEST_EMBEDDED} s`];
    const message = `The video is too long: ${actual}; allowed are ${allowed}.`;
    return describeFailure('VIDEO_DURATION_TOO_LONG', message, actual, allowed);
  }
  if (endOffset === null || endOffset <= duration) return undefined;
  const [actual, allowed] = [`${Math.floor(duration * 1000) / 1000} s`, `at least ${endOffset} s`];
  const message = `The video ends before endOffset: it is ${actual} long; the part to embed needs ${allowed}.`;
  return describeFailure('VIDEO_DURATION_TOO_SHORT', message, actual, allowed);
}

function checkSound({ hasAudio }: VideoFacts, { soundFor }: EmbeddingNeeds): TaskFailure | undefined {
  if (hasAudio || soundFor === null) return undefined;
  const message = `The file has no audio track, from which the modality ${soundFor} is computed.`;
  return describeFailure('BROKEN_VIDEO_FILE', message, 'no audio track', 'an audio track');
}
