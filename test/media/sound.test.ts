import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { promisify } from 'node:util';
import { createMedia, type Media } from '../../src/media/media.ts';

const RATE = 16_000;

let media: Media;
let folder: string;
before(async () => {
  media = await createMedia({ searchPath: process.env.PATH ?? '' });
  folder = await mkdtemp(join(tmpdir(), 'reelgraph-sound-'));
  // At every moment another frequency, so that a part says where it is from.
  const sound = ['-f', 'lavfi', '-i', `aevalsrc='0.5*sin(2*PI*(100*t+5*t*t))':s=${RATE}:d=90`];
  const flac = ['-ac', '1', '-sample_fmt', 's16', '-c:a', 'flac', join(folder, 'sound.flac')];
  await promisify(execFile)(media.tools.ffmpeg.path, ['-v', 'error', ...sound, ...flac]);
});
after(() => rm(folder, { recursive: true, force: true }));

const sampleAt = (time: number) => 0.5 * Math.sin(2 * Math.PI * (100 * time + 5 * time * time));

it('reads any part to the sample', async () => {
  for (const [start, end] of [
    [0, 1],
    [0.5, 2.25],
    [33.3, 40],
    [77.123, 77.5],
    [89, 90],
  ] as const) {
    const samples = await media.readSound(folder, { start, end, sampleRate: RATE });
    assert.equal(samples.length, Math.round((end - start) * RATE));
    const worst = Math.max(...samples.map((sample, n) => Math.abs(sample - sampleAt(start + n / RATE))));
    assert.ok(worst < 1e-3, `${start}: ${worst}`);
  }
});

it('at another rate', async () => {
  const samples = await media.readSound(folder, { start: 20, end: 22, sampleRate: 48_000 });
  assert.equal(samples.length, 96_000);
  const inner = samples.subarray(1000, -1000);
  const worst = Math.max(...inner.map((sample, n) => Math.abs(sample - sampleAt(20 + (n + 1000) / 48_000))));
  assert.ok(worst < 0.01, String(worst));
});

it('ends where the sound does', async () => {
  assert.equal((await media.readSound(folder, { start: 89.5, end: 95, sampleRate: RATE })).length, RATE / 2);
  assert.equal((await media.readSound(folder, { start: 91, end: 95, sampleRate: RATE })).length, 0);
  assert.equal((await media.readSound(folder, { start: 5, end: 5, sampleRate: RATE })).length, 0);
});

it('is ended by its signal, and says when there is no sound', async () => {
  const aborting = AbortSignal.abort(new Error('no more'));
  await assert.rejects(
    media.readSound(folder, { start: 0, end: 90, sampleRate: RATE }, { signal: aborting }),
    /no more/,
  );
  await assert.rejects(media.readSound(tmpdir(), { start: 0, end: 1, sampleRate: RATE }), /No such file/);
});
