import { parentPort } from 'node:worker_threads';
import { loadEncoder } from './encoder-loaders.ts';
import { describeFault, type LoadedEncoder, pack, type Request, type Response } from './inference-protocol.ts';
import { runAs } from './run-order.ts';

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
  try {
    const { value, buffers } = pack(await fulfil(request), { giveAway: true });
    port?.postMessage({ id: request.id, value } satisfies Response, buffers);
  } catch (error) {
    port?.postMessage({ id: request.id, fault: describeFault(error) } satisfies Response);
  }
  // The thread ends when nothing is left to do in it.
  if (request.type === 'close') port?.close();
}

async function fulfil(request: Exclude<Request, { type: 'cancel' }>): Promise<unknown> {
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
  return call(request);
}

async function call({ id, encoder, method, args, urgent }: Extract<Request, { type: 'call' }>): Promise<unknown> {
  const target = encoders[encoder] as Record<string, (...args: unknown[]) => Promise<unknown>> | undefined;
  const run = target?.[method];
  if (!run) throw new Error(`The encoder ${encoder} has no ${method}.`);
  const controller = new AbortController();
  running.set(id, controller);
  try {
    return await runAs({ urgent, signal: controller.signal }, () => run.call(target, ...args));
  } finally {
    running.delete(id);
  }
}
