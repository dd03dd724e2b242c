import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient } from '../../src/client/client.ts';
import { startServer } from '../helpers/server-process.ts';
import { createRandom, mutate } from './mutate.ts';
import { report } from './report.ts';
import { makeSmallClips } from './small-clips.ts';

const FILES = process.env.FAULTS === 'full' ? 1000 : 25;
const SEED = Number(process.env.FAULTS_SEED ?? 1);
/** Uploads that are on their way at once. */
const UPLOADS = 8;
/** Milliseconds for all of it: a task that has not ended by then hangs. */
const LIMIT = process.env.FAULTS === 'full' ? 60 * 60_000 : 5 * 60_000;

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

/** Seconds from the end of the upload to the end of the task. */
function secondsOf({ history }: Task): number {
  const [first, last] = [history[0], history.at(-1)].map((step) => Date.parse(step?.at ?? ''));
  return ((last ?? 0) - (first ?? 0)) / 1000;
}

/** Seconds of the work on its file alone: waiting for a worker is what the others take. */
function workOf({ history }: Task): number {
  const at = (status: string) => history.find((step) => step.status === status)?.at;
  const [from, to] = [at('QUEUED') ?? at('VALIDATING'), history.at(-1)?.at].map((time) => Date.parse(time ?? ''));
  return ((to ?? 0) - (from ?? 0)) / 1000;
}

test(`${FILES} mutated videos: each task ends, the server lives, nothing is left`, {
  timeout: LIMIT + 60_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mutated-'));
  const server = await startServer({
    DATA_DIR: folder,
    LOG_LEVEL: 'warn' === process.env.FAULTS_LOG ? 'warn' : 'info',
  });
  const troubles: string[] = [];
  server.child.stdout?.on('data', (chunk) => {
    for (const line of String(chunk).split('\n')) if (/"level":[56]0/.test(line)) troubles.push(line);
  });
  let died = false;
  server.child.once('exit', () => {
    died = true;
  });
  const client = createClient(server.url);
  try {
    const started = performance.now();
    const indexes = await Promise.all(
      [true, false].map(async (rejectBrokenFrames) => {
        const validation = {
          minHeight: 1,
          maxHeight: 4096,
          minDuration: 0,
          maxDuration: 60,
          requireAudio: false,
          rejectBrokenFrames,
        };
        const input = { name: `mutated ${rejectBrokenFrames}`, modalities: ['VISUAL'], validation };
        return (await client.request<{ createIndex: { id: string } }>(CREATE_INDEX, { input })).createIndex.id;
      }),
    );
    const tasks = new Map<string, Task>();
    const stopping = new AbortController();
    const limit = setTimeout(() => stopping.abort(new Error('the limit of time')), LIMIT);
    const watching = indexes.map(async (id) => {
      for await (const { tasksUpdated } of client.subscribe<{ tasksUpdated: Task }>(
        WATCH,
        { id },
        { signal: stopping.signal },
      )) {
        tasks.set(tasksUpdated.id, tasksUpdated);
        const ended = [...tasks.values()].filter(({ status }) => ENDS.includes(status)).length;
        if (ended === FILES) stopping.abort(new Error('all have ended'));
      }
    });

    const clips = await makeSmallClips();
    const formatOf = new Map<string, string>();
    let next = 0;
    const upload = async () => {
      while (next < FILES) {
        const number = next++;
        const clip = clips[number % clips.length];
        if (!clip) throw new Error('there are no clips');
        const bytes = mutate(clip.bytes, createRandom(SEED * 1_000_003 + number));
        const file = new File([new Uint8Array(bytes)], `${number}.${clip.format}`);
        const input = { indexId: indexes[Math.floor(number / clips.length) % 2], videoFile: null };
        const { createTask } = await client.upload<{ createTask: { id: string } }>(
          CREATE_TASK,
          { input },
          { 'input.videoFile': file },
        );
        formatOf.set(createTask.id, `${number}.${clip.format}`);
      }
    };
    await Promise.all(Array.from({ length: UPLOADS }, upload));
    await Promise.allSettled(watching);
    clearTimeout(limit);
    const seconds = (performance.now() - started) / 1000;

    const ended = [...tasks.values()].filter(({ status }) => ENDS.includes(status));
    const counts = Map.groupBy(ended, ({ status, failure }) => failure?.code ?? status);
    const internal = counts.get('INTERNAL') ?? [];
    const slowest = ended.toSorted((one, other) => workOf(other) - workOf(one)).slice(0, 5);
    t.diagnostic(
      `seed ${SEED}: ${[...counts].map(([code, those]) => `${code} ${those.length}`).join(', ')}; ${seconds.toFixed(0)} s`,
    );
    t.diagnostic(
      `slowest: ${slowest.map((task) => `${formatOf.get(task.id)} ${workOf(task).toFixed(1)} s of ${secondsOf(task).toFixed(1)}`).join(', ')}`,
    );
    const messages = Map.groupBy(ended, ({ failure }) => failure?.message.replace(/\d[\d.]*/g, 'N') ?? 'READY');
    for (const [message, those] of messages) t.diagnostic(`${those.length} x ${message}`);
    for (const line of troubles) t.diagnostic(line.slice(0, 600));

    assert.equal(died, false, 'the server lives');
    assert.equal(ended.length, FILES, `terminal: ${ended.length} of ${FILES}`);
    assert.deepEqual(
      internal.map(({ id }) => formatOf.get(id)),
      [],
    );
    assert.deepEqual(troubles, []);
    assert.deepEqual(await processesNaming(folder, server.child.pid), []);
    assert.deepEqual(await readdir(join(folder, 'tmp')), []);
    const outcomes = [...counts].map(([code, those]) => `${those.length} ${code}`).join(', ');
    await report({
      fault: `${FILES} mutated media files`,
      required: '0 crashes, 0 hangs, 100 % terminal',
      measured: `0 crashes, 0 hangs, ${ended.length} terminal (${outcomes}) in ${seconds.toFixed(0)} s; slowest ${workOf(slowest[0] ?? { id: '', status: '', failure: null, history: [] }).toFixed(1)} s`,
    });
  } finally {
    await client.close();
    const code = await server.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
    assert.equal(code, 0);
  }
});

/** Command lines of processes, other than the server's, in which `text` stands. */
async function processesNaming(text: string, server: number | undefined): Promise<string[]> {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(text) && Number(pid) !== server) found.push(command);
  }
  return found;
}
