import type { Asset } from './assets.ts';

/** Where a task's video comes from: stored bytes, or a URL that a job will download. */
export type VideoSource = { asset: Asset; filename: string } | { url: string };

/** What a video is called: of one behind a URL the last part of its path, which is all that is known before the download. */
export function filenameOf(source: VideoSource): string {
  if ('filename' in source) return printable(source.filename);
  const last = new URL(source.url).pathname.split('/').at(-1) ?? '';
  try {
    return printable(decodeURIComponent(last)) || 'video';
  } catch {
    return last;
  }
}

/** A name without what Postgres cannot store. */
function printable(name: string): string {
  return name.replaceAll('\0', '\uFFFD').toWellFormed();
}
