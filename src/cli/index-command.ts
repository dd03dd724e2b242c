import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Client, Task } from '../client/client.ts';
import { openFile } from '../client/files.ts';
import { abortOnInterrupt } from './failures.ts';
import { print } from './output.ts';
import { showBytes } from './progress.ts';
import { addServerOptions, type ServerOptions, withClient } from './server-option.ts';
import { describeVideo, reportTask } from './task-report.ts';

/** `index`: one video into an index of a running server. */
export function addIndexCommand(program: Command): void {
  const command = program
    .command('index')
    .description('upload a video, or have the server download it, and follow it until it is READY')
    .argument('<file-or-url>', 'a video file, or an address that begins with http:// or https://')
    .option('--index <name>', 'the index to put it into; created when it does not exist', 'default')
    .addHelpText('after', '\nExits with 1 when the video ends FAILED or CANCELED, and says why.');
  addServerOptions(command).action((source: string, { index, ...server }: { index: string } & ServerOptions) =>
    withClient(server, (client) => indexVideo(client, source, index)),
  );
}

async function indexVideo(client: Client, source: string, indexName: string): Promise<void> {
  const signal = abortOnInterrupt();
  const fromUrl = /^https?:\/\//.test(source);
  // Before an index is created for it.
  if (!fromUrl) await openFile(source);
  const index = await client.ensureIndex({ name: indexName }, { signal });
  if (index.created) print(`Created the index "${index.name}".`);
  const task = fromUrl
    ? await client.uploadTask({ indexId: index.id, videoUrl: source }, { signal })
    : await uploadWithProgress(client, index.id, source, signal);
  print(`Task ${task.id} of the index "${index.name}":`);
  const tellThatItGoesOn = () => print('The server goes on with the task.');
  signal.addEventListener('abort', tellThatItGoesOn, { once: true });
  const video = await reportTask(client, task.id, signal);
  signal.removeEventListener('abort', tellThatItGoesOn);
  print(`${video.metadata.filename} can be searched: ${await describeVideo(client, video, signal)}.`);
}

/** Uploads a file, showing how far it is. */
export async function uploadWithProgress(
  client: Client,
  indexId: string,
  path: string,
  signal: AbortSignal,
): Promise<Task> {
  const progress = showBytes(`uploading ${basename(path)}`);
  try {
    return await client.uploadTask({ indexId, videoFile: path }, { signal, onProgress: progress.update });
  } finally {
    progress.stop();
  }
}
