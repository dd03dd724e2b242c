import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import { inTime } from './deadline.ts';

/** Answers `/health` while the process lives, and `/ready` once database, model and queue are usable. */
export function useHealth(app: App): Plugin {
  let checking: ReturnType<typeof checkReadiness> | undefined;
  // Anybody may ask, however often: one look at a time serves all who wait for it.
  const check = () => {
    checking ??= checkReadiness(app).finally(() => {
      checking = undefined;
    });
    return checking;
  };
  return {
    async onRequest({ url, endResponse, fetchAPI }) {
      const answer = (body: object, status: number) =>
        endResponse(fetchAPI.Response.json(body, { status, headers: { 'cache-control': 'no-store' } }));
      if (url.pathname === '/health') answer({ status: 'ok' }, 200);
      if (url.pathname !== '/ready') return;
      const checks = await check();
      const ready = Object.values(checks).every(Boolean);
      answer({ status: ready ? 'ready' : 'starting', ...checks }, ready ? 200 : 503);
    },
  };
}

async function checkReadiness({ db, queue, models }: App) {
  const [database, jobs] = await Promise.all([
    inTime(db.ping()).then(
      () => true,
      () => false,
    ),
    inTime(queue.isReady()).catch(() => false),
  ]);
  return { database, queue: jobs, model: models.describe('builtin')?.installed ?? false };
}
