import type { Modality, ValidationPolicy } from '../db/values.ts';
import type { InputIssue } from '../errors.ts';
import type { ModelDescription } from '../models/models.ts';

/** What an index accepts when nothing else is said. */
export const DEFAULT_POLICY: ValidationPolicy = {
  minHeight: 360,
  maxHeight: 1080,
  minDuration: 15,
  maxDuration: 7200,
  requireAudio: true,
  rejectBrokenFrames: true,
  maxFileSize: 2 * 1024 ** 3,
};

/** How an index cuts its videos when nothing else is said, in seconds. */
export const DEFAULT_SEGMENTATION = { clipLength: 6, overlap: 0 };

const LONGEST_NAME = 200;
/** Seconds. */
const LONGEST_CLIP = 600;
const LARGEST_METADATA = 64 * 1024;
/** U+0000 and lone surrogates, as JSON escapes them; jsonb refuses both. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*(\\u(?:0000|d[89a-f][0-9a-f]{2}))/;

/** Faults of a name. */
export function checkName(name: string): InputIssue[] {
  const length = name.trim().length;
  if (length >= 1 && length <= LONGEST_NAME) return [];
  return [{ path: ['name'], message: `${length} characters given; allowed are 1 to ${LONGEST_NAME}.` }];
}

/** Faults of a whole policy, each at its own field. */
export function checkPolicy(policy: ValidationPolicy): InputIssue[] {
  const issues: InputIssue[] = [];
  const range = (field: keyof ValidationPolicy, low: number, high: number, unit: string) => {
    const given = policy[field] as number;
    if (given >= low && given <= high) return;
    issues.push({ path: ['validation', field], message: `${given} given; allowed are ${low} to ${high} ${unit}.` });
  };
  range('minHeight', 1, 16_384, 'pixels');
  range('maxHeight', 1, 16_385, 'pixels');
  range('minDuration', 0, 86_400, 'seconds');
  range('maxDuration', 0, 86_400, 'seconds');
  range('maxFileSize', 1, 1024 ** 5, 'bytes');
  if (policy.minHeight >= policy.maxHeight)
    issues.push({
      path: ['validation', 'maxHeight'],
      message: `${policy.maxHeight} given; it must be more than minHeight (${policy.minHeight}), as it is exclusive.`,
    });
  if (policy.minDuration > policy.maxDuration)
    issues.push({
      path: ['validation', 'maxDuration'],
      message: `${policy.maxDuration} given; it must be at least minDuration (${policy.minDuration}).`,
    });
  return issues;
}

/** Faults of a segmentation. A clip must hold a sampled frame, one a second. */
export function checkSegmentation({ clipLength, overlap }: { clipLength: number; overlap: number }): InputIssue[] {
  const issues: InputIssue[] = [];
  if (!(clipLength >= 1 && clipLength <= LONGEST_CLIP))
    issues.push({
      path: ['segmentation', 'clipLength'],
      message: `${clipLength} given; allowed are 1 to ${LONGEST_CLIP} seconds.`,
    });
  const mostOverlap = (issues.length > 0 ? LONGEST_CLIP : clipLength) / 2;
  if (!(overlap >= 0 && overlap <= mostOverlap))
    issues.push({
      path: ['segmentation', 'overlap'],
      message: `${overlap} given; allowed are 0 to ${mostOverlap} seconds, half of the clip length.`,
    });
  return issues;
}

/** Faults of a choice of model and modalities. */
export function checkModel(
  model: ModelDescription | undefined,
  known: readonly ModelDescription[],
  given: { model: string; modalities?: readonly Modality[] | null | undefined },
): InputIssue[] {
  if (!model) {
    const names = known.map(({ name }) => name).join(', ');
    return [{ path: ['model'], message: `"${given.model}" is not a model of this server; there is ${names}.` }];
  }
  if (!model.installed) {
    const command = `reelgraph models pull ${model.name}`;
    return [{ path: ['model'], message: `"${model.name}" is not installed; \`${command}\` installs it.` }];
  }
  if (!given.modalities) return [];
  const supported = model.modalities.map(({ modality }) => modality);
  if (given.modalities.length === 0)
    return [{ path: ['modalities'], message: `none given; allowed are ${supported.join(', ')}.` }];
  const unsupported = given.modalities.filter((modality) => !supported.includes(modality));
  if (unsupported.length === 0) return [];
  const has = `"${model.name}" has ${supported.join(', ')}`;
  return [{ path: ['modalities'], message: `${unsupported.join(', ')} given; ${has}.` }];
}

/** Faults of user metadata, which is stored as it is given. */
export function checkUserMetadata(metadata: object): InputIssue[] {
  const json = JSON.stringify(metadata);
  const issue = (message: string) => [{ path: ['userMetadata'], message }];
  const size = Buffer.byteLength(json);
  if (size > LARGEST_METADATA) return issue(`${size} bytes given as JSON; allowed are ${LARGEST_METADATA}.`);
  const [, unstorable] = UNSTORABLE.exec(json) ?? [];
  return unstorable
    ? issue(`The character ${unstorable} is given; Unicode has no such text, or Postgres no place.`)
    : [];
}
