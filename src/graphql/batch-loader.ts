import DataLoader from 'dataloader';
import type { Context } from './context.ts';

/** Parents of one statement; more are divided among several. */
const MOST_PARENTS = 100;

/**
 * Makes a loader of what belongs to many parents, such as the same page of each index's tasks. Parents that ask in the
 * same turn with the same options are served together, whatever part of the document they stand in.
 * @param load returns a value for each id, in the order of the ids
 */
export function createBatchLoader<Options, Value>(
  load: (context: Context, options: Options, ids: readonly string[]) => Promise<readonly Value[]>,
): (context: Context, options: Options, id: string) => Promise<Value> {
  return (context, options, id) => {
    const loaders = context.batches.get(load) ?? new Map<string, DataLoader<string, unknown>>();
    context.batches.set(load, loaders);
    const key = JSON.stringify(options);
    const loader =
      loaders.get(key) ??
      new DataLoader<string, unknown>((ids) => load(context, options, ids), { maxBatchSize: MOST_PARENTS });
    loaders.set(key, loader);
    return loader.load(id) as Promise<Value>;
  };
}
