import { createReadStream, existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App } from '../../src/app.ts';
import type { IndexRow, TaskRow } from '../../src/db/schema.ts';
import type { TaskStatus } from '../../src/db/values.ts';
import { createIndex, type NewIndex } from '../../src/domain/indexes.ts';
import { isTerminal } from '../../src/domain/task-states.ts';
import { createTask, findTasks } from '../../src/domain/tasks.ts';
import { makeClip } from './clips.ts';

export const TENANT = 'default';

const REAL_CLIP = fileURLToPath(new URL('../../../shared/media/big-buck-bunny-480p-30s.mp4', import.meta.url));

/** A clip of 30 seconds in five scenes, 854x480 at 24 frames a second, which the default policy accepts. */
export function goodClip(): Promise<string> {
  return makeClip({ seconds: 30, width: 854, height: 480, scenes: 5 });
}

/** The made clip and, where it stands beside the project, a real one of the same measures. */
export async function goodClips(): Promise<string[]> {
  return [await goodClip(), ...(existsSync(REAL_CLIP) ? [REAL_CLIP] : [])];
}

let names = 0;

/** An index, of pictures only unless told: reading what is written in them takes most of the time. */
export async function createVideoIndex(app: App, input: Partial<NewIndex> = {}): Promise<IndexRow> {
  const models = await app.models.list();
  names += 1;
  return app.db.transaction((tx) =>
    createIndex(tx, TENANT, models, { name: `videos ${names}`, modalities: ['VISUAL'], ...input }),
  );
}

/** Uploads a file into an index as the API does. */
export async function uploadFile(app: App, indexId: string, path: string): Promise<TaskRow> {
  const received = await app.storage.receiveAsset(createReadStream(path));
  return app.db.transaction(async (tx) => {
    const source = { asset: received, filename: basename(path) };
    const task = await createTask(tx, app.queue, TENANT, { indexId, source, inputDigest: received.sha256 });
    await received.commit();
    return task;
  });
}

/** Resolves once the task satisfies the condition: looks after each change, and after whatever was missed. */
async function waitForTask(app: App, id: string, isReached: (task: TaskRow | undefined) => boolean): Promise<TaskRow> {
  const { promise, resolve, reject } = Promise.withResolvers<TaskRow>();
  const look = () =>
    findTasks(app.db, TENANT, [id]).then(([task]) => {
      if (!task) reject(new Error(`task ${id} is gone`));
      else if (isReached(task)) resolve(task);
    }, reject);
  const unsubscribe = app.events.subscribe('task:changed', (hint) => {
    if (hint === 'missed' || hint.taskId === id) void look();
  });
  void look();
  return promise.finally(unsubscribe);
}

/** The task once its work is over. */
export async function waitForEnd(app: App, id: string): Promise<TaskRow> {
  return waitForTask(app, id, (task) => task !== undefined && isTerminal(task.status));
}

/** The task once its work in a state has made progress. */
export async function waitForProgress(app: App, id: string, status: TaskStatus, above: number): Promise<TaskRow> {
  return waitForTask(app, id, (task) => task?.status === status && task.progress > above);
}
