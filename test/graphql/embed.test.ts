import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { absentUpload, uploadOf } from '../helpers/file-parts.ts';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { photo } from '../helpers/photos.ts';
import { cosine } from '../helpers/vectors.ts';

const EMBED = `mutation ($input: EmbedInput!) {
  embed(input: $input) {
    __typename
    ... on Embedding { model { name installed } vector }
    ... on Error { code message }
    ... on InvalidInputError { issues { path } }
    ... on LimitExceededError { limit retryAfter }
  }
}`;

interface Embedded {
  embed: {
    __typename: string;
    model: { name: string; installed: boolean };
    vector: number[];
    code: string;
    message: string;
    issues: { path: string[] }[];
    limit: string;
    retryAfter: number;
  };
}

const PLACES = 6;

describe('embed', () => {
  let graphql: GraphQLApp;
  let cat: Buffer;
  const embed = async (input: object, tenant?: string) =>
    (await graphql.query<Embedded>(EMBED, { input }, tenant)).embed;
  const imageOf = (bytes: Buffer) => uploadOf(Readable.from([bytes]), 'image.png').upload;
  const pathsOf = ({ issues }: Embedded['embed']) => issues.map(({ path }) => path.join('.'));

  before(async () => {
    graphql = await createGraphQLApp({ FETCH_ALLOW_ADDRESSES: ['127.0.0.1'], EMBED_QUEUE: PLACES });
    cat = await readFile(photo('cat'));
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('puts a text and an image into one space', async () => {
    const text = await embed({ text: 'a tabby cat' });
    const image = await embed({ image: imageOf(cat), model: 'builtin' });
    const other = await embed({ text: 'espresso' });
    for (const { __typename, model, vector } of [text, image]) {
      assert.deepEqual([__typename, model, vector.length], ['Embedding', { name: 'builtin', installed: true }, 256]);
      assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
    }
    const likeness = (a: Embedded['embed']) => cosine(Float32Array.from(a.vector), Float32Array.from(image.vector));
    assert.ok(likeness(text) > likeness(other));
  });

  it('downloads an image from a URL', async () => {
    const remote = createServer((request, response) => {
      if (request.url === '/cat.png') response.end(cat);
      else if (request.url === '/text') response.end('no image');
      else response.writeHead(404).end();
    });
    remote.listen(0, '127.0.0.1');
    await once(remote, 'listening');
    const address = `http://127.0.0.1:${(remote.address() as AddressInfo).port}`;
    try {
      const [byUrl, byFile] = [await embed({ imageUrl: `${address}/cat.png` }), await embed({ image: imageOf(cat) })];
      assert.deepEqual(byUrl.vector, byFile.vector);
      for (const path of ['/none', '/text'])
        assert.deepEqual(pathsOf(await embed({ imageUrl: address + path })), ['input.imageUrl']);
    } finally {
      remote.close();
      remote.closeAllConnections();
    }
  });

  it('takes exactly one of text, image and imageUrl, and lets an unread image pass by', async () => {
    assert.deepEqual(pathsOf(await embed({})), ['input']);
    const { upload, stream } = uploadOf(Readable.from([cat]), 'cat.png');
    const ended = once(stream, 'end');
    const { message, ...refused } = await embed({ text: 'cat', image: upload });
    assert.deepEqual(pathsOf(refused as Embedded['embed']), ['input']);
    assert.match(message, /text, image given; exactly one of text, image, imageUrl/);
    await ended;
  });

  it('refuses what it cannot embed, and says why', async () => {
    const closed = await embed({ text: 'xylophonically' });
    assert.deepEqual([closed.__typename, pathsOf(closed)], ['InvalidInputError', ['input.text']]);
    assert.match(closed.message, /closed/);
    assert.deepEqual(pathsOf(await embed({ text: ' ' })), ['input.text']);
    assert.deepEqual(pathsOf(await embed({ image: imageOf(Buffer.from('no image')) })), ['input.image']);
    assert.deepEqual(pathsOf(await embed({ image: absentUpload(400) })), ['input.image']);
    const large = uploadOf(Readable.from([Buffer.alloc(15_000_000), Buffer.alloc(6_000_000)]), 'large.png');
    assert.match((await embed({ image: large.upload })).message, /larger than 20000000 bytes/);
    const missing = await embed({ text: 'cat', model: 'nothing' });
    assert.deepEqual([missing.__typename, missing.code], ['NotFoundError', 'NOT_FOUND']);
  });

  it('answers as many at a time as it has places; the others are told when to try again', async () => {
    const inputs = Array.from({ length: 5 * PLACES }, (_, n) => (n % 2 ? { text: 'cat' } : { image: imageOf(cat) }));
    const results = await Promise.all(inputs.map((input, n) => embed(input, `tenant ${n % PLACES}`)));
    const answered = results.filter(({ __typename }) => __typename === 'Embedding');
    const refused = results.filter(({ __typename }) => __typename === 'LimitExceededError');
    assert.deepEqual([answered.length, refused.length], [PLACES, 4 * PLACES]);
    for (const { code, limit, retryAfter } of refused) {
      assert.deepEqual([code, limit], ['LIMIT_EXCEEDED', '6 requests to embed at a time']);
      assert.ok(retryAfter > 0 && retryAfter < 60, `${retryAfter}`);
    }
    assert.equal((await embed({ text: 'cat' })).__typename, 'Embedding');
  });

  it('lets a tenant have a quarter of the places, in which images that have not come wait, and nobody else', async () => {
    const parts = [new PassThrough(), new PassThrough()];
    const waiting = parts.map((part) => embed({ image: uploadOf(part, 'cat.png').upload }, 'a'));
    const { code, limit, retryAfter } = await embed({ text: 'cat' }, 'a');
    assert.deepEqual([code, limit], ['LIMIT_EXCEEDED', '2 requests to embed at a time of one tenant']);
    assert.ok(retryAfter > 0);
    assert.equal((await embed({ text: 'cat' }, 'b')).__typename, 'Embedding');
    for (const part of parts) part.end(cat);
    for (const { __typename } of await Promise.all(waiting)) assert.equal(__typename, 'Embedding');
    assert.equal((await embed({ text: 'cat' }, 'a')).__typename, 'Embedding');
  });
});
