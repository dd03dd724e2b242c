import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eq, sql } from 'drizzle-orm';
import { embeddings, embeddingTasks } from '../../src/db/schema.ts';
import { findEmbeddingTasks } from '../../src/domain/embedding-tasks.ts';
import { sweepEmbeddingTasks } from '../../src/domain/jobs.ts';
import { createTestApp } from '../helpers/app.ts';
import { makePhotoClip } from '../helpers/clips.ts';
import { embedFile, waitForEmbedding } from '../helpers/embedding-tasks.ts';
import { photo } from '../helpers/photos.ts';
import { until } from '../helpers/until.ts';
import { createVideoIndex, uploadFile, waitForEnd } from '../helpers/uploads.ts';

it('removes results with their bytes once they have been kept long enough, but not bytes that a video shares', async () => {
  await using test = await createTestApp({ workers: true, env: { EMBEDDING_TASK_TTL: 3600 } });
  const { app } = test;
  const shared = await makePhotoClip([{ path: photo('cat'), seconds: 16 }]);
  const own = await makePhotoClip([{ path: photo('rocket'), seconds: 16 }]);
  const index = await createVideoIndex(app);
  const video = await waitForEnd(app, (await uploadFile(app, index.id, shared)).id);
  const old = [await embedFile(app, shared), await embedFile(app, own)];
  for (const { id } of old) assert.equal((await waitForEmbedding(app, id)).status, 'READY');
  for (const { id } of old)
    await app.db.orm
      .update(embeddingTasks)
      .set({ updatedAt: sql`clock_timestamp() - interval '1 hour 1 second'` })
      .where(eq(embeddingTasks.id, id));
  const young = await waitForEmbedding(app, (await embedFile(app, shared, { clipLength: 8 })).id);

  await app.db.transaction((tx) => app.queue.enqueue(tx, sweepEmbeddingTasks, {}));
  await until(async () => !(await app.storage.hasAsset(old[1]?.asset ?? '')));
  const left = await findEmbeddingTasks(app.db, 'default', [young.id, ...old.map(({ id }) => id)]);
  assert.deepEqual(
    left.map(({ id }) => id),
    [young.id],
  );
  assert.equal(await app.storage.hasProxy(old[1]?.asset ?? ''), false);
  assert.equal(await app.storage.hasProxy(video.asset ?? ''), true);
  assert.equal(await app.db.orm.$count(embeddings), 2);
});
