import type { EmbeddingScope, Modality } from '../db/values.ts';
import { type InputIssue, InvalidInputError, NotFoundError } from '../errors.ts';
import type { ModelDescription } from '../models/models.ts';
import { checkModel } from './rules.ts';

/** Seconds; see the contract: a clip is long enough to show something, and short enough to be one thing. */
const CLIP_LENGTH = { least: 2, most: 10, usual: 6 };

/** What a client says of how a video is to be embedded; offsets and lengths in seconds. */
export interface EmbeddingWishes {
  model?: string | null | undefined;
  startOffset?: number | null | undefined;
  endOffset?: number | null | undefined;
  clipLength?: number | null | undefined;
  scopes?: readonly EmbeddingScope[] | null | undefined;
  modalities?: readonly Modality[] | null | undefined;
}

/** How a video is embedded, with nothing left open. Without offsets it is the whole video. */
export interface EmbeddingSettings {
  model: string;
  startOffset: number | null;
  endOffset: number | null;
  clipLength: number;
  scopes: EmbeddingScope[];
  modalities: Modality[];
}

/**
 * Fills in what is not said: the model "builtin", the whole video, clips of 6 seconds and nothing else, and every
 * modality of the model that has vectors; one that has only words is embedded where it is asked for by name. Spoken
 * words must be such that the model hears: nobody gives an embedding task a transcript.
 * @param models every model that this server knows
 * @throws NotFoundError for a model that it does not know, InvalidInputError naming every fault of the rest at once
 */
export function chooseSettings(models: readonly ModelDescription[], wishes: EmbeddingWishes): EmbeddingSettings {
  const name = wishes.model ?? 'builtin';
  const model = models.find((candidate) => candidate.name === name);
  if (!model) throw unknownModel(name, models);
  const { startOffset = null, endOffset = null, clipLength, scopes } = wishes;
  const modalities = [...new Set(wishes.modalities ?? usualModalities(model))];
  const issues = [
    ...checkModel(model, models, { model: name, modalities: wishes.modalities }),
    ...(wishes.modalities?.length === 0 ? [] : checkWords(model, modalities)),
    ...checkRange(startOffset, endOffset),
    ...checkClipLength(clipLength ?? CLIP_LENGTH.usual),
    ...(scopes?.length === 0 ? [{ path: ['scopes'], message: 'none given; allowed are CLIP, VIDEO.' }] : []),
  ];
  if (issues.length > 0) throw new InvalidInputError(issues);
  return {
    model: name,
    startOffset,
    endOffset,
    clipLength: clipLength ?? CLIP_LENGTH.usual,
    scopes: [...new Set(scopes ?? ['CLIP' as const])],
    modalities,
  };
}

/** That a server knows no model of a name, and which ones it knows. */
export function unknownModel(name: string, models: readonly ModelDescription[]): NotFoundError {
  const names = models.map((model) => model.name).join(', ');
  return new NotFoundError(`There is no model named "${name}"; there is ${names}.`);
}

function usualModalities(model: ModelDescription): Modality[] {
  const possible = model.modalities.filter(({ wordsMustCome }) => !wordsMustCome);
  const withVectors = possible.filter(({ dimensions }) => dimensions !== null);
  return (withVectors.length > 0 ? withVectors : possible).map(({ modality }) => modality);
}

/** An embedding task takes no transcript. */
function checkWords({ name, modalities }: ModelDescription, wanted: readonly Modality[]): InputIssue[] {
  const deaf = modalities.some(({ modality, wordsMustCome }) => wordsMustCome && wanted.includes(modality));
  if (!deaf && wanted.length > 0) return [];
  const given = wanted.join(', ') || 'none';
  return [
    { path: ['modalities'], message: `${given} given; "${name}" hears no words, which have to come with a video.` },
  ];
}

function checkRange(start: number | null, end: number | null): InputIssue[] {
  const issues: InputIssue[] = [];
  if ((start === null) !== (end === null)) {
    const [given, missing] = start === null ? ['endOffset', 'startOffset'] : ['startOffset', 'endOffset'];
    issues.push({ path: [missing ?? ''], message: `none given, but ${given} is; both or neither are needed.` });
  }
  if (start !== null && start < 0)
    issues.push({ path: ['startOffset'], message: `${start} given; allowed is 0 or more seconds.` });
  if (start !== null && end !== null && end <= start)
    issues.push({ path: ['endOffset'], message: `${end} given; it must be more than startOffset (${start}).` });
  return issues;
}

function checkClipLength(given: number): InputIssue[] {
  const { least, most } = CLIP_LENGTH;
  if (given >= least && given <= most) return [];
  return [{ path: ['clipLength'], message: `${given} given; allowed are ${least} to ${most} seconds.` }];
}
