import { StaleTaskError } from '../domain/advance-task.ts';
import type { JobContext } from '../queue/worker.ts';

/** Milliseconds between two reports of progress. */
const REPORT_EVERY = 250;

/** Milliseconds between two looks whether the work is still wanted, as the word of a cancel can be lost. */
const LOOK_EVERY = 1_000;
/**
 * Milliseconds from the word of a change to the look at it: most changes are steps of the work itself, which come
 * together, and after the last of which there is nothing left to look at.
 */
const LOOK_AFTER = 50;

/** A row that is worked on, whatever kind of task it is. */
export interface WatchedRow {
  /** Calls `changed` whenever the row may have changed, until the function that it returns is called. */
  listen(changed: () => void): () => void;
  /** Whether anybody still wants the work: the row is there, and not canceled. */
  isWanted(): Promise<boolean>;
  /** Notes how much is done, 0 to 1. Throws StaleTaskError when the row is in another state by now. */
  note(fraction: number): Promise<void>;
}

/** The watch over a row while it is worked on. */
export interface Watch {
  /** Aborted when nobody wants the work any more, and when the worker stops. */
  signal: AbortSignal;
  /** Looks once more, for work that has failed. Whether it was because nobody wants it any more. */
  isOvertaken(): Promise<boolean>;
  /** Says how much is done, 0 to 1. */
  report(fraction: number): void;
  stop(): Promise<void>;
}

/** Reports progress at a bearable rate, and aborts the work soon after the row is not the worker's any more. */
export function watchWork(row: WatchedRow, name: string, { signal, log }: JobContext): Watch {
  const overtaken = new AbortController();
  let reported = 0;
  let last = 0;
  let pending: Promise<unknown> = Promise.resolve();

  async function look(): Promise<void> {
    if (!(await row.isWanted())) overtaken.abort(new StaleTaskError(`${name} is not wanted any more`));
  }

  let soon: NodeJS.Timeout | undefined;
  let looking = false;
  function lookNow(): void {
    // One that waits its turn sees all that has been said by then.
    if (looking) return;
    looking = true;
    pending = pending
      .then(() => {
        looking = false;
        return look();
      })
      .catch((error) => log.warn({ err: error }, 'task could not be looked at'));
  }

  const unlisten = row.listen(() => {
    soon ??= setTimeout(() => {
      soon = undefined;
      lookNow();
    }, LOOK_AFTER);
  });
  const timer = setInterval(lookNow, LOOK_EVERY);

  return {
    signal: AbortSignal.any([signal, overtaken.signal]),
    async isOvertaken() {
      lookNow();
      await pending;
      return overtaken.signal.aborted;
    },
    report(fraction) {
      const now = performance.now();
      if (now - last < REPORT_EVERY || fraction <= reported) return;
      [last, reported] = [now, fraction];
      pending = pending
        .then(() => row.note(fraction))
        .catch((error) => {
          if (error instanceof StaleTaskError) overtaken.abort(error);
          else log.warn({ err: error }, 'progress could not be noted');
        });
    },
    async stop() {
      unlisten();
      clearTimeout(soon);
      clearInterval(timer);
      await pending;
    },
  };
}
