import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { createModels, type Models, PullFailedError, type PullProgress } from '../../src/models/models.ts';
import { request } from '../../src/models/remote-request.ts';
import { COMMIT, type HubFile, startHub, writeManifest } from '../helpers/hub.ts';

const LARGE = 'owner/repo/onnx/model.onnx';
const SMALL = 'owner/repo/tokenizer.json';

const files: Record<string, HubFile> = {};
let hub: Awaited<ReturnType<typeof startHub>>;
let root: string;
let folder: string;
const opened: Models[] = [];

before(async () => {
  hub = await startHub(files);
  root = await mkdtemp(join(tmpdir(), 'reelgraph-hub-'));
});
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'models-'));
  files[LARGE] = { data: randomBytes(300_000) };
  files[SMALL] = { data: Buffer.from('{"small": true}') };
  hub.requests.length = 0;
  for (const key of Object.keys(hub.sent)) delete hub.sent[key];
  await writeManifest(folder, own);
});
after(async () => {
  await Promise.all(opened.map((models) => models.close()));
  await hub.close();
  await rm(root, { recursive: true, force: true });
});

const own = {
  name: 'own',
  license: 'MIT',
  sources: {
    model: { from: 'hub:owner/repo@main/onnx/model.onnx', license: 'MIT' },
    tokenizer: { from: 'hub:owner/repo@main/tokenizer.json', license: 'MIT' },
  },
  files: {
    'model.onnx': { make: 'copy', source: 'model' },
    'tokenizer.json': { make: 'copy', source: 'tokenizer' },
  },
  modalities: { TRANSCRIPTION: {} },
};

async function open(address = hub.url): Promise<Models> {
  const models = await createModels({ folder, hub: address });
  opened.push(models);
  return models;
}

const sumOf = (data: Uint8Array | undefined) =>
  createHash('sha256')
    .update(data ?? '')
    .digest('hex');
const lockFile = async () => JSON.parse(await readFile(join(folder, 'models.lock.json'), 'utf8')).sources;
const statuses = async (models: Models) => (await models.verify('own')).map(({ status }) => status);

/** How many bytes there are of a file that is not whole yet. */
async function downloaded(): Promise<number> {
  const parts = (await readdir(join(folder, '.downloads'))).filter((name) => /^[0-9a-f]+$/.test(name));
  assert.equal(parts.length, 1);
  return (await stat(join(folder, '.downloads', parts[0] ?? ''))).size;
}

async function refuses(models: Models, message: RegExp): Promise<void> {
  await assert.rejects(models.pull('own'), (error) => {
    assert.ok(error instanceof PullFailedError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

test('the first pull records what came, and every later one is held to it', async () => {
  const models = await open();
  assert.deepEqual(await models.pinning('own'), { state: 'unpinned' });
  const progress: PullProgress[] = [];
  await models.pull('own', { onProgress: (step) => progress.push(step) });
  const total = 300_015;
  assert.ok(progress.every((step, at) => step.total === total && step.bytes >= (progress[at - 1]?.bytes ?? 0)));
  assert.deepEqual(progress.at(-1), { bundle: 'own', phase: 'install', bytes: total, total });
  assert.deepEqual(await statuses(models), ['ok', 'ok']);
  assert.equal(models.describe('own')?.installed, true);
  assert.deepEqual(await readFile(join(folder, 'own', 'model.onnx')), files[LARGE]?.data);

  const pins = await lockFile();
  const { pinnedAt, ...pin } = pins['hub:owner/repo@main/onnx/model.onnx'];
  assert.deepEqual(pin, { bytes: 300_000, sha256: sumOf(files[LARGE]?.data), commit: COMMIT });
  assert.deepEqual(await models.pinning('own'), {
    state: 'pinned',
    at: pins['hub:owner/repo@main/tokenizer.json'].pinnedAt,
  });
  assert.ok(Date.parse(pinnedAt) > Date.now() - 600_000);

  await rm(join(folder, 'own'), { recursive: true });
  files[LARGE] = { data: randomBytes(300_000) };
  const [was, is] = [pin.sha256, sumOf(files[LARGE].data)];
  const refusal = `"model" from hub:owner/repo@main/onnx/model.onnx has the SHA-256 ${is}, not ${was}, which it had when it was first pulled on \\d{4}-\\d\\d-\\d\\d\\. .*models\\.lock\\.json`;
  await refuses(models, new RegExp(refusal));
  assert.deepEqual(await lockFile(), pins);
  assert.equal((await readdir(folder)).includes('own'), false);
});

test('all files of a branch come from the commit that the first one was at', async () => {
  const models = await open();
  await models.pull('own');
  assert.deepEqual(
    hub.requests.filter(({ method }) => method === 'GET').map(({ revision, file }) => [revision, file]),
    [
      ['main', LARGE],
      [COMMIT, SMALL],
    ],
  );
});

test('verify holds a file to its pin, whatever the record beside it says', async () => {
  const models = await open();
  await models.pull('own');
  const forged = randomBytes(300_000);
  await writeFile(join(folder, 'own', 'model.onnx'), forged);
  const record = join(folder, 'own', 'install.json');
  const was = sumOf(files[LARGE]?.data);
  await writeFile(record, (await readFile(record, 'utf8')).replace(was, sumOf(forged)));
  const [checked] = await models.verify('own');
  assert.deepEqual(checked, {
    bundle: 'own',
    file: 'model.onnx',
    status: 'mismatch',
    expected: was,
    actual: sumOf(forged),
  });
});

test('a checksum of the manifest is held to from the first pull on', async () => {
  const sha256 = 'a'.repeat(64);
  await writeManifest(folder, { ...own, sources: { ...own.sources, model: { ...own.sources.model, sha256 } } });
  const models = await open();
  await refuses(
    models,
    new RegExp(`"model" from hub:owner/repo@main/onnx/model.onnx has .* ${sumOf(files[LARGE]?.data)}, not ${sha256}$`),
  );
  assert.deepEqual((await readdir(folder)).sort(), ['.downloads', 'manifests']);
  await writeManifest(folder, {
    ...own,
    sources: { ...own.sources, model: { ...own.sources.model, sha256: sumOf(files[LARGE]?.data) } },
  });
  const right = await open();
  await right.pull('own');
  assert.deepEqual(Object.keys(await lockFile()), ['hub:owner/repo@main/tokenizer.json']);
});

test('bytes that are not what the hub itself says of them are not pinned', async () => {
  files[LARGE] = { data: randomBytes(1000), linkedSha256: 'b'.repeat(64) };
  await refuses(await open(), /has the SHA-256 [0-9a-f]{64}, not b{64}$/);
});

test('a line that is cut is taken up where it ended, in the same pull and in the next', async () => {
  const models = await open();
  const data = files[LARGE]?.data ?? Buffer.alloc(0);
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  files[LARGE] = { data, cutAfter: 100_000, cut };
  const onProgress = ({ bytes }: PullProgress) => bytes === 100_000 && resolve();
  await assert.rejects(models.pull('own', { onProgress }), /127\.0\.0\.1:\d+ cut the line/);
  assert.deepEqual(
    hub.requests.filter(({ method }) => method === 'GET').map(({ range }) => range),
    [undefined, 'bytes=100000-', 'bytes=100000-'],
  );
  files[LARGE] = { data };
  hub.requests.length = 0;
  delete hub.sent[LARGE];
  const steps: number[] = [];
  await (await open()).pull('own', { onProgress: ({ bytes }) => steps.push(bytes) });
  assert.equal(hub.requests.find(({ method, file }) => method === 'GET' && file === LARGE)?.range, 'bytes=100000-');
  assert.equal(hub.sent[LARGE], 200_000);
  assert.equal(steps[0], 100_000);
  assert.deepEqual(await statuses(await open()), ['ok', 'ok']);
  assert.deepEqual(await readdir(join(folder, '.downloads')), []);
});

test('a part of another version of the file, or of one without a strong tag, is not gone on with', async () => {
  const models = await open();
  for (const etag of ['"strong"', 'W/"weak"']) {
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    files[LARGE] = { data: randomBytes(200_000), cutAfter: 50_000, cut, etag };
    const onProgress = ({ bytes }: PullProgress) => bytes === 50_000 && resolve();
    await assert.rejects(models.pull('own', { onProgress }), PullFailedError);
  }
  files[LARGE] = { data: randomBytes(200_000) };
  await models.pull('own');
  assert.deepEqual(await readFile(join(folder, 'own', 'model.onnx')), files[LARGE].data);
});

test('an aborted pull keeps what has come', async () => {
  const models = await open();
  const data = files[LARGE]?.data ?? Buffer.alloc(0);
  files[LARGE] = { data, stallAfter: 120_000 };
  const abort = new AbortController();
  const onProgress = ({ bytes }: PullProgress) => {
    if (bytes > 0) abort.abort(new Error('the user has gone'));
  };
  await assert.rejects(models.pull('own', { onProgress, signal: abort.signal }), /the user has gone/);
  const have = await downloaded();
  assert.ok(have > 0);
  files[LARGE] = { data };
  await models.pull('own');
  assert.deepEqual(await statuses(models), ['ok', 'ok']);
  const [, again] = hub.requests.filter(({ method, file }) => method === 'GET' && file === LARGE);
  assert.equal(again?.range, `bytes=${have}-`);
});

test('a server that is away for a moment is asked again', async () => {
  files[SMALL] = { data: Buffer.from('{}'), status: 503, times: 1 };
  const models = await open();
  await models.pull('own');
  assert.deepEqual(await statuses(models), ['ok', 'ok']);
});

test('without a network the error says who could not be reached and what to do', async () => {
  const gone = await startHub({});
  await gone.close();
  await refuses(await open(gone.url), /cannot reach 127\.0\.0\.1:\d+: .*ECONNREFUSED.* HF_ENDPOINT names a mirror/);
});

test('what the hub does not have or does not give is said', async () => {
  const models = await open();
  files[SMALL] = { data: Buffer.alloc(0), status: 401 };
  await refuses(models, /refuses http:.*tokenizer\.json \(status 401\); the repository may be private, gated or gone/);
  delete files[LARGE];
  files[SMALL] = { data: Buffer.from('{}') };
  await refuses(models, /onnx\/model\.onnx is not there \(status 404\)/);
});

test('a redirect to where others could change the bytes is not followed', async () => {
  files[LARGE] = { data: Buffer.from('x'), location: 'http://192.0.2.1/model.onnx' };
  await refuses(await open(), /leads to http:\/\/192\.0\.2\.1\/model\.onnx; only https: URLs are followed/);
});

test('a server elsewhere cannot lead to this machine', async (t) => {
  const location = `${hub.url}/owner/repo/resolve/main/tokenizer.json`;
  const redirect = async () => new Response(null, { status: 302, headers: { location } });
  const fetched = t.mock.method(globalThis, 'fetch', redirect);
  await assert.rejects(request('GET', 'https://example.org/x', {}, undefined), /only https: URLs are followed/);
  assert.equal(fetched.mock.callCount(), 1);
});

test('a download does not write into what a killed pull has installed', async () => {
  const models = await open();
  await models.pull('own');
  const was = await readFile(join(folder, 'own', 'model.onnx'));
  // Killed after the installation, before the download was removed: one file, two names.
  const name = sumOf(Buffer.from('hub:owner/repo@main/onnx/model.onnx')).slice(0, 32);
  await mkdir(join(folder, '.downloads'), { recursive: true });
  await link(join(folder, 'own', 'model.onnx'), join(folder, '.downloads', name));
  await Promise.all(['models.lock.json', 'own/tokenizer.json'].map((file) => rm(join(folder, file))));
  files[LARGE] = { data: randomBytes(200_000), linkedSha256: 'b'.repeat(64) };
  await refuses(models, /not b{64}$/);
  assert.ok(was.equals(await readFile(join(folder, 'own', 'model.onnx'))));
});

test('a file of another size than the manifest says is refused, and not pinned', async () => {
  await writeManifest(folder, {
    ...own,
    sources: { ...own.sources, tokenizer: { ...own.sources.tokenizer, bytes: 16 } },
  });
  await refuses(await open(), /"tokenizer" from hub:.* has 15 bytes, not 16$/);
  assert.deepEqual(Object.keys(await lockFile()), ['hub:owner/repo@main/onnx/model.onnx']);
});

test('who pulls at the same time waits for the other, and finds it done', async () => {
  const [one, other] = [await open(), await open()];
  const data = files[LARGE]?.data ?? Buffer.alloc(0);
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  // Nobody gets further before the other waits.
  files[LARGE] = { data, cutAfter: 100_000, cut };
  const onProgress = ({ phase }: PullProgress) => {
    if (phase !== 'wait') return;
    files[LARGE] = { data };
    resolve();
  };
  await Promise.all([one.pull('own', { onProgress }), other.pull('own', { onProgress })]);
  assert.equal(hub.sent[LARGE], 300_000);
  for (const models of [one, other]) assert.deepEqual(await statuses(models), ['ok', 'ok']);
});

test('a turn that a dead process has left is taken over', async () => {
  await mkdir(join(folder, '.downloads'));
  await writeFile(join(folder, '.downloads', 'turn'), `${hostname()} 999999999`);
  const models = await open();
  await models.pull('own');
  assert.deepEqual(await statuses(models), ['ok', 'ok']);
});

test('a lock file that is damaged is an error that names it', async () => {
  await writeFile(join(folder, 'models.lock.json'), '{"sources": {"hub:a/b@c/d": {"bytes": "many"}}}');
  await assert.rejects(open(), /The lock file .*models\.lock\.json cannot be read/);
});
