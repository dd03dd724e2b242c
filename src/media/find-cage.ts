import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cage, WAYS } from './cage.ts';
import { runTool } from './ffmpeg.ts';

/** Finds out by trying which is the tightest cage that this system lets the tools work in. */
export async function findCage(tools: { ffmpeg: string; ffprobe: string }, root: string): Promise<Cage> {
  for (const kind of ['bubblewrap', 'no-network'] as const) {
    const cage = { kind, root, enter: WAYS[kind] };
    if (process.platform === 'linux' && (await works(cage, tools))) return cage;
  }
  return { kind: 'limits', root, enter: WAYS.limits };
}

const RAW = ['-f', 's16le', '-ar', '8000', '-ac', '1'];

/** Whether ffprobe can read a file in it, and ffmpeg write one. */
async function works(cage: Cage, { ffmpeg, ffprobe }: { ffmpeg: string; ffprobe: string }): Promise<boolean> {
  const folder = await mkdtemp(join(cage.root, 'cage-'));
  try {
    const file = join(folder, 'asset');
    const samples = Buffer.alloc(1000, 'ab');
    await writeFile(file, samples);
    const workFolder = await mkdtemp(join(folder, 'work-'));
    const options = { cage, file, timeout: 20 };
    // Not `-ar` and `-ac`, which ffprobe does not have in all versions.
    if ((await runTool(ffprobe, ['-f', 's16le', '-i', file], options)) !== 0) return false;
    const args = [...RAW, '-i', file, ...RAW, 'copy'];
    if ((await runTool(ffmpeg, args, { ...options, folder: workFolder })) !== 0) return false;
    return samples.equals(await readFile(join(workFolder, 'copy')));
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
