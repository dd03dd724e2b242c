import { z } from 'zod';
import {
  audioTextFiles,
  audioTextManifest,
  type ImageTextManifest,
  imageTextFiles,
  imageTextManifest,
  speechFiles,
  speechManifest,
  wordsFiles,
  wordsManifest,
} from './hub-parts.ts';
import { textReaderFiles, textReaderManifest } from './ocr/text-reader-manifest.ts';
import { type VisualManifest, visualFiles, visualManifest } from './visual-manifest.ts';

export type Modality = 'VISUAL' | 'AUDIO' | 'TRANSCRIPTION' | 'TEXT_IN_VIDEO';

/** Where a part stands in a manifest's `modalities`. */
export type PartPath = keyof PartManifests;

/** What a manifest says of each part. */
export interface PartManifests {
  VISUAL: z.infer<typeof visual>;
  AUDIO: z.infer<typeof audioTextManifest>;
  'TRANSCRIPTION.speech': z.infer<typeof speechManifest>;
  'TRANSCRIPTION.words': z.infer<typeof wordsManifest>;
  'TEXT_IN_VIDEO.reader': z.infer<typeof textReaderManifest>;
  'TEXT_IN_VIDEO.words': z.infer<typeof wordsManifest>;
}

const reference = z.strictObject({ bundle: z.string().min(1) });

/** Stands for the same part of another bundle. */
type Reference = z.infer<typeof reference>;

/** Whether a part of a manifest is borrowed from another bundle. */
export function isReference(part: unknown): part is Reference {
  return typeof part === 'object' && part !== null && 'bundle' in part;
}

const visual = choose<VisualManifest | ImageTextManifest>((given) =>
  hasKind(given) ? imageTextManifest : visualManifest,
);
const words = borrowable(wordsManifest);
const transcription = z.strictObject({ speech: borrowable(speechManifest).optional(), words: words.optional() });
const textInVideo = z.strictObject({ reader: borrowable(textReaderManifest), words: words.optional() });

/** What a bundle can do, by modality. */
export const modalities = z.strictObject({
  VISUAL: borrowable(visual).optional(),
  AUDIO: borrowable(audioTextManifest).optional(),
  /** Without `speech`, spoken words come with the video; without `words`, they are found by their letters. */
  TRANSCRIPTION: borrowable(transcription).optional(),
  TEXT_IN_VIDEO: borrowable(textInVideo).optional(),
});

type Modalities = z.infer<typeof modalities>;

/** The files that a bundle's own parts read, each with the place of its part. */
export function filesOfParts({
  VISUAL,
  AUDIO,
  TRANSCRIPTION,
  TEXT_IN_VIDEO,
}: Modalities): { path: string; file: string }[] {
  const { speech, words: spoken } = own(TRANSCRIPTION) ?? {};
  const { reader, words: read } = own(TEXT_IN_VIDEO) ?? {};
  const files: Record<PartPath, string[]> = {
    VISUAL: filesOf(VISUAL, (part) => ('kind' in part ? imageTextFiles(part) : visualFiles(part))),
    AUDIO: filesOf(AUDIO, audioTextFiles),
    'TRANSCRIPTION.speech': filesOf(speech, speechFiles),
    'TRANSCRIPTION.words': filesOf(spoken, wordsFiles),
    'TEXT_IN_VIDEO.reader': filesOf(reader, textReaderFiles),
    'TEXT_IN_VIDEO.words': filesOf(read, wordsFiles),
  };
  return Object.entries(files).flatMap(([path, names]) => names.map((file) => ({ path, file })));
}

function filesOf<T>(part: T | Reference | undefined, list: (part: T) => string[]): string[] {
  const given = own(part);
  return given === undefined ? [] : list(given);
}

function own<T>(part: T | Reference | undefined): T | undefined {
  return isReference(part) ? undefined : part;
}

function borrowable<T>(part: z.ZodType<T>) {
  return choose<Reference | T>((given) => (isReference(given) ? reference : part));
}

/** Checks by one of several schemas, so that faults are told of what was meant and not of all that it might have been. */
function choose<T>(pick: (given: unknown) => z.ZodType<T>) {
  return z.unknown().transform((given, context): T => {
    const result = pick(given).safeParse(given);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: given } as never);
    return z.NEVER;
  });
}

function hasKind(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'kind' in given;
}
