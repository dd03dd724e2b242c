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
const toggle = z.enum(['true', 'false']).transform((given) => given === 'true');
const list = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .string()
    .transform((given) => given.split(',').map((text) => text.trim()))
    .pipe(z.array(item));
const PLACES_NEEDED =
  'IP addresses, CIDR ranges or names of hosts are needed, with commas between them; an address or a name may have a port: [fd00::1]:8080, media.lan:8080';
/** What `URL` takes for a host as it stands there: it would read `10.1` and `0x0a000001` as addresses, too. */
function isHost(given: string): boolean {
  const host = URL.parse(`http://${given}`)?.hostname;
  const isAddress = host !== undefined && z.ipv4().safeParse(host).success;
  return host !== undefined && (!isAddress || given.replace(/:\d+$/, '') === host);
}
const place = z.union(
  [
    z.ipv4(),
    z.ipv6(),
    z.cidrv4(),
    z.cidrv6(),
    z
      .string()
      .regex(/^(\[[\da-f:.]+\]|[\p{L}\p{N}._-]+)(:[1-9]\d{0,4})?$/iu)
      .refine(isHost),
  ],
  PLACES_NEEDED,
);
const PORTS_NEEDED = 'ports (1 to 65535) or ranges such as 8000-8999 are needed, with commas between them';
const ports = z
  .string()
  .regex(/^[1-9]\d{0,4}(-[1-9]\d{0,4})?$/, PORTS_NEEDED)
  .transform((given): [number, number] => {
    const [from = 0, to = from] = given.split('-').map(Number);
    return [from, to];
  })
  .refine(([from, to]) => from <= to && to <= 65_535, PORTS_NEEDED);
const ORIGINS_NEEDED = '"*" or origins such as "https://example.org" are needed, with commas between them';
const site = z
  .url({ protocol: /^https?$/, error: ORIGINS_NEEDED })
  .regex(/^[^/]+\/\/[^/?#@]+\/?$/, ORIGINS_NEEDED)
  // As browsers write it, which is what it is compared with: lower case, no "/" at the end, no usual port.
  .transform((given) => new URL(given).origin);
const collector = z.url({ protocol: /^https?$/, error: 'a URL that begins with http:// or https:// is needed' });
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
  MAX_REQUESTS_PER_MINUTE: number().min(1).max(1_000_000_000).optional(),
  MAX_UPLOADS_IN_FLIGHT: number().min(1).max(100_000).default(256),
  MAX_STORED_BYTES: bytes.optional(),
  MAX_QUEUED_TASKS: number().positive().default(10_000),
  MAX_COMPLEXITY: number().positive().default(100_000),
  MAX_DEPTH: number().positive().default(15),
  MAX_ALIASES: number().min(0).default(50),
  MAX_TOKENS: number().positive().default(2000),
  MAX_BODY_SIZE: bytes.default(96 * 1024),
  MAX_BATCH: number().min(1).max(100).default(1),
  INTROSPECTION: toggle.default(true),
  GRAPHIQL: toggle.default(true),
  CONSOLE: toggle.default(true),
  PERSISTED_DOCUMENTS: path.optional(),
  PERSISTED_DOCUMENTS_ONLY: toggle.default(false),
  MAX_CONNECTIONS: number().min(1).max(1_000_000).default(2000),
  MAX_SUBSCRIPTIONS: number().min(1).max(10_000).default(100),
  CLIENT_TIMEOUT: number().min(1).max(3600).default(30),
  CORS_ORIGINS: list(origin).optional(),
  FETCH_ALLOW_ADDRESSES: list(place).default([]),
  FETCH_PORTS: list(ports).prefault('80,443,8080,8443'),
  FETCH_MIN_RATE: bytes.default(10_000),
  // Under the twelve hours after which the queue takes a job to hang.
  FETCH_TIMEOUT: number()
    .min(1)
    .max(11 * 60 * 60)
    .default(6 * 60 * 60),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  METRICS: toggle.default(true),
  METRICS_TOKEN: z.string().min(16, 'at least 16 characters are needed').optional(),
  // Names and meanings are those of https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.literal('http/protobuf', 'only "http/protobuf" is spoken').optional(),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number({ error: 'a number from 0 to 1 is needed' }).min(0).max(1).optional(),
  OTEL_SDK_DISABLED: toggle.default(false),
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
  if (given.PERSISTED_DOCUMENTS_ONLY === 'true' && !given.PERSISTED_DOCUMENTS)
    issues.push({ name: 'PERSISTED_DOCUMENTS_ONLY', message: 'PERSISTED_DOCUMENTS must name a file of documents' });
  if (result.success && issues.length === 0) return result.data;
  const faults = new Set(
    issues.map(({ name, message }) => `  ${name}=${withoutSecret(name, given[name])}: ${message}`),
  );
  throw new BadSettingsError(`These settings cannot be used:\n${[...faults].join('\n')}`);
}

/** A setting as it may be shown: a URL's user and password stand before its last "@". */
function withoutSecret(name: string, given = ''): string {
  if (name.endsWith('_TOKEN')) return '***';
  return given.replace(/^(.*?:\/\/)?.*@/s, '$1***@');
}
