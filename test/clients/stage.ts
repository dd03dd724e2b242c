import { startServer } from '../cli/processes.ts';
import { openProxy } from '../helpers/cuttable-proxy.ts';
import { serveHeldFile } from '../helpers/held-file.ts';
import { smallClip } from './scenario.ts';

/** What a client acts on: a server, a way to it that can be cut, and a video elsewhere that comes to a halt. */
export async function setStage() {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startServer());
  const proxy = stack.use(await openProxy(server.url));
  const held = stack.use(await serveHeldFile(await smallClip()));
  const rest = stack.move();
  return { server, proxy, held, endpoint: `${proxy.url}/graphql`, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

export type Stage = Awaited<ReturnType<typeof setStage>>;
