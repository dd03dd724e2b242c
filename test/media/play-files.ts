import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkVideo } from '../../src/domain/check-video.ts';
import { DEFAULT_POLICY } from '../../src/domain/rules.ts';
import { createMedia, MediaTimeoutError, UnreadableMediaError } from '../../src/media/media.ts';

/*
 * Does with each file of a folder what validation does, and prints a line of JSON with what came of it. A process of its
 * own, so that what it starts can be watched: node play-files.ts FOLDER WORK-FOLDER.
 */
export interface Played {
  name: string;
  /** Why it was refused; null where it plays. */
  refused: string | null;
  /** Whether the refusal is one that tasks tell of, and no fault of ours. */
  typed: boolean;
  milliseconds: number;
}

const [folder = '', workFolder = ''] = process.argv.slice(2);
if (folder) {
  const { TEST_FFMPEG, TEST_FFPROBE } = process.env;
  const tools = { ...(TEST_FFMPEG && { ffmpegPath: TEST_FFMPEG }), ...(TEST_FFPROBE && { ffprobePath: TEST_FFPROBE }) };
  const media = await createMedia({ ...tools, folder: workFolder });
  process.stdout.write(`${JSON.stringify({ cage: media.cage })}\n`);
  const names = (await readdir(folder)).sort();
  const play = async (name: string): Promise<string | null> => {
    const file = join(folder, name);
    const proxyFolder = join(workFolder, `proxy of ${name}`);
    await mkdir(proxyFolder);
    try {
      const probe = await media.probe(file);
      if (!probe.video) return 'no video track';
      const facts = { duration: probe.duration, width: probe.video.width, height: probe.video.height };
      const { size } = await stat(file);
      const failure = checkVideo(
        { ...facts, size, hasAudio: probe.audio !== null },
        { ...DEFAULT_POLICY, requireAudio: false },
      );
      if (failure) return failure.message;
      const proxy = await media.decode(file, probe, { folder: proxyFolder, checkFrames: true });
      return proxy.verdict.reason;
    } finally {
      await rm(proxyFolder, { recursive: true });
    }
  };
  const take = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const started = performance.now();
      let refused: string | null = null;
      let typed = true;
      try {
        refused = await play(name);
      } catch (error) {
        refused = String(error);
        typed = error instanceof UnreadableMediaError || error instanceof MediaTimeoutError;
      }
      const milliseconds = Math.round(performance.now() - started);
      process.stdout.write(`${JSON.stringify({ name, refused, typed, milliseconds } satisfies Played)}\n`);
    }
  };
  await Promise.all([take(), take()]);
}
