import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadManifests, manifestDigest, parseManifest, parseSource } from '../../src/models/manifest.ts';

test('every bundle that ships is a sound manifest under its own name', () => {
  assert.deepEqual([...loadManifests().keys()], ['builtin']);
});

test('a source names a package, a version and a path', () => {
  assert.deepEqual(parseSource('npm:@a/b@1.2.3/dist/x.json'), { package: '@a/b@1.2.3', path: 'dist/x.json' });
  assert.deepEqual(parseSource('npm:b@1.2.3/x.json'), { package: 'b@1.2.3', path: 'x.json' });
});

test('a manifest that is unsound is refused, with all faults at once', () => {
  const value = structuredClone(loadManifests().get('builtin'));
  const { nouns } = value?.sources ?? {};
  assert.ok(value?.modalities.VISUAL && nouns);
  value.sources.graph = { ...nouns, sha256: 'short', from: 'ftp://elsewhere' };
  assert.throws(() => parseManifest(JSON.stringify(value)), {
    name: 'ZodError',
    message: /version\/path[\s\S]*64 hex digits/,
  });
  value.sources.graph = nouns;
  value.packages = {};
  value.modalities.VISUAL.images.center = [1];
  value.modalities.VISUAL.text.rows = 'other.f32';
  const faults = /is not in packages[\s\S]*not 256 numbers[\s\S]*no file [\s\S]*other.f32/;
  assert.throws(() => parseManifest(JSON.stringify(value)), { name: 'ZodError', message: faults });
});

test('file names cannot leave the folder of the model', () => {
  const value = structuredClone(loadManifests().get('builtin'));
  assert.ok(value);
  value.files['../evil'] = { make: 'copy', source: 'graph' };
  assert.throws(() => parseManifest(JSON.stringify(value)), /a plain file name/);
});

test('the digest changes with the sources and not with the licence', () => {
  const value = loadManifests().get('builtin');
  assert.ok(value);
  assert.equal(manifestDigest({ ...value, license: 'other' }), manifestDigest(value));
  assert.notEqual(manifestDigest({ ...value, sources: {} }), manifestDigest(value));
});
