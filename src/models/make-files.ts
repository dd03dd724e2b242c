import { parseImagenetClasses } from './imagenet-classes.ts';
import { buildImagenetVocabulary } from './imagenet-vocabulary.ts';
import type { FileRecipe, Manifest } from './manifest.ts';
import { classRows, convertToOnnx } from './onnx-from-tfjs.ts';
import { constantOf, parseTfjsGraph } from './tfjs-graph.ts';

/** Makes the files of an installation out of the manifest's sources, which are given by their names. The same sources always give the same bytes. */
export function makeFiles({ files }: Manifest, sources: ReadonlyMap<string, Buffer>): Map<string, Uint8Array> {
  return new Map(Object.entries(files).map(([name, recipe]) => [name, makeFile(recipe, sources)]));
}

function makeFile(recipe: FileRecipe, sources: ReadonlyMap<string, Buffer>): Uint8Array {
  const source = (name: string): Buffer => {
    const data = sources.get(name);
    if (!data) throw new Error(`The source "${name}" is missing.`);
    return data;
  };
  const graph = (names: { graph: string; weights: string }) =>
    parseTfjsGraph(source(names.graph).toString(), source(names.weights));
  switch (recipe.make) {
    case 'copy':
      return source(recipe.source);
    case 'onnx-from-tfjs':
      return convertToOnnx(graph(recipe), recipe);
    case 'rows-from-tfjs':
      return new Uint8Array(classRows(constantOf(graph(recipe), recipe.tensor), recipe.skip).buffer);
    case 'imagenet-vocabulary': {
      const classes = parseImagenetClasses(source(recipe.classNames).toString());
      const [nouns, senses] = [source(recipe.nouns).toString(), source(recipe.nounSenses).toString()];
      return Buffer.from(JSON.stringify(buildImagenetVocabulary(classes, nouns, senses)));
    }
  }
}
