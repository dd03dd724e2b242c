import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createClient } from '../../src/client/client.ts';
import { makeClip } from '../helpers/clips.ts';
import { createPostgresDatabase } from '../helpers/database.ts';
import { type Follow, type Follower, followByEventStream, followBySocket, type State } from '../helpers/followers.ts';
import { serveHeldFile } from '../helpers/held-file.ts';
import { startServer } from '../helpers/server-process.ts';
import { until } from '../helpers/until.ts';

const SUBSCRIBERS = 2_000;
/** Connections that are being opened at a time. */
const AT_ONCE = 100;
const STATES = ['UPLOADING', 'VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'];

const SET_UP = `mutation { createIndex(input: {
  name: "scale", modalities: [VISUAL], validation: { minDuration: 0, minHeight: 1, requireAudio: false }
}) { ... on Index { id } } }`;
const CREATE =
  'mutation ($input: CreateTaskInput!) { createTask(input: $input) { ... on Task { id } ... on Error { message } } }';

/** Servers on one data folder and, where there is one, one database of Postgres. */
async function createSite() {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-scale-'));
  const made = process.env.TEST_DATABASE_URL ? await createPostgresDatabase(process.env.TEST_DATABASE_URL) : undefined;
  const servers: Awaited<ReturnType<typeof startServer>>[] = [];
  return {
    async start(settings: Record<string, string> = {}) {
      const server = await startServer({
        DATA_DIR: folder,
        DATABASE_URL: made?.url ?? '',
        FETCH_ALLOW_ADDRESSES: '127.0.0.1',
        MAX_CONNECTIONS: String(3 * SUBSCRIBERS),
        LOG_LEVEL: 'info',
        ...settings,
      });
      servers.push(server);
      return server;
    },
    async [Symbol.asyncDispose]() {
      const codes = await Promise.all(servers.map(({ end }) => end('SIGTERM')));
      await made?.drop();
      await rm(folder, { recursive: true, force: true });
      for (const code of codes) assert.equal(code, 0);
    },
  };
}

/** A task that is UPLOADING until its video is released. */
async function beginTask(url: string) {
  await using opened = new AsyncDisposableStack();
  const video = opened.use(await serveHeldFile(await makeClip({ seconds: 4, width: 160, height: 90, audio: false })));
  const client = opened.use(createClient({ url }));
  const { createIndex } = await client.request<{ createIndex: { id: string } }>(SET_UP);
  const input = { indexId: createIndex.id, videoUrl: video.url };
  const { createTask } = await client.request<{ createTask: { id: string } }>(CREATE, { input });
  const held = opened.move();
  return { id: createTask.id, release: video.release, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function followMany(count: number, follow: (n: number) => Follower): Promise<Follower[]> {
  const followers: Follower[] = [];
  while (followers.length < count) {
    const next = Array.from({ length: Math.min(AT_ONCE, count - followers.length) }, (_, n) =>
      follow(followers.length + n),
    );
    followers.push(...next);
    await Promise.all(next.map(({ began }) => began));
  }
  return followers;
}

/** Fails unless every state from the first one on was told once and in order, up to READY, and nothing twice. */
function assertWhole(states: readonly State[]): void {
  const entered = states.filter(({ status }, n) => status !== states[n - 1]?.status).map(({ status }) => status);
  assert.deepEqual(entered, STATES.slice(STATES.indexOf(entered[0] ?? '')));
  for (const [n, { status, progress }] of states.entries()) {
    const before = states[n - 1];
    if (before?.status === status) assert.ok(progress > before.progress, 'nothing is told twice');
  }
}

async function countEvents(url: string): Promise<{ sent: number; executed: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^reelgraph_${name} (\\d+)$`, 'm').exec(text)?.[1]);
  return { sent: read('events_total'), executed: read('event_executions_total') };
}

describe('many subscribers', () => {
  const ways: [string, Follow][] = [
    ['WebSocket', followBySocket],
    ['server-sent events', followByEventStream],
  ];
  // Which database there is does not matter to these.
  for (const [way, follow] of process.env.TEST_DATABASE_URL ? [] : ways)
    it(`${SUBSCRIBERS} on one process by ${way} are told every state once and in order, of events put together once`, async () => {
      await using site = await createSite();
      const { url } = await site.start();
      await using task = await beginTask(url);
      const followers = await followMany(SUBSCRIBERS, () => follow(url, task.id));
      task.release();
      await Promise.all(followers.map(({ over }) => over));
      for (const { states } of followers) {
        assert.equal(states[0]?.status, 'UPLOADING');
        assertWhole(states);
      }
      const told = followers.reduce((sum, { states }) => sum + states.length, 0);
      const { sent, executed } = await countEvents(url);
      assert.equal(sent, told);
      // Each looks alone at its beginning, and where it could not be written to in time.
      assert.ok(executed < SUBSCRIBERS + told / 20, `${executed} executions for ${told} events`);
    });

  if (process.env.TEST_DATABASE_URL)
    it('those of two API processes on one Postgres miss nothing, whatever connections are cut', async () => {
      await using site = await createSite();
      const apis = [await site.start({ ROLE: 'api' }), await site.start({ ROLE: 'api' })];
      await site.start({ ROLE: 'worker' });
      const urls = apis.map(({ url }) => url);
      await using task = await beginTask(urls[0] ?? '');
      const follow = (n: number) => (n % 4 < 2 ? followBySocket : followByEventStream)(urls[n % 2] ?? '', task.id);
      const followers = await followMany(SUBSCRIBERS, follow);
      task.release();
      // A third of them lose their connection after their next event, and go to the other process.
      const stories = await Promise.all(
        followers.map(async (follower, n) => {
          if (n % 3 > 0) return follower.over.then(() => [follower.states]);
          await until(() => follower.states.length > 1);
          follower.cut();
          const again = follow(n + 1);
          await again.over;
          return [follower.states, again.states];
        }),
      );
      for (const sessions of stories) {
        const [first = [], second = first] = sessions;
        assertWhole(second);
        const last = first.at(-1)?.status ?? '';
        if (second !== first)
          assert.ok(STATES.indexOf(second[0]?.status ?? '') >= STATES.indexOf(last), 'time goes on');
      }
    });
});
