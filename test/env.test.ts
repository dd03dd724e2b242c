import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from '../src/env.ts';

/** The faults of settings, by their names. */
function faultsOf(variables: NodeJS.ProcessEnv): Record<string, string> {
  try {
    parseEnv(variables);
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'BadSettingsError');
    const [head, ...lines] = error.message.split('\n');
    assert.equal(head, 'These settings cannot be used:');
    return Object.fromEntries(lines.map((line) => [/^ {2}(\w+)=/.exec(line)?.[1] ?? line, line.trim()]));
  }
  return {};
}

test('what is not set has its default', () => {
  const { WORKER_CONCURRENCY, ...env } = parseEnv({});
  assert.ok(WORKER_CONCURRENCY >= 1 && WORKER_CONCURRENCY <= 4);
  assert.deepEqual(env, {
    HOST: '127.0.0.1',
    DATA_DIR: resolve('data'),
    DATABASE_CONNECTIONS: 10,
    ROLE: 'all',
    MAX_UPLOAD_SIZE: 8_589_934_592,
    MIN_FREE_DISK: 1_073_741_824,
    EMBEDDING_TASK_TTL: 604_800,
    EMBED_QUEUE: 64,
    MAX_INDEXES: 1000,
    MAX_UPLOADS_IN_FLIGHT: 256,
    MAX_QUEUED_TASKS: 10_000,
    MAX_COMPLEXITY: 100_000,
    MAX_DEPTH: 15,
    MAX_ALIASES: 50,
    MAX_TOKENS: 2000,
    MAX_BODY_SIZE: 98_304,
    MAX_BATCH: 1,
    INTROSPECTION: true,
    GRAPHIQL: true,
    CONSOLE: true,
    PERSISTED_DOCUMENTS_ONLY: false,
    MAX_CONNECTIONS: 2000,
    MAX_SUBSCRIPTIONS: 100,
    CLIENT_TIMEOUT: 30,
    FETCH_ALLOW_ADDRESSES: [],
    FETCH_PORTS: [
      [80, 80],
      [443, 443],
      [8080, 8080],
      [8443, 8443],
    ],
    FETCH_MIN_RATE: 10_000,
    FETCH_TIMEOUT: 21_600,
    LOG_LEVEL: 'info',
    METRICS: true,
    OTEL_SDK_DISABLED: false,
  });
});

test('an empty or blank text counts as not set', () => {
  const names = ['PORT', 'HOST', 'DATA_DIR', 'DATABASE_URL', 'ROLE', 'CORS_ORIGINS', 'LOG_LEVEL', 'FFMPEG_PATH'];
  for (const blank of ['', ' ', '\t'])
    assert.deepEqual(parseEnv(Object.fromEntries(names.map((name) => [name, blank]))), parseEnv({}));
});

test('good values are taken as they are meant', () => {
  const env = parseEnv({
    PORT: '0',
    HOST: '::1',
    PUBLIC_URL: 'https://video.example.org/api//',
    DATA_DIR: 'some/where',
    FFMPEG_PATH: '/usr/bin/ffmpeg',
    DATABASE_URL: 'postgresql://user:secret@db/reelgraph',
    ROLE: 'worker',
    WORKER_CONCURRENCY: '64',
    CORS_ORIGINS: 'http://localhost:3000, https://example.org',
    FETCH_ALLOW_ADDRESSES: '192.168.1.20,10.0.0.0/8, ::1, fd00::/8',
    UNRELATED: 'x',
  });
  assert.equal(env.PORT, 0);
  assert.equal(env.PUBLIC_URL, 'https://video.example.org/api');
  assert.equal(env.DATA_DIR, resolve('some/where'));
  assert.equal(env.FFMPEG_PATH, '/usr/bin/ffmpeg');
  assert.deepEqual([env.ROLE, env.WORKER_CONCURRENCY], ['worker', 64]);
  assert.deepEqual(env.CORS_ORIGINS, ['http://localhost:3000', 'https://example.org']);
  assert.deepEqual(env.FETCH_ALLOW_ADDRESSES, ['192.168.1.20', '10.0.0.0/8', '::1', 'fd00::/8']);
  assert.equal('UNRELATED' in env, false);
  assert.deepEqual(parseEnv({ CORS_ORIGINS: '*' }).CORS_ORIGINS, ['*']);
  const asTyped = 'https://Example.org/,http://localhost:80';
  assert.deepEqual(parseEnv({ CORS_ORIGINS: asTyped }).CORS_ORIGINS, ['https://example.org', 'http://localhost']);
  assert.deepEqual(Object.keys(faultsOf({ CORS_ORIGINS: 'https://example.org/app' })), ['CORS_ORIGINS']);
});

test('every fault is named at once, with what was given and what is needed', () => {
  assert.deepEqual(
    faultsOf({
      PORT: '70000',
      PUBLIC_URL: 'example.org',
      DATABASE_URL: 'mysql://db/x',
      DATABASE_CONNECTIONS: 'ten',
      ROLE: 'boss',
      WORKER_CONCURRENCY: '0',
      MODEL_THREADS: '1.5',
      MAX_UPLOAD_SIZE: '-1',
      MAX_REQUESTS_PER_MINUTE: '0',
      MAX_UPLOADS_IN_FLIGHT: '1e9',
      MAX_STORED_BYTES: '2.5',
      MAX_QUEUED_TASKS: '10k',
      CORS_ORIGINS: 'https://example.org,example.org,localhost',
      FETCH_ALLOW_ADDRESSES: '10.0.0.0/8,10.0.0',
      FETCH_PORTS: '443,99999',
      LOG_LEVEL: 'loud',
      METRICS_TOKEN: 'short secret',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER_ARG: '2',
    }),
    {
      PORT: 'PORT=70000: Too big: expected number to be <=65535',
      PUBLIC_URL: 'PUBLIC_URL=example.org: a URL that begins with http:// or https:// is needed',
      DATABASE_URL: 'DATABASE_URL=mysql://db/x: a URL that begins with postgres:// is needed',
      DATABASE_CONNECTIONS: 'DATABASE_CONNECTIONS=ten: a number is needed',
      ROLE: 'ROLE=boss: Invalid option: expected one of "all"|"api"|"worker"',
      WORKER_CONCURRENCY: 'WORKER_CONCURRENCY=0: Too small: expected number to be >=1',
      MODEL_THREADS: 'MODEL_THREADS=1.5: a whole number is needed',
      MAX_UPLOAD_SIZE: 'MAX_UPLOAD_SIZE=-1: Too small: expected number to be >0',
      MAX_REQUESTS_PER_MINUTE: 'MAX_REQUESTS_PER_MINUTE=0: Too small: expected number to be >=1',
      MAX_UPLOADS_IN_FLIGHT: 'MAX_UPLOADS_IN_FLIGHT=1e9: Too big: expected number to be <=100000',
      MAX_STORED_BYTES: 'MAX_STORED_BYTES=2.5: a whole number is needed',
      MAX_QUEUED_TASKS: 'MAX_QUEUED_TASKS=10k: a number is needed',
      CORS_ORIGINS:
        'CORS_ORIGINS=https://example.org,example.org,localhost: "*" or origins such as "https://example.org" are needed, with commas between them',
      FETCH_ALLOW_ADDRESSES:
        'FETCH_ALLOW_ADDRESSES=10.0.0.0/8,10.0.0: IP addresses, CIDR ranges or names of hosts are needed, with commas between them; an address or a name may have a port: [fd00::1]:8080, media.lan:8080',
      FETCH_PORTS:
        'FETCH_PORTS=443,99999: ports (1 to 65535) or ranges such as 8000-8999 are needed, with commas between them',
      LOG_LEVEL:
        'LOG_LEVEL=loud: Invalid option: expected one of "fatal"|"error"|"warn"|"info"|"debug"|"trace"|"silent"',
      METRICS_TOKEN: 'METRICS_TOKEN=***: at least 16 characters are needed',
      OTEL_EXPORTER_OTLP_ENDPOINT:
        'OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318: a URL that begins with http:// or https:// is needed',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'OTEL_EXPORTER_OTLP_PROTOCOL=grpc: only "http/protobuf" is spoken',
      OTEL_TRACES_SAMPLER_ARG: 'OTEL_TRACES_SAMPLER_ARG=2: a number from 0 to 1 is needed',
    },
  );
});

test('what may be fetched from is an address, a range or a host, each as it is meant', () => {
  const good = [
    '::1',
    '[::1]:8080',
    '10.0.0.1:8080',
    'fd00::/8',
    'localhost',
    'media.lan:8096',
    'NAS',
    'a_b.lan.',
    'bücher.lan',
  ];
  assert.deepEqual(parseEnv({ FETCH_ALLOW_ADDRESSES: good.join() }).FETCH_ALLOW_ADDRESSES, good);
  const bad = [
    '10.0.0',
    '0x7f.1',
    '2130706433',
    '10.0.0.256',
    '10.0.0.0/33',
    'nas/8',
    '10.0.0.0/8:80',
    '*.lan',
    'nas:0',
  ];
  const others = [
    'nas:',
    'nas:65536',
    'http://nas',
    'user@nas',
    'nas/files',
    '[nas]',
    '::1:8080/',
    'fe80::1%eth0',
    'a b',
  ];
  for (const given of [...bad, ...others])
    assert.deepEqual(Object.keys(faultsOf({ FETCH_ALLOW_ADDRESSES: given })), ['FETCH_ALLOW_ADDRESSES'], given);
  assert.deepEqual(parseEnv({ FETCH_PORTS: '443, 8000-8999' }).FETCH_PORTS, [
    [443, 443],
    [8000, 8999],
  ]);
  for (const given of ['0', '-1', '80-', '8999-8000', '65536', '80-65536', 'http', '80 443'])
    assert.deepEqual(Object.keys(faultsOf({ FETCH_PORTS: given })), ['FETCH_PORTS'], given);
  assert.deepEqual(Object.keys(faultsOf({ FETCH_TIMEOUT: '43200' })), ['FETCH_TIMEOUT']);
});

test('divided roles need a database for several processes, and say so beside other faults', () => {
  const reason = 'the embedded database serves one process, which must be "all"; set DATABASE_URL to divide the roles';
  assert.deepEqual(faultsOf({ ROLE: 'api' }), { ROLE: `ROLE=api: ${reason}` });
  assert.deepEqual(Object.keys(faultsOf({ ROLE: 'worker', DATABASE_URL: '', PORT: 'x' })), ['PORT', 'ROLE']);
  assert.deepEqual(faultsOf({ ROLE: 'all' }), {});
  assert.deepEqual(faultsOf({ ROLE: 'api', DATABASE_URL: 'postgres://db/x' }), {});
});

test('what is switched is true or false', () => {
  const { INTROSPECTION, GRAPHIQL } = parseEnv({ INTROSPECTION: 'false', GRAPHIQL: 'true' });
  assert.deepEqual([INTROSPECTION, GRAPHIQL], [false, true]);
  assert.match(faultsOf({ GRAPHIQL: 'no' }).GRAPHIQL ?? '', /expected one of "true"\|"false"/);
});

test('only persisted documents need a file of them', () => {
  assert.deepEqual(faultsOf({ PERSISTED_DOCUMENTS_ONLY: 'true' }), {
    PERSISTED_DOCUMENTS_ONLY: 'PERSISTED_DOCUMENTS_ONLY=true: PERSISTED_DOCUMENTS must name a file of documents',
  });
  assert.deepEqual(faultsOf({ PERSISTED_DOCUMENTS_ONLY: 'true', PERSISTED_DOCUMENTS: 'documents.json' }), {});
});

test('a password is not told', () => {
  for (const given of ['postgre://user:p@ss/word@db/x', 'user:p@ss/word@db', 'mysql://p@ss/word@db'])
    assert.doesNotMatch(faultsOf({ DATABASE_URL: given }).DATABASE_URL ?? assert.fail(), /word|p@ss|user/);
});
