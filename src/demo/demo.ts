import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { abortOnInterrupt, describeFailure, INTERRUPTED, isInterruption } from '../cli/failures.ts';
import { uploadWithProgress } from '../cli/index-command.ts';
import { pullModel } from '../cli/models-command.ts';
import { print, styled } from '../cli/output.ts';
import { describeVideo, reportTask } from '../cli/task-report.ts';
import { type Client, createClient, type Index, type Video } from '../client/client.ts';
import { parseEnv } from '../env.ts';
import { createMedia } from '../media/media.ts';
import { createModels } from '../models/models.ts';
import { makeClip } from './clip.ts';
import { type DemoOptions, parseOptions, USAGE } from './options.ts';
import { scenes } from './scenes.ts';
import { frameOfVideo, pictureOfScene, searchByPicture, searchByWords } from './searches.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const MODEL = 'builtin';
/** Somebody's own video is taken as it is; the defaults would refuse a phone's 1080p. */
const ANY_VIDEO = {
  minHeight: 1,
  maxHeight: 16_385,
  minDuration: 0,
  maxDuration: 86_400,
  requireAudio: false,
  rejectBrokenFrames: false,
  maxFileSize: 8 * 1024 ** 3,
};

process.exitCode = await main();

async function main(): Promise<number> {
  let options: DemoOptions;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}\n`);
    return 2;
  }
  if (options.help) {
    print(USAGE);
    return 0;
  }
  const signal = abortOnInterrupt(['SIGINT', 'SIGTERM', 'SIGHUP']);
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  try {
    await runDemo(folder, options, signal);
    return 0;
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    return isInterruption(error) ? INTERRUPTED : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runDemo(folder: string, options: DemoOptions, signal: AbortSignal): Promise<void> {
  const dataFolder = join(folder, 'data');
  const settings = parseEnv({ ...process.env, DATA_DIR: dataFolder, DATABASE_URL: '', ROLE: '' });
  const modelsFolder = settings.MODELS_DIR ?? join(dataFolder, 'models');
  await timed('Model', () => installModel(modelsFolder, signal));
  const server = await timed('Server', async () => {
    const started = await startServer({
      settings: { DATA_DIR: dataFolder, MODELS_DIR: modelsFolder, DATABASE_URL: '', PUBLIC_URL: '' },
      signal,
      onWarning: (message) => print(styled('dim', `  server: ${message}`)),
    });
    return { result: started, says: `ready at ${started.url}, with its data in ${dataFolder}` };
  });
  const client = createClient({ url: server.url });
  try {
    await indexAndSearch(client, folder, options, signal);
    if (!options.exit) await stayUp(server, folder, signal);
  } finally {
    await client.close();
    await server.stop();
  }
}

async function indexAndSearch(client: Client, folder: string, options: DemoOptions, signal: AbortSignal) {
  const path = options.video ?? (await timed('Clip', () => makeSceneClip(join(folder, 'scenes.mp4'), signal)));
  const index = await timed('Index', () => createDemoIndex(client, options));
  print(styled('bold', 'Upload'));
  const task = await uploadWithProgress(client, index.id, path, signal);
  print(`  ${basename(path)} is the task ${task.id}; its statuses by WebSocket, seconds since it began:`);
  const video = await reportTask(client, task.id, signal);
  print(`  ${await describeVideo(client, video, signal)}`);
  await searchAll(client, index, video, options, signal);
}

async function searchAll(
  client: Client,
  index: Index,
  video: Video,
  { video: given, text }: DemoOptions,
  signal: AbortSignal,
): Promise<void> {
  const [, named, pictured] = scenes;
  const words = text ?? (given ? undefined : named?.query);
  if (words !== undefined) await searchByWords(client, index.id, words, signal);
  else print(`${styled('bold', 'Search by words')}: skipped; name what is to be seen with --text WORDS`);
  const ownPicture = !given && pictured;
  const picture = ownPicture ? await pictureOfScene(pictured) : await frameOfVideo(client, video, signal);
  await searchByPicture(client, index.id, picture, signal);
}

async function installModel(folder: string, signal: AbortSignal): Promise<Step<void>> {
  const models = await createModels({ folder, environment: process.env });
  try {
    await pullModel(models, MODEL, signal);
  } finally {
    await models.close();
  }
  return { result: undefined, says: `“${MODEL}” is installed` };
}

async function makeSceneClip(path: string, signal: AbortSignal): Promise<Step<string>> {
  const { FFMPEG_PATH, FFPROBE_PATH } = parseEnv(process.env);
  const { tools } = await createMedia({
    ...(FFMPEG_PATH && { ffmpegPath: FFMPEG_PATH }),
    ...(FFPROBE_PATH && { ffprobePath: FFPROBE_PATH }),
    searchPath: process.env.PATH ?? '',
  });
  await makeClip(tools.ffmpeg.path, scenes, path, { signal });
  return { result: path, says: `made of ${scenes.length} scenes: ${scenes.map(({ name }) => name).join(', ')}` };
}

async function createDemoIndex(client: Client, { video }: DemoOptions): Promise<Step<Index>> {
  if (video) {
    const index = await client.createIndex({ name: 'demo', validation: ANY_VIDEO });
    return { result: index, says: `“${index.name}” created; it takes any height and length, with or without sound` };
  }
  const index = await client.createIndex({ name: 'demo', segmentation: { clipLength: 4 } });
  return { result: index, says: `“${index.name}” created, with segments of 4 s` };
}

async function stayUp(server: ServerProcess, folder: string, signal: AbortSignal): Promise<void> {
  print(
    `\nThe server is up. Console: ${styled('bold', server.url)}, GraphiQL: ${styled('bold', `${server.url}/graphql`)}`,
  );
  print(`In another terminal: npx reelgraph search lighthouse --server ${server.url}`);
  print(`Ctrl-C ends it and removes ${folder}`);
  const interrupted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  if (!signal.aborted) await Promise.race([interrupted, server.ended]);
  if (!signal.aborted) throw new Error('The server has ended.');
}

/** What a step came to, in words. */
interface Step<Result> {
  result: Result;
  says: string;
}

async function timed<Result>(title: string, work: () => Promise<Step<Result>>): Promise<Result> {
  print(styled('bold', title));
  const since = performance.now();
  const { result, says } = await work();
  print(`  ${says} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
  return result;
}
