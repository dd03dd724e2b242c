import type { TaskFailure } from '../db/values.ts';
import { builder } from './builder.ts';

const TaskFailureCode = builder.enumType('TaskFailureCode', {
  description: 'The rule that a video broke, or what else ended its task.',
  values: {
    BROKEN_VIDEO_FILE: {
      description: 'Broken or missing frames, no decodable video, or no audio track where one is required.',
    },
    VIDEO_RESOLUTION_TOO_LOW: { description: 'The short side has fewer pixels than `minHeight`.' },
    VIDEO_RESOLUTION_TOO_HIGH: { description: 'The short side has `maxHeight` pixels or more.' },
    VIDEO_DURATION_TOO_SHORT: {
      description: 'It is shorter than `minDuration`, or ends before the part that an embedding task was asked for.',
    },
    VIDEO_DURATION_TOO_LONG: { description: 'It is longer than `maxDuration`, or than an embedding task takes.' },
    VIDEO_FILESIZE_TOO_LARGE: {
      description:
        'The file is larger than `maxFileSize`, than this server takes, or than what you may still store (MAX_STORED_BYTES).',
    },
    DOWNLOAD_FAILED: { description: 'The URL of the video, or of its transcription, could not be downloaded.' },
    TRANSCRIPTION_INVALID: {
      description:
        'The transcription is neither SubRip (SRT) nor WebVTT, has a fault, or does not fit the video; the message names the line.',
    },
    INTERNAL: { description: "The service's own fault, after it has tried again." },
  } as const,
});

export const TaskFailureType = builder.objectRef<TaskFailure>('TaskFailure').implement({
  description: 'Why a task failed.',
  fields: (t) => ({
    code: t.expose('code', { type: TaskFailureCode, description: 'For a program.' }),
    message: t.exposeString('message', { description: 'For a person.' }),
    actual: t.exposeString('actual', {
      nullable: true,
      description: 'The value that the video has, with its unit, where a rule compares values.',
    }),
    allowed: t.exposeString('allowed', {
      nullable: true,
      description: 'The values that the rule allows, with their unit, where a rule compares values.',
    }),
  }),
});
