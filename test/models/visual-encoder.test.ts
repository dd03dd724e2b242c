import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { type Models, UndecodableImageError, type VisualEncoder } from '../../src/models/models.ts';
import { builtinModels } from '../helpers/models.ts';
import { type PhotoName, photo, photoNames } from '../helpers/photos.ts';
import { cosine } from '../helpers/vectors.ts';

let models: Models;
let visual: VisualEncoder;
let vectors: Float32Array[];
before(async () => {
  models = await builtinModels();
  visual = await models.visual('builtin');
  vectors = await visual.encodeImages(photoNames.map(photo));
});
after(() => models.close());

async function words(text: string): Promise<Float32Array> {
  const encoding = await visual.encodeText(text);
  assert.ok('vector' in encoding, `"${text}" names nothing`);
  return encoding.vector;
}

function nearest(query: Float32Array, candidates = vectors): PhotoName | undefined {
  const scores = candidates.map((vector) => cosine(vector, query));
  return photoNames[scores.indexOf(Math.max(...scores))];
}

test('every vector is of length 1', async () => {
  assert.equal(visual.dimensions, 256);
  for (const vector of [...vectors, await words('cat'), await words('dog in a car')]) {
    assert.equal(vector.length, 256);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
  }
});

const queries: Record<string, PhotoName> = {
  cat: 'cat',
  Cats: 'cat',
  'a photo of a tabby': 'cat',
  espresso: 'espresso',
  'espresso cup': 'espresso',
  coffee: 'espresso',
  rocket: 'rocket',
  missiles: 'rocket',
  motorcycle: 'motorcycle',
  'motor scooter': 'motorcycle',
  tripod: 'photographer',
};

test('words find the photograph of what they name first', async () => {
  for (const [query, name] of Object.entries(queries)) assert.equal(nearest(await words(query)), name, query);
});

test('they do so too where the photographs stand in a film of another shape, in black borders or cut', async () => {
  for (const fit of ['contain', 'cover'] as const) {
    const frames = photoNames.map((name) =>
      sharp(photo(name))
        .flatten()
        .toColourspace('srgb')
        .resize(598, 336, { fit, background: 'black' })
        .jpeg()
        .toBuffer(),
    );
    const framed = await visual.encodeImages(await Promise.all(frames));
    for (const [query, name] of Object.entries(queries))
      assert.equal(nearest(await words(query), framed), name, `${query}, ${fit}`);
  }
});

test('a smaller, recompressed, mirrored copy is nearer than every other photograph', async () => {
  for (const [at, name] of photoNames.entries()) {
    const copy = await sharp(photo(name)).flatten().resize(448).flop().jpeg({ quality: 60 }).toBuffer();
    const [vector] = await visual.encodeImages([copy]);
    assert.ok(vector);
    const own = cosine(vector, vectors[at] ?? vector);
    const others = vectors.filter((_, other) => other !== at).map((other) => cosine(vector, other));
    assert.ok(own > 0.85 && Math.max(...others) < 0.75, `${name}: ${own}, ${Math.max(...others)}`);
  }
});

test('bytes and paths, one at a time and over several batches, give the same vectors', async () => {
  const images = [...photoNames, ...photoNames].map(photo);
  assert.ok(images.length > visual.batchSize);
  const many = await visual.encodeImages(await Promise.all(images.map((path) => readFile(path))));
  assert.equal(many.length, images.length);
  for (const [at, vector] of many.entries())
    assert.ok(cosine(vector, vectors[at % photoNames.length] ?? vector) > 0.9999);
  assert.deepEqual(await visual.encodeImages([]), []);
});

test('calls at once and after each other, of whole batches and less, some of them in vain, share no pixels', async () => {
  const { batchSize } = visual;
  const names = photoNames.slice(0, 3);
  const batches = names.map((name) => Array.from({ length: batchSize }, () => photo(name)));
  const encodeAll = () => Promise.all(batches.map((batch) => visual.encodeImages(batch)));
  const inVain = batches.map((batch) =>
    assert.rejects(visual.encodeImages([...batch.slice(1), '/no/such/picture.jpg']), { code: 'ENOENT' }),
  );
  const [first] = await Promise.all([encodeAll(), ...inVain]);
  const second = await encodeAll();
  for (const [at, name] of names.entries()) {
    const single = await visual.encodeImages([photo(name)]);
    const found = [...(first[at] ?? []), ...(second[at] ?? []), ...single];
    assert.equal(found.length, 2 * batchSize + 1);
    for (const vector of found) assert.ok(cosine(vector, vectors[at] ?? vector) > 0.9999);
  }
});

test('the orientation that a camera has noted is followed', async () => {
  const upright = await sharp(photo('rocket')).jpeg({ quality: 95 }).toBuffer();
  const turned = await sharp(upright).rotate(90).withMetadata({ orientation: 8 }).jpeg({ quality: 95 }).toBuffer();
  const [a, b] = await visual.encodeImages([upright, turned]);
  assert.ok(a && b && cosine(a, b) > 0.98);
});

test('what cannot be decoded is named by its place and refused', async () => {
  const cat = await readFile(photo('cat'));
  const bad: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /Image 2 cannot be decoded/],
    [Buffer.from('no picture at all'), /of no such format/],
    [cat.subarray(0, cat.length / 2), /Image 2 cannot be decoded/],
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /of no such format/],
    [
      await sharp({ create: { width: 12000, height: 12000, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
      /pixel limit/,
    ],
  ];
  for (const [image, message] of bad) {
    await assert.rejects(visual.encodeImages([cat, image]), (error) => {
      assert.ok(error instanceof UndecodableImageError);
      assert.match(error.message, message);
      assert.match(error.message, /JPEG, PNG or WebP of at most 100 million pixels/);
      assert.equal(error.position, 1);
      return true;
    });
  }
});

test('a file that is not there is no fault of a picture', async () => {
  await assert.rejects(visual.encodeImages(['/no/such/picture.jpg']), { code: 'ENOENT' });
});

test('transparent, grey and 16-bit pictures are taken', async () => {
  const grey = await sharp(photo('cat')).greyscale().png().toBuffer();
  const clear = await sharp(photo('cat')).ensureAlpha(0.999).png().toBuffer();
  const deep = await sharp(photo('cat')).toColourspace('rgb16').png().toBuffer();
  const [a, b, c] = await visual.encodeImages([grey, clear, deep]);
  const cat = await words('cat');
  for (const vector of [a, b, c]) assert.ok(vector && cosine(vector, cat) > 0.3);
});

test('an aborted call stops before its next batch', async () => {
  await assert.rejects(
    visual.encodeImages([photo('cat')], { signal: AbortSignal.abort(new Error('enough')) }),
    /enough/,
  );
});

test('a text that names nothing says so', async () => {
  assert.deepEqual(await visual.encodeText('zebrq'), { unknown: 'zebrq', suggestions: ['zebra'] });
});
