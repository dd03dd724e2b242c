import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SoundSource } from '../../src/models/encoders.ts';
import { createSpeechRecognizer, type SpeechTranscriber } from '../../src/models/speech-recognizer.ts';

type Window = Awaited<ReturnType<SpeechTranscriber['transcribe']>>;

// Each sample is the second at which it stands.
function sound(duration: number): SoundSource {
  return {
    duration,
    read: async (from, to) => {
      const end = Math.min(to, duration);
      return Float32Array.from({ length: Math.max(0, Math.round(end - from)) }, (_, at) => from + at);
    },
  };
}

// Answers by the second at which a window starts, and notes what it was asked.
function answering(answers: Record<number, Partial<Window>>) {
  const asked: { start: number; length: number; language: string | undefined }[] = [];
  const transcriber: SpeechTranscriber = {
    async transcribe(samples, { language } = {}) {
      const start = Math.round(samples[0] ?? 0);
      asked.push({ start, length: samples.length, language });
      return { lines: [], language: null, next: samples.length, ...answers[start] };
    },
  };
  return { asked, recognizer: createSpeechRecognizer(transcriber) };
}

const line = (startOffset: number, endOffset: number, text = 'words') => ({ startOffset, endOffset, text });

test('the next window starts where the last whole line ended, and its times count from there', async () => {
  const { asked, recognizer } = answering({
    0: { lines: [line(0, 12, 'a'), line(12, 26, 'b')], next: 26, language: 'en' },
    26: { lines: [line(1.5, 4, 'c')], language: 'en' },
  });
  const { lines, language } = await recognizer.recognize(sound(60));
  assert.deepEqual(
    asked.map(({ start, length }) => [start, length]),
    [
      [0, 30],
      [26, 30],
      [56, 4],
    ],
  );
  assert.deepEqual(lines, [line(0, 12, 'a'), line(12, 26, 'b'), line(27.5, 30, 'c')]);
  assert.equal(language, 'en');
});

test('the language of the first window in which something is said is that of all, unless it is given', async () => {
  const found = answering({ 30: { lines: [line(0, 1)], language: 'fr' } });
  assert.equal((await found.recognizer.recognize(sound(90))).language, 'fr');
  assert.deepEqual(
    found.asked.map(({ language }) => language),
    [undefined, undefined, 'fr'],
  );
  const given = answering({ 0: { lines: [line(0, 1)], language: 'de' } });
  assert.equal((await given.recognizer.recognize(sound(60), { language: 'de-CH' })).language, 'de');
  assert.deepEqual(
    given.asked.map(({ language }) => language),
    ['de-CH', 'de-CH'],
  );
});

test('a window that would not get on is left after a second', async () => {
  const { asked, recognizer } = answering({ 0: { next: 0 }, 1: { next: -3 }, 2: { next: 0.02 } });
  await recognizer.recognize(sound(40));
  assert.deepEqual(
    asked.map(({ start }) => start),
    [0, 1, 2, 3, 33],
  );
});

test('lines never go back, end after the sound or hold nothing', async () => {
  const { recognizer } = answering({
    0: { lines: [line(0, 5, 'a'), line(3, 8, 'b'), line(6, 7, 'gone'), line(9, 9, 'gone'), line(8, 99, 'c')] },
  });
  assert.deepEqual((await recognizer.recognize(sound(20))).lines, [line(0, 5, 'a'), line(5, 8, 'b'), line(8, 20, 'c')]);
});

test('a sound that is shorter than it says, and one that has no length, end', async () => {
  const { recognizer } = answering({});
  const short: SoundSource = { duration: 100, read: async (from) => new Float32Array(from < 30 ? 30 : 0) };
  assert.deepEqual(await recognizer.recognize(short), { lines: [], language: null });
  assert.deepEqual(await recognizer.recognize(sound(0)), { lines: [], language: null });
});

test('it tells of its progress and stops between two windows', async () => {
  const { recognizer, asked } = answering({});
  const told: number[] = [];
  await recognizer.recognize(sound(75), { onProgress: (part) => told.push(part) });
  assert.deepEqual(told, [0.4, 0.8, 1]);

  const controller = new AbortController();
  const run = recognizer.recognize(sound(75), {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await assert.rejects(run, /enough/);
  assert.equal(asked.length, 4);
});
