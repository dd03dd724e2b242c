import { setTimeout as wait } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';

/** Milliseconds between two tries to listen anew. */
const PAUSE = 500;

/**
 * LISTEN on a connection of its own, renewed for as long as it takes when it drops. Rejects when the first one cannot
 * be had.
 * @param onReady called after the first and every later connection
 * @returns the way to stop
 */
export async function listenOnPostgres(
  connectionString: string,
  channel: string,
  receive: (payload: string) => void,
  onReady: () => void,
): Promise<() => Promise<void>> {
  const over = new AbortController();

  /** A connection that listens, and what resolves when it has ended. */
  async function connect(): Promise<{ client: Client; ended: Promise<unknown> }> {
    const client = new Client({ connectionString, keepAlive: true });
    const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
    client.on('error', end);
    client.on('end', () => end(undefined));
    client.on('notification', ({ payload = '' }) => over.signal.aborted || receive(payload));
    try {
      await client.connect();
      await client.query(`listen ${escapeIdentifier(channel)}`);
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    if (!over.signal.aborted) onReady();
    return { client, ended };
  }

  async function keepListening(first: Awaited<ReturnType<typeof connect>>): Promise<void> {
    const stopped = new Promise((resolve) => over.signal.addEventListener('abort', resolve, { once: true }));
    let current: Awaited<ReturnType<typeof connect>> | undefined = first;
    while (!over.signal.aborted) {
      if (current) await Promise.race([current.ended, stopped]);
      await current?.client.end().catch(() => {});
      if (over.signal.aborted) return;
      current = await connect().catch(() => undefined);
      if (!current) await wait(PAUSE, undefined, { signal: over.signal }).catch(() => {});
    }
    await current?.client.end().catch(() => {});
  }

  const listening = keepListening(await connect());
  return async () => {
    over.abort();
    await listening;
  };
}
