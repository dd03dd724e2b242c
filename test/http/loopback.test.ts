import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { isOwnHost } from '../../src/http/loopback.ts';
import { listen } from '../../src/http/server.ts';
import { createTestApp } from '../helpers/app.ts';

it('the names of this machine are told apart from those that somebody else gives it', () => {
  for (const own of ['127.0.0.1:4000', 'localhost', 'LOCALHOST:1', 'a.localhost:80', '[::1]:4000', '192.168.1.20'])
    assert.equal(isOwnHost(own, undefined), true, own);
  for (const strange of ['evil.example:4000', 'localhost.evil.example', '127.0.0.1.evil.example', 'a b', ''])
    assert.equal(isOwnHost(strange, undefined), false, strange);
  assert.equal(isOwnHost('films.example', 'https://films.example/api'), true);
  assert.equal(isOwnHost('other.example', 'https://films.example/api'), false);
});

it('a page whose name was made to lead here gets nothing without a key', async () => {
  await using test = await createTestApp();
  const server = await listen(test.app, { host: '127.0.0.1', port: 0 });
  try {
    const ask = async (host: string) => {
      const headers = { host, 'content-type': 'application/json', 'graphql-require-preflight': '1' };
      const asked = request(`${server.url}/graphql`, { method: 'POST', headers, agent: false });
      asked.end('{"query":"{ indexes { totalCount } }"}');
      const [answer] = await once(asked, 'response');
      return { status: answer.statusCode, body: await text(answer) };
    };
    const { port } = new URL(server.url);
    assert.equal((await ask(`127.0.0.1:${port}`)).status, 200);
    const refused = await ask(`evil.example:${port}`);
    assert.equal(refused.status, 401);
    assert.match(refused.body, /its own names only, and \\"evil\.example:\d+\\" is none of them/);
  } finally {
    await server.close();
  }
});
