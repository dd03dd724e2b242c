import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { openPglite } from '../src/db/pglite.ts';
import { openPostgres } from '../src/db/postgres.ts';
import { makeClip } from './helpers/clips.ts';
import { createPostgresDatabase } from './helpers/database.ts';
import { startCollector } from './helpers/otlp-collector.ts';
import { type ServerProcess, startServer } from './helpers/server-process.ts';
import { until } from './helpers/until.ts';

/*
 * Secrets are planted wherever a server is told some, and then things fail: its whole output, and all that it sends to
 * a collector of traces, must be without them.
 */
let planted = 0;
/** A secret that no other text has a part of. */
const secret = () => {
  planted += 1;
  return `PLANTED${planted}x${Math.random().toString(36).slice(2)}`;
};

let folder: string;
let server: ServerProcess;
let collector: Awaited<ReturnType<typeof startCollector>>;
let drop = async () => {};
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelgraph-secrets-'));
  collector = await startCollector();
  const settings: Record<string, string> = {};
  if (process.env.TEST_DATABASE_URL) {
    const database = await createPostgresDatabase(process.env.TEST_DATABASE_URL);
    drop = database.drop;
    settings.DATABASE_URL = database.url;
  }
  await breakDatabase(settings.DATABASE_URL);
  server = await startServer({
    ...settings,
    DATA_DIR: folder,
    LOG_LEVEL: 'trace',
    FETCH_ALLOW_ADDRESSES: '127.0.0.1',
    METRICS_TOKEN: secret(),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${secret()}`,
  });
});
after(async () => {
  await server?.end('SIGKILL');
  await collector[Symbol.asyncDispose]();
  await drop();
  await rm(folder, { recursive: true, force: true });
});

/** Makes rows with a secret be refused, whereupon Postgres shows all of them in its error. */
async function breakDatabase(url: string | undefined): Promise<void> {
  const db = url ? openPostgres({ url }) : await openPglite({ folder: join(folder, 'database') });
  await db.migrate();
  await db.orm.execute(sql`alter table tasks add check (user_metadata::text not like '%PLANTED%')`);
  await db.orm.execute(sql`alter table transcripts add check (lines::text not like '%PLANTED%')`);
  await db.close();
}

async function post(query: string, variables: object, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}/graphql?key=${secret()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return answer.json();
}

const CREATE =
  'mutation ($input: CreateTaskInput!) { createTask(input: $input) { ... on Task { id } ... on Error { message } } }';
let indexId = '';

it('an index is made', async () => {
  const { data } = await post(
    'mutation { createIndex(input: { name: "a", modalities: [VISUAL, TRANSCRIPTION] }) { ... on Index { id } } }',
    {},
  );
  indexId = data.createIndex.id;
});

it('a statement fails that has user metadata, and a request with credentials is refused', async () => {
  const input = { indexId, videoUrl: `http://127.0.0.1:1/a.mp4?signature=${secret()}`, userMetadata: { a: secret() } };
  const headers = { authorization: `Bearer ${secret()}`, 'x-api-key': secret(), cookie: `session=${secret()}` };
  const { errors: refused } = await post(CREATE, { input }, headers);
  assert.equal(refused[0].extensions.code, 'UNAUTHENTICATED');
  const { errors } = await post(CREATE, { input }, { cookie: headers.cookie });
  assert.equal(errors[0].extensions.code, 'INTERNAL_SERVER_ERROR');
  // Its lines come by a pipe.
  await until(() => server.output().includes('"msg":"request failed"'));
  assert.match(server.output(), /"code":"23514"/, 'what Postgres says is told');
  assert.match(server.output(), /Failed query: insert into/, 'as is the statement');
});

it('a signed URL fails, at its first address and at the one that it leads on to', async () => {
  const remote = createServer((request, response) => {
    if (request.url?.startsWith('/moved')) response.writeHead(302, { location: `/b?token=${secret()}` });
    else response.writeHead(403);
    response.end(secret());
  });
  remote.listen(0, '127.0.0.1');
  await once(remote, 'listening');
  const origin = `http://127.0.0.1:${(remote.address() as AddressInfo).port}`;
  try {
    for (const path of ['a.mp4', 'moved.mp4']) {
      const videoUrl = `${origin}/${path}?X-Amz-Signature=${secret()}#${secret()}`;
      const { data } = await post(CREATE, { input: { indexId, videoUrl } });
      assert.ok(data.createTask.id, JSON.stringify(data));
    }
    await until(() => (server.output().match(/"msg":"task failed"/g) ?? []).length === 2);
  } finally {
    remote.close();
  }
});

it('a job fails that has a transcript', async () => {
  const form = new FormData();
  const variables = { input: { indexId, provideTranscription: true, videoFile: null, transcriptionFile: null } };
  form.set('operations', JSON.stringify({ query: CREATE, variables }));
  form.set('map', JSON.stringify({ 0: ['variables.input.videoFile'], 1: ['variables.input.transcriptionFile'] }));
  form.set('0', await openAsBlob(await makeClip()), `${secret()}.mp4`);
  form.set('1', new Blob([`1\n00:00:01,000 --> 00:00:02,000\n${secret()}\n`]), 'words.srt');
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    body: form,
    headers: { 'graphql-require-preflight': '1' },
  });
  const { data } = await answer.json();
  assert.ok(data.createTask.id, JSON.stringify(data));
  await until(() => /"msg":"job failed"/.test(server.output()));
});

it('a document, a search and a notification that nobody understands', async () => {
  await post(`{ indexes(first: "${secret()}") { nothing } }`, { a: secret() });
  await post('query ($input: SearchInput!) { search(input: $input) { ... on Error { message } } }', {
    input: { indexIds: [indexId], text: secret() },
  });
  await fetch(`${server.url}/graphql?query=${secret()}&variables=%7B%22a%22%3A%22${secret()}%22%7D`);
  await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${secret()}` } });
});

it('and nothing of it was told to anybody', async () => {
  assert.equal(await server.end('SIGTERM'), 0);
  assert.ok(planted > 15);
  assert.equal(/[^\n]{0,200}PLANTED[^\n]{0,80}/.exec(server.output())?.[0], undefined);
  assert.ok(collector.spans.some(({ name }) => name === 'process video:validate'));
  assert.ok(!collector.bodies.some((body) => body.includes('PLANTED')));
});

it('a start whose database cannot be reached shows none of them', async () => {
  const DATABASE_URL = `postgres://me:${secret()}@127.0.0.1:1/none?a=${secret()}`;
  await assert.rejects(startServer({ DATA_DIR: folder, DATABASE_URL }), ({ message }: Error) => {
    assert.match(message, /reelgraph: connect ECONNREFUSED/);
    assert.doesNotMatch(message, /PLANTED/);
    return true;
  });
});
