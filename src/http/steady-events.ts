import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import { type Context, forgetLoaded } from '../graphql/context.ts';
import { createSharedResults } from './shared-results.ts';

/**
 * Puts the events of subscriptions together, once for all who get the same, and again when the database goes away
 * meanwhile: a subscriber that is sent a fault in place of a state would never hear of that state again.
 */
export function useSteadyEvents({ db, telemetry }: App): Plugin {
  const { eventExecutions, events: eventsSent } = telemetry.metrics;
  const shareResults = createSharedResults(executeEvent);

  async function executeEvent(args: ExecutionArgs): Promise<ExecutionResult> {
    eventExecutions.inc();
    let result: ExecutionResult = {};
    const attempt = async () => {
      forgetLoaded(args.contextValue as Context);
      result = await execute(args);
      const fault = result.errors?.find(({ originalError }) => originalError)?.originalError;
      if (fault) throw fault;
    };
    // What is no outage is thrown at once; the result has it.
    await db.steadily(attempt).catch(() => {});
    return result;
  }

  async function subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const rows = source[Symbol.asyncIterator]();
    const resultOf = shareResults(args);
    const over = { done: true as const, value: undefined };
    const events: AsyncIterableIterator<ExecutionResult> = {
      async next() {
        const { done, value } = await rows.next();
        if (done) return over;
        const result = await resultOf(value as object);
        eventsSent.inc();
        return { done: false, value: result };
      },
      async return() {
        await rows.return?.();
        return over;
      },
      async throw(error) {
        await rows.return?.();
        throw error;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    return events;
  }

  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) };
}
