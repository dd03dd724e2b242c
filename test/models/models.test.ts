import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { createModels, ModelNotInstalledError, type Models, UnknownModelError } from '../../src/models/models.ts';
import { hubFilesOf, startHub, writeManifest } from '../helpers/hub.ts';
import { builtinModels, modelsFolder } from '../helpers/models.ts';
import { photo, photoNames } from '../helpers/photos.ts';
import { writeTinyImageText, writeTinyWords } from '../helpers/tiny-models.ts';
import { cosine } from '../helpers/vectors.ts';

const words = { dimensions: null, textQueries: true, imageQueries: false, vocabulary: 'OPEN' };

test('an installed model is described', async () => {
  const models = await builtinModels();
  const visual = { modality: 'VISUAL', dimensions: 256, textQueries: true, imageQueries: true, vocabulary: 'CLOSED' };
  const described = models.describe('builtin');
  assert.deepEqual(described?.modalities, [
    visual,
    { modality: 'TRANSCRIPTION', ...words, wordsMustCome: true },
    { modality: 'TEXT_IN_VIDEO', ...words },
  ]);
  assert.equal(described.installed, true);
  assert.match(described.license, /Apache-2\.0/);
  const [first, ...others] = await models.list();
  assert.deepEqual(first, described);
  assert.ok(others.length > 0 && others.every(({ installed }) => !installed));
  assert.deepEqual(await models.pinning('builtin'), { state: 'fixed' });
  assert.deepEqual([models.borrowed('builtin'), models.borrowed('minilm-l6')], [[], ['builtin']]);
  await models.close();
});

test('a bundle that combines others is described by what they do', async () => {
  const models = await builtinModels();
  const described = models
    .describe('open')
    ?.modalities.map(({ modality, dimensions, vocabulary }) => [modality, dimensions, vocabulary]);
  assert.deepEqual(described, [
    ['VISUAL', 512, 'OPEN'],
    ['AUDIO', 512, 'OPEN'],
    ['TRANSCRIPTION', 384, 'OPEN'],
    ['TEXT_IN_VIDEO', 384, 'OPEN'],
  ]);
  await models.close();
});

test('a model that nobody knows is an error that names the known ones', async () => {
  const models = await builtinModels();
  assert.equal(models.describe('clip'), undefined);
  const unknown = (error: unknown) => error instanceof UnknownModelError && /"clip".*builtin/.test(error.message);
  await assert.rejects(models.visual('clip'), unknown);
  await assert.rejects(models.verify('clip'), unknown);
  await assert.rejects(models.pull('clip'), unknown);
  assert.throws(() => models.borrowed('clip'), unknown);
  await models.close();
});

test('callers at the same time share one encoder', async () => {
  const models = await builtinModels();
  const [one, other] = await Promise.all([models.visual('builtin'), models.visual('builtin')]);
  assert.equal(one, other);
  await models.close();
  await assert.rejects(models.visual('builtin'), /closed/);
});

test('what a bundle does not do, and what it does without a model', async () => {
  const models = await builtinModels();
  await assert.rejects(models.audio('builtin'), { name: 'UnsupportedModalityError', message: /"builtin".*AUDIO/ });
  assert.equal(await models.speech('builtin'), undefined);
  assert.equal(await models.words('builtin', 'TEXT_IN_VIDEO'), undefined);
  assert.ok(await models.textReader('builtin'));
  await assert.rejects(models.visual('clip-vit-b-32'), {
    name: 'ModelNotInstalledError',
    message: /reelgraph models pull clip-vit-b-32/,
  });
  await models.close();
});

for (const threads of [1, 2, 3])
  test(`pictures that are read at once, MODEL_THREADS=${threads}, have each its own words; a signal or the end stops them`, async () => {
    await (await builtinModels()).close();
    const models = await createModels({ folder: modelsFolder, threads });
    const reader = await models.textReader('builtin');
    const texts = ['first', 'second', 'third', 'fourth', 'fifth'];
    const read = (text: string, options = {}) => drawn(text).then((image) => reader.read(image, options));
    const found = await Promise.all(texts.map((text) => read(text)));
    assert.deepEqual(
      found.map((lines) => lines.map(({ text }) => text)),
      texts.map((text) => [text]),
    );
    const stop = new AbortController();
    const stopped = texts.map((text) => read(text, { signal: stop.signal }));
    const rejected = stopped.map((reading) => assert.rejects(reading, /enough/));
    stop.abort(new Error('enough'));
    await Promise.all(rejected);
    const images = await Promise.all(texts.map(drawn));
    const lost = images.map((image) => assert.rejects(reader.read(image), { name: 'InferenceStoppedError' }));
    await models.close();
    await Promise.all(lost);
  });

/** A picture of a word. */
async function drawn(text: string): Promise<Uint8Array> {
  const word = {
    text: { text: `<span foreground="black">${text}</span>`, font: 'DejaVu Sans', dpi: 300, rgba: true },
  } as const;
  return sharp(word)
    .extend({ top: 60, bottom: 60, left: 80, right: 80, background: 'white' })
    .flatten({ background: 'white' })
    .png()
    .toBuffer();
}

test('an empty folder, or none, has no model installed, and nothing is made in it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'reelgraph-models-'));
  const models = await createModels({ folder: join(root, 'none') });
  assert.ok((await models.list()).every(({ installed }) => !installed));
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

test("a manifest of the user's own that cannot be used is told of, and takes no other down", async () => {
  const root = await mkdtemp(join(tmpdir(), 'reelgraph-models-'));
  await writeManifest(root, { name: 'faulty', license: 'MIT' });
  const models = await createModels({ folder: root });
  assert.deepEqual(
    models.faults.map(({ name }) => name),
    ['faulty'],
  );
  const told = { name: 'FaultyManifestError', message: /faulty\.json has faults:\n {2}modalities: / };
  await assert.rejects(models.pull('faulty'), told);
  assert.ok(models.describe('builtin'));
  await models.close();
  await rm(root, { recursive: true });
});

test('bundles from a hub are pulled with what they borrow from, and encode', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'reelgraph-models-'));
  const VISUAL = await writeTinyImageText(join(root, 'made', 'pictures'));
  const spoken = await writeTinyWords(join(root, 'made', 'words'));
  const pictures = await hubFilesOf(join(root, 'made', 'pictures'), 'tiny/pictures');
  const texts = await hubFilesOf(join(root, 'made', 'words'), 'tiny/words');
  const hub = await startHub({ ...pictures.onHub, ...texts.onHub });
  t.after(() => hub.close());
  const folder = join(root, 'models');
  const base = { license: 'MIT' };
  const { onHub: _, ...pictureFiles } = pictures;
  const { onHub: __, ...textFiles } = texts;
  await writeManifest(folder, { ...base, name: 'pictures', ...pictureFiles, modalities: { VISUAL } });
  await writeManifest(folder, {
    ...base,
    name: 'words',
    ...textFiles,
    modalities: { TRANSCRIPTION: { words: spoken } },
  });
  const borrowing = { VISUAL: { bundle: 'pictures' }, TRANSCRIPTION: { bundle: 'words' } };
  await writeManifest(folder, { ...base, name: 'both', modalities: borrowing });

  const models = await createModels({ folder, hub: hub.url });
  const pulled = new Set<string>();
  await models.pull('both', { onProgress: ({ bundle }) => pulled.add(bundle) });
  assert.deepEqual([...pulled], ['pictures', 'words']);
  const installed = (await models.list()).filter((model) => model.installed).map(({ name }) => name);
  assert.deepEqual(installed, ['both', 'pictures', 'words']);

  const visual = await models.visual('both');
  assert.equal(visual, await models.visual('pictures'));
  const images = await visual.encodeImages(photoNames.map(photo));
  assert.deepEqual([images.length, visual.dimensions, images[0]?.length], [photoNames.length, 4, 4]);
  const encoder = await models.words('both', 'TRANSCRIPTION');
  const passages = (await encoder?.encodePassages(['cat', 'dog', 'car', 'rain'])) ?? [];
  const query = (await encoder?.encodeQuery('kitten')) ?? new Float32Array();
  const scores = passages.map((passage) => cosine(passage, query));
  assert.equal(scores.indexOf(Math.max(...scores)), 0);
  await models.close();
  await rm(root, { recursive: true });
});

test('a query is answered while a long run of another caller goes on', async () => {
  const models = await builtinModels();
  const visual = await models.visual('builtin');
  const done: string[] = [];
  const image = await readFile(photo('cat'));
  const frames = Array.from({ length: 8 * visual.batchSize }, () => image);
  const long = visual.encodeImages(frames).then((vectors) => done.push(`long: ${vectors.length}`));
  const other = visual.encodeImages([image, image]).then(() => done.push('short'));
  const query = visual.encodeImages([image], { urgent: true }).then(() => done.push('query'));
  await visual.encodeText('cat');
  done.push('text');
  await Promise.all([long, other, query]);
  assert.equal(done.at(-1), `long: ${frames.length}`);
  await models.close();
});

test('an aborted run ends, and the thread goes on', async () => {
  const models = await builtinModels();
  const visual = await models.visual('builtin');
  const abort = new AbortController();
  const frames = Array.from({ length: 8 * visual.batchSize }, () => photo('cat'));
  const long = visual.encodeImages(frames, { signal: abort.signal });
  const first = visual.encodeImages([photo('cat')]).then(() => abort.abort(new Error('enough')));
  await assert.rejects(long, /enough/);
  await first;
  assert.equal((await visual.encodeImages([photo('rocket')])).length, 1);
  await models.close();
});

test('closing ends what is under way', async () => {
  const models: Models = await createModels({ folder: modelsFolder });
  const visual = await models.visual('builtin');
  const long = visual.encodeImages(Array.from({ length: 100 }, () => photo('cat')));
  const ended = assert.rejects(long, /The models are closed\.|has ended\.$/);
  await models.close();
  await ended;
});
