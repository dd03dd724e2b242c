import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

export type Modality = 'VISUAL' | 'AUDIO' | 'TRANSCRIPTION' | 'TEXT_IN_VIDEO';
export type Vocabulary = 'OPEN' | 'CLOSED' | 'NONE';

const fileName = z.string().regex(/^[\w][\w.-]*$/, 'a plain file name');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits');
const bytes = z.int().positive();
const role = z.string().min(1);
const channels = z.tuple([z.number(), z.number(), z.number()]);

const source = z.strictObject({
  from: z.string().regex(/^npm:(@[\w.-]+\/)?[\w.-]+@[\w.+-]+\/.+$/, 'npm:package@version/path'),
  bytes,
  sha256,
  license: z.string(),
});

const file = z.discriminatedUnion('make', [
  z.strictObject({ make: z.literal('copy'), source: role }),
  z.strictObject({
    make: z.literal('onnx-from-tfjs'),
    graph: role,
    weights: role,
    input: z.strictObject({ node: z.string(), name: z.string(), shape: z.array(z.int().positive()) }),
    output: z.strictObject({ node: z.string(), name: z.string() }),
  }),
  z.strictObject({
    make: z.literal('rows-from-tfjs'),
    graph: role,
    weights: role,
    tensor: z.string(),
    skip: z.int().nonnegative(),
  }),
  z.strictObject({ make: z.literal('imagenet-vocabulary'), classNames: role, nouns: role, nounSenses: role }),
]);

const visual = z.strictObject({
  dimensions: z.int().positive(),
  vocabulary: z.enum(['OPEN', 'CLOSED', 'NONE']),
  images: z.strictObject({
    file: fileName,
    input: z.string(),
    output: z.string(),
    width: z.int().positive(),
    height: z.int().positive(),
    fit: z.enum(['fill', 'cover', 'contain']),
    mean: channels,
    std: channels,
    batchSize: z.int().positive(),
    /** Subtracted from every feature before it is brought to length 1; measured as the mean feature of photographs. */
    center: z.array(z.number()).optional(),
  }),
  text: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('class-rows'), rows: fileName, vocabulary: fileName }),
  ]),
});

const manifest = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
    license: z.string().min(1),
    packages: z.record(z.string(), z.strictObject({ bytes, integrity: z.string().startsWith('sha512-') })),
    sources: z.record(role, source),
    files: z.record(fileName, file),
    modalities: z.strictObject({ VISUAL: visual.optional() }),
  })
  .superRefine((value, context) => {
    for (const [name, { from }] of Object.entries(value.sources)) {
      const { package: spec } = parseSource(from);
      if (!value.packages[spec])
        context.addIssue({ code: 'custom', path: ['sources', name], message: `${spec} is not in packages` });
    }
    const { VISUAL } = value.modalities;
    if (VISUAL?.images.center && VISUAL.images.center.length !== VISUAL.dimensions) {
      context.addIssue({
        code: 'custom',
        path: ['modalities', 'VISUAL', 'images', 'center'],
        message: `not ${VISUAL.dimensions} numbers`,
      });
    }
    for (const used of VISUAL ? [VISUAL.images.file, VISUAL.text.rows, VISUAL.text.vocabulary] : []) {
      if (!value.files[used])
        context.addIssue({ code: 'custom', path: ['modalities', 'VISUAL'], message: `no file "${used}"` });
    }
    for (const [name, recipe] of Object.entries(value.files)) {
      for (const used of recipeSources(recipe)) {
        if (!value.sources[used])
          context.addIssue({ code: 'custom', path: ['files', name], message: `no source "${used}"` });
      }
    }
  });

/** What a bundle is made of: where its files come from, what they must be, and how its encoders use them. */
export type Manifest = z.infer<typeof manifest>;
export type FileRecipe = z.infer<typeof file>;
export type VisualManifest = z.infer<typeof visual>;

/** Splits `npm:package@version/path` in the package spec and the path inside the package. */
export function parseSource(from: string): { package: string; path: string } {
  const [, spec = '', path = ''] = /^npm:((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(from) ?? [];
  return { package: spec, path };
}

// The names of the sources that a file is made from.
function recipeSources(recipe: FileRecipe): string[] {
  switch (recipe.make) {
    case 'copy':
      return [recipe.source];
    case 'onnx-from-tfjs':
    case 'rows-from-tfjs':
      return [recipe.graph, recipe.weights];
    case 'imagenet-vocabulary':
      return [recipe.classNames, recipe.nouns, recipe.nounSenses];
  }
}

/** Parses one manifest; throws with every fault named when it is not one. */
export function parseManifest(text: string): Manifest {
  return manifest.parse(JSON.parse(text));
}

/** The manifests that ship with Reelgraph, by name. */
export function loadManifests(folder = new URL('./bundles/', import.meta.url)): Map<string, Manifest> {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  const manifests = names.map((name) => parseManifest(readFileSync(new URL(name, folder), 'utf8')));
  return new Map(manifests.map((value) => [value.name, value]));
}

/** To be raised with every change of code that makes other files from the same recipe and sources. */
const RECIPES_VERSION = 1;

/** SHA-256 of what decides a bundle's files: an installation with another digest is out of date. */
export function manifestDigest({ sources, files }: Manifest): string {
  const recipe = JSON.stringify({ version: RECIPES_VERSION, sources, files });
  return createHash('sha256').update(recipe).digest('hex');
}
