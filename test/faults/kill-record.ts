import assert from 'node:assert/strict';
import { isFull } from './extent.ts';
import type { Outcome } from './outcomes.ts';
import { type Stage, type StagedTask, videoOf } from './stages.ts';

/** Seconds after which a worker without a sign of life counts as dead. */
const HEARTBEAT = 10;
/**
 * Seconds within which the work has to go on once it can: the worker counts as dead, and another one, or it itself, is up.
 * The short form runs beside others, on whatever machine CI has, and only catches what hangs; its table says what it took.
 */
const BOUND = isFull ? 5 : 35;

const OWN = ['VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'];

/** What was hit by kills: which tasks, at which stage, when. */
export interface KillRecord {
  /** Takes note of a kill, and of when there was a worker again, in milliseconds of the clock. */
  add(tasks: readonly StagedTask[], killedAt: number, backAt: number): void;
  /** Kills, and of these the fewest that a stage has had. */
  readonly kills: number;
  /** Checks every task against one that nobody disturbed. Seconds from the kills to the work, by the stages that they hit. */
  judge(outcomes: Map<string, Outcome>, undisturbed: readonly StagedTask[]): Map<Stage, number[]>;
}

export function createKillRecord(): KillRecord {
  const hits: { task: StagedTask; killedAt: number; backAt: number }[] = [];
  let kills = 0;
  return {
    add(tasks, killedAt, backAt) {
      kills += 1;
      for (const task of tasks) hits.push({ task, killedAt, backAt });
    },
    get kills() {
      return kills;
    },
    judge(outcomes, undisturbed) {
      const expected = new Map(undisturbed.map(({ stage, id }) => [keyOf(stage), outcomes.get(id)?.segments]));
      const seconds = new Map<Stage, number[]>(hits.map(({ task }) => [task.stage, []]));
      for (const { task, killedAt, backAt } of hits) {
        const { stage, id } = task;
        const outcome = outcomes.get(id);
        assert.ok(outcome, `${stage.name}: the task is gone`);
        assert.deepEqual([outcome.status, outcome.attempt], ['READY', 1], stage.name);
        assert.deepEqual(outcome.history, historyOf(stage), stage.name);
        assert.deepEqual(outcome.segments, expected.get(keyOf(stage)), stage.name);
        // What a kill has not caught at work was over before it.
        const [again] = outcome.tries;
        if (!again) continue;
        const took = (again.began - killedAt) / 1000;
        assert.deepEqual([again.count, outcome.tries.length], [1, 1], stage.name);
        const most = Math.max(HEARTBEAT, (backAt - killedAt) / 1000) + BOUND;
        assert.ok(took > 0 && took <= most, `${stage.name} went on after ${took} s, of ${most} s at most`);
        seconds.get(stage)?.push(took);
      }
      return seconds;
    },
  };
}

const keyOf = (stage: Stage) => `${stage.kind} ${videoOf(stage)}`;

function historyOf({ kind, halt }: Stage): string[] {
  if (kind === 'embedding task') return [];
  return halt === 'download' ? ['UPLOADING', ...OWN] : OWN;
}
