import { PgBoss, type Queue } from 'pg-boss';
import postgres from 'postgres';
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
  for (const name of ['alone', 'first', 'second', 'validate', 'index'])
    await boss.createQueue(name, { ...OPTIONS, partition: true });
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

const send = (boss: PgBoss, name: string, id: string = crypto.randomUUID()) => boss.send(name, { id, attempt: 1 });

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

/**
 * As many jobs, and little more than a task's durable states must be on top of them: each job reads its row; each of the
 * four steps is one prepared statement that updates the row and appends to its history, the last one in a transaction with
 * a video.
 */
export async function queueBareTasks(boss: PgBoss, url: string): Promise<Omit<QueuedWork, 'start'> & AsyncDisposable> {
  const gate = createGate();
  const sql = postgres(url, { onnotice: () => {} });
  await sql`create table bare_task (id uuid primary key, status text not null, version integer not null default 1)`;
  await sql`create table bare_step (task uuid references bare_task, version integer, status text, at timestamptz default now())`;
  await sql`create table bare_video (id uuid primary key default gen_random_uuid(), task uuid references bare_task)`;
  const read = (id: string) => sql`select id, status, version from bare_task where id = ${id}`;
  const step = (tx: postgres.ISql, id: string, from: string, to: string) => tx`
    with stepped as (update bare_task set status = ${to}, version = version + 1 where id = ${id} and status = ${from}
      returning id, version, status)
    insert into bare_step (task, version, status) select id, version, status from stepped`;
  await work(boss, 'validate', async (data) => {
    const { id } = data as { id: string };
    await gate.passed();
    await read(id);
    await step(sql, id, 'VALIDATING', 'PENDING');
    await boss.send('index', data);
  });
  await work(boss, 'index', async (data) => {
    const { id } = data as { id: string };
    await read(id);
    await step(sql, id, 'PENDING', 'QUEUED');
    await step(sql, id, 'QUEUED', 'INDEXING');
    await sql.begin(async (tx) => {
      await tx`insert into bare_video (task) values (${id})`;
      await step(tx, id, 'INDEXING', 'READY');
    });
    gate.done();
  });
  return {
    async add(count) {
      gate.hold(count);
      for (let n = 0; n < count; n++) {
        const [task] = await sql<{ id: string }[]>`
          insert into bare_task (id, status) values (gen_random_uuid(), 'VALIDATING') returning id`;
        await send(boss, 'validate', task?.id);
      }
    },
    drain: () => gate.drain(),
    [Symbol.asyncDispose]: () => sql.end(),
  };
}
