import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMedia, type MediaProxy } from '../src/media/media.ts';
import { createModels, type Models } from '../src/models/models.ts';
import { modelsFolder } from '../test/helpers/models.ts';
import type { Bench, Figures } from './bench.ts';
import { makeFullHdClip, SHARED_CLIP } from './clips.ts';
import { bareDecode, createTasks } from './decoding.ts';
import { startBenchServer } from './server.ts';

const TIME = 'upload to READY, s';
const AT_ONCE = 2;

/**
 * Two videos at once, from the first byte of their uploads until both are READY. The floor is the longer of what two bare
 * decodes take side by side, and of what the networks run for the same pictures with nothing else around them: as if
 * one could be had for nothing behind the other. Beside it stands, too, what bare decodes and the encoders alone take at the
 * same time on these cores.
 */
export default async function e2e(bench: Bench): Promise<void> {
  await using server = await startBenchServer();
  for (const [what, file] of [
    ['two of 60 s of 1080p30', await makeFullHdClip()],
    ['two of the shared clip', SHARED_CLIP],
  ] as const) {
    const tasks = await createTasks(server, file, { rejectBrokenFrames: true });
    await using proxy = await makeProxy(file);
    const inference = await inferenceFloor(proxy);
    await using models = await openModels();
    const decodeAll = () => Promise.all(Array.from({ length: AT_ONCE }, () => bareDecode(file)));
    const embedAll = () => Promise.all(Array.from({ length: AT_ONCE }, () => embed(models, proxy)));
    await bench.compare({
      what,
      async measure() {
        const began = performance.now();
        await Promise.all(Array.from({ length: AT_ONCE }, () => tasks.run()));
        return { [TIME]: (performance.now() - began) / 1000 };
      },
      against: [
        {
          name: 'the longer of decode and networks',
          async measure(): Promise<Figures> {
            const began = performance.now();
            await decodeAll();
            return { [TIME]: Math.max((performance.now() - began) / 1000, inference) };
          },
          limits: { [TIME]: { atMost: 1.25 } },
        },
      ],
    });
    const began = performance.now();
    await Promise.all([decodeAll(), embedAll()]);
    const value = (performance.now() - began) / 1000;
    bench.state({ what, figure: 'decodes and encoders alone, at the same time, s', value });
  }
}

async function openModels(): Promise<Models & AsyncDisposable> {
  const models = await createModels({ folder: modelsFolder });
  return { ...models, [Symbol.asyncDispose]: () => models.close() };
}

/** Seconds that the networks run for all videos: one after the other with a thread or two, or side by side with one each. */
async function inferenceFloor(proxy: VideoProxy): Promise<number> {
  const [one, two] = [await networkSeconds(proxy, 1), await networkSeconds(proxy, 2)];
  const beside = await Promise.all(Array.from({ length: AT_ONCE }, () => networkSeconds(proxy, 1)));
  return Math.min(AT_ONCE * one, AT_ONCE * two, Math.max(...beside));
}

/** What a decode of a video leaves, until it is disposed of. */
async function makeProxy(file: string): Promise<MediaProxy & AsyncDisposable & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-bench-'));
  const media = await createMedia();
  const proxy = await media.decode(file, await media.probe(file), { folder, checkFrames: true });
  return { ...proxy, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

type VideoProxy = Awaited<ReturnType<typeof makeProxy>>;

/** Seconds that the networks run for a video's pictures and scenes. */
async function networkSeconds(proxy: VideoProxy, threads: number): Promise<number> {
  let seconds = 0;
  const onRun = ({ ran }: { ran: number }) => {
    seconds += ran;
  };
  // All threads for each run, as one comes after the other here.
  const models = await createModels({ folder: modelsFolder, threads, readers: 1, onRun });
  try {
    await embed(models, proxy);
    // What came before was also the loading.
    seconds = 0;
    await embed(models, proxy);
  } finally {
    await models.close();
  }
  return seconds;
}

/** One picture's words after the other's; of several videos at once, side by side. */
async function embed(models: Models, { folder, frames, scenes }: VideoProxy): Promise<void> {
  const visual = await models.visual('builtin');
  await visual.encodeImages(frames.map(({ file }) => join(folder, file)));
  const reader = await models.textReader('builtin');
  for (const { file } of scenes) await reader.read(join(folder, file));
}
