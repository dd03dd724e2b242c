import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Client, createClient } from '../../src/client/client.ts';
import { startServer } from '../helpers/server-process.ts';
import { createRandom, mutate } from './mutate.ts';
import { report } from './report.ts';
import { makeSmallClips } from './small-clips.ts';

const FULL = process.env.FAULTS === 'full';
const FILES = FULL ? 1000 : 25;
const SEED = Number(process.env.FAULTS_SEED ?? 1);
/** Uploads that are on their way at once. */
const UPLOADS = 8;
/** Milliseconds for all of it: a task that has not ended by then hangs. */
const LIMIT = (FULL ? 60 : 5) * 60_000;

interface Task {
  id: string;
  status: string;
  failure: { code: string; message: string } | null;
  history: { status: string; at: string }[];
}

const CREATE_INDEX = 'mutation ($input: CreateIndexInput!) { createIndex(input: $input) { ... on Index { id } } }';
const CREATE_TASK =
  'mutation ($input: CreateTaskInput!) { createTask(input: $input) { ... on Task { id } ... on Error { message } } }';
const WATCH = `subscription ($id: ID!) { tasksUpdated(indexId: $id) {
  id status failure { code message } history { status at }
} }`;
const ENDS = ['READY', 'FAILED', 'CANCELED'];

test(`${FILES} mutated videos: each task ends, the server lives, nothing is left`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mutated-'));
  const server = await startServer({ DATA_DIR: folder });
  const errors: string[] = [];
  server.child.stdout?.on('data', (chunk) => {
    errors.push(
      ...String(chunk)
        .split('\n')
        .filter((line) => /"level":[56]0/.test(line)),
    );
  });
  let died = false;
  server.child.once('exit', () => {
    died = true;
  });
  const client = createClient(server.url);
  try {
    const started = performance.now();
    const indexes = [await createIndex(client, true), await createIndex(client, false)];
    const ending = watchToTheEnd(client, indexes);
    const names = await uploadAll(client, indexes);
    const tasks = await ending;
    const seconds = Math.round((performance.now() - started) / 1000);

    const outcomes = Map.groupBy(tasks, ({ status, failure }) => failure?.code ?? status);
    const counts = [...outcomes].map(([outcome, those]) => `${those.length} ${outcome}`).join(', ');
    const slowest = Math.max(...tasks.map(workOf));
    const messages = Map.groupBy(tasks, ({ failure }) => failure?.message.replace(/\d[\d.]*/g, 'N') ?? 'READY');
    for (const [message, those] of messages) t.diagnostic(`${those.length} x ${message}`);
    t.diagnostic(`seed ${SEED}: ${counts}; ${seconds} s, the slowest ${slowest.toFixed(1)} s`);

    assert.equal(died, false, 'the server lives');
    assert.equal(tasks.length, FILES, 'every task ends');
    assert.deepEqual(outcomes.get('INTERNAL')?.map(({ id }) => names.get(id)) ?? [], []);
    assert.deepEqual(errors, []);
    assert.deepEqual(await toolsAt(folder), []);
    assert.deepEqual(await readdir(join(folder, 'tmp')), []);
    await report({
      fault: `${FILES} mutated media files (seed ${SEED})`,
      required: '0 crashes, 0 hangs, 100 % terminal',
      measured: `0 crashes, 0 hangs, ${tasks.length} of ${FILES} terminal (${counts}) in ${seconds} s, the slowest ${slowest.toFixed(1)} s`,
    });
  } finally {
    await client.close();
    const code = await server.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
    assert.equal(code, 0);
  }
});

/** An index that takes whatever decodes. */
async function createIndex(client: Client, rejectBrokenFrames: boolean): Promise<string> {
  const sizes = { minHeight: 1, maxHeight: 16_385, minDuration: 0, maxDuration: 60 };
  const validation = { ...sizes, requireAudio: false, rejectBrokenFrames };
  const input = { name: `mutated ${rejectBrokenFrames}`, modalities: ['VISUAL'], validation };
  return (await client.request<{ createIndex: { id: string } }>(CREATE_INDEX, { input })).createIndex.id;
}

/** The tasks that have ended, once all have, or when the limit of time has come. */
async function watchToTheEnd(client: Client, indexes: readonly string[]): Promise<Task[]> {
  const ended = new Map<string, Task>();
  const stopping = new AbortController();
  const limit = setTimeout(() => stopping.abort(), LIMIT);
  const watching = indexes.map(async (id) => {
    const updates = client.subscribe<{ tasksUpdated: Task }>(WATCH, { id }, { signal: stopping.signal });
    for await (const { tasksUpdated: task } of updates) {
      if (ENDS.includes(task.status)) ended.set(task.id, task);
      if (ended.size === FILES) stopping.abort();
    }
  });
  await Promise.allSettled(watching);
  clearTimeout(limit);
  return [...ended.values()];
}

/** Uploads the mutated files, half of them into each index, and resolves with their names by task. */
async function uploadAll(client: Client, indexes: readonly string[]): Promise<Map<string, string>> {
  const clips = await makeSmallClips();
  const names = new Map<string, string>();
  let next = 0;
  const take = async () => {
    while (next < FILES) {
      const number = next++;
      const clip = clips[number % clips.length] ?? { format: '', bytes: Buffer.alloc(0) };
      const bytes = mutate(clip.bytes, createRandom(SEED * 1_000_003 + number));
      const name = `${number}.${clip.format}`;
      const input = { indexId: indexes[Math.floor(number / clips.length) % indexes.length], videoFile: null };
      const files = { 'input.videoFile': new File([new Uint8Array(bytes)], name) };
      const sent = await client.upload<{ createTask: { id: string } }>(CREATE_TASK, { input }, files);
      names.set(sent.createTask.id, name);
    }
  };
  await Promise.all(Array.from({ length: UPLOADS }, take));
  return names;
}

/** Seconds from the last time that a task waited for a worker to its end. */
function workOf({ history }: Task): number {
  const began = history.find(({ status }) => status === 'QUEUED') ?? history[0];
  return (Date.parse(history.at(-1)?.at ?? '') - Date.parse(began?.at ?? '')) / 1000;
}

/** Command lines of ffmpeg and ffprobe on what is in a folder. */
async function toolsAt(folder: string): Promise<string[]> {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(folder) && /ff(mpeg|probe)/.test(command)) found.push(command);
  }
  return found;
}
