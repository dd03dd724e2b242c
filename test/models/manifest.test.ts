import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadBundles } from '../../src/models/bundles.ts';
import { type Manifest, manifestDigest, parseManifest } from '../../src/models/manifest.ts';
import { isSafeAddress, parseSource } from '../../src/models/sources.ts';
import { writeManifest } from '../helpers/hub.ts';

const root = await mkdtemp(join(tmpdir(), 'reelgraph-manifests-'));
after(() => rm(root, { recursive: true }));

async function builtin(): Promise<Manifest> {
  const text = await readFile(new URL('../../src/models/bundles/builtin.json', import.meta.url), 'utf8');
  return parseManifest(text);
}

/** The bundles of a folder with these manifests of the user's own, and the faults of each by its name. */
async function loadOwn(...manifests: { name: string; [key: string]: unknown }[]) {
  const folder = await mkdtemp(join(root, 'models-'));
  for (const manifest of manifests) await writeManifest(folder, { license: 'MIT', modalities: {}, ...manifest });
  const { bundles, faults } = loadBundles(join(folder, 'manifests'));
  return { bundles, faults: Object.fromEntries(faults.map(({ name, faults: found }) => [name, found])), folder };
}

test('every bundle that ships is a sound manifest', () => {
  const { bundles, faults } = loadBundles();
  assert.deepEqual(faults, []);
  const names = ['builtin', 'clap', 'clip-vit-b-32', 'minilm-l6', 'mobileclip-s0', 'multilingual-e5-small', 'open'];
  assert.deepEqual([...bundles.keys()], [...names, 'siglip-base', 'whisper-base']);
  const lenders = ['clip-vit-b-32', 'clap', 'whisper-base', 'multilingual-e5-small', 'builtin'];
  assert.deepEqual(bundles.get('open')?.needs, lenders);
});

test('a file of a bundle that ships has a checksum, or comes from a commit and not from a branch', () => {
  for (const { manifest } of loadBundles().bundles.values())
    for (const { from, sha256 } of Object.values(manifest.sources))
      assert.ok(sha256 || /^hub:[^@]+@[0-9a-f]{40}\//.test(from), from);
});

test('a source names a package, a repository or a URL', () => {
  assert.deepEqual(parseSource('npm:@a/b@1.2.3/dist/x.json'), {
    kind: 'npm',
    package: '@a/b@1.2.3',
    path: 'dist/x.json',
  });
  assert.deepEqual(parseSource('npm:b@1.2.3/x.json'), { kind: 'npm', package: 'b@1.2.3', path: 'x.json' });
  const inRepository = { kind: 'hub', repository: 'a/b', revision: 'main', path: 'onnx/x.onnx' };
  assert.deepEqual(parseSource('hub:a/b@main/onnx/x.onnx'), inRepository);
  assert.deepEqual(parseSource('https://example.org/x'), { kind: 'url', url: 'https://example.org/x' });
  for (const bad of [
    'ftp://a/b',
    'http://example.org/x',
    'hub:a/b/x',
    'hub:a/b@main/../x',
    'hub:../b@main/x',
    'hub:a/..@main/x',
    'hub:a/b@../x',
    'npm:b/x.json',
    'x',
  ])
    assert.throws(() => parseSource(bad), /npm:package@version\/path, hub:owner/, bad);
  for (const own of ['http://localhost:1/', 'http://127.0.0.1/', 'http://[::1]:8/']) assert.ok(isSafeAddress(own));
  assert.equal(isSafeAddress('http://127.0.0.1.example.org/'), false);
});

test('a manifest that is unsound is refused, with all faults at once', async () => {
  const value = await builtin();
  const { nouns } = value.sources;
  assert.ok(nouns && value.modalities.VISUAL && 'text' in value.modalities.VISUAL);
  value.sources.graph = { ...nouns, sha256: 'short', from: 'ftp://elsewhere' };
  assert.throws(() => parseManifest(JSON.stringify(value)), {
    name: 'ZodError',
    message: /version\/path[\s\S]*64 hex digits/,
  });
  value.sources.graph = nouns;
  value.packages = {};
  value.files['visual.onnx'] = { make: 'copy', source: 'nothing' };
  Object.assign(value.modalities.VISUAL.text, { rows: 'other.f32' });
  const faults = /is not in packages[\s\S]*no source \\"nothing\\"[\s\S]*no file \\"other.f32/;
  assert.throws(() => parseManifest(JSON.stringify(value)), { name: 'ZodError', message: faults });
});

test('the faults of a part are told of the part that was meant', async () => {
  const value = JSON.parse(JSON.stringify(await builtin()));
  value.modalities.VISUAL.images.center = [1];
  assert.throws(() => parseManifest(JSON.stringify(value)), /not 256 numbers/);
  const { faults } = await loadOwn({
    name: 'own',
    modalities: { VISUAL: { kind: 'image-text', dimensions: 0 }, AUDIO: { bundle: 'clap', more: 1 }, SMELL: {} },
  });
  assert.ok(faults.own?.some((fault) => /^modalities: Unrecognized key: "SMELL"/.test(fault)));
  assert.ok(faults.own?.some((fault) => /^modalities\.VISUAL\.dimensions: Too small/.test(fault)));
  assert.ok(faults.own?.some((fault) => /^modalities\.VISUAL\.images: /.test(fault)));
  assert.ok(faults.own?.some((fault) => /^modalities\.AUDIO: Unrecognized key: "more"/.test(fault)));
});

test('file names cannot leave the folder of the model, nor names take the folder of manifests', async () => {
  const value = await builtin();
  value.files['../evil'] = { make: 'copy', source: 'graph' };
  assert.throws(() => parseManifest(JSON.stringify(value)), /a plain file name/);
  delete value.files['../evil'];
  value.files['install.json'] = { make: 'copy', source: 'graph' };
  assert.throws(() => parseManifest(JSON.stringify(value)), /install\.json is taken/);
  const { faults } = await loadOwn({ name: 'manifests' });
  assert.match(faults.manifests?.join() ?? '', /^name: this name is taken/);
});

test('the digest changes with the sources and not with the licence', async () => {
  const value = await builtin();
  assert.equal(manifestDigest({ ...value, license: 'other' } as Manifest), manifestDigest(value));
  assert.notEqual(manifestDigest({ ...value, sources: {} }), manifestDigest(value));
});

test('a part that another bundle has is borrowed, through as many as lend it on', async () => {
  const { bundles, faults } = await loadOwn(
    { name: 'one', modalities: { VISUAL: { bundle: 'two' }, TEXT_IN_VIDEO: { bundle: 'minilm-l6' } } },
    { name: 'two', modalities: { VISUAL: { bundle: 'clip-vit-b-32' }, TRANSCRIPTION: { bundle: 'builtin' } } },
  );
  assert.deepEqual(faults, {});
  const one = bundles.get('one');
  assert.deepEqual(one?.needs, ['clip-vit-b-32', 'builtin', 'minilm-l6']);
  assert.equal(one.part('VISUAL')?.bundle, 'clip-vit-b-32');
  assert.equal(one.part('TEXT_IN_VIDEO.reader')?.bundle, 'builtin');
  assert.equal(one.part('TEXT_IN_VIDEO.words')?.bundle, 'minilm-l6');
  assert.equal(one.part('AUDIO'), undefined);
  assert.equal(bundles.get('two')?.part('TRANSCRIPTION.words'), undefined);
});

// A manifest with an encoder of pictures of its own.
const pictures = {
  sources: { rows: { from: 'https://example.org/rows', license: 'MIT' } },
  files: Object.fromEntries(['a.onnx', 'b.f32', 'c.json'].map((name) => [name, { make: 'copy', source: 'rows' }])),
  modalities: {
    VISUAL: {
      ...{ dimensions: 3, vocabulary: 'CLOSED', text: { kind: 'class-rows', rows: 'b.f32', vocabulary: 'c.json' } },
      images: {
        ...{ file: 'a.onnx', output: 'y', width: 9, height: 9, fit: 'fill', batchSize: 1 },
        ...{ mean: [0, 0, 0], std: [1, 1, 1] },
      },
    },
  },
};

test('what cannot be borrowed is a fault of the manifest that asks for it, and of no other', async () => {
  const { bundles, faults } = await loadOwn(
    { name: 'round', modalities: { VISUAL: { bundle: 'about' } } },
    { name: 'about', modalities: { VISUAL: { bundle: 'round' } } },
    { name: 'nowhere', modalities: { AUDIO: { bundle: 'nothing' } } },
    { name: 'deaf', modalities: { AUDIO: { bundle: 'builtin' } } },
    { name: 'wordless', modalities: { TRANSCRIPTION: { words: { bundle: 'builtin' } } } },
    { name: 'fine', modalities: { VISUAL: { bundle: 'builtin' } } },
    { name: 'heir', files: {}, modalities: { VISUAL: { bundle: 'torn' } } },
    { name: 'torn', ...pictures, modalities: { ...pictures.modalities, AUDIO: { bundle: 'builtin' } } },
  );
  assert.deepEqual(faults, {
    heir: ['modalities: it borrows from "torn", which cannot be used'],
    torn: ['modalities.AUDIO: the bundle "builtin" has none to lend'],
    round: ['modalities.VISUAL: round borrows from about borrows from round, round in a circle'],
    about: ['modalities.VISUAL: about borrows from round borrows from about, round in a circle'],
    nowhere: ['modalities.AUDIO: there is no usable bundle "nothing" to borrow from'],
    deaf: ['modalities.AUDIO: the bundle "builtin" has none to lend'],
    wordless: ['modalities.TRANSCRIPTION.words: the bundle "builtin" has none to lend'],
  });
  assert.ok(bundles.has('fine') && bundles.has('builtin') && !bundles.has('round'));
});

test("a user's manifest that cannot be used is named with its file, and takes no other down", async () => {
  const { folder } = await loadOwn({ name: 'builtin' }, { name: 'fine' });
  await writeFile(join(folder, 'manifests', 'broken.json'), '{"name": ');
  await writeFile(
    join(folder, 'manifests', 'other.json'),
    JSON.stringify({ name: 'another', license: 'MIT', modalities: {} }),
  );
  await writeFile(join(folder, 'manifests', 'notes.txt'), 'no manifest');
  const { bundles, faults } = loadBundles(join(folder, 'manifests'));
  assert.ok(bundles.has('fine'));
  const found = faults.map(({ name, file, faults: [fault = ''] }) => [name, file.startsWith(folder), fault]);
  assert.equal(found.length, 3);
  assert.match(String(found[0]), /^broken,true,it is not JSON: /);
  assert.match(String(found[1]), /^builtin,true,a bundle of this name ships with Reelgraph/);
  assert.match(String(found[2]), /^other,true,name: "another" given in a file for "other"/);
});
