import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { openRemoteFile } from '../../src/storage/remote-file.ts';

test('a download that is over no longer listens to its signal', async (t) => {
  const server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/file' }).end();
    else response.end('content');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/moved`;
  const { signal } = new AbortController();
  const { body } = await openRemoteFile(url, { allowAddresses: ['127.0.0.1'], signal });
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  assert.equal(String(await buffer(body)), 'content');
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});
