import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createRemoteFiles } from '../../src/storage/remote-files.ts';
import { certificate } from '../helpers/certificate.ts';
import { type RemoteServer, startRemoteServer } from '../helpers/remote-server.ts';

let location: string | undefined;
const secure = createServer(certificate, (_, response) => {
  if (location === undefined) response.end('content');
  else response.writeHead(302, { location }).end();
});
let plain: RemoteServer;
let port: number;
before(async () => {
  plain = await startRemoteServer((_, response) => response.end('not encrypted'));
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  port = (secure.address() as AddressInfo).port;
});
after(async () => {
  secure.close();
  await plain[Symbol.asyncDispose]();
});

const remote = createRemoteFiles({
  allow: ['127.0.0.1'],
  ports: [],
  limits: { minRate: 1 },
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
});
const read = async (url: string) => String(await remote.read(url, { maxBytes: 100 }));

it('a server must prove who it is', async () => {
  await assert.rejects(read(`https://secure.test:${port}/`), {
    name: 'RemoteFileError',
    message: 'the request failed (DEPTH_ZERO_SELF_SIGNED_CERT)',
    transient: false,
  });
});

it('one that is trusted is so under its own name, and does not lead back to http', async (t) => {
  const usual = getCACertificates('default');
  t.after(() => setDefaultCACertificates(usual));
  setDefaultCACertificates([certificate.cert]);
  assert.equal(await read(`https://secure.test:${port}/`), 'content');
  await assert.rejects(read(`https://other.test:${port}/`), { message: /ERR_TLS_CERT_ALTNAME_INVALID/ });
  location = `http://secure.test:${plain.port}/`;
  plain.asked.length = 0;
  await assert.rejects(read(`https://secure.test:${port}/`), {
    message: 'the server redirects from https: to http:',
    transient: false,
  });
  assert.deepEqual(plain.asked, []);
  location = undefined;
  plain.answer = (_, response) => response.writeHead(302, { location: `https://secure.test:${port}/` }).end();
  assert.equal(await read(plain.url('/')), 'content');
});
