import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, it } from 'node:test';
import { makeClip } from '../helpers/clips.ts';
import { blocks, section } from '../helpers/readme.ts';
import { type Stage, setStage } from './stage.ts';

const [createIndex = '', upload = '', follow = ''] = blocks(section('The API'), 'sh');
const [search = ''] = blocks(section('curl', 3), 'sh');

let stage: Stage;
let folder: string;
const ids = { INDEX_ID: '', TASK_ID: '' };
before(async () => {
  stage = await setStage();
  folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
  await copyFile(await makeClip(), join(folder, 'film.mp4'));
});
after(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a line of README as a shell does, save for the server's address. */
function start(line: string, variables: Record<string, string> = {}) {
  const script = line.replace('http://127.0.0.1:4000/graphql', stage.endpoint);
  assert.notEqual(script, line);
  const env = { PATH: process.env.PATH, ...ids, ...variables };
  return spawn('bash', ['-c', script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(line: string, variables: Record<string, string> = {}) {
  const { stdout, stderr } = start(line, variables);
  const [answer, told] = await Promise.all([text(stdout), text(stderr)]);
  return { data: JSON.parse(answer).data, told };
}

const statesIn = (events: string) => [...events.matchAll(/"status":"(\w+)"/g)].map(([, status]) => status);

it('creates an index, and the second one of its name is refused', async () => {
  const { data } = await run(createIndex);
  ids.INDEX_ID = data.createIndex.id;
  assert.ok(ids.INDEX_ID);
  const again = await run(createIndex);
  assert.match(again.data.createIndex.message, /films/);
});

it('uploads with progress, loses its connection, and follows the task to READY', async () => {
  const { data, told } = await run(upload);
  ids.TASK_ID = data.createTask.id;
  assert.match(told, /100/);

  const cut = start(follow);
  const ended = once(cut, 'exit');
  let heard = '';
  for await (const part of cut.stdout) {
    heard += part;
    if (statesIn(heard).length > 0) stage.proxy.cut();
  }
  const [code] = await ended;
  assert.notEqual(code, 0);
  stage.proxy.restore();

  const { stdout } = start(follow);
  assert.equal(statesIn(await text(stdout)).at(-1), 'READY');
});

it('searches page by page', async () => {
  const first = (await run(search)).data.search;
  assert.deepEqual([first.edges.length, first.pageInfo.hasNextPage], [2, true]);
  const rest = (await run(search, { END_CURSOR: JSON.stringify(first.pageInfo.endCursor) })).data.search;
  assert.deepEqual([rest.edges[0].rank, rest.pageInfo.hasNextPage], [3, false]);
});
