import { availableParallelism } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';

const path = z
  .string()
  .min(1)
  .transform((given) => (isAbsolute(given) ? given : resolve(given)));
const number = () =>
  z.coerce
    .number({ error: ({ code }) => (code === 'invalid_type' ? 'a number is needed' : undefined) })
    .int('a whole number is needed');
const bytes = number().positive();
const list = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .string()
    .transform((given) => given.split(',').map((text) => text.trim()))
    .pipe(z.array(item));
const address = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  'IP addresses or CIDR ranges are needed, with commas between them',
);
const ORIGINS_NEEDED = '"*" or origins such as "https://example.org" are needed, with commas between them';
const site = z
  .url({ protocol: /^https?$/, error: ORIGINS_NEEDED })
  .regex(/^[^/]+\/\/[^/?#@]+\/?$/, ORIGINS_NEEDED)
  // As browsers write it, which is what it is compared with: lower case, no "/" at the end, no usual port.
  .transform((given) => new URL(given).origin);
const origin = z.union([z.literal('*'), site], ORIGINS_NEEDED);

/** Every setting of a process. What is not set has the default; an empty text counts as not set. */
export const settings = z.object({
  PORT: number().min(0).max(65_535).optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'a URL that begins with http:// or https:// is needed' })
    .transform((given) => given.replace(/\/+$/, ''))
    .optional(),
  DATA_DIR: path.prefault('./data'),
  MODELS_DIR: path.optional(),
  HF_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'a URL that begins with https:// is needed' })
    .regex(
      /^(https:\/\/|http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|\/|$))/,
      'a URL that begins with https:// is needed, unless it is of this machine',
    )
    .optional(),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'a URL that begins with postgres:// is needed' })
    .optional(),
  DATABASE_CONNECTIONS: number().min(1).max(1000).default(10),
  ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  WORKER_CONCURRENCY: number().min(1).max(64).default(Math.min(availableParallelism(), 4)),
  MODEL_THREADS: number().min(1).max(256).optional(),
  FFMPEG_PATH: path.optional(),
  FFPROBE_PATH: path.optional(),
  MAX_UPLOAD_SIZE: bytes.default(8 * 1024 ** 3),
  MIN_FREE_DISK: number()
    .min(0)
    .default(1024 ** 3),
  EMBEDDING_TASK_TTL: number()
    .min(1)
    .max(2_147_483_647)
    .default(7 * 24 * 60 * 60),
  EMBED_QUEUE: number().min(1).max(10_000).default(64),
  MAX_INDEXES: number().positive().default(1000),
  CORS_ORIGINS: list(origin).optional(),
  FETCH_ALLOW_ADDRESSES: list(address).default([]),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** The settings of a process, parsed. */
export type Env = z.output<typeof settings>;

/** One or more settings have bad values; the message names every one of them. */
class BadSettingsError extends Error {
  override name = 'BadSettingsError';
}

/**
 * Reads the settings from environment variables.
 * @throws BadSettingsError naming every fault at once, with what was given
 */
export function parseEnv(variables: NodeJS.ProcessEnv): Env {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim()));
  const result = settings.safeParse(given);
  const issues = result.error?.issues.map(({ path: [name], message }) => ({ name: String(name), message })) ?? [];
  if ((given.ROLE === 'api' || given.ROLE === 'worker') && !given.DATABASE_URL)
    issues.push({
      name: 'ROLE',
      message: 'the embedded database serves one process, which must be "all"; set DATABASE_URL to divide the roles',
    });
  if (result.success && issues.length === 0) return result.data;
  const faults = new Set(issues.map(({ name, message }) => `  ${name}=${withoutSecret(given[name])}: ${message}`));
  throw new BadSettingsError(`These settings cannot be used:\n${[...faults].join('\n')}`);
}

/** A setting as it may be shown: a URL's user and password stand before its last "@". */
function withoutSecret(given = ''): string {
  return given.replace(/^(.*?:\/\/)?.*@/s, '$1***@');
}
