import { createHash, timingSafeEqual } from 'node:crypto';
import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import { countTasks } from '../domain/task-counts.ts';
import { UnauthenticatedError } from '../errors.ts';
import { createReading } from '../telemetry/reading.ts';
import { identifyRequest } from './caller.ts';
import { inTime } from './deadline.ts';
import type { Keyring } from './keyring.ts';
import { isLoopback } from './loopback.ts';

/**
 * Answers `/metrics` in Prometheus' text format to whoever has METRICS_TOKEN; without such a setting only on loopback,
 * and there, as a proxy may stand before it, to those who may do everything. To all others there is no such page.
 */
export function useMetrics(app: App, keyring: Keyring): Plugin {
  const { registry } = app.telemetry.metrics;
  const readDatabase = createReading(() => readCounts(app));
  async function answer(request: Request): Promise<[body: string, status: number, headers?: Record<string, string>]> {
    const { METRICS, METRICS_TOKEN, HOST } = app.env;
    if (!METRICS || (!METRICS_TOKEN && !isLoopback(HOST))) return ['', 404];
    if (!METRICS_TOKEN && !(await isAdmin(keyring, request.headers))) return ['', 404];
    if (METRICS_TOKEN && !isToken(METRICS_TOKEN, request.headers.get('authorization')))
      return ['', 401, { 'www-authenticate': 'Bearer' }];
    readProcess(app);
    await readDatabase();
    return [await registry.metrics(), 200, { 'content-type': registry.contentType }];
  }

  return {
    // No promise for the requests that are not for it, which are nearly all.
    onRequest({ url, request, endResponse, fetchAPI }) {
      if (url.pathname !== '/metrics') return;
      return answer(request).then(([body, status, headers = {}]) =>
        endResponse(new fetchAPI.Response(body, { status, headers: { 'cache-control': 'no-store', ...headers } })),
      );
    },
  };
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1, compared in a time that tells nothing of the token. */
function isToken(token: string, authorization: string | null): boolean {
  const [, given = ''] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

async function isAdmin(keyring: Keyring, headers: Headers): Promise<boolean> {
  try {
    const { caller } = await identifyRequest(keyring, headers);
    return caller.role === 'admin';
  } catch (error) {
    if (error instanceof UnauthenticatedError) return false;
    throw error;
  }
}

function readProcess({ db, telemetry }: App): void {
  const { waiting, running } = db.countTransactions();
  telemetry.metrics.transactions.set({ state: 'waiting' }, waiting);
  telemetry.metrics.transactions.set({ state: 'running' }, running);
}

/** What only the database knows; it is left out while that does not answer. */
async function readCounts({ db, queue, telemetry, log }: App): Promise<void> {
  const { tasks, embeddingTasks, queue: jobs, databaseUp } = telemetry.metrics;
  try {
    const [counts, queues] = await inTime(Promise.all([countTasks(db), queue.count()]));
    for (const [status, count] of Object.entries(counts.tasks)) tasks.set({ status }, count);
    for (const [status, count] of Object.entries(counts.embeddingTasks)) embeddingTasks.set({ status }, count);
    for (const { job, states } of queues)
      for (const [state, count] of Object.entries(states)) jobs.set({ job, state }, count);
    databaseUp.set(1);
  } catch (error) {
    log.warn({ err: error }, 'the database could not be measured');
    for (const gauge of [tasks, embeddingTasks, jobs]) gauge.reset();
    databaseUp.set(0);
  }
}
