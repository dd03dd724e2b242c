import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeClip } from '../helpers/clips.ts';
import { runCli, startCli, startServer, type TestServer } from './processes.ts';

const onPostgres = process.env.TEST_DATABASE_URL !== undefined;

let server: TestServer;
before(async () => {
  server = await startServer(onPostgres ? { ROLE: 'api' } : {});
});
after(() => server[Symbol.asyncDispose]());

test('serve answers /health and /ready in JSON, and offers GraphiQL', async () => {
  const health = await fetch(`${server.url}/health`);
  assert.deepEqual([health.status, await health.json()], [200, { status: 'ok' }]);
  const ready = await fetch(`${server.url}/ready`);
  assert.equal(ready.status, 200);
  assert.equal(((await ready.json()) as { status: string }).status, 'ready');
  const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
  assert.match(await page.text(), /GraphiQL/);
});

if (onPostgres)
  test('worker does the work of an API that has none', async () => {
    const worker = startCli(['worker'], server.settings);
    const { code, stderr } = await runCli(['index', await makeClip(), '--server', server.url]);
    worker.child.kill('SIGTERM');
    assert.equal(code, 0, stderr);
    assert.equal((await worker.outcome).code, 0);
  });
else
  test('the embedded database has no room for a second process', async () => {
    const worker = await runCli(['worker'], server.settings);
    assert.equal(worker.code, 1);
    assert.match(worker.stderr, /ROLE=worker: the embedded database serves one process/);
    for (const command of ['serve', 'migrate']) {
      const { code, stderr } = await runCli([command], { ...server.settings, PORT: '0' });
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^reelgraph: The data folder .+ is in use by process \d+\. Stop that process, or set DATA_DIR/,
      );
    }
  });
