import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Database } from '../db/client.ts';
import type { KeyCommand, KeyResult } from '../domain/key-commands.ts';
import { type Env, parseEnv } from '../env.ts';
import { CommandFailedError } from './failures.ts';

/**
 * Does a command on the database that the settings name: on Postgres itself, on the embedded one by opening it or, where a
 * server has it open, through that server.
 * @throws ExpectedError or CommandFailedError
 */
export async function sendKeyCommand(command: KeyCommand): Promise<KeyResult> {
  const env = parseEnv(process.env);
  // As the server has it: whatever is made here is nobody else's to read.
  process.umask(0o077);
  const opened = await openDatabase(env);
  return 'owner' in opened ? sendToServer(env, command, opened.owner) : runHere(opened, command);
}

/** The database, or what there is to say of the process that owns it. */
async function openDatabase(env: Env): Promise<Database | { owner: Error }> {
  if (env.DATABASE_URL) {
    const { openPostgres } = await import('../db/postgres.ts');
    return openPostgres({ url: env.DATABASE_URL, connections: 1 });
  }
  const [{ openPglite }, { DataFolderInUseError }] = await Promise.all([
    import('../db/pglite.ts'),
    import('../db/folder-lock.ts'),
  ]);
  return openPglite({ folder: join(env.DATA_DIR, 'database') }).catch((error) => {
    if (error instanceof DataFolderInUseError) return { owner: error };
    throw error;
  });
}

async function runHere(db: Database, command: KeyCommand): Promise<KeyResult> {
  const [{ createEvents }, { runKeyCommand }, { createLog }] = await Promise.all([
    import('../events/events.ts'),
    import('../domain/key-commands.ts'),
    import('../telemetry/log.ts'),
  ]);
  const events = createEvents(db, createLog('info', { stream: process.stderr }));
  try {
    await db.migrate();
    return await runKeyCommand(db, command);
  } finally {
    // The servers hear of it before this ends.
    await events.stop();
    await db.close();
  }
}

async function sendToServer(env: Env, command: KeyCommand, owner: Error): Promise<KeyResult> {
  const { controlPath } = await import('../http/control.ts');
  const socketPath = controlPath(env.DATA_DIR);
  if (!socketPath)
    throw new CommandFailedError(
      `${owner.message} Its path is too long for a socket, through which a running server could be told.`,
    );
  const body = JSON.stringify(command);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const sent = request({ socketPath, method: 'POST', path: '/keys', headers, agent: false }).end(body);
  const [response] = (await once(sent, 'response').catch((cause) => {
    throw new CommandFailedError(`${owner.message} It takes no commands at ${socketPath}.`, { cause });
  })) as [IncomingMessage];
  const answer = JSON.parse(await text(response));
  if (response.statusCode === 200) return answer;
  throw new CommandFailedError(answer.message);
}
