import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPatience } from '../../src/storage/patience.ts';
import { FileChangedError, RemoteFileError } from '../../src/storage/remote-file-error.ts';

const { signal } = new AbortController();
const passing = new RemoteFileError('cut', true);

test('progress renews patience, but not without end', async () => {
  const patience = createPatience(signal, [0, 0]);
  let bytes = 0;
  await assert.rejects(async () => {
    for (; bytes < 1000; bytes++) await patience.wait(passing, bytes + 1);
  }, passing);
  assert.equal(bytes, 199);
});

test('tries in a row that bring nothing new are as many as there are pauses', async () => {
  const patience = createPatience(signal, [0, 0]);
  for (const bytes of [10, 10, 20, 15]) await patience.wait(passing, bytes);
  await assert.rejects(patience.wait(passing, 20), passing);
  await assert.rejects(patience.wait(passing, 100), passing);
  await assert.rejects(patience.wait(passing), passing);
});

test('beginnings anew are numbered, whatever each of them brings', async () => {
  const patience = createPatience(signal, [0, 0]);
  const changed = new FileChangedError();
  for (const furthest of [1_000, 500]) {
    await patience.wait(passing, furthest);
    await patience.wait(changed);
  }
  await patience.wait(passing, 400);
  await assert.rejects(patience.wait(changed), changed);
});

test('what will not pass, or is no fault of a download, ends it at once; and so does the signal', async () => {
  for (const error of [new RemoteFileError('gone', false), new Error('disk')])
    await assert.rejects(createPatience(signal, [0]).wait(error, 1), error);
  const reason = new Error('stopped');
  await assert.rejects(createPatience(AbortSignal.abort(reason), [0]).wait(passing, 1), reason);
});
