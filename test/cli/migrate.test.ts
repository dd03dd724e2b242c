import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPostgresDatabase } from '../helpers/database.ts';
import { runCli } from './processes.ts';

const server = process.env.TEST_DATABASE_URL;

test('migrate makes an empty database usable, and may run again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
  const database = server ? await createPostgresDatabase(server) : undefined;
  try {
    const settings = { DATA_DIR: folder, ...(database && { DATABASE_URL: database.url }) };
    for (const _ of ['first', 'second']) {
      const { code, stdout } = await runCli(['migrate'], settings);
      assert.equal(code, 0);
      assert.match(stdout, /^Migrated the .*: the tables and the job queue \(\d+ kinds of jobs\) are up to date.\n$/);
      if (server) assert.ok(!stdout.includes(new URL(server).password || '\0'), 'the password is not shown');
      else assert.ok(stdout.includes(folder));
    }
  } finally {
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  }
});

test('migrate says why a database cannot be reached', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
  const DATABASE_URL = 'postgres://nobody:hidden@127.0.0.1:1/nothing';
  const { code, stderr } = await runCli(['migrate'], { DATA_DIR: folder, DATABASE_URL });
  await rm(folder, { recursive: true, force: true });
  assert.equal(code, 1);
  assert.match(stderr, /^reelgraph: .*ECONNREFUSED/);
  assert.doesNotMatch(stderr, /hidden|^\s+at /m);
});
