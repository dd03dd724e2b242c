import './onnx-runtime.ts';

/**
 * Loads transformers.js when it is first needed: it takes a tenth of a second. What is used of it is made from files
 * that are here, by its constructors; should a part of it look for another file, it may not fetch it, nor keep a cache.
 */
export async function importTransformers(): Promise<typeof import('@huggingface/transformers')> {
  const transformers = await import('@huggingface/transformers');
  const { env, LogLevel } = transformers;
  env.allowRemoteModels = false;
  env.allowLocalModels = false;
  env.useFSCache = false;
  env.useWasmCache = false;
  // It writes to the console what it throws as well.
  env.logLevel = LogLevel.NONE;
  return transformers;
}
