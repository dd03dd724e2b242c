import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { createClient } from '../../src/client/client.ts';
import { UNLIMITED } from '../../src/domain/stored-bytes.ts';
import { parseEnv } from '../../src/env.ts';
import { downloadVideo } from '../../src/jobs/download-video.ts';
import { createRemoteFiles } from '../../src/storage/remote-files.ts';
import { createStorage } from '../../src/storage/storage.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { makeClip } from '../helpers/clips.ts';
import { sendVersion, startRemoteServer } from '../helpers/remote-server.ts';
import { startServer } from '../helpers/server-process.ts';
import { until } from '../helpers/until.ts';
import { createRandom, isFull } from './extent.ts';
import { report } from './report.ts';

const DOWNLOADS = 50;
const LARGEST = isFull ? 64_000_000 : 4_000_000;
const CHECKPOINT = 256 * 1024;
/** As the storage has it where nothing else is said. */
const USUAL_CHECKPOINT = 16 * 1024 ** 2;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

it('downloads that are cut at random places, by the network and by stops of the worker, are whole in the end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-cuts-'));
  const random = createRandom(4);
  const files = new Map<string, { content: Buffer; tag: string; cuts: number; changesAt: number }>();
  let cuts = 0;
  let sent = 0;
  await using server = await startRemoteServer((request, response) => {
    const file = files.get(request.url ?? '') ?? assert.fail(`${request.url} is not known`);
    // Every tenth file is another one after its first cut.
    if (file.changesAt === file.cuts) {
      file.changesAt = -1;
      file.content = randomBytes(file.content.byteLength);
      file.tag = '"changed"';
    }
    const bytes = file.cuts > 0 ? Math.ceil(random() * file.content.byteLength * 0.4) : file.content.byteLength;
    file.cuts -= 1;
    if (bytes < file.content.byteLength) cuts += 1;
    sent += bytes;
    sendVersion(request, response, file, bytes);
  });
  try {
    const storage = await createStorage({ folder, checkpoint: CHECKPOINT });
    const limits = { minRate: 1, pauses: [1, 1, 1] };
    const remote = createRemoteFiles({ allow: ['127.0.0.1'], ports: [], limits });
    const app = { env: parseEnv({}), storage, remote, telemetry: createTelemetry() };
    let stops = 0;
    let size = 0;
    let identical = 0;
    async function download(at: number): Promise<void> {
      const content = randomBytes(1 + Math.floor(random() * LARGEST));
      const count = 1 + Math.floor(random() * 9);
      files.set(`/${at}`, { content, tag: `"${at}"`, cuts: count, changesAt: at % 10 === 0 ? count - 1 : -1 });
      const stopAfter = random();
      const video = { url: server.url(`/${at}`), stored: UNLIMITED, maxFileSize: LARGEST, key: `download-${at}` };
      const stopping = new AbortController();
      const stopped = new Error('the worker stops');
      const half = (fraction: number) => fraction > stopAfter && at % 3 === 0 && stopping.abort(stopped);
      const asset = await downloadVideo(app, video, { signal: stopping.signal, report: half }).catch((error) => {
        if (error !== stopped) throw error;
        stops += 1;
        return downloadVideo(app, video, { signal: new AbortController().signal, report: () => {} });
      });
      await asset.commit();
      const expected = files.get(`/${at}`)?.content ?? assert.fail();
      size += expected.byteLength;
      const stored = await readFile(storage.assetPath(asset.sha256));
      assert.ok(stored.equals(expected) && asset.sha256 === sha256(expected), `download ${at} is not what was sent`);
      identical += 1;
      files.delete(`/${at}`);
      await storage.removeAsset(asset.sha256);
    }
    const places = Array.from({ length: DOWNLOADS }, (_, at) => at).values();
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        for (const at of places) await download(at);
      }),
    );
    assert.equal(identical, DOWNLOADS);
    assert.ok(cuts >= DOWNLOADS, `${cuts} cuts`);
    assert.deepEqual(await readdir(join(folder, 'tmp')), []);
    await report({
      fault: 'downloads cut at random places',
      required: 'all byte-identical, none mixed with a changed file',
      measured: `${identical} of ${DOWNLOADS} identical (${megabytes(size)}) after ${cuts} cuts, ${DOWNLOADS / 10} changes and ${stops} stops of the worker; at most ${megabytes(sent)} sent`,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

it('a download goes on in the next process after its own is killed', async () => {
  const clip = readFileSync(await makeClip({ seconds: 15, width: 854, height: 480, scenes: 2 }));
  // A box that players pass over (ISO/IEC 14496-12, 8.1.2): its size, its type, its bytes.
  const filler = randomBytes(40 * 1024 ** 2);
  filler.writeUInt32BE(filler.byteLength, 0);
  filler.write('free', 4, 'latin1');
  const content = Buffer.concat([clip, filler]);
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-cut-'));
  await using remote = await startRemoteServer((_, response) => {
    response.writeHead(200, { etag: '"clip"', 'content-length': content.byteLength });
    response.write(content.subarray(0, content.byteLength - 100_000));
  });
  const settings = { DATA_DIR: folder, FETCH_ALLOW_ADDRESSES: `127.0.0.1:${remote.port}` };
  let server = await startServer(settings);
  try {
    const client = createClient({ url: server.url });
    const create = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { ... on Task { id } } }';
    const createIndex =
      'mutation { createIndex(input: { name: "cut", modalities: [VISUAL] }) { ... on Index { id } } }';
    const { createIndex: index } = await client.request<{ createIndex: { id: string } }>(createIndex);
    const input = { indexId: index.id, videoUrl: remote.url('/clip.mp4') };
    const { createTask: task } = await client.request<{ createTask: { id: string } }>(create, { input });
    const noted = async () => (await readMarks(folder)).some((bytes) => bytes >= 2 * USUAL_CHECKPOINT);
    await until(noted);
    await server.end('SIGKILL');
    remote.asked.length = 0;
    remote.answer = (request, response) => sendVersion(request, response, { content, tag: '"clip"' });
    server = await startServer(settings);
    const next = createClient({ url: server.url });
    const follow = 'subscription ($id: ID!) { taskUpdated(id: $id) { status failure { message } } }';
    type Update = { taskUpdated: { status: string; failure: { message: string } | null } };
    for await (const { taskUpdated } of next.subscribe<Update>(follow, { id: task.id })) {
      assert.equal(taskUpdated.failure, null, taskUpdated.failure?.message);
      if (taskUpdated.status === 'READY') break;
    }
    await next.close();
    const start = Number(/^\/clip\.mp4 bytes=(\d+)- "clip"$/.exec(remote.asked.join('|'))?.[1] ?? 0);
    assert.ok(start >= 2 * USUAL_CHECKPOINT, `asked for: ${remote.asked.join(', ')}`);
    const stored = await readFile(join(folder, 'assets', sha256(content).slice(0, 2), sha256(content)));
    assert.ok(stored.equals(content));
    assert.deepEqual(await readdir(join(folder, 'tmp')), []);
    await report({
      fault: 'process killed while it downloads',
      required: 'the next process goes on, byte-identical',
      measured: `went on at ${megabytes(start)} of ${megabytes(content.byteLength)}, identical`,
    });
  } finally {
    await server.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
});

/** How far downloads have come by their notes. */
async function readMarks(folder: string): Promise<number[]> {
  const names = (await readdir(join(folder, 'tmp'))).filter((name) => name.endsWith('.mark'));
  const texts = names.map((name) => readFile(join(folder, 'tmp', name), 'utf8').catch(() => '{"bytes":0}'));
  return (await Promise.all(texts)).map((text) => JSON.parse(text).bytes);
}
