import { availableParallelism } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';

const path = z
  .string()
  .min(1)
  .transform((given) => (isAbsolute(given) ? given : resolve(given)));
const bytes = z.coerce.number().int().positive();

/** Every setting of a process. What is not set has the default; an empty text counts as not set. */
export const settings = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((given) => given.replace(/\/+$/, ''))
    .optional(),
  DATA_DIR: path.prefault('./data'),
  MODELS_DIR: path.optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(1000).default(10),
  ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(Math.min(availableParallelism(), 4)),
  MODEL_THREADS: z.coerce.number().int().min(1).max(256).optional(),
  FFMPEG_PATH: path.optional(),
  FFPROBE_PATH: path.optional(),
  MAX_UPLOAD_SIZE: bytes.default(8 * 1024 ** 3),
  CORS_ORIGINS: z
    .string()
    .transform((given) => given.split(',').map((origin) => origin.trim()))
    .pipe(z.array(z.union([z.literal('*'), z.url({ protocol: /^https?$/ })])))
    .optional(),
  FETCH_ALLOW_ADDRESSES: z
    .string()
    .transform((given) => given.split(',').map((address) => address.trim()))
    .default([]),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** The settings of a process, parsed. */
export type Env = z.output<typeof settings>;

/** One or more settings have bad values; the message names every one of them. */
export class BadSettingsError extends Error {
  override name = 'BadSettingsError';
}

/**
 * Reads the settings from environment variables.
 * @throws BadSettingsError naming every fault at once, with what was given
 */
export function parseEnv(variables: NodeJS.ProcessEnv): Env {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = settings.safeParse(given);
  if (!result.success) {
    const faults = result.error.issues.map(({ path: [name], message }) => {
      return `  ${String(name)}=${given[String(name)]}: ${message}`;
    });
    throw new BadSettingsError(`These settings cannot be used:\n${faults.join('\n')}`);
  }
  if (result.data.ROLE !== 'all' && !result.data.DATABASE_URL)
    throw new BadSettingsError(
      `These settings cannot be used:\n  ROLE=${result.data.ROLE}: the embedded database serves one process, which must be "all"; set DATABASE_URL to divide the roles`,
    );
  return result.data;
}
