import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the demo's caller asked for. */
export interface DemoOptions {
  help: boolean;
  /** A video to take in place of the made clip, as an absolute path. */
  video: string | undefined;
  /** Words to search for. */
  text: string | undefined;
  /** Whether to end after the searches. */
  exit: boolean;
}

export const USAGE = `Usage: npm run demo [-- [path/to/video.mp4] [--text WORDS] [--exit]]

Starts a server on an empty, temporary data folder, indexes a video and searches it. Without a video it makes a clip of
its own.

  --text WORDS  what to search for
  --exit        end after the searches, instead of keeping the server up until Ctrl-C`;

/** Reads the command line, without the program's name. Throws an Error for what is no usage. */
export function parseOptions(args: string[]): DemoOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { text: { type: 'string' }, exit: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (positionals.length > 1) throw new Error(`One video at a time: ${positionals.length} given.`);
  const [video] = positionals;
  return {
    help: values.help ?? false,
    video: video === undefined ? undefined : findFile(video),
    text: values.text,
    exit: values.exit ?? false,
  };
}

// npm runs scripts in the project's folder; INIT_CWD is where the caller stands.
function findFile(path: string): string {
  const candidates = [resolve(path), resolve(process.env.INIT_CWD ?? '.', path)];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (!found) throw new Error(`There is no file ${path}.`);
  return found;
}
