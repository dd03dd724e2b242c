import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Modality, TranscriptLine } from '../../src/db/values.ts';
import type { Models } from '../../src/models/models.ts';
import { type ComputedProxy, createComputedProxy } from '../helpers/computed-proxy.ts';

let test: ComputedProxy;
before(async () => {
  test = await createComputedProxy();
});
after(() => test[Symbol.asyncDispose]());

describe('stops where it is when it is not wanted any more', () => {
  /** Refuses the work at its first call, and must not be called again. */
  let refuse = () => {};
  const vector = Float32Array.of(1, 0);
  const first = <Result>(result: (given: number) => Result) => {
    return async (given: readonly unknown[] = []) => {
      refuse();
      return result(given.length);
    };
  };
  const vectors = first((count) => Array.from({ length: count }, () => vector));
  const lines = [{ startOffset: 0, endOffset: 24, text: 'all the time' }];
  const places: [place: string, modality: Modality, lines: TranscriptLine[] | null, models: Partial<Models>][] = [
    [
      'while pictures are encoded',
      'VISUAL',
      null,
      {
        visual: async () => ({
          dimensions: 2,
          batchSize: 1,
          encodeImages: vectors,
          encodeText: async () => ({ vector }),
        }),
      },
    ],
    [
      'while scenes are read',
      'TEXT_IN_VIDEO',
      null,
      { textReader: async () => ({ read: async () => first(() => [])() }) },
    ],
    [
      'while somebody listens',
      'TRANSCRIPTION',
      null,
      {
        speech: async () => ({
          async recognize(sound) {
            refuse();
            await sound.read(0, 1);
            return assert.fail('the sound was read');
          },
        }),
      },
    ],
    [
      'while words are encoded',
      'TRANSCRIPTION',
      lines,
      {
        words: async () => ({ dimensions: 2, batchSize: 1, encodePassages: vectors, encodeQuery: async () => vector }),
      },
    ],
    [
      'while sounds are encoded',
      'AUDIO',
      null,
      {
        audio: async () => ({
          dimensions: 2,
          batchSize: 1,
          sampleRate: 48_000,
          encodeSounds: vectors,
          encodeText: async () => vector,
        }),
      },
    ],
  ];
  for (const [place, modality, lines, models] of places)
    it(place, async () => {
      const controller = new AbortController();
      refuse = () => {
        assert.equal(controller.signal.aborted, false, 'it went on');
        controller.abort(new Error('not wanted'));
      };
      const given = { modalities: [modality], lines, signal: controller.signal };
      await assert.rejects(test.embed(given, models), /not wanted/);
    });
});
