import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { speechFiles } from '../../src/models/hub-parts.ts';
import { createSpeechRecognizer } from '../../src/models/speech-recognizer.ts';
import { loadSpeechTranscriber } from '../../src/models/speech-transcriber.ts';
import { SCRIPTS, type Scripts, writeTinyWhisper } from '../helpers/tiny-whisper.ts';
import { tone } from '../helpers/tones.ts';

const folder = await mkdtemp(join(tmpdir(), 'reelgraph-speech-'));
after(() => rm(folder, { recursive: true }));

const low = tone(300, 30, 16_000);
const high = tone(5000, 12, 16_000);

async function whisper(scripts?: Scripts) {
  return loadSpeechTranscriber(folder, await writeTinyWhisper(folder, scripts), 1);
}

test('what is said is written down with its times, in the language that is heard', async () => {
  const transcriber = await whisper();
  assert.deepEqual(await transcriber.transcribe(low), {
    lines: [
      { startOffset: 0, endOffset: 1, text: 'hello world' },
      { startOffset: 1, endOffset: 2.5, text: 'red cat' },
    ],
    language: 'en',
    next: 30,
  });
  assert.deepEqual(await transcriber.transcribe(high), {
    lines: [{ startOffset: 0, endOffset: 1.5, text: 'guten tag' }],
    language: 'de',
    next: 12,
  });
  await transcriber.close();
});

test('a language that is given is not looked for, whichever form its tag has', async () => {
  const transcriber = await whisper();
  for (const [given, spoken] of [
    ['de-AT', 'de'],
    ['jv', 'jv'],
    ['xx-unknown', 'en'],
    ['no tag', 'en'],
  ]) {
    const { language, lines } = await transcriber.transcribe(low.subarray(0, 48_000), { language: given });
    assert.equal(language, spoken, given);
    assert.equal(lines.length, 2);
  }
  await transcriber.close();
});

test('a line that is begun and not ended is left to the next window', async () => {
  const transcriber = await whisper({
    ...SCRIPTS,
    low: { language: 'en', tokens: [0, 'hello', 21, 21, 'world', 26.5, 27, 'red', 'cat'] },
  });
  const { lines, next } = await transcriber.transcribe(low);
  assert.deepEqual(
    lines.map(({ text }) => text),
    ['hello', 'world'],
  );
  assert.equal(next, 26.5);
  await transcriber.close();
});

test('silence has no lines: neither what is quiet, nor that in which Whisper hears no speech', async () => {
  const transcriber = await whisper({ ...SCRIPTS, low: { ...SCRIPTS.low, unsure: true } });
  const silence = { lines: [], language: null };
  assert.deepEqual(await transcriber.transcribe(new Float32Array(48_000).fill(0.0005)), { ...silence, next: 3 });
  assert.deepEqual(await transcriber.transcribe(low), { ...silence, next: 30 });
  assert.equal((await transcriber.transcribe(high)).lines.length, 1);
  await transcriber.close();
});

test('it stops between two tokens when it is aborted', async () => {
  const transcriber = await whisper();
  const controller = new AbortController();
  let read = 0;
  const signal = new Proxy(controller.signal, {
    get(target, name) {
      if (name !== 'throwIfAborted') return Reflect.get(target, name, target);
      return () => {
        if (++read === 4) controller.abort(new Error('enough'));
        target.throwIfAborted();
      };
    },
  });
  await assert.rejects(transcriber.transcribe(low, { signal }), /enough/);
  assert.equal(read, 4);
  await transcriber.close();
});

test('more than a window is refused', async () => {
  const transcriber = await whisper();
  await assert.rejects(transcriber.transcribe(new Float32Array(31 * 16_000)), /31 s given; a window is 30 s at most/);
  await transcriber.close();
});

test('a long sound is written down window by window', async () => {
  const transcriber = await whisper();
  const samples = new Float32Array(50 * 16_000);
  samples.set(low.subarray(0, 10 * 16_000));
  samples.set(high, 35 * 16_000);
  const written = await createSpeechRecognizer(transcriber).recognize({
    duration: 50,
    read: async (from, to) => samples.slice(Math.round(from * 16_000), Math.round(to * 16_000)),
  });
  assert.deepEqual(written, {
    lines: [
      { startOffset: 0, endOffset: 1, text: 'hello world' },
      { startOffset: 1, endOffset: 2.5, text: 'red cat' },
      { startOffset: 30, endOffset: 31.5, text: 'guten tag' },
    ],
    language: 'en',
  });
  await transcriber.close();
});

test('the files that it reads are those that were written', async () => {
  const manifest = await writeTinyWhisper(folder);
  assert.equal(speechFiles(manifest).length, 7);
  assert.ok(!speechFiles(manifest).includes('whisper'));
});
