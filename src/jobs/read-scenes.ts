import { join } from 'node:path';
import type { App } from '../app.ts';
import type { Span } from '../domain/clips.ts';
import { allOrNone } from '../models/all-or-none.ts';
import type { ProxyEmbedding } from './proxy-embedding.ts';

/** The lines of text in a scene, which is on screen until the next one begins, or the video ends. */
export interface ReadScene extends Span {
  lines: string[];
}

/** Of two threads that run networks each has one to look at, and another that is decoded and brought to size meanwhile. */
const SCENES_AT_ONCE = 4;

/** Reads what is written in the scenes that the part of a video shows. */
export async function readScenes(app: App, given: ProxyEmbedding): Promise<ReadScene[]> {
  const { folder, proxy, model, whole, signal, report } = given;
  const shown = proxy.scenes
    .map(({ time, file }, n) => ({
      file,
      startOffset: time,
      endOffset: proxy.scenes[n + 1]?.time ?? Number.POSITIVE_INFINITY,
    }))
    .filter((scene) => isWithin(scene, whole));
  if (shown.length === 0) return [];
  const reader = await app.models.textReader(model);
  let done = 0;
  return allOrNone(shown, { signal, atOnce: SCENES_AT_ONCE }, async ({ file, ...span }, ends) => {
    const lines = await reader.read(join(folder, file), { signal: ends });
    done += 1;
    report(done / shown.length);
    return { ...span, lines: lines.map(({ text }) => text.trim()).filter((text) => text !== '') };
  });
}

/** What is written in the scenes of a span, each line once, one below the other. Of more than `most` characters the first. */
export function wordsShown(scenes: readonly ReadScene[]): (span: Span, most: number) => string {
  return (span, most) => {
    const lines = scenes.filter((scene) => isWithin(scene, span)).flatMap((scene) => scene.lines);
    return [...new Set(lines)].join('\n').slice(0, most);
  };
}

function isWithin(scene: Span, { startOffset, endOffset }: Span): boolean {
  return scene.startOffset < endOffset && scene.endOffset > startOffset;
}
