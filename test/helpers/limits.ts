import { createHash, randomUUID } from 'node:crypto';
import type { App } from '../../src/app.ts';
import type { EmbeddingTaskRow, IndexRow, TaskRow } from '../../src/db/schema.ts';
import type { Asset } from '../../src/domain/assets.ts';
import { chooseSettings } from '../../src/domain/embedding-settings.ts';
import { createEmbeddingTask } from '../../src/domain/embedding-tasks.ts';
import { createIndex } from '../../src/domain/indexes.ts';
import type { TaskLimits } from '../../src/domain/task-limits.ts';
import { createTask, type NewTask } from '../../src/domain/tasks.ts';

/** Bytes that are nowhere, of a content of their own. */
export function anAsset(size: number): Asset {
  return { sha256: createHash('sha256').update(randomUUID()).digest('hex'), size };
}

/** An index of a tenant. */
export async function indexOf(app: App, tenant: string): Promise<IndexRow> {
  const models = await app.models.list();
  return app.db.transaction((tx) => createIndex(tx, tenant, models, { name: `index ${randomUUID()}` }));
}

/** Creates a task under limits, on an asset or a URL. */
export function createLimited(
  app: App,
  { tenant, id }: Pick<IndexRow, 'tenant' | 'id'>,
  source: Asset | string,
  limits: TaskLimits,
  input: Partial<NewTask> = {},
): Promise<TaskRow> {
  const from = typeof source === 'string' ? { url: source } : { asset: source, filename: 'clip.mp4' };
  const all = { indexId: id, source: from, inputDigest: JSON.stringify(from), ...input };
  return app.db.transaction((tx) => createTask(tx, app.queue, tenant, all, limits));
}

/** The same of an embedding task. */
export async function createLimitedEmbedding(
  app: App,
  tenant: string,
  source: Asset | string,
  limits: TaskLimits,
  clientToken?: string,
): Promise<EmbeddingTaskRow> {
  const from = typeof source === 'string' ? { url: source } : { asset: source, filename: 'clip.mp4' };
  const settings = chooseSettings(await app.models.list(), {});
  const input = { settings, source: from, inputDigest: JSON.stringify(from), clientToken };
  return app.db.transaction((tx) => createEmbeddingTask(tx, app.queue, tenant, input, limits));
}
