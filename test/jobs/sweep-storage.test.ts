import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { runSweepStorage } from '../../src/jobs/sweep-storage.ts';
import { createTestApp } from '../helpers/app.ts';
import { addIndex, addTask } from '../helpers/tasks.ts';

it('removes what no row claims: bytes, and proxies that came after their asset was removed', async () => {
  await using test = await createTestApp();
  const { app } = test;
  const { asset } = await addTask(app, (await addIndex(app)).id);
  const claimed = asset ?? assert.fail();
  const orphan = createHash('sha256').update('removed').digest('hex');
  for (const sha256 of [claimed, orphan]) {
    const work = await app.storage.createWorkFolder();
    await writeFile(join(work.path, 'proxy.json'), '{}');
    await work.commitProxy(sha256);
  }
  const bytes = await app.storage.receiveAsset(
    (async function* () {
      yield Buffer.from('of no task');
    })(),
  );
  await bytes.commit();
  await runSweepStorage(app, {}, { signal: new AbortController().signal, log: app.log });
  assert.equal(await app.storage.hasProxy(claimed), true);
  assert.equal(await app.storage.hasProxy(orphan), false);
  assert.equal(await app.storage.hasAsset(bytes.sha256), false);
});
