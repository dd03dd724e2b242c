import { parentPort } from 'node:worker_threads';
import type { Request, Response } from '../../src/models/inference-protocol.ts';

/** A thread of encoders that do as they are told: `echo` answers, `hang` never does, `crash` and `exit` end the thread, as
 * does loading what is in the folder `doomed`. */
let loads = 0;

parentPort?.on('message', (request: Request) => {
  const answer = (response: Response) => parentPort?.postMessage(response);
  if (request.type === 'close') parentPort?.close();
  if (request.type === 'load') answer({ id: request.id, value: { encoder: loads++, properties: { dimensions: 7 } } });
  if (request.type === 'load' && request.spec.folder === 'doomed') {
    const { end } = request.spec.manifest as unknown as { end: Int32Array };
    Atomics.store(end, 0, 1);
    Atomics.notify(end, 0);
    process.exit(4);
  }
  if (request.type !== 'call') return;
  if (request.method === 'exit') process.exit(3);
  if (request.method === 'crash') throw new Error('out of luck');
  if (request.method === 'echo') answer({ id: request.id, value: request.args });
});
