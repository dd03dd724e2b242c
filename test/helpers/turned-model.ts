import type { ModelDescription, Models } from '../../src/models/models.ts';

/** The name of the model that only tests have, and of one that nobody has installed. */
export const TURNED = 'turned';
export const ABSENT = 'absent';

/** What happens before a model embeds the first pictures of a video; by default nothing. */
type Before = (signal: AbortSignal | undefined) => Promise<void>;

/** The models, and two besides, of pictures and spoken words: one that turns what `builtin` embeds, and one not installed. */
export interface TurnedModels {
  models: Models;
  before: { builtin: Before; turned: Before };
  /** What the turned one hears; null where it has no ears. */
  hears: string | null;
}

/** Adds to models one whose vectors are those of `builtin` in another space: its numbers stand in the reverse order. */
export function addTurnedModel(models: Models): TurnedModels {
  const before: TurnedModels['before'] = { builtin: async () => {}, turned: async () => {} };
  const kept = ['VISUAL', 'TRANSCRIPTION'];
  const copyOf = (name: string, installed: boolean): ModelDescription => {
    const builtin = models.describe('builtin');
    if (!builtin) throw new Error('there is no builtin model');
    return {
      ...builtin,
      name,
      installed,
      modalities: builtin.modalities.filter(({ modality }) => kept.includes(modality)),
    };
  };
  const added = () => [copyOf(TURNED, true), copyOf(ABSENT, false)];
  const turned: TurnedModels = {
    before,
    hears: null,
    models: {
      ...models,
      list: async () => [...(await models.list()), ...added()],
      describe: (name) => models.describe(name) ?? added().find((model) => model.name === name),
      words: (name, modality) => models.words(name === TURNED ? 'builtin' : name, modality),
      async speech(name) {
        if (name !== TURNED) return models.speech(name);
        const text = turned.hears;
        if (text === null) return undefined;
        const lines = [{ startOffset: 1, endOffset: 3, text }];
        return { recognize: async () => ({ lines, language: 'en' }) };
      },
      async visual(name) {
        const encoder = await models.visual(name === TURNED ? 'builtin' : name);
        const isTurned = name === TURNED;
        let begun = false;
        return {
          ...encoder,
          async encodeImages(images, options) {
            if (!begun) await (isTurned ? before.turned : before.builtin)(options?.signal);
            begun = true;
            const vectors = await encoder.encodeImages(images, options);
            return isTurned ? vectors.map((vector) => vector.toReversed()) : vectors;
          },
          async encodeText(text) {
            const encoded = await encoder.encodeText(text);
            return isTurned && 'vector' in encoded ? { ...encoded, vector: encoded.vector.toReversed() } : encoded;
          },
        };
      },
    },
  };
  return turned;
}

/** A gate that holds whoever passes it: each is let through by one `open`, or thrown out when its signal is aborted. */
export function createGate() {
  const held: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  let arrived = 0;
  return {
    pass: (signal: AbortSignal | undefined) =>
      new Promise<void>((resolve, reject) => {
        held.push(resolve);
        signal?.addEventListener('abort', () => {
          if (held.includes(resolve)) held.splice(held.indexOf(resolve), 1);
          reject(signal.reason);
        });
        arrived += 1;
        waiting.shift()?.();
      }),
    /** Resolves once one more has arrived than calls of this were resolved before. */
    async arrival(): Promise<void> {
      if (arrived === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      arrived -= 1;
    },
    /** Lets the first one through that is there. */
    open(): void {
      held.shift()?.();
    },
  };
}
