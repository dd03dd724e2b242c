import { setTimeout as wait } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { openSingle } from './postgres-connections.ts';

/** Milliseconds between two tries to listen anew. */
const PAUSE = 500;

/**
 * LISTEN on a connection of its own, renewed for as long as it takes when it drops. Rejects when the first one cannot
 * be had.
 * @param onReady called after the first and every later connection
 * @returns the way to stop
 */
export async function listenOnPostgres(
  url: string,
  channel: string,
  receive: (payload: string) => void,
  onReady: () => void,
): Promise<() => Promise<void>> {
  const over = new AbortController();

  /** A connection that listens, and what resolves when it has ended. */
  async function connect(): Promise<{ sql: Sql; ended: Promise<void> }> {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    // Called by the name of the channel: postgres.js's own `listen` would renew the connection in its own way.
    const onnotify = (_channel: string, payload: string) => over.signal.aborted || receive(payload);
    const sql = openSingle(url, { fetch_types: false, onclose: () => end(), onnotify } as object);
    const giveUp = () => void sql.end({ timeout: 0 });
    over.signal.addEventListener('abort', giveUp, { once: true });
    void ended.then(() => over.signal.removeEventListener('abort', giveUp));
    try {
      await sql`listen ${sql(channel)}`;
    } catch (error) {
      await sql.end({ timeout: 0 });
      throw error;
    }
    if (!over.signal.aborted) onReady();
    return { sql, ended };
  }

  async function keepListening(first: Awaited<ReturnType<typeof connect>>): Promise<void> {
    const stopped = new Promise((resolve) => over.signal.addEventListener('abort', resolve, { once: true }));
    let current: Awaited<ReturnType<typeof connect>> | undefined = first;
    while (!over.signal.aborted) {
      if (current) await Promise.race([current.ended, stopped]);
      await current?.sql.end({ timeout: 0 });
      if (over.signal.aborted) return;
      // Also where one was had, and dropped at once.
      await wait(PAUSE, undefined, { signal: over.signal }).catch(() => {});
      current = await connect().catch(() => undefined);
    }
    await current?.sql.end({ timeout: 0 });
  }

  const listening = keepListening(await connect());
  return async () => {
    over.abort();
    await listening;
  };
}
