import { pino } from 'pino';
import type { Database } from '../src/db/client.ts';
import { openPostgres } from '../src/db/postgres.ts';
import type { TaskStatus } from '../src/db/values.ts';
import { advance, reportProgress } from '../src/domain/advance-task.ts';
import { createEvents } from '../src/events/events.ts';

/** What writes to the tasks of a database, as a worker does. */
export interface Writers extends AsyncDisposable {
  /** Notes the progress of a task that is INDEXING, and resolves once that has committed. */
  report(task: { id: string }, progress: number): Promise<void>;
  /** Has each task go on from state to state for some milliseconds, all at once. @returns transactions a second */
  advanceAll(tasks: readonly { id: string }[], duration: number): Promise<number>;
}

/** A task's way, over and over; canceled and begun anew it is in the next attempt. */
const WAY: readonly TaskStatus[] = ['INDEXING', 'CANCELED', 'VALIDATING', 'PENDING', 'QUEUED'];

/** @param isHeard whether others are told of what has changed, as they are in a server */
export async function createWriters(url: string, connections: number, isHeard: boolean): Promise<Writers> {
  const db: Database = openPostgres({ url, connections });
  const events = isHeard ? createEvents(db, pino({ level: 'warn' })) : undefined;
  await events?.start();
  const places = new Map<string, { step: number; attempt: number }>();
  return {
    report: ({ id }, progress) => db.transaction((tx) => reportProgress(tx, { id, attempt: 1 }, 'INDEXING', progress)),
    async advanceAll(tasks, duration) {
      let transactions = 0;
      const began = performance.now();
      const goOn = async ({ id }: { id: string }) => {
        const place = places.get(id) ?? { step: 0, attempt: 1 };
        places.set(id, place);
        while (performance.now() - began < duration) {
          const { step } = place;
          const [from, to] = [WAY[step], WAY[(step + 1) % WAY.length]];
          if (!from || !to) throw new Error('the way has no such step');
          const { attempt } = await db.transaction((tx) => advance(tx, { id, attempt: place.attempt }, from, to));
          Object.assign(place, { step: (step + 1) % WAY.length, attempt });
          transactions += 1;
        }
      };
      await Promise.all(tasks.map(goOn));
      return (1_000 * transactions) / (performance.now() - began);
    },
    async [Symbol.asyncDispose]() {
      await events?.stop();
      await db.close();
    },
  };
}
