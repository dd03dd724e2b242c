import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fileRecipe, RECIPES_VERSION, recipeSources } from './file-recipes.ts';
import { filesOfParts, modalities } from './parts.ts';
import { parseSource, source } from './sources.ts';

/** The file of an installation that says what belongs to it. */
export const RECORD = 'install.json';

const fileName = z
  .string()
  .regex(/^\w[\w.-]*$/, 'a plain file name')
  .refine((name) => name !== RECORD, `${RECORD} is taken by the record of the installation`);
const integrity = z.string().startsWith('sha512-');

/** Folders of the models' folder that are no bundle. */
const RESERVED = ['manifests'];

const manifest = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens')
      // It is part of the names of database indexes, which are cut at 63 bytes.
      .max(32, 'at most 32 characters')
      .refine((name) => !RESERVED.includes(name), 'this name is taken by a folder of another use'),
    license: z.string().min(1),
    packages: z.record(z.string(), z.strictObject({ bytes: z.int().positive(), integrity })).default({}),
    sources: z.record(z.string().min(1), source).default({}),
    files: z.record(fileName, fileRecipe).default({}),
    modalities,
  })
  .superRefine((value, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    for (const [name, { from }] of Object.entries(value.sources)) {
      const place = parseSource(from);
      if (place.kind === 'npm' && !value.packages[place.package])
        fault(['sources', name], `${place.package} is not in packages`);
    }
    for (const [name, recipe] of Object.entries(value.files)) {
      for (const used of recipeSources(recipe)) if (!value.sources[used]) fault(['files', name], `no source "${used}"`);
    }
    for (const { path, file } of filesOfParts(value.modalities))
      if (!value.files[file]) fault(['modalities', ...path.split('.')], `no file "${file}"`);
  });

/** What a bundle is made of: where its files come from, what they must be, and how its encoders use them. */
export type Manifest = z.infer<typeof manifest>;

/** Parses one manifest; throws with every fault named when it is not one. */
export function parseManifest(text: string): Manifest {
  return manifest.parse(JSON.parse(text));
}

/** SHA-256 of what decides a bundle's files: an installation with another digest is out of date. */
export function manifestDigest({ sources, files }: Pick<Manifest, 'sources' | 'files'>): string {
  const recipe = JSON.stringify({ version: RECIPES_VERSION, sources, files });
  return createHash('sha256').update(recipe).digest('hex');
}
