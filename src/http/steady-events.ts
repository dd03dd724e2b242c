import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import { type Context, forgetLoaded } from '../graphql/context.ts';

/**
 * Puts the events of subscriptions together, and again when the database goes away meanwhile: a subscriber that is sent
 * a fault in place of a state would never hear of that state again.
 */
export function useSteadyEvents({ db }: App): Plugin {
  async function executeEvent(args: ExecutionArgs): Promise<ExecutionResult> {
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
    const over = { done: true as const, value: undefined };
    const events: AsyncIterableIterator<ExecutionResult> = {
      async next() {
        const { done, value } = await rows.next();
        return done ? over : { done: false, value: await executeEvent({ ...args, rootValue: value }) };
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
