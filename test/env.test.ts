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
    FETCH_ALLOW_ADDRESSES: [],
    LOG_LEVEL: 'info',
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
      CORS_ORIGINS: 'https://example.org,example.org,localhost',
      FETCH_ALLOW_ADDRESSES: '10.0.0.0/8,localhost',
      LOG_LEVEL: 'loud',
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
      CORS_ORIGINS:
        'CORS_ORIGINS=https://example.org,example.org,localhost: "*" or origins such as "https://example.org" are needed, with commas between them',
      FETCH_ALLOW_ADDRESSES:
        'FETCH_ALLOW_ADDRESSES=10.0.0.0/8,localhost: IP addresses or CIDR ranges are needed, with commas between them',
      LOG_LEVEL:
        'LOG_LEVEL=loud: Invalid option: expected one of "fatal"|"error"|"warn"|"info"|"debug"|"trace"|"silent"',
    },
  );
});

test('divided roles need a database for several processes, and say so beside other faults', () => {
  const reason = 'the embedded database serves one process, which must be "all"; set DATABASE_URL to divide the roles';
  assert.deepEqual(faultsOf({ ROLE: 'api' }), { ROLE: `ROLE=api: ${reason}` });
  assert.deepEqual(Object.keys(faultsOf({ ROLE: 'worker', DATABASE_URL: '', PORT: 'x' })), ['PORT', 'ROLE']);
  assert.deepEqual(faultsOf({ ROLE: 'all' }), {});
  assert.deepEqual(faultsOf({ ROLE: 'api', DATABASE_URL: 'postgres://db/x' }), {});
});

test('a password is not told', () => {
  for (const given of ['postgre://user:p@ss/word@db/x', 'user:p@ss/word@db', 'mysql://p@ss/word@db'])
    assert.doesNotMatch(faultsOf({ DATABASE_URL: given }).DATABASE_URL ?? assert.fail(), /word|p@ss|user/);
});
