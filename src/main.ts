import './production.ts';
import { setTimeout as wait } from 'node:timers/promises';
import { type App, createApp } from './app.ts';
import { ALL_JOBS } from './domain/jobs.ts';
import { hasKeys } from './domain/keys.ts';
import { ensureVectorIndexes } from './domain/vector-indexes.ts';
import { parseEnv } from './env.ts';
import { serveControl } from './http/control.ts';
import { isLoopback } from './http/loopback.ts';
import { listen } from './http/server.ts';
import { startWorkers } from './jobs/start-workers.ts';
import { describeError } from './telemetry/safe-error.ts';

const DEFAULT_PORT = 4000;
/** Milliseconds that running jobs have to end at a shutdown, before they are handed back. */
const GRACE = 3_000;
/** Milliseconds after which a process ends, whatever is not closed by then: Docker gives it 10 s. */
const LONGEST_END = 9_500;
/** Milliseconds between tries to pull the default model. */
const PULL_AGAIN = 60_000;
/** Milliseconds within which a second signal is the first one again. */
const SAME_SIGNAL = 500;

/** What a process has opened, closed again in the reverse order. */
type Closers = { name: string; close: () => Promise<unknown> }[];

await main().catch((error) => {
  process.stderr.write(`reelgraph: ${describeError(error).message}\n`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  // Uploads, the database and models are nobody else's to read.
  process.umask(0o077);
  const env = parseEnv(process.env);
  const stopping = new AbortController();
  const closers: Closers = [];
  try {
    const app = await createApp(env, process.env);
    reportCrashes(app);
    closers.push(
      // The last to go: what the others do at their end is traced, too.
      { name: 'traces', close: () => app.telemetry.tracing.close() },
      { name: 'models', close: () => app.models.close() },
      { name: 'database', close: () => app.db.close() },
    );
    stopOnSignals(app, stopping, closers);
    await start(app, closers, stopping.signal);
  } catch (error) {
    // What is being closed fails to start, which is no fault.
    if (stopping.signal.aborted) return;
    await closeAll(closers, () => {});
    throw error;
  }
}

async function start(app: App, closers: Closers, signal: AbortSignal): Promise<void> {
  const { env, log, db, queue, events, models } = app;
  refuseUnsafe(app);
  await db.migrate();
  // Before they start: one that starts halfway has something to close, too.
  closers.push({ name: 'events', close: () => events.stop() }, { name: 'queue', close: () => queue.stop(GRACE) });
  await queue.start(ALL_JOBS);
  await events.start();
  for (const { file, faults } of models.faults) log.error({ file, faults }, 'a manifest cannot be used');
  await ensureVectorIndexes(db, await models.list());
  if (db.kind === 'pglite') {
    const control = await serveControl(app);
    closers.push({ name: 'control', close: () => control.close() });
  }
  const port = env.PORT ?? (env.ROLE === 'worker' ? undefined : DEFAULT_PORT);
  if (port !== undefined) {
    await refuseKeyless(app);
    const server = await listen(app, { host: env.HOST, port });
    closers.push({ name: 'http', close: () => server.close() });
    log.info({ url: server.url, graphql: `${server.url}/graphql`, role: env.ROLE, database: db.kind }, 'listening');
  }
  if (await pullDefaultModel(app, signal)) await ensureVectorIndexes(db, await models.list());
  if (env.ROLE !== 'api' && !signal.aborted) await startWorkers(app);
}

/** What nobody caught ends the process as it would by itself, but is told as everything else is: Node shows all of it. */
function reportCrashes({ log }: App): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'crashed');
    process.exit(1);
  });
}

/** What would be dangerous where others can reach it. */
function refuseUnsafe({ env, log, media }: App): void {
  const old = Object.values(media.tools).filter(({ origin }) => origin === 'npm');
  if (old.length > 0 && !isLoopback(env.HOST))
    throw new Error(`HOST=${env.HOST} is reachable by others, which ffmpeg from npm is too old for; install ffmpeg.`);
  for (const tool of old) log.warn({ tool }, 'an old build from npm is used; install ffmpeg for current fixes');
  log.info({ cage: media.cage }, 'ffmpeg is caged');
  if (media.cage === 'limits' && !isLoopback(env.HOST))
    log.warn(
      { cage: media.cage },
      'ffmpeg can reach files and the network; install bubblewrap, if the system lets it run',
    );
}

/** Where others can get at the server, it begins with keys or not at all. */
async function refuseKeyless({ env, db }: App): Promise<void> {
  if (isLoopback(env.HOST) || (await hasKeys(db))) return;
  const remedy = 'Make one with "reelgraph keys create NAME", or leave HOST at 127.0.0.1.';
  throw new Error(`HOST=${env.HOST} is reachable by others, and there is no API key yet. ${remedy}`);
}

/** Installs the builtin model at the first start; tries again until the registry can be reached. Says whether it did. */
async function pullDefaultModel({ log, models }: App, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted && !models.describe('builtin')?.installed) {
    log.info('pulling the model "builtin"');
    try {
      await models.pull('builtin', { signal });
      log.info('the model "builtin" is installed');
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      log.error({ err: error }, `the model "builtin" is missing; next try in ${PULL_AGAIN / 1000} s`);
      await wait(PULL_AGAIN, undefined, { signal }).catch(() => {});
    }
  }
  return false;
}

/** The first signal shuts down in order; the second ends the process on the spot. */
function stopOnSignals({ log }: App, stopping: AbortController, closers: Closers): void {
  let stoppedAt = 0;
  const stop = (name: NodeJS.Signals) => {
    // npm passes on the Ctrl-C that the terminal has sent to this process already.
    if (stopping.signal.aborted && performance.now() - stoppedAt > SAME_SIGNAL) process.exit(130);
    if (stopping.signal.aborted) return;
    stoppedAt = performance.now();
    stopping.abort();
    log.info({ signal: name }, 'shutting down');
    setTimeout(() => {
      log.error('not everything could be closed in time');
      process.exit(1);
    }, LONGEST_END).unref();
    void closeAll(closers, (fault) => log.error(fault, 'shutdown fault')).then(() => {
      log.info('stopped');
      process.exit(process.exitCode ?? 0);
    });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

async function closeAll(closers: Closers, report: (fault: { part: string; err: unknown }) => void): Promise<void> {
  for (let part = closers.pop(); part; part = closers.pop()) {
    const { name, close } = part;
    await close().catch((err) => report({ part: name, err }));
  }
}
