import { PgBoss, type Queue } from 'pg-boss';
import { queueOptions } from '../src/queue/queue-options.ts';
import { CONCURRENCY, createGate, type QueuedWork, queueIdleJobs } from './queued-work.ts';

const { deadLetter: _, ...OPTIONS }: Omit<Queue, 'name' | 'partition'> = queueOptions({ retries: 5 });

/** pg-boss alone, with the options of our queues. */
export async function startBareQueue(url: string): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: url,
    useListenNotify: true,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    maintenanceIntervalSeconds: 600,
    monitorVacuum: false,
    max: 10,
  });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  for (const name of ['alone', 'first', 'second']) await boss.createQueue(name, { ...OPTIONS, partition: true });
  return boss;
}

/** A loop looks for the next job as soon as one ends, as ours do: it would else wait for a poll. */
async function work(boss: PgBoss, name: string, handle: (data: object) => Promise<void>): Promise<void> {
  const looks = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1, includeMetadata: true as const };
  for (let n = 0; n < CONCURRENCY; n++) {
    const id = await boss.work<object>(name, { batchSize: 1, ...looks }, async ([job]) => {
      if (!job) return;
      boss.notifyWorker(id);
      await handle(job.data);
    });
  }
}

const send = (boss: PgBoss, name: string) => boss.send(name, { id: crypto.randomUUID(), attempt: 1 });

/** Those of pg-boss alone that have nothing to do. */
export function queueBareJobs(boss: PgBoss): Promise<QueuedWork> {
  return queueIdleJobs(
    (handle) => work(boss, 'alone', handle),
    () => send(boss, 'alone'),
  );
}

/** As many jobs as tasks have: of two, the first sends the second. */
export async function queueBarePairs(boss: PgBoss): Promise<Omit<QueuedWork, 'start'>> {
  const gate = createGate();
  await work(boss, 'first', async (data) => {
    await gate.passed();
    await boss.send('second', data);
  });
  await work(boss, 'second', async () => gate.done());
  return {
    async add(count) {
      gate.hold(count);
      for (let n = 0; n < count; n++) await send(boss, 'first');
    },
    drain: () => gate.drain(),
  };
}
