import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { type Context, createContext } from '../../src/graphql/context.ts';
import { readUploadedImage } from '../../src/graphql/read-image.ts';
import { passOver } from '../../src/graphql/receive-upload.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { uploadOf } from '../helpers/file-parts.ts';

const WITHIN = 50;
const LATE = { name: 'InvalidInputError', message: 'image: The image had not come after 0.05 s.' };

describe('an uploaded image that is late', () => {
  let test: TestApp;
  let context: Context;
  before(async () => {
    test = await createTestApp({ env: { MAX_UPLOADS_IN_FLIGHT: 1 } });
    const caller = { tenant: 'default', role: 'read', keyId: null } as const;
    context = createContext(test.app, { caller, origin: 'http://reelgraph.test', linkKey: null });
  });
  after(() => test[Symbol.asyncDispose]());

  it('is refused where its part does not come, and passes by when it comes after all', async () => {
    const previous = new PassThrough();
    const { upload, stream } = uploadOf(new PassThrough(), 'a.png', previous);
    await assert.rejects(readUploadedImage(context, upload.promise, 'image', WITHIN), LATE);
    passOver(upload.promise);
    const passed = once(stream, 'end');
    previous.resume().end();
    (stream as PassThrough).end(Buffer.alloc(1_000_000));
    await passed;
  });

  it('is refused where its part does not end; what comes later is passed over', async () => {
    const part = new PassThrough();
    part.write('begun');
    await assert.rejects(readUploadedImage(context, uploadOf(part, 'a.png').upload.promise, 'image', WITHIN), LATE);
    const passed = once(part, 'end');
    for (let n = 0; n < 10; n += 1) part.write(Buffer.alloc(100_000));
    part.end();
    await passed;
  });

  it('is refused where its part drips, and one that is there in time is whole', async () => {
    const part = new PassThrough();
    const dripping = setInterval(() => part.write('.'), 5);
    await assert.rejects(readUploadedImage(context, uploadOf(part, 'a.png').upload.promise, 'image', WITHIN), LATE);
    clearInterval(dripping);
    const passed = once(part, 'end');
    part.end();
    await passed;
    const whole = new PassThrough();
    whole.end('bytes');
    assert.deepEqual(
      await readUploadedImage(context, uploadOf(whole, 'a.png').upload.promise, 'image'),
      Buffer.from('bytes'),
    );
  });
});
