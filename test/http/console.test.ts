import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSchema, createYoga } from 'graphql-yoga';
import { useConsole } from '../../src/http/console.ts';

const schema = createSchema({ typeDefs: 'type Query { a: Int }' });
const BUILT = new URL('../../dist/console/', import.meta.url);
const NOWHERE = new URL('nowhere/', import.meta.url);

/** Asks a server that has the console and nothing else. */
function ask(
  path: string,
  init: RequestInit = {},
  { env = { CONSOLE: true } as { CONSOLE: boolean; PUBLIC_URL?: string }, folder = BUILT } = {},
) {
  const { fetch } = createYoga({ schema, landingPage: false, plugins: [useConsole(env as never, folder)] });
  return fetch(`http://reelgraph.test:4000${path}`, init);
}

describe('the console', () => {
  it('is a page that is looked for anew each time, and files that never change', async () => {
    const page = await ask('/');
    assert.equal(page.status, 200);
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    assert.equal(files.length, 3, html);
    const types: string[] = [];
    for (const path of files) {
      const file = await ask(path);
      assert.equal(file.status, 200, path);
      assert.match(file.headers.get('cache-control') ?? '', /immutable/);
      assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
      types.push(file.headers.get('content-type') ?? '');
    }
    assert.deepEqual(types.sort(), ['image/svg+xml', 'text/css; charset=utf-8', 'text/javascript; charset=utf-8']);
  });

  it('loads nothing from elsewhere, and runs no script but its own', async () => {
    const policyOf = async (env: { CONSOLE: boolean; PUBLIC_URL?: string }) =>
      (await ask('/', {}, { env })).headers.get('content-security-policy') ?? '';
    const policy = await policyOf({ CONSOLE: true });
    assert.match(policy, /^default-src 'self'; /);
    assert.match(policy, /connect-src 'self' ws:\/\/reelgraph\.test:4000 wss:\/\/reelgraph\.test:4000;/);
    assert.doesNotMatch(policy, /unsafe|script-src|\*/);
    // Where its pictures and videos are said to be, whatever name it was asked by.
    const elsewhere = await policyOf({ CONSOLE: true, PUBLIC_URL: 'https://video.example/reels' });
    assert.match(elsewhere, /img-src 'self' blob: data: https:\/\/video\.example;/);
    assert.doesNotMatch(await (await ask('/')).text(), /<script>|style=|https?:/);
  });

  it('is told of without its bytes', async () => {
    const { length } = await (await ask('/')).text();
    const head = await ask('/', { method: 'HEAD' });
    assert.equal(head.headers.get('content-length'), String(length));
    assert.equal(await head.text(), '');
  });

  it('has no other files', async () => {
    const paths = ['/assets/', '/assets/other.js', '/assets/..%2f..%2f..%2fpackage.json', '/assets/%2e%2e/index.html'];
    for (const path of [...paths, '/index.html', '/package.json', '/assets/a/b.js']) {
      const answer = await ask(path);
      assert.equal(answer.status, 404, path);
      assert.doesNotMatch(await answer.text(), /reelgraph"|<html/i, path);
    }
    assert.equal((await ask('/', { method: 'POST' })).status, 404);
  });

  it('says so where it has not been built', async () => {
    const answer = await ask('/', {}, { folder: NOWHERE });
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /npm run build/);
  });

  it('CONSOLE=false: there is none', async () => {
    assert.equal((await ask('/', {}, { env: { CONSOLE: false } })).status, 404);
  });
});
