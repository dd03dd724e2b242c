import { AsyncLocalStorage } from 'node:async_hooks';

/** On whose behalf networks run. */
export interface RunContext {
  /** Somebody waits for the answer: its runs go before those of indexing. */
  urgent: boolean;
  /** Ends it before its next run. */
  signal: AbortSignal;
  /** Where what its runs take is added up. */
  times?: RunTimes;
}

/** Seconds in which networks waited for their turns, and in which they ran. */
export interface RunTimes {
  waited: number;
  ran: number;
}

const context = new AsyncLocalStorage<RunContext>();
const waiting: { urgent: boolean; start: () => void }[] = [];
let isRunning = false;

/** Does `work` so that the runs within it are ordered, and ended, as the context says. */
export function runAs<T>(given: RunContext, work: () => Promise<T>): Promise<T> {
  return context.run(given, work);
}

/**
 * Runs a network when its turn has come: one run at a time, the urgent ones first, else first come, first served.
 * Throws the signal's reason when that has aborted meanwhile.
 */
export async function takeTurn<T>(run: () => Promise<T>): Promise<T> {
  const { urgent = false, signal, times }: Partial<RunContext> = context.getStore() ?? {};
  const arrived = performance.now();
  if (isRunning) await new Promise<void>((start) => waiting.push({ urgent, start }));
  isRunning = true;
  const started = performance.now();
  try {
    signal?.throwIfAborted();
    return await run();
  } finally {
    if (times) {
      times.waited += (started - arrived) / 1000;
      times.ran += (performance.now() - started) / 1000;
    }
    // A run holds the thread: what has arrived meanwhile comes in before the next is chosen.
    setImmediate(startNext);
  }
}

function startNext(): void {
  const urgent = waiting.findIndex((run) => run.urgent);
  const [next] = waiting.splice(Math.max(urgent, 0), 1);
  isRunning = next !== undefined;
  next?.start();
}
