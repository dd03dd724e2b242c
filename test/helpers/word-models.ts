import { eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { type IndexRow, indexes } from '../../src/db/schema.ts';
import type { Modality } from '../../src/db/values.ts';
import type { ModalityDescription, Models } from '../../src/models/models.ts';
import { addIndex, vectorAt } from './tasks.ts';

/** Vectors of pictures, and words that are looked for as they are written. */
export const LEXICAL: Partial<ModalityDescription>[] = [
  { modality: 'VISUAL' },
  { modality: 'TRANSCRIPTION', dimensions: null },
  { modality: 'TEXT_IN_VIDEO', dimensions: null },
];

/**
 * Models that have these modalities, each with an encoder of texts that answers at once: the vector of a text is the one
 * at as many tenths of a radian as it has characters. Images are encoded by the app's own models.
 */
export function modelsWith(
  app: App,
  modalities: Partial<ModalityDescription>[],
  methods: Partial<Models> = {},
): Models {
  const usual = {
    modality: 'VISUAL',
    dimensions: 256,
    textQueries: true,
    imageQueries: false,
    vocabulary: 'OPEN',
  } as const;
  const described = modalities.map((given) => ({ ...usual, ...given }));
  const turned = async (text: string) => vectorAt(text.length / 10);
  const encoder = { dimensions: 256, batchSize: 1, sampleRate: 48_000 };
  return {
    ...app.models,
    describe: (name) => ({ name, license: 'MIT', installed: true, modalities: described }),
    visual: async (name) => ({
      ...(await app.models.visual(name)),
      encodeText: async (text: string) => ({ vector: await turned(text) }),
    }),
    audio: async () => ({ ...encoder, encodeSounds: async () => [], encodeText: turned }),
    words: async () => ({ ...encoder, encodePassages: async () => [], encodeQuery: turned }),
    ...methods,
  };
}

/** An index of the builtin model that claims to have these modalities. */
export async function addWordIndex(
  app: App,
  modalities: Modality[] = ['VISUAL', 'TRANSCRIPTION', 'TEXT_IN_VIDEO'],
): Promise<IndexRow> {
  const { id } = await addIndex(app);
  const [changed] = await app.db.orm.update(indexes).set({ modalities }).where(eq(indexes.id, id)).returning();
  if (!changed) throw new Error('the index has gone');
  return changed;
}
