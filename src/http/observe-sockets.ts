import type { IncomingMessage } from 'node:http';
import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { isAsyncIterable } from 'graphql-yoga';
import type { WebSocketServer } from 'ws';
import type { App } from '../app.ts';
import { secondsSince } from '../telemetry/duration.ts';
import { createRecord, type RequestContext, runInContext } from '../telemetry/request-context.ts';
import { requestIdOf } from '../telemetry/request-id.ts';
import { toClientError } from './mask-error.ts';
import { endRequest, parentOf } from './observe-request.ts';
import { printResult } from './printed-results.ts';
import { createRunningOperations, type RunningOperation, type RunningOperations } from './running-operations.ts';
import type { SocketContext } from './socket-protocol.ts';
import type { SubscriptionArgs } from './steady-events.ts';

/** What the operation's own functions travel in from `onSubscribe` to `execute` and `subscribe`. */
export interface Enveloped {
  execute: (args: ExecutionArgs) => unknown;
  subscribe: (args: SubscriptionArgs) => unknown;
}

/** Arguments whose `rootValue` is `Enveloped`, or why there are none. */
type Prepared = Promise<ExecutionArgs | readonly GraphQLError[]>;

/** An operation that runs, and what it runs in. */
interface Running {
  context: RequestContext;
  operation: RunningOperation;
  /** Sends its client a result. Resolves when that has been written. */
  send(result: ExecutionResult): Promise<void>;
}

interface Observed {
  socketId: string;
  count: number;
  operations: RunningOperations;
}

/**
 * Gives each socket an id, as a request has one, and each of its operations that id and a number; measures the
 * operations and tells of them as of requests.
 */
export function observeSockets(app: App, sockets: WebSocketServer) {
  const { metrics, tracing } = app.telemetry;
  const observed = new WeakMap<IncomingMessage, Observed>();

  sockets.on('connection', (socket, request) => {
    const socketId = requestIdOf(request.headers);
    const operations = createRunningOperations();
    observed.set(request, { socketId, count: 0, operations });
    metrics.sockets.inc();
    app.log.debug({ socketId }, 'socket opened');
    socket.once('close', (code) => {
      metrics.sockets.dec();
      operations.stop();
      app.log.debug({ socketId, code }, 'socket closed');
    });
  });

  function of(request: IncomingMessage): Observed {
    const own = observed.get(request);
    if (!own) throw new Error('the socket was opened unseen');
    return own;
  }

  /** An operation that begins, which is told of once it is over, and its context. */
  function begin(request: IncomingMessage): Omit<Running, 'send'> {
    const own = of(request);
    own.count += 1;
    const requestId = `${own.socketId}.${own.count}`;
    const record = createRecord();
    const started = performance.now();
    const attributes = { 'network.protocol.name': 'websocket', 'reelgraph.request.id': requestId };
    const { span, trace } = tracing.begin('websocket', {
      kind: 'server',
      attributes,
      parent: parentOf(tracing, request),
    });
    const context = { requestId, trace, record };
    const operation = own.operations.add(() => {
      const outcome = record.faulty ? 'fault' : record.refused ? 'refused' : 'ok';
      const seconds = secondsSince(started);
      runInContext(context, () => {
        const about = { socketId: own.socketId };
        endRequest(app, { transport: 'websocket', record, outcome, seconds, span, about });
      });
    });
    return { context, operation };
  }

  return {
    operationsOf: (request: IncomingMessage): RunningOperations => of(request).operations,
    onSubscribe:
      (prepare: (socket: SocketContext, payload: SubscribePayload) => Prepared) =>
      async (socket: SocketContext, id: string, payload: SubscribePayload): Prepared => {
        const { context, operation } = begin(socket.extra.request);
        const args = await runInContext(context, () => prepare(socket, payload));
        const send = (result: ExecutionResult) => socket.extra.sendNext(id, printResult(result));
        if ('document' in args)
          return { ...args, rootValue: within(app, { context, operation, send }, args.rootValue as Enveloped) };
        if (context.record) context.record.refused = true;
        operation.end();
        return args;
      },
  };
}

/** Functions that run in a context, and so does whatever is iterated over; with them the operation is over. */
function within(app: App, running: Running, run: Enveloped): Enveloped {
  const { context, operation, send } = running;
  const failed = (error: unknown) => runInContext(context, () => ({ errors: [toClientError(app, error)] }));
  const sendOn = (result: ExecutionResult) =>
    send(result).then(
      () => true,
      () => false,
    );
  return {
    async execute(args) {
      try {
        return await runInContext(context, async () => run.execute(args));
      } catch (error) {
        return failed(error);
      } finally {
        operation.end();
      }
    },
    async subscribe(args) {
      const result = await runInContext(context, async () => run.subscribe({ ...args, send: sendOn })).catch(failed);
      if (!isAsyncIterable(result)) {
        operation.end();
        return result;
      }
      const stream = sendWithin(app, running, result[Symbol.asyncIterator]() as AsyncIterator<ExecutionResult>);
      operation.follow(stream);
      return stream;
    },
  };
}

/**
 * A stream that sends its results itself, as soon as it is asked for the first, and is over with the last one. Through
 * graphql-ws's own loop each of them would enter the context anew, be copied and be printed for every subscriber.
 */
function sendWithin(
  app: App,
  { context, operation, send }: Running,
  results: AsyncIterator<ExecutionResult>,
): AsyncIterableIterator<unknown> {
  const over = { done: true as const, value: undefined };
  async function sendAll() {
    let isSending = false;
    try {
      for (;;) {
        const { done, value } = await results.next();
        if (done) break;
        isSending = true;
        await send(value);
        isSending = false;
      }
      operation.end();
      return over;
    } catch (error) {
      // A socket that takes no more is lost: nobody is told of that.
      const shown = isSending ? error : toClientError(app, error);
      if (isSending) await giveBack().catch(() => {});
      operation.end();
      throw shown;
    }
  }
  async function giveBack() {
    operation.end();
    return (await results.return?.()) ?? over;
  }
  return {
    next: () => runInContext(context, sendAll),
    return: giveBack,
    async throw(error) {
      operation.end();
      return (await results.throw?.(error)) ?? over;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
