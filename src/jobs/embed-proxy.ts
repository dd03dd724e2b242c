import type { App } from '../app.ts';
import type { Modality } from '../db/values.ts';
import type { NewSegment } from '../domain/segments.ts';
import { allOrNone } from '../models/all-or-none.ts';
import { embedPictures } from './embed-pictures.ts';
import { embedSound } from './embed-sound.ts';
import { embedTexts } from './embed-texts.ts';
import { hearWords } from './hear-words.ts';
import type { EmbeddedProxy, ProxyEmbedding } from './proxy-embedding.ts';
import { readScenes, wordsShown } from './read-scenes.ts';
import { wordsSpoken } from './words-spoken.ts';

const ORDER: readonly Modality[] = ['VISUAL', 'AUDIO', 'TRANSCRIPTION', 'TEXT_IN_VIDEO'];
/** How much of the work on words is done when they are found, and are to be embedded. */
const FOUND = 0.9;

/** Embeds what a proxy holds in each of the modalities; the video itself is not read again. */
export async function embedProxy(app: App, given: ProxyEmbedding): Promise<EmbeddedProxy> {
  let { lines, language } = given;
  const work: Record<Modality, (part: ProxyEmbedding) => Promise<NewSegment[]>> = {
    VISUAL: (part) => embedPictures(app, part),
    AUDIO: (part) => embedSound(app, part),
    async TRANSCRIPTION(part) {
      ({ lines, language } = await hearWords(app, reporting(part, 0, FOUND)));
      return embedTexts(app, reporting(part, FOUND, 1), 'TRANSCRIPTION', wordsSpoken(lines ?? []));
    },
    async TEXT_IN_VIDEO(part) {
      const scenes = await readScenes(app, reporting(part, 0, FOUND));
      return embedTexts(app, reporting(part, FOUND, 1), 'TEXT_IN_VIDEO', wordsShown(scenes));
    },
  };
  const stages = ORDER.filter((modality) => given.modalities.includes(modality));
  const costs = new Map(stages.map((modality) => [modality, costOf(modality, given)]));
  const total = sum(costs.values());
  const done = new Map<Modality, number>();
  const report = (modality: Modality) => (fraction: number) => {
    done.set(modality, fraction * (costs.get(modality) ?? 0));
    given.report(Math.min(1, sum(done.values()) / total));
  };
  // At the same time: pictures of one are decoded while the network of another runs.
  const segments = await allOrNone(stages, { signal: given.signal }, (modality, signal) => {
    const part = { ...given, signal, report: report(modality) };
    return app.telemetry.stage('embed', () => work[modality](part), { modality });
  });
  given.report(1);
  return { segments: segments.flat().sort(byTime), lines, language };
}

function sum(values: Iterable<number>): number {
  return Iterator.from(values).reduce((total, value) => total + value, 0);
}

/** The same work as a part of the whole: it reports what is between `begin` and `end`. */
function reporting(given: ProxyEmbedding, begin: number, end: number): ProxyEmbedding {
  return { ...given, report: (fraction) => given.report(begin + (end - begin) * fraction) };
}

/** About how long a modality takes, in seconds, so that progress is even. */
function costOf(modality: Modality, { proxy, whole, lines }: ProxyEmbedding): number {
  const seconds = whole.endOffset - whole.startOffset;
  const parts = {
    VISUAL: 0.02 * proxy.frames.length,
    AUDIO: 0.05 * seconds,
    TRANSCRIPTION: (lines ? 0.002 : 0.2) * seconds,
    TEXT_IN_VIDEO: 0.5 * proxy.scenes.length,
  };
  return parts[modality] + 0.001;
}

function byTime(one: NewSegment, other: NewSegment): number {
  return (
    Number(one.scope === 'VIDEO') - Number(other.scope === 'VIDEO') ||
    one.startOffset - other.startOffset ||
    ORDER.indexOf(one.modality) - ORDER.indexOf(other.modality)
  );
}
