import { and, desc, eq, lt, notInArray, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { stageRuns, tasks } from '../db/schema.ts';
import type { Stage } from '../db/values.ts';
import { progressWithin, TERMINAL_STATUSES } from './task-states.ts';

/** Runs of a stage that its speed is computed from. */
const RECENT = 50;
/** Seconds of work for a second of video, until this installation has measured its own. */
const ASSUMED: Record<Stage, number> = { validate: 0.1, index: 0.05 };
/** Seconds of video, where neither the file nor any earlier one tells. */
const ASSUMED_DURATION = 60;

/** Notes how long a stage took. Seconds of video, seconds of work. */
export async function recordStageRun(
  tx: Transaction,
  stage: Stage,
  mediaSeconds: number,
  wallSeconds: number,
): Promise<void> {
  const [run] = await tx.orm.insert(stageRuns).values({ stage, mediaSeconds, wallSeconds }).returning();
  if (run && run.id % RECENT === 0) await tx.orm.delete(stageRuns).where(lt(stageRuns.id, run.id - 10 * RECENT));
}

interface Speed {
  /** Seconds of work for a second of video. */
  cost: number;
  /** Seconds of video of a usual run. */
  duration: number;
}

async function measureStage(db: Connection, stage: Stage): Promise<Speed> {
  const recent = db.orm
    .select()
    .from(stageRuns)
    .where(eq(stageRuns.stage, stage))
    .orderBy(desc(stageRuns.id))
    .limit(RECENT)
    .as('recent');
  const [sums] = await db.orm
    .select({
      cost: sql<number | null>`sum(${recent.wallSeconds}) / nullif(sum(${recent.mediaSeconds}), 0)`,
      duration: sql<number | null>`avg(${recent.mediaSeconds})`,
    })
    .from(recent);
  return { cost: Number(sums?.cost ?? ASSUMED[stage]), duration: Number(sums?.duration ?? ASSUMED_DURATION) };
}

/** Seconds of work that a usual task takes, at the speed that this installation has lately had. */
export async function estimateWork(db: Connection): Promise<number> {
  const [validate, index] = [await measureStage(db, 'validate'), await measureStage(db, 'index')];
  return validate.duration * (validate.cost + index.cost);
}

/**
 * When each unfinished task is expected to be READY: the work that is left of it and of those before it in the queue,
 * at the speed that this installation has lately had.
 * @param parallel tasks that are worked on at once
 */
export async function estimateCompletions(db: Connection, parallel: number, now: Date): Promise<Map<string, Date>> {
  const [validate, index] = await Promise.all([measureStage(db, 'validate'), measureStage(db, 'index')]);
  const unfinished = await db.orm
    .select({
      id: tasks.id,
      status: tasks.status,
      progress: tasks.progress,
      duration: sql<number | null>`(${tasks.metadata} ->> 'duration')::double precision`,
    })
    .from(tasks)
    .where(and(notInArray(tasks.status, [...TERMINAL_STATUSES])))
    .orderBy(tasks.createdAt)
    .limit(10_000);
  const validated = progressWithin('PENDING', 0) ?? 0;
  const completions = new Map<string, Date>();
  let ahead = 0;
  for (const task of unfinished) {
    const duration = task.duration ?? validate.duration;
    const toValidate = Math.max(0, 1 - task.progress / validated);
    const toIndex = Math.min(1, (1 - task.progress) / (1 - validated));
    const own = duration * (toValidate * validate.cost + toIndex * index.cost);
    completions.set(task.id, new Date(now.getTime() + 1000 * (ahead / parallel + own)));
    ahead += own;
  }
  return completions;
}
