import { parentPort } from 'node:worker_threads';
import { loadEncoder } from './encoder-loaders.ts';
import { describeFault, type LoadedEncoder, pack, type Request, type Response } from './inference-protocol.ts';
import { type RunTimes, runAs } from './run-order.ts';

/** The thread in which networks run: they hold the thread that runs them. It loads and calls encoders for its parent. */
const port = parentPort;
if (!port) throw new Error('This file is the entry of a thread.');

const encoders: (object & { close(): Promise<void> })[] = [];
const running = new Map<number, AbortController>();

port.on('message', (request: Request) => {
  if (request.type === 'cancel') running.get(request.id)?.abort();
  else void answer(request);
});

async function answer(request: Exclude<Request, { type: 'cancel' }>): Promise<void> {
  const times: RunTimes = { waited: 0, ran: 0 };
  try {
    const { value, buffers } = pack(await fulfil(request, times), { giveAway: true });
    const told = request.type === 'call' ? { times } : {};
    port?.postMessage({ id: request.id, value, ...told } satisfies Response, buffers);
  } catch (error) {
    port?.postMessage({ id: request.id, fault: describeFault(error) } satisfies Response);
  }
  // The thread ends when nothing is left to do in it.
  if (request.type === 'close') port?.close();
}

async function fulfil(request: Exclude<Request, { type: 'cancel' }>, times: RunTimes): Promise<unknown> {
  if (request.type === 'load') {
    const encoder = await loadEncoder(request.spec);
    const properties: Record<string, number> = {};
    for (const [name, value] of Object.entries(encoder)) if (typeof value === 'number') properties[name] = value;
    return { encoder: encoders.push(encoder) - 1, properties } satisfies LoadedEncoder;
  }
  if (request.type === 'close') {
    for (const controller of running.values()) controller.abort(new Error('The models are closed.'));
    await Promise.all(encoders.map((encoder) => encoder.close()));
    return undefined;
  }
  return call(request, times);
}

async function call(request: Extract<Request, { type: 'call' }>, times: RunTimes): Promise<unknown> {
  const { id, encoder, method, args, urgent } = request;
  const target = encoders[encoder] as Record<string, (...args: unknown[]) => Promise<unknown>> | undefined;
  const run = target?.[method];
  if (!run) throw new Error(`The encoder ${encoder} has no ${method}.`);
  const controller = new AbortController();
  running.set(id, controller);
  try {
    return await runAs({ urgent, signal: controller.signal, times }, () => run.call(target, ...args));
  } finally {
    running.delete(id);
  }
}
