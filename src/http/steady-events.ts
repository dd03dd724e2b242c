import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import { createSharedResults } from './shared-results.ts';

/** Arguments of a subscription whose results may be sent right away. */
export interface SubscriptionArgs extends ExecutionArgs {
  /**
   * Sends the subscriber a result, and resolves when that has been written, to whether the socket takes more. Without it
   * results are handed on through every plugin, which takes more than to send them to thousands; those with errors, which
   * are to be masked, always are.
   */
  send?: (result: ExecutionResult) => Promise<boolean>;
}

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
      result = await execute(args);
      const fault = result.errors?.find(({ originalError }) => originalError)?.originalError;
      if (fault) throw fault;
    };
    // What is no outage is thrown at once; the result has it.
    await db.steadily(attempt).catch(() => {});
    return result;
  }

  async function subscribe(args: SubscriptionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const rows = source[Symbol.asyncIterator]();
    const resultOf = shareResults(args);
    const over = { done: true as const, value: undefined };
    const events: AsyncIterableIterator<ExecutionResult> = {
      async next() {
        for (;;) {
          const { done, value } = await rows.next();
          if (done) return over;
          const result = await resultOf(value as object);
          eventsSent.inc();
          if (!args.send || result.errors) return { done: false, value: result };
          if (await args.send(result)) continue;
          await rows.return?.();
          return over;
        }
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
