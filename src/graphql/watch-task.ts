import type { TaskRow } from '../db/schema.ts';
import { listTransitions } from '../domain/task-lists.ts';
import { isTerminal } from '../domain/task-states.ts';
import { findTasks } from '../domain/tasks.ts';
import { NotFoundError } from '../errors.ts';
import { type Context, forgetLoaded } from './context.ts';
import { createLiveStream } from './live-stream.ts';
import { newsOf } from './task-versions.ts';

/**
 * A task as it is, then in every state that it enters, in order and without gaps, and whenever its progress grows.
 * Ends after a terminal state, and when the task is deleted.
 * @throws NotFoundError
 */
export async function watchTask(context: Context, id: string): Promise<AsyncIterableIterator<TaskRow>> {
  const { app, tenant } = context;
  const find = async () => (await findTasks(app.db, tenant, [id]))[0];
  let begin: TaskRow | undefined;
  const stream = createLiveStream<TaskRow>(
    (changed) =>
      app.events.subscribe('task:changed', (hint) => {
        if (hint === 'missed' || hint.taskId === id) changed();
      }),
    async function* (changes) {
      if (!begin) return;
      let told = begin;
      yield told;
      while (!isTerminal(told.status) && (await changes.next())) {
        const task = await find();
        if (!task) return;
        const transitions = task.version > told.version ? await listTransitions(app.db, [id], told.version) : [];
        for (const news of newsOf(task, transitions, told)) {
          told = news;
          forgetLoaded(context);
          yield news;
          if (isTerminal(news.status)) return;
        }
      }
    },
  );
  try {
    begin = await find();
    if (!begin) throw new NotFoundError('No such task.');
    return stream;
  } catch (error) {
    await stream.return?.();
    throw error;
  }
}
