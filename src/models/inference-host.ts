import { basename, extname } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import {
  type EncoderSpec,
  type LoadedEncoder,
  pack,
  type Request,
  type Response,
  rebuildError,
} from './inference-protocol.ts';
import type { RunTimes } from './run-order.ts';

/** How a call is made: `urgent` ones go before the others. */
export interface CallOptions {
  urgent: boolean;
  signal?: AbortSignal | undefined;
}

/** Encoders that are loaded and called in a thread of their own. */
export interface InferenceHost {
  /** Loads an encoder, once for each thread; gives those of its properties that are numbers. */
  load(spec: EncoderSpec): Promise<Record<string, number>>;
  /** Calls a method of an encoder, which is loaded where it is not yet. Throws what that throws, or the signal's reason. */
  call<T>(spec: EncoderSpec, method: string, args: unknown[], options: CallOptions): Promise<T>;
  /** How many calls are under way. */
  readonly calls: number;
  /** Ends the thread; what still runs in it is rejected. */
  close(): Promise<void>;
}

/** A call of an encoder that has ended well: whose, which method, and the seconds that it took. */
export interface InferenceRun extends RunTimes {
  /** The bundle. */
  model: string;
  method: string;
}

/** The thread ended in the middle of a call. The next call starts another. */
export class InferenceStoppedError extends Error {
  override readonly name = 'InferenceStoppedError';
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Asked = DistributiveOmit<Exclude<Request, { type: 'cancel' }>, 'id'>;

/** What runs in the thread: TypeScript here, compiled in a package. */
const THREAD = new URL(`./inference-thread${extname(import.meta.url)}`, import.meta.url);

/**
 * Makes a host; its thread is started by the first call.
 * @param entry the file that runs in it
 * @param onRun is told of every call that has ended well
 */
export function createInferenceHost(entry = THREAD, onRun: (run: InferenceRun) => void = () => {}): InferenceHost {
  let thread: InferenceThread | undefined;
  let isClosed = false;
  let calls = 0;

  const current = (): InferenceThread => {
    if (isClosed) throw new Error('The models are closed.');
    thread ??= startThread(entry, () => {
      thread = undefined;
    });
    return thread;
  };

  return {
    load: async (spec) => (await current().load(spec)).properties,
    async call<T>(spec: EncoderSpec, method: string, args: unknown[], { urgent, signal }: CallOptions) {
      signal?.throwIfAborted();
      const { load, ask } = current();
      calls += 1;
      try {
        const { encoder } = await untilAborted(load(spec), signal);
        signal?.throwIfAborted();
        const { value, buffers } = pack(args, { giveAway: false });
        const tell = (times: RunTimes) => onRun({ model: basename(spec.folder), method, ...times });
        const asked = { type: 'call', encoder, method, args: value as unknown[], urgent } as const;
        return (await ask(asked, buffers, signal, tell)) as T;
      } finally {
        calls -= 1;
      }
    },
    get calls() {
      return calls;
    },
    async close() {
      isClosed = true;
      await thread?.close();
    },
  };
}

interface InferenceThread {
  load(spec: EncoderSpec): Promise<LoadedEncoder>;
  ask(asked: Asked, buffers?: ArrayBuffer[], signal?: AbortSignal, tell?: (times: RunTimes) => void): Promise<unknown>;
  close(): Promise<void>;
}

function startThread(entry: URL, onEnd: () => void): InferenceThread {
  // Its own copy of the environment would be unseen by ONNX Runtime, which is told there to send no telemetry.
  const worker = new Worker(entry, { env: SHARE_ENV });
  const pending = new Map<number, PromiseWithResolvers<unknown> & { tell: ((times: RunTimes) => void) | undefined }>();
  const loaded = new Map<EncoderSpec, Promise<LoadedEncoder>>();
  const ended = Promise.withResolvers<void>();
  let hasEnded = false;
  let nextId = 1;
  let cause: unknown;

  worker.on('message', (response: Response) => {
    const waiting = pending.get(response.id);
    pending.delete(response.id);
    if ('fault' in response) return waiting?.reject(rebuildError(response.fault));
    if (response.times) waiting?.tell?.(response.times);
    waiting?.resolve(response.value);
  });
  worker.on('error', (error) => {
    cause = error;
  });
  worker.on('exit', () => {
    hasEnded = true;
    onEnd();
    for (const { reject } of pending.values()) reject(describeEnd());
    pending.clear();
    ended.resolve();
  });

  const describeEnd = () => {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    return new InferenceStoppedError(`The thread that runs the models has ended${why}.`, { cause });
  };

  const ask: InferenceThread['ask'] = async (asked, buffers = [], signal, tell = undefined) => {
    // Its last answers and its end come at once: who goes on with such an answer would never get another.
    if (hasEnded) throw describeEnd();
    const id = nextId++;
    const waiting = { ...Promise.withResolvers<unknown>(), tell };
    pending.set(id, waiting);
    worker.postMessage({ ...asked, id } as Request, buffers);
    const cancel = () => worker.postMessage({ type: 'cancel', id } satisfies Request);
    signal?.addEventListener('abort', cancel, { once: true });
    const answered = waiting.promise.finally(() => signal?.removeEventListener('abort', cancel));
    return untilAborted(answered, signal);
  };

  return {
    ask,
    load(spec) {
      const known = loaded.get(spec) ?? (ask({ type: 'load', spec }) as Promise<LoadedEncoder>);
      loaded.set(spec, known);
      known.catch(() => loaded.delete(spec));
      return known;
    },
    async close() {
      await ask({ type: 'close' }).catch(() => {});
      await ended.promise;
    },
  };
}

/** The promise's outcome, or the signal's reason where that comes first. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
