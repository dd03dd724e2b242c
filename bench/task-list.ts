import { readFileSync } from 'node:fs';
import { createId } from '../src/db/ids.ts';
import { openPostgres } from '../src/db/postgres.ts';
import { assets, indexes, tasks, videos } from '../src/db/schema.ts';
import type { VideoMetadata } from '../src/db/values.ts';

/** The page of tasks that is asked for: what the console shows of each, and as many, the newest first. */
export const TASK_LIST = `query TaskList($indexId: ID!) {
  tasks(first: 30, filter: { indexId: $indexId }) {
    pageInfo { hasNextPage endCursor }
    edges {
      node {
        id status progress estimatedTime attempt source createdAt
        failure { code message actual allowed }
        metadata { filename }
        video { id }
      }
    }
  }
}`;

/** The API, as a peer that is told of it by its text gets it. */
export const SCHEMA_TEXT = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

/** A task that is READY, with what the list shows of it. */
export interface ListedTask {
  id: string;
  videoId: string;
  createdAt: Date;
  metadata: VideoMetadata;
}

/** READY tasks of one index, a minute from one to the next, the newest first. */
export function makeTasks(count: number): ListedTask[] {
  const newest = Date.UTC(2026, 0, 31);
  return Array.from({ length: count }, (_, n) => ({
    id: createId(),
    videoId: createId(),
    createdAt: new Date(newest - n * 60_000),
    metadata: { duration: 20, filename: `holiday ${n}.mp4`, height: 480, width: 854, fps: 25, size: 1_000_000 + n },
  }));
}

/**
 * Puts tasks into a database that has the tables, in an index of the tenant that keyless requests are of.
 * @param status of all of them; those that are READY have videos
 * @returns the index's id
 */
export async function storeTasks(
  databaseUrl: string,
  listed: readonly ListedTask[],
  status: 'READY' | 'INDEXING' = 'READY',
): Promise<string> {
  const db = openPostgres({ url: databaseUrl, connections: 1 });
  const [tenant, indexId, sha256] = ['default', createId(), 'a'.repeat(64)];
  const policy = { minDuration: 15, maxDuration: 7200, minHeight: 360, maxHeight: 1080, maxFileSize: 2 ** 31 };
  const validation = { ...policy, requireAudio: true, rejectBrokenFrames: true };
  const settings = { model: 'builtin', modalities: ['VISUAL' as const], clipLength: 6, overlap: 0, validation };
  const common = { tenant, indexId, asset: sha256, userMetadata: {} };
  try {
    await db.transaction(async ({ orm }) => {
      await orm.insert(assets).values({ sha256, size: 1_000_000 }).onConflictDoNothing();
      await orm.insert(indexes).values({ id: indexId, tenant, name: indexId, ...settings });
      // Fewer than Postgres takes parameters of one statement.
      for (let at = 0; at < listed.length; at += 500) {
        const part = listed.slice(at, at + 500);
        await orm.insert(tasks).values(
          part.map(({ id, metadata, createdAt }) => ({
            ...common,
            ...{ id, status, version: 6, attempt: 1, progress: status === 'READY' ? 1 : 0.5, source: 'FILE' as const },
            ...{ metadata, filename: metadata.filename, createdAt, updatedAt: createdAt },
          })),
        );
        if (status !== 'READY') continue;
        await orm.insert(videos).values(
          part.map(({ id: taskId, videoId: id, metadata, createdAt }) => ({
            ...common,
            ...{ id, taskId, metadata, createdAt },
          })),
        );
      }
    });
    return indexId;
  } finally {
    await db.close();
  }
}
