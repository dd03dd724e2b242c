import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UnreadableMediaError } from '../../src/media/errors.ts';
import { createOutputWatch } from '../../src/media/output-watch.ts';

const folder = await mkdtemp(join(tmpdir(), 'output-'));
after(() => rm(folder, { recursive: true }));

test('what a run writes is added up, files that grow too, and aborts it once it is too much', async () => {
  await mkdir(join(folder, 'frames'));
  const watch = createOutputWatch(folder, { folders: ['frames'], file: 'sound' }, 2_500_000);
  await watch.look();
  await writeFile(join(folder, 'frames', '1'), Buffer.alloc(500_000));
  await writeFile(join(folder, 'sound'), Buffer.alloc(500_000));
  await watch.look();
  // It was half written at the first look.
  await appendFile(join(folder, 'frames', '1'), Buffer.alloc(500_000));
  await writeFile(join(folder, 'frames', '2'), Buffer.alloc(1_000_000));
  for (let n = 0; n < 3; n++) await watch.look();
  assert.equal(watch.signal.aborted, false);
  await appendFile(join(folder, 'sound'), Buffer.alloc(600_000));
  await watch.look();
  assert.ok(watch.signal.reason instanceof UnreadableMediaError);
  assert.match(watch.signal.reason.message, /take 3\.1 MB; allowed are 2\.5 MB/);
});

test('a folder that has gone is no fault', async () => {
  const watch = createOutputWatch(join(folder, 'gone'), { folders: ['frames'], file: 'sound' }, 1);
  await watch.look();
  assert.equal(watch.signal.aborted, false);
});
