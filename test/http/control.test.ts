import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, it } from 'node:test';
import { pino } from 'pino';
import { controlPath, serveControl } from '../../src/http/control.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';

let test: TestApp;
before(async () => {
  test = await createTestApp();
});
after(() => test[Symbol.asyncDispose]());

async function send(socketPath: string, command: unknown) {
  const body = JSON.stringify(command);
  const headers = { 'content-length': Buffer.byteLength(body) };
  const sent = request({ socketPath, method: 'POST', path: '/keys', headers, agent: false }).end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, answer: JSON.parse(await text(response)) };
}

it('takes key commands at a socket that only the owner gets at, and that goes with the server', async () => {
  const path = join(test.app.env.DATA_DIR, 'control.sock');
  // As a killed server leaves it.
  await writeFile(path, '');
  const control = await serveControl(test.app);
  assert.equal(statSync(path).mode & 0o7777, 0o600);
  const created = await send(path, { do: 'create', name: 'one', role: 'read' });
  assert.equal(created.status, 200);
  assert.match(created.answer.key, /^rg_/);
  const listed = await send(path, { do: 'list' });
  assert.deepEqual(
    listed.answer.keys.map(({ name, role, revokedAt }: Record<string, unknown>) => ({ name, role, revokedAt })),
    [{ name: 'one', role: 'read', revokedAt: null }],
  );
  assert.ok(!JSON.stringify(listed.answer).includes('sha256'));
  const revoked = await send(path, { do: 'revoke', key: created.answer.keys[0].id });
  assert.ok(revoked.answer.keys[0].revokedAt);
  assert.deepEqual(await send(path, { do: 'create', name: 'two', role: 'root' }), {
    status: 400,
    answer: { message: 'role: "root" given; allowed are read, write, admin.' },
  });
  for (const wrong of [{ do: 'drop' }, 'x'.repeat(20_000), { do: 'create' }])
    assert.equal((await send(path, wrong)).status, 500);
  await control.close();
  assert.ok(!existsSync(path));
});

it('a path that no socket can have is told of, and the server goes on without', async () => {
  const deep = join(test.app.env.DATA_DIR, 'd'.repeat(100));
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) });
  const control = await serveControl({ ...test.app, log, env: { ...test.app.env, DATA_DIR: deep } });
  assert.match(warnings.join(), /too long for a socket: stop the server to change its API keys/);
  await control.close();
});

it('the shorter of the paths is taken', () => {
  assert.equal(controlPath(join(process.cwd(), 'data')), join('data', 'control.sock'));
  assert.equal(controlPath('/d'), '/d/control.sock');
});
