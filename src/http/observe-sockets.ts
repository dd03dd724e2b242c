import type { ExecutionArgs, GraphQLError } from 'graphql';
import type { Context, SubscribePayload } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import { isAsyncIterable } from 'graphql-yoga';
import type { WebSocketServer } from 'ws';
import type { App } from '../app.ts';
import { secondsSince } from '../telemetry/duration.ts';
import { createRecord, type RequestContext, runInContext } from '../telemetry/request-context.ts';
import { requestIdOf } from '../telemetry/request-id.ts';
import { endRequest, parentOf } from './observe-request.ts';

/** What the operation's own functions travel in from `onSubscribe` to `execute` and `subscribe`. */
export interface Enveloped {
  execute: (args: ExecutionArgs) => unknown;
  subscribe: (args: ExecutionArgs) => unknown;
}

type Socket = Pick<Context<Record<string, unknown>, Extra>, 'extra' | 'subscriptions'>;
/** Arguments whose `rootValue` is `Enveloped`, or why there are none. */
type Subscribe = (
  context: Socket,
  id: string,
  payload: SubscribePayload,
) => Promise<ExecutionArgs | readonly GraphQLError[]>;

interface Observed {
  socketId: string;
  count: number;
  /** What ends an operation, by the client's id of it. */
  open: Map<string, () => void>;
}

/**
 * Gives each socket an id, as a request has one, and each of its operations that id and a number; measures the
 * operations and tells of them as of requests.
 */
export function observeSockets(app: App, sockets: WebSocketServer) {
  const { metrics, tracing } = app.telemetry;
  const observed = new WeakMap<object, Observed>();

  sockets.on('connection', (socket, request) => {
    const socketId = requestIdOf(request.headers);
    const own: Observed = { socketId, count: 0, open: new Map() };
    observed.set(request, own);
    metrics.sockets.inc();
    app.log.debug({ socketId }, 'socket opened');
    socket.once('close', (code) => {
      metrics.sockets.dec();
      for (const end of own.open.values()) end();
      app.log.debug({ socketId, code }, 'socket closed');
    });
  });

  /** The context of an operation that begins, which is told of once it is over. */
  function begin(own: Observed, { extra }: Socket, id: string): RequestContext {
    own.count += 1;
    const requestId = `${own.socketId}.${own.count}`;
    const record = createRecord();
    const started = performance.now();
    const attributes = { 'network.protocol.name': 'websocket', 'reelgraph.request.id': requestId };
    const parent = parentOf(tracing, extra.request);
    const { span, trace } = tracing.begin('websocket', { kind: 'server', attributes, parent });
    const context = { requestId, trace, record };
    own.open.set(id, () => {
      own.open.delete(id);
      const outcome = record.faulty ? 'fault' : record.refused ? 'refused' : 'ok';
      const seconds = secondsSince(started);
      runInContext(context, () => {
        const about = { socketId: own.socketId };
        endRequest(app, { transport: 'websocket', record, outcome, seconds, span, about });
      });
    });
    return context;
  }

  return {
    onSubscribe:
      (subscribe: Subscribe): Subscribe =>
      async (socket, id, payload) => {
        const own = observed.get(socket.extra.request);
        if (!own) return subscribe(socket, id, payload);
        const context = begin(own, socket, id);
        const args = await runInContext(context, () => subscribe(socket, id, payload));
        if ('document' in args) return { ...args, rootValue: within(context, args.rootValue as Enveloped) };
        if (context.record) context.record.refused = true;
        own.open.get(id)?.();
        return args;
      },
    onComplete: ({ extra }: Socket, id: string) => observed.get(extra.request)?.open.get(id)?.(),
  };
}

/** Functions that run in a context, and so does whatever is iterated over. */
function within(context: RequestContext, { execute, subscribe }: Enveloped): Enveloped {
  return {
    execute: (args) => runInContext(context, () => execute(args)),
    async subscribe(args) {
      const result = await runInContext(context, () => subscribe(args));
      return isAsyncIterable(result) ? iterateWithin(context, result[Symbol.asyncIterator]()) : result;
    },
  };
}

function iterateWithin<T>(context: RequestContext, values: AsyncIterator<T>): AsyncIterableIterator<T> {
  return {
    next: () => runInContext(context, () => values.next()),
    return: async () => (await values.return?.()) ?? { done: true, value: undefined },
    throw: async (error) => (await values.throw?.(error)) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
