import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { App } from '../../src/app.ts';
import type { EmbeddingTaskRow } from '../../src/db/schema.ts';
import { chooseSettings, type EmbeddingWishes } from '../../src/domain/embedding-settings.ts';
import { createEmbeddingTask, findEmbeddingTasks } from '../../src/domain/embedding-tasks.ts';
import { completeEmbeddingTask } from '../../src/domain/embeddings.ts';
import type { NewSegment } from '../../src/domain/segments.ts';

/** A PROCESSING embedding task on bytes that are claimed but not there: for tests in which nobody works. */
export async function addEmbeddingTask(
  app: App,
  { filename = 'clip.mp4', tenant = 'default', sha256 = createHash('sha256').update(randomUUID()).digest('hex') } = {},
): Promise<EmbeddingTaskRow> {
  const settings = chooseSettings(await app.models.list(), {});
  const source = { asset: { sha256, size: 1000 }, filename };
  const input = { source, settings, inputDigest: sha256 };
  return app.db.transaction((tx) => createEmbeddingTask(tx, app.queue, tenant, input));
}

/** Ends a PROCESSING embedding task with these segments. */
export async function completeEmbedding(
  app: App,
  { id }: EmbeddingTaskRow,
  segments: readonly NewSegment[] = [],
): Promise<EmbeddingTaskRow> {
  return app.db.transaction((tx) => completeEmbeddingTask(tx, app.queue, id, segments));
}

/** Uploads a file to be embedded, as the API does. */
export async function embedFile(app: App, path: string, wishes: EmbeddingWishes = {}): Promise<EmbeddingTaskRow> {
  const settings = chooseSettings(await app.models.list(), wishes);
  const received = await app.storage.receiveAsset(createReadStream(path));
  return app.db.transaction(async (tx) => {
    const source = { asset: received, filename: basename(path) };
    const task = await createEmbeddingTask(tx, app.queue, 'default', {
      source,
      settings,
      inputDigest: received.sha256,
    });
    await received.commit();
    return task;
  });
}

/** Resolves once the embedding task satisfies the condition: looks after each change, and after whatever was missed. */
export async function waitForEmbedding(
  app: App,
  id: string,
  isReached: (task: EmbeddingTaskRow) => boolean = ({ status }) => status !== 'PROCESSING',
): Promise<EmbeddingTaskRow> {
  const { promise, resolve, reject } = Promise.withResolvers<EmbeddingTaskRow>();
  const look = () =>
    findEmbeddingTasks(app.db, 'default', [id]).then(([task]) => {
      if (!task) reject(new Error(`embedding task ${id} is gone`));
      else if (isReached(task)) resolve(task);
    }, reject);
  const unsubscribe = app.events.subscribe('embedding-task:changed', (hint) => {
    if (hint === 'missed' || hint.embeddingTaskId === id) void look();
  });
  void look();
  return promise.finally(unsubscribe);
}
