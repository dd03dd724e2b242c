import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createModels, ModelNotInstalledError, UnknownModelError } from '../../src/models/models.ts';
import { builtinModels } from '../helpers/models.ts';

test('an installed model is described', async () => {
  const models = await builtinModels();
  const visual = { modality: 'VISUAL', dimensions: 256, textQueries: true, imageQueries: true, vocabulary: 'CLOSED' };
  const described = models.describe('builtin');
  assert.deepEqual(described?.modalities, [visual]);
  assert.equal(described.installed, true);
  assert.match(described.license, /Apache-2\.0/);
  assert.deepEqual(await models.list(), [described]);
  await models.close();
});

test('a model that nobody knows is an error that names the known ones', async () => {
  const models = await builtinModels();
  assert.equal(models.describe('clip'), undefined);
  const unknown = (error: unknown) => error instanceof UnknownModelError && /"clip".*builtin/.test(error.message);
  await assert.rejects(models.visual('clip'), unknown);
  await assert.rejects(models.verify('clip'), unknown);
  await assert.rejects(models.pull('clip'), unknown);
  await models.close();
});

test('callers at the same time share one encoder', async () => {
  const models = await builtinModels();
  const [one, other] = await Promise.all([models.visual('builtin'), models.visual('builtin')]);
  assert.equal(one, other);
  await models.close();
  await assert.rejects(models.visual('builtin'), /closed/);
});

test('an empty folder, or none, has no model installed, and nothing is made in it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'reelgraph-models-'));
  const models = await createModels({ folder: join(root, 'none') });
  assert.deepEqual(
    (await models.list()).map(({ name, installed }) => [name, installed]),
    [['builtin', false]],
  );
  await assert.rejects(models.visual('builtin'), ModelNotInstalledError);
  await models.close();
  await rm(root, { recursive: true });
});

test('a model that another process has installed meanwhile is found', async () => {
  const root = await mkdtemp(join(tmpdir(), 'reelgraph-models-'));
  const waiting = await createModels({ folder: root, environment: process.env });
  await assert.rejects(waiting.visual('builtin'), ModelNotInstalledError);
  const pulling = await createModels({ folder: root, environment: process.env });
  await pulling.pull('builtin');
  assert.equal((await waiting.visual('builtin')).dimensions, 256);
  assert.equal(waiting.describe('builtin')?.installed, true);
  await Promise.all([waiting.close(), pulling.close()]);
  await rm(root, { recursive: true });
});
