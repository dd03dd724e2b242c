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
/** Videos that are uploaded, or worked on, at once. */
const AT_ONCE = 8;
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
  const client = createClient({ url: server.url });
  try {
    const started = performance.now();
    const indexes = [await createIndex(client, true), await createIndex(client, false)];
    const ends = followTasks(client, indexes);
    const tasks = await uploadAll(client, indexes, ends.of).finally(ends.stop);
    const seconds = Math.round((performance.now() - started) / 1000);

    const outcomes = Map.groupBy(tasks, ({ status, failure }) => failure?.code ?? status);
    const counts = [...outcomes].map(([outcome, those]) => `${those.length} ${outcome}`).join(', ');
    const slowest = Math.max(...tasks.map(secondsOf));
    const messages = Map.groupBy(tasks, ({ failure }) => failure?.message.replace(/\d[\d.]*/g, 'N') ?? 'READY');
    for (const [message, those] of messages) t.diagnostic(`${those.length} x ${message}`);
    t.diagnostic(`seed ${SEED}: ${counts}; ${seconds} s, the slowest ${slowest.toFixed(1)} s`);

    assert.equal(died, false, 'the server lives');
    assert.equal(tasks.length, FILES, 'every task ends');
    assert.deepEqual(outcomes.get('INTERNAL')?.map(({ name }) => name) ?? [], []);
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

/** Follows the tasks of the indexes: `of` resolves with a task that has ended, and rejects at the limit of time. */
function followTasks(client: Client, indexes: readonly string[]) {
  const stopping = new AbortController();
  const endings = new Map<string, PromiseWithResolvers<Task>>();
  const endingOf = (id: string) => {
    const ending = endings.get(id) ?? Promise.withResolvers<Task>();
    endings.set(id, ending);
    return ending;
  };
  const limit = setTimeout(() => {
    for (const [id, { reject }] of endings) reject(new Error(`task ${id} has not ended in ${LIMIT / 1000} s`));
  }, LIMIT);
  const watching = indexes.map(async (id) => {
    const updates = client.subscribe<{ tasksUpdated: Task }>(WATCH, { id }, { signal: stopping.signal });
    for await (const { tasksUpdated: task } of updates) if (ENDS.includes(task.status)) endingOf(task.id).resolve(task);
  });
  return {
    of: (id: string) => endingOf(id).promise,
    async stop() {
      clearTimeout(limit);
      stopping.abort();
      await Promise.allSettled(watching);
    },
  };
}

/** Uploads the mutated files, half of them into each index, some at a time, and resolves with their tasks at the end. */
async function uploadAll(client: Client, indexes: readonly string[], endOf: (id: string) => Promise<Task>) {
  const clips = await makeSmallClips();
  const tasks: (Task & { name: string })[] = [];
  let next = 0;
  const take = async () => {
    while (next < FILES) {
      const number = next++;
      const clip = clips[number % clips.length] ?? { format: '', bytes: Buffer.alloc(0) };
      const bytes = mutate(clip.bytes, createRandom(SEED * 1_000_003 + number));
      const name = `${number}.${clip.format}`;
      const input = {
        indexId: indexes[Math.floor(number / clips.length) % indexes.length],
        videoFile: new File([new Uint8Array(bytes)], name),
      };
      const sent = await client.request<{ createTask: { id: string } }>(CREATE_TASK, { input });
      tasks.push({ name, ...(await endOf(sent.createTask.id)) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));
  return tasks;
}

/** Seconds from the end of the upload to that of the task. */
function secondsOf({ history }: Task): number {
  const [first, last] = [history[0], history.at(-1)].map((step) => Date.parse(step?.at ?? ''));
  return ((last ?? 0) - (first ?? 0)) / 1000;
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
