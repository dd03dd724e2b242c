import { z } from 'zod';

const role = z.string().min(1);

/** How an installed file is made from sources, which are given by their names. */
export const fileRecipe = z.discriminatedUnion('make', [
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

export type FileRecipe = z.infer<typeof fileRecipe>;

/** To be raised with every change of code that makes other files from the same recipe and sources. */
export const RECIPES_VERSION = 1;

/** The names of the sources that a file is made from. */
export function recipeSources(recipe: FileRecipe): string[] {
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
