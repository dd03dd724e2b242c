import { ALL_JOBS } from '../src/domain/jobs.ts';
import { queueBareJobs, queueBarePairs, queueBareTasks, startBareQueue } from './bare-queue.ts';
import { type Bench, type Figures, median } from './bench.ts';
import { startPostgres } from './postgres.ts';
import { openApp } from './queue-app.ts';
import { type QueuedWork, queueJobs, queueTasks } from './queued-work.ts';

const [JOBS, TASKS, STARTS] = [500, 200, 40];
const LATENCY = 'send to start, p50 ms';
/** Of start to send that users would notice. */
const LONGEST_START = 15;

/**
 * A backlog that workers drain, and one job that comes when they are idle; beside pg-boss alone in this same process, on
 * a database of the same server, with the same options of its queues, loops and looks. The jobs of our queue bring parsed
 * input, turns, a log, metrics and context. A task is two jobs, as pg-boss is given two; what ours has besides are the
 * four durable transitions of the task with their history and news, and its video, which pg-boss knows nothing of:
 * little more than these must take stands beside it, too.
 */
export default async function queue(bench: Bench): Promise<void> {
  await using postgres = await startPostgres();
  await using opened = await openApp(await postgres.createDatabase());
  const { app } = opened;
  await app.db.migrate();
  await app.queue.start(ALL_JOBS);
  await app.events.start();
  const bareUrl = await postgres.createDatabase();
  const boss = await startBareQueue(bareUrl);
  try {
    const [jobs, bareJobs] = [await queueJobs(app), await queueBareJobs(boss)];
    const [tasks, barePairs] = [await queueTasks(app), await queueBarePairs(boss)];
    await using bareTasks = await queueBareTasks(boss, bareUrl);
    await bench.compare({
      what: `${JOBS} jobs that do nothing`,
      measure: () => drain(jobs, JOBS, 'jobs/s'),
      against: [
        {
          name: 'bare pg-boss',
          measure: () => drain(bareJobs, JOBS, 'jobs/s'),
          limits: { 'jobs/s': { atLeast: 0.8 } },
        },
      ],
    });
    await bench.compare({
      what: `${TASKS} tasks of empty stages`,
      measure: () => drain(tasks, TASKS, 'tasks/s'),
      against: [
        {
          name: 'bare pg-boss, as many jobs',
          measure: () => drain(barePairs, TASKS, 'tasks/s'),
          limits: { 'tasks/s': { atLeast: 0.8 } },
        },
        {
          name: 'the same with four bare steps of a row',
          measure: () => drain(bareTasks, TASKS, 'tasks/s'),
          limits: { 'tasks/s': {} },
        },
      ],
    });
    const starts: number[] = [];
    await bench.compare({
      what: 'a job that finds idle workers',
      async measure() {
        const figures = await start(jobs);
        starts.push(figures[LATENCY] ?? Number.NaN);
        return figures;
      },
      against: [{ name: 'bare pg-boss', measure: () => start(bareJobs), limits: { [LATENCY]: {} } }],
    });
    bench.state({
      what: 'a job that finds idle workers',
      figure: LATENCY,
      value: starts.slice(1),
      limit: { atMost: LONGEST_START },
    });
  } finally {
    await boss.stop({ graceful: true, close: true, timeout: 5000 });
    await app.queue.stop(1000);
    await app.events.stop();
  }
}

async function drain(work: Omit<QueuedWork, 'start'>, count: number, figure: string): Promise<Figures> {
  await work.add(count);
  return { [figure]: count / (await work.drain()) };
}

async function start(work: QueuedWork): Promise<Figures> {
  const took: number[] = [];
  for (let n = 0; n < STARTS; n++) took.push(await work.start());
  return { [LATENCY]: median(took) };
}
