import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadNpmSettings, withWritableCache } from '../../src/models/npm-settings.ts';

let root: string;
let project: string;
let env: NodeJS.ProcessEnv;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'reelgraph-npm-'));
  project = join(root, 'project');
  for (const folder of ['project', 'home', 'node/bin', 'node/etc'])
    await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(project, 'package.json'), '{}');
  await writeFile(join(root, 'home/.npmrc'), 'fetch-retries=7\n');
  await writeFile(join(root, 'node/bin/npm'), '#!/bin/sh\n');
  await chmod(join(root, 'node/bin/npm'), 0o755);
  await writeFile(join(root, 'node/etc/npmrc'), 'registry=https://global.example/\nstrict-ssl=false\n');
  env = { HOME: join(root, 'home'), PATH: `${join(project, 'node_modules/.bin')}:${join(root, 'node/bin')}` };
});
after(() => rm(root, { recursive: true }));

test("the user's npmrc and that of the npm on the path are read", async () => {
  const { registry, strictSSL, retry } = await loadNpmSettings(env, project);
  assert.equal(registry, 'https://global.example/');
  assert.equal(strictSSL, false);
  assert.equal(retry?.retries, 7);
});

test("the project's npmrc goes before them, with registries for scopes", async () => {
  const npmrc = 'registry=https://project.example/\n@code-dot-org:registry=https://scope.example/\n';
  await writeFile(join(project, '.npmrc'), npmrc);
  const settings: Record<string, unknown> = { ...(await loadNpmSettings(env, project)) };
  await rm(join(project, '.npmrc'));
  assert.equal(settings.registry, 'https://project.example/');
  assert.equal(settings['@code-dot-org:registry'], 'https://scope.example/');
});

test('the environment, as npm run sets it, goes before all', async () => {
  const { registry, cache } = await loadNpmSettings(
    {
      ...env,
      npm_config_registry: 'http://127.0.0.1:4873/',
      npm_config_cache: '/c',
    },
    project,
  );
  assert.equal(registry, 'http://127.0.0.1:4873/');
  assert.match(String(cache), /^\/c/);
});

test('without npm the defaults hold, and the environment given is not changed', async () => {
  const bare = { HOME: root, PATH: '' };
  const { registry } = await loadNpmSettings(bare, root);
  assert.equal(registry, 'https://registry.npmjs.org/');
  assert.deepEqual(bare, { HOME: root, PATH: '' });
});

test('a cache that cannot be written is replaced', async () => {
  const own = join(root, 'own');
  const file = join(project, 'package.json');
  assert.deepEqual(await withWritableCache({ cache: join(file, 'cache') }, own), { cache: own });
  assert.deepEqual(await withWritableCache({ cache: join(root, 'new') }, own), { cache: join(root, 'new') });
});
