import type { FileUpload } from 'graphql-upload-minimal';
import { decodeSubtitles } from '../domain/decode-subtitles.ts';
import { LARGEST_TRANSCRIPTION, type Transcription } from '../domain/transcripts.ts';
import { type InputIssue, LimitExceededError } from '../errors.ts';
import { type ArrivingFile, passOver, readWhole, receiveUpload } from './receive-upload.ts';

/** How the spoken words come with a video. */
interface GivenTranscription {
  provideTranscription?: boolean | null | undefined;
  transcriptionFile?: Promise<FileUpload> | null | undefined;
  transcriptionUrl?: string | null | undefined;
}

/** Faults of what is given together. Words that are given but not to be used are a mistake, not to be passed over. */
export function checkTranscription(given: GivenTranscription): InputIssue[] {
  const fields = (['transcriptionFile', 'transcriptionUrl'] as const).filter((field) => given[field]);
  if (!given.provideTranscription)
    return fields.map((field) => ({ path: [field], message: 'given, but provideTranscription is not true.' }));
  if (fields.length > 0) return [];
  const message = 'true given, but neither transcriptionFile nor transcriptionUrl; one of them is needed.';
  return [{ path: ['provideTranscription'], message }];
}

/**
 * The spoken words that come with a video, or undefined where none do; a URL wins over a file, which is passed over.
 * Begins to read at once: the parts of a request come one after the other, and this one may stand before the video.
 * @throws LimitExceededError, and as `receiveUpload` does
 */
export async function receiveTranscription(given: GivenTranscription): Promise<Transcription | undefined> {
  const { transcriptionUrl, transcriptionFile } = given;
  if (transcriptionUrl) {
    passOver(transcriptionFile);
    return { url: transcriptionUrl };
  }
  if (transcriptionFile == null) return undefined;
  return receiveUpload(transcriptionFile, 'transcriptionFile', readText);
}

async function readText(file: ArrivingFile): Promise<Transcription> {
  return { content: decodeSubtitles(await readWhole(file, LARGEST_TRANSCRIPTION, tooLarge)) };
}

function tooLarge(): LimitExceededError {
  const limit = `${LARGEST_TRANSCRIPTION} bytes`;
  return new LimitExceededError(
    `The transcription is larger than ${limit}, the most that is allowed.`,
    `${limit} in one transcription`,
  );
}
