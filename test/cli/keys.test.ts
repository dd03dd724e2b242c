import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { createPostgresDatabase } from '../helpers/database.ts';
import { modelsFolder } from '../helpers/models.ts';
import { runCli, startServer, type TestServer } from './processes.ts';

const KEY_LINE = /^rg_[A-Za-z0-9_-]{43}\n$/;

async function statusOf({ url }: { url: string }, key?: string): Promise<number> {
  const headers = { 'content-type': 'application/json', ...(key && { 'x-api-key': key }) };
  const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
  return answer.status;
}

/** Runs `keys` with these words, which must succeed, and resolves to what it printed. */
async function keys(settings: Record<string, string>, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(['keys', ...words], settings);
  assert.equal(code, 0, stderr);
  return stdout;
}

describe('without a server', () => {
  let folder: string;
  let settings: Record<string, string>;
  let drop = async () => {};
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
    settings = { DATA_DIR: folder, MODELS_DIR: modelsFolder };
    if (!process.env.TEST_DATABASE_URL) return;
    const database = await createPostgresDatabase(process.env.TEST_DATABASE_URL);
    drop = database.drop;
    settings.DATABASE_URL = database.url;
  });
  after(async () => {
    await drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('where others reach it, serve refuses to start as long as there is no key', async () => {
    const { code, stdout, stderr } = await runCli(['serve'], { ...settings, HOST: '0.0.0.0', PORT: '0' });
    assert.equal(code, 1);
    assert.match(stderr, /HOST=0\.0\.0\.0 is reachable by others, and there is no API key yet\./);
    assert.match(stderr, /reelgraph keys create NAME/);
    assert.doesNotMatch(stdout, /listening/);
  });

  it('keys are made, listed and revoked in the database itself', async () => {
    assert.match(await keys(settings, 'create', 'first', '--if-none'), KEY_LINE);
    assert.equal(await keys(settings, 'create', 'second', '--if-none'), '');
    const made = await runCli(['keys', 'create', 'web site', '--tenant', 'acme', '--role', 'read'], settings);
    assert.match(made.stdout, KEY_LINE);
    assert.match(made.stderr, /The key "web site" of the tenant "acme" with the role "read"/);
    const [prefix, key] = [made.stdout.slice(0, 11), made.stdout.trim()];
    const revoked = await keys(settings, 'revoke', prefix);
    assert.equal(revoked, `The key "web site" (${prefix}…) of the tenant "acme" is revoked.\n`);
    const listed = await keys(settings, 'list');
    assert.match(listed, /^[0-9a-f-]{36} {2}rg_\S{8} {2}default {2}admin {2}\S+ {14}first$/m);
    assert.match(
      listed,
      new RegExp(`^[0-9a-f-]{36}  ${prefix}  acme     read   \\S+  \\d{4}-\\d\\d-\\d\\d  web site$`, 'm'),
    );
    assert.ok(!listed.includes(key) && !made.stderr.includes(key));
  });

  it('wrong words are told, all at once', async () => {
    const words = ['keys', 'create', '', '--tenant', 'a/b', '--role', 'root'];
    const { code, stdout, stderr } = await runCli(words, settings);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /name: 0 .*; tenant: "a\/b" .*; role: "root"/);
  });
});

describe('with a server that runs', () => {
  let server: TestServer;
  let admin: string;
  before(async () => {
    server = await startServer();
  });
  after(() => server[Symbol.asyncDispose]());

  it('the first key counts at once', async () => {
    assert.equal(await statusOf(server), 200);
    admin = (await keys(server.settings, 'create', 'admin')).trim();
    assert.equal(await statusOf(server), 401);
    assert.equal(await statusOf(server, admin), 200);
  });

  it('index and search take a key, and say where one comes from', async () => {
    const address = ['--server', server.url];
    const without = await runCli(['search', 'cat', ...address]);
    assert.equal(without.code, 1);
    assert.match(without.stderr, /An API key is needed.*\nGive a key with --api-key or REELGRAPH_API_KEY/);
    const wrong = await runCli(['search', 'cat', ...address], { REELGRAPH_API_KEY: `rg_${'A'.repeat(43)}` });
    assert.match(wrong.stderr, /This API key is not valid/);
    assert.doesNotMatch(wrong.stderr, /AAAA/);
    const right = await runCli(['search', 'cat', '--api-key', admin, ...address]);
    assert.match(right.stderr, /There is no index yet/);
  });

  it('to revoke a key closes its sockets, and nobody gets in with it any more', async () => {
    const key = (await keys(server.settings, 'create', 'socket', '--role', 'read')).trim();
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { apiKey: key } }));
    await once(socket, 'message');
    const closed = once(socket, 'close');
    await keys(server.settings, 'revoke', key);
    const [code, reason] = await closed;
    assert.deepEqual([code, String(reason)], [4401, 'The API key is not valid any more.']);
    assert.equal(await statusOf(server, key), 401);
    assert.equal(await statusOf(server, admin), 200);
  });
});
