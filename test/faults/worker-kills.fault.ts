import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { makeClip } from '../helpers/clips.ts';
import { type PostgresCluster, startCluster } from '../helpers/postgres-cluster.ts';
import type { ServerProcess } from '../helpers/server-process.ts';
import { until } from '../helpers/until.ts';
import { assertAtRest } from './at-rest.ts';
import { createRandom, isFull, spread } from './extent.ts';
import { type HeldDownloads, serveHeldDownloads } from './held-downloads.ts';
import { createHeldTools, installHolds } from './holds.ts';
import { createKillRecord } from './kill-record.ts';
import { countOpen, readOutcomes } from './outcomes.ts';
import { report } from './report.ts';
import { createSite, type Site } from './site.ts';
import { beginTask, STAGES, type Stage, type StagedTask, type Surroundings, videoOf } from './stages.ts';
import { createTasksApi, rowId } from './tasks-api.ts';
import { createVideoFiles } from './video-files.ts';

const KILLS = isFull ? 25 : 1;
const REQUIRED =
  '0 tasks lost, 0 duplicate segments, resumed within the heartbeat + 5 s (15 s), or 5 s after the start of the process';
/** As many tasks as there are stages are at work at once. */
const WORKER = { WORKER_CONCURRENCY: String(STAGES.length) };
/** Milliseconds of a network's work, some of which pass before the kill. */
const NETWORK_TIME = 250;

const computes = ({ halt }: Stage) => halt === 'network';

let cluster: PostgresCluster;
let downloads: HeldDownloads;
let files: Surroundings['files'];
before(async () => {
  cluster = await startCluster();
  downloads = await serveHeldDownloads();
  files = {
    small: await createVideoFiles(await makeClip({ seconds: 4, width: 160, height: 90 })),
    wordy: await createVideoFiles(await makeClip({ seconds: 16, width: 480, height: 270, scenes: 2 })),
  };
});
after(async () => {
  await downloads[Symbol.asyncDispose]();
  await cluster.remove();
});

async function surround(site: Site, tools: Surroundings['tools'], url: string): Promise<Surroundings> {
  const api = createTasksApi(url);
  const indexId = await api.createIndex('killed', ['VISUAL', 'TEXT_IN_VIDEO']);
  return { api, indexId, tools, downloads, dataDirectory: site.dataDirectory, files };
}

/** A task like each of those that will be killed, which nobody disturbs: nothing halts at its name. */
async function beginUndisturbed(around: Surroundings): Promise<StagedTask[]> {
  const alike = Map.groupBy(STAGES, (stage) => `${stage.kind} ${videoOf(stage)}`);
  const stages = [...alike.values()].flatMap(([stage]) => stage ?? []);
  return Promise.all(
    stages.map(async (stage) => {
      const video = around.files[videoOf(stage)]();
      const indexId = stage.kind === 'task' ? around.indexId : undefined;
      const { id } = await around.api.create(video, 'undisturbed', indexId);
      return { stage, id: rowId(id), reached: Promise.resolve(), release: async () => {} };
    }),
  );
}

/** Halts tasks at these stages, those that compute at last, as they do not wait. */
async function beginAll(around: Surroundings, stages: readonly Stage[]): Promise<StagedTask[]> {
  const halted = await Promise.all(stages.filter((stage) => !computes(stage)).map((stage) => beginTask(around, stage)));
  await Promise.all(halted.map(({ reached }) => reached));
  const computing = await Promise.all(stages.filter(computes).map((stage) => beginTask(around, stage)));
  await Promise.all(computing.map(({ reached }) => reached));
  return [...halted, ...computing];
}

async function reportKills(fault: string, seconds: Map<Stage, number[]>, kills: number, swept: number): Promise<void> {
  const counts = [...seconds.values()].map(({ length }) => length);
  await report({
    fault,
    required: REQUIRED,
    measured: `${kills} kills, ${counts.length} stages hit ${Math.min(...counts)} to ${Math.max(...counts)} times each: 0 lost, 0 duplicates, went on after ${spread([...seconds.values()].flat())}; ${swept} leftovers swept`,
  });
  // A network may be done before it is killed: the few rounds of the short form may all miss it.
  const certain = [...seconds].filter(([stage]) => isFull || !computes(stage)).map(([, { length }]) => length);
  assert.ok(
    Math.min(...certain) >= KILLS,
    `hits: ${[...seconds].map(([{ name }, { length }]) => `${name} ${length}`).join('; ')}`,
  );
}

describe('SIGKILL of the worker at each stage', { concurrency: true }, () => {
  for (const others of isFull ? [true, false] : [true])
    it(`Postgres, ${others ? 'another worker alive' : 'the only worker started again'}`, async () => {
      const random = createRandom();
      await using site = await createSite(WORKER, cluster);
      const tools = await createHeldTools(join(site.folder, 'tools'));
      const database = await site.openDatabase();
      try {
        await installHolds(database);
        const server = await site.start({ ROLE: 'api' });
        const startWorker = () => site.start({ ROLE: 'worker', ...tools.settings });
        let victim = await startWorker();
        let other = others ? await startWorker() : undefined;
        const around = await surround(site, tools, server.url);
        const undisturbed = await beginUndisturbed(around);
        await until(async () => (await countOpen(database)) === 0);
        const record = createKillRecord();
        let fewest = 0;
        while (fewest < KILLS && record.kills < 2 * KILLS + 1) {
          // All of the work is to be the victim's.
          other?.child.kill('SIGSTOP');
          const begun = await beginAll(around, STAGES);
          await wait(random() * NETWORK_TIME);
          const killedAt = Date.now();
          await victim.end('SIGKILL');
          other?.child.kill('SIGCONT');
          await Promise.all(begun.map(({ release }) => release()));
          const next = await startWorker();
          record.add(begun, killedAt, other ? killedAt : Date.now());
          [victim, other] = other ? [other, next] : [next, undefined];
          await until(async () => (await countOpen(database)) === 0);
          const seconds = record.judge(await readOutcomes(database), undisturbed);
          fewest = Math.min(...[...seconds.values()].map(({ length }) => length));
        }
        for (const { end } of [victim, other, server].filter((process) => process !== undefined))
          assert.equal(await end('SIGTERM'), 0);
        const seconds = record.judge(await readOutcomes(database), undisturbed);
        const { swept } = await assertAtRest(site, database);
        const name = others ? 'another one alive' : 'the only one, started again';
        await reportKills(`SIGKILL of the worker at each stage (Postgres, ${name})`, seconds, record.kills, swept);
      } finally {
        await database.close();
      }
    });

  it('the embedded database', async () => {
    const random = createRandom(2);
    await using site = await createSite(WORKER);
    const tools = await createHeldTools(join(site.folder, 'tools'));
    const fresh = await site.openDatabase();
    await installHolds(fresh).finally(() => fresh.close());
    const start = () => site.start(tools.settings);
    let server: ServerProcess = await start();
    const around = await surround(site, tools, server.url);
    const undisturbed = await beginUndisturbed(around);
    const record = createKillRecord();
    // The halt of a transaction halts the whole process: one at a time. The short form takes two of these.
    const single = STAGES.filter(({ halt, place }) => halt === 'database' && (isFull || /QUEUED|COMMIT/.test(place)));
    const others = STAGES.filter(({ halt }) => halt !== 'database');
    const rounds = Array.from({ length: KILLS }, () => [others, ...single.map((stage) => [stage])]).flat();
    // A network may be done before it is killed.
    for (let n = 0; n < KILLS / 2; n += 1) rounds.push(others);
    for (const stages of rounds) {
      around.api = createTasksApi(server.url);
      await until(async () => (await around.api.countOpen()) === 0);
      const begun = await beginAll(around, stages);
      await wait(random() * NETWORK_TIME);
      const killedAt = Date.now();
      await server.end('SIGKILL');
      server = await start();
      record.add(begun, killedAt, Date.now());
    }
    around.api = createTasksApi(server.url);
    await until(async () => (await around.api.countOpen()) === 0);
    assert.equal(await server.end('SIGTERM'), 0);
    const database = await site.openDatabase();
    try {
      const seconds = record.judge(await readOutcomes(database), undisturbed);
      const { swept } = await assertAtRest(site, database);
      await reportKills('SIGKILL of the server at each stage (embedded database)', seconds, record.kills, swept);
    } finally {
      await database.close();
    }
  });
});
