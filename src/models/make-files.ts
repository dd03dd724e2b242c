import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchedSource } from './fetched-source.ts';
import type { FileRecipe } from './file-recipes.ts';
import { parseImagenetClasses } from './imagenet-classes.ts';
import { buildImagenetVocabulary } from './imagenet-vocabulary.ts';
import { sha256 } from './installation.ts';
import type { Manifest } from './manifest.ts';
import { classRows, convertToOnnx } from './onnx-from-tfjs.ts';
import { constantOf, parseTfjsGraph } from './tfjs-graph.ts';

/**
 * Makes the files of an installation in a folder out of the manifest's sources, which are given by their names. The same
 * sources always give the same bytes. Resolves to the SHA-256 of each file by its name.
 */
export async function makeFiles(
  { files }: Manifest,
  sources: ReadonlyMap<string, FetchedSource>,
  folder: string,
): Promise<Map<string, string>> {
  const sums = new Map<string, string>();
  const source = (name: string): FetchedSource => {
    const found = sources.get(name);
    if (!found) throw new Error(`The source "${name}" is missing.`);
    return found;
  };
  for (const [name, recipe] of Object.entries(files)) {
    const path = join(folder, name);
    if (recipe.make === 'copy') {
      await source(recipe.source).placeAt(path);
      sums.set(name, source(recipe.source).sha256);
      continue;
    }
    const data = await makeFile(recipe, (role) => source(role).read());
    await writeFile(path, data, { flush: true });
    sums.set(name, sha256(data));
  }
  return sums;
}

async function makeFile(
  recipe: Exclude<FileRecipe, { make: 'copy' }>,
  read: (source: string) => Promise<Buffer>,
): Promise<Uint8Array> {
  const graph = async (names: { graph: string; weights: string }) =>
    parseTfjsGraph((await read(names.graph)).toString(), await read(names.weights));
  switch (recipe.make) {
    case 'onnx-from-tfjs':
      return convertToOnnx(await graph(recipe), recipe);
    case 'rows-from-tfjs':
      return new Uint8Array(classRows(constantOf(await graph(recipe), recipe.tensor), recipe.skip).buffer);
    case 'imagenet-vocabulary': {
      const classes = parseImagenetClasses((await read(recipe.classNames)).toString());
      const [nouns, senses] = [(await read(recipe.nouns)).toString(), (await read(recipe.nounSenses)).toString()];
      return Buffer.from(JSON.stringify(buildImagenetVocabulary(classes, nouns, senses)));
    }
  }
}
