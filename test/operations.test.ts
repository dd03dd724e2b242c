import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { createClient } from '../src/client/client.ts';
import { createPostgresDatabase } from './helpers/database.ts';
import { type Family, parseExposition, sampleOf } from './helpers/exposition.ts';
import { type OtlpCollector, type ReceivedSpan, startCollector } from './helpers/otlp-collector.ts';
import { type ServerProcess, startServer } from './helpers/server-process.ts';
import { until } from './helpers/until.ts';
import { goodClip } from './helpers/uploads.ts';

/*
 * One video through a whole installation: on Postgres an API and a worker in processes of their own, else one process
 * for both. What it says of itself is looked at from outside.
 */
const TOKEN = 'a-token-of-the-test';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const REQUEST = 'upload-of-the-test';

let folder: string;
let drop = async () => {};
let collector: OtlpCollector;
let api: ServerProcess;
let worker: ServerProcess;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelgraph-operations-'));
  collector = await startCollector();
  const settings = { DATA_DIR: folder, METRICS_TOKEN: TOKEN, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  if (!process.env.TEST_DATABASE_URL) {
    api = await startServer(settings);
    worker = api;
    return;
  }
  const database = await createPostgresDatabase(process.env.TEST_DATABASE_URL);
  drop = database.drop;
  const shared = { ...settings, DATABASE_URL: database.url };
  api = await startServer({ ...shared, ROLE: 'api', OTEL_SERVICE_NAME: 'api' });
  worker = await startServer({ ...shared, ROLE: 'worker', OTEL_SERVICE_NAME: 'worker' });
});
after(async () => {
  for (const server of new Set([api, worker])) await server?.end('SIGKILL');
  await collector[Symbol.asyncDispose]();
  await drop();
  await rm(folder, { recursive: true, force: true });
});

async function scrape(server: ServerProcess): Promise<Map<string, Family>> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  assert.equal(answer.status, 200);
  return parseExposition(await answer.text());
}

/** Uploads a clip as a client of another traced system does. */
async function upload(indexId: string): Promise<string> {
  const query = 'mutation Upload($input: CreateTaskInput!) { createTask(input: $input) { ... on Task { id } } }';
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables: { input: { indexId, videoFile: null } } }));
  form.set('map', JSON.stringify({ 0: ['variables.input.videoFile'] }));
  form.set('0', await openAsBlob(await goodClip()), 'clip.mp4');
  const traceparent = `00-${TRACE}-${CALLER}-01`;
  const headers = { 'graphql-require-preflight': '1', 'x-request-id': REQUEST, traceparent };
  const answer = await fetch(`${api.url}/graphql`, { method: 'POST', body: form, headers });
  assert.equal(answer.headers.get('x-request-id'), REQUEST);
  const { data } = (await answer.json()) as { data: { createTask: { id: string } } };
  return data.createTask.id;
}

const linesOf = (server: ServerProcess) =>
  server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

let taskId = '';

it('an upload becomes READY', async () => {
  const client = createClient({ url: api.url });
  const { createIndex } = await client.request<{ createIndex: { id: string } }>(
    'mutation { createIndex(input: { name: "operated", modalities: [VISUAL] }) { ... on Index { id } } }',
  );
  const id = await upload(createIndex.id);
  const document = 'subscription ($id: ID!) { taskUpdated(id: $id) { status } }';
  const states: string[] = [];
  for await (const { taskUpdated } of client.subscribe<{ taskUpdated: { status: string } }>(document, { id }))
    states.push(taskUpdated.status);
  await client.close();
  assert.equal(states.at(-1), 'READY');
  taskId = Buffer.from(id, 'base64').toString().replace('Task:', '');
});

it('its metrics move, in the process that did the work', async () => {
  assert.equal((await fetch(`${api.url}/metrics`)).status, 401);
  await until(async () => sampleOf(await scrape(worker), 'reelgraph_tasks{status="READY"}') === 1);
  const [front, back] = [await scrape(api), await scrape(worker)];
  const requests = 'reelgraph_request_duration_seconds_count';
  assert.equal(sampleOf(front, `${requests}{outcome="ok",transport="http",type="mutation"}`), 2);
  assert.equal(sampleOf(front, `${requests}{outcome="ok",transport="websocket",type="subscription"}`), 1);
  assert.equal(sampleOf(front, 'reelgraph_upload_bytes_total'), (await openAsBlob(await goodClip())).size);
  assert.equal(sampleOf(front, 'reelgraph_uploads_in_flight'), 0);
  assert.equal(sampleOf(front, 'reelgraph_jobs_enqueued_total{job="video:validate"}'), 1);
  assert.equal(sampleOf(front, 'reelgraph_tasks{status="READY"}'), 1);
  assert.equal(sampleOf(front, 'reelgraph_tasks{status="FAILED"}'), 0);
  assert.ok(sampleOf(front, 'reelgraph_notifications_received_total') > 0);
  assert.ok(sampleOf(front, 'reelgraph_event_deliveries_total') > 0);
  assert.ok(sampleOf(back, 'reelgraph_notifications_sent_total') > 0);
  for (const job of ['video:validate', 'video:index']) {
    assert.equal(sampleOf(back, `reelgraph_job_duration_seconds_count{job="${job}",outcome="done"}`), 1);
    assert.ok(back.get('reelgraph_queue_jobs')?.samples.has(`reelgraph_queue_jobs{job="${job}",state="ready"}`), job);
  }
  for (const stage of ['probe', 'decode', 'validate', 'index', 'commit'])
    assert.equal(sampleOf(back, `reelgraph_stage_duration_seconds_count{stage="${stage}"}`), 1, stage);
  assert.equal(sampleOf(back, 'reelgraph_stage_duration_seconds_count{modality="VISUAL",stage="embed"}'), 1);
  assert.ok(Math.abs(sampleOf(back, 'reelgraph_decoded_media_seconds_total') - 30) < 1);
  assert.equal(sampleOf(back, 'reelgraph_decode_speed_ratio_count'), 1);
  const runs = sampleOf(back, 'reelgraph_inference_duration_seconds_count{kind="encodeImages",model="builtin"}');
  assert.ok(runs > 0);
  assert.ok(sampleOf(back, 'reelgraph_inference_duration_seconds_sum{kind="encodeImages",model="builtin"}') > 0);
  assert.equal(sampleOf(back, 'reelgraph_inference_wait_seconds_count{kind="encodeImages",model="builtin"}'), runs);
  assert.equal(sampleOf(back, 'reelgraph_database_up'), 1);
  assert.ok(sampleOf(back, 'process_resident_memory_bytes') > 0);
});

it('its id is in the lines of its request and of its jobs', async () => {
  await until(() => linesOf(worker).some(({ msg, job }) => msg === 'job done' && job === 'video:index'));
  const request = linesOf(api).find(({ msg, requestId }) => msg === 'request' && requestId === REQUEST);
  assert.deepEqual([request?.operation, request?.fields, request?.traceId], ['Upload', ['createTask'], TRACE]);
  const jobs = linesOf(worker).filter(({ msg }) => msg === 'job done');
  assert.deepEqual(
    jobs.map((line) => [line.job, line.taskId, line.requestId, line.try]),
    ['video:validate', 'video:index'].map((job) => [job, taskId, REQUEST, 1]),
  );
});

it('its trace goes from the caller through request, transaction and jobs to each stage', async () => {
  // Spans are sent every few seconds, and at the end of the process at the latest.
  for (const server of new Set([worker, api])) assert.equal(await server.end('SIGTERM'), 0);
  const spans = collector.spans.filter(({ traceId }) => traceId === TRACE);
  const one = (name: string): ReceivedSpan => {
    const found = spans.filter((span) => span.name === name);
    assert.equal(found.length, 1, `${name}: ${found.length}`);
    return found[0] ?? assert.fail();
  };
  const wayTo = (span: ReceivedSpan): string[] => {
    const parent = spans.find(({ spanId }) => spanId === span.parentId);
    return parent ? [...wayTo(parent), span.name] : [span.name];
  };
  const [validate, index] = ['video:validate', 'video:index'];
  const begin = ['mutation createTask', 'transaction', `send ${validate}`, `process ${validate}`];
  const middle = [...begin, 'transaction', `send ${index}`, `process ${index}`];
  assert.deepEqual(wayTo(one('decode')), [...begin, 'validate', 'decode']);
  assert.deepEqual(wayTo(one('probe')), [...begin, 'validate', 'probe']);
  assert.deepEqual(wayTo(one('embed VISUAL')), [...middle, 'index', 'embed VISUAL']);
  assert.deepEqual(wayTo(one('commit')), [...middle, 'commit']);
  const request = one('mutation createTask');
  assert.equal(request.parentId, CALLER);
  assert.equal(request.attributes['graphql.operation.name'], 'Upload');
  assert.equal(request.attributes['http.response.status_code'], '200');
  assert.equal(one(`process ${index}`).attributes['reelgraph.taskId'], taskId);
  const services = process.env.TEST_DATABASE_URL ? ['api', 'worker'] : ['reelgraph', 'reelgraph'];
  assert.deepEqual([request.service, one(`process ${index}`).service], services);
  assert.ok(!collector.bodies.some((body) => body.includes(TOKEN)));
});
