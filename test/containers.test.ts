import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { DockerfileParser } from 'dockerfile-ast';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseEnv, settings } from '../src/env.ts';
import { isLoopback } from '../src/http/loopback.ts';

// No engine runs here: the files are read by parsers, and only the health check's command is run.

const names = z.record(z.string(), z.string());
const service = z.object({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: names.default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  restart: z.enum(['no', 'unless-stopped']),
  healthcheck: z.object({ disable: z.boolean().default(false), test: z.array(z.string()).default([]) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const composeFile = z.object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) });

const dockerfile = DockerfileParser.parse(readFileSync('Dockerfile', 'utf8'));
const { services, volumes } = composeFile.parse(parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }));
const reelgraph = Object.entries(services).filter(([, { build }]) => build !== undefined);

/** What the image itself sets. */
const imageEnvironment = Object.fromEntries(
  dockerfile
    .getENVs()
    .flatMap((instruction) => instruction.getProperties())
    .map((property) => [property.getName(), property.getValue() ?? '']),
);

/** What stands behind each instruction of one kind, in order. */
const instructions = (keyword: string) =>
  dockerfile
    .getInstructions()
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getArgumentsContent() ?? '');

/** The words of an instruction in exec form. */
const words = (content: string | undefined) =>
  z.array(z.string()).parse(JSON.parse(content?.slice(content.indexOf('[')) ?? ''));

describe('Dockerfile', () => {
  it('starts from Node 24 on Debian 12 and installs its ffmpeg', () => {
    assert.deepEqual(instructions('FROM'), ['node:24-bookworm-slim AS console', 'node:24-bookworm-slim']);
    assert.match(instructions('RUN').join('\n'), /apt-get install .*\bffmpeg\b/);
  });

  it('installs from the lock file, without what only development needs', () => {
    assert.match(instructions('RUN').join('\n'), /npm ci --omit=dev/);
  });

  it('builds the console in a stage of its own, and has nothing but its files', () => {
    assert.match(instructions('RUN').join('\n'), /vite\.js build --config src\/console\/vite\.config\.ts/);
    assert.ok(instructions('COPY').includes('/app/dist dist'));
    assert.ok(readFileSync('.dockerignore', 'utf8').split('\n').includes('!tsconfig.json'), 'Vite reads it');
  });

  it('runs without root, and only what it stores is its own', () => {
    assert.deepEqual(instructions('USER'), ['node']);
    assert.deepEqual(instructions('VOLUME'), ['/data']);
    const order = dockerfile.getInstructions().map((instruction) => instruction.getKeyword());
    assert.ok(order.indexOf('USER') > order.lastIndexOf('RUN'), 'USER stands after what root installs');
    assert.ok(order.indexOf('USER') > order.lastIndexOf('COPY'), 'USER stands after the files of root');
  });

  it('starts the server on the port that it exposes', () => {
    assert.deepEqual(imageEnvironment, { NODE_ENV: 'production', DATA_DIR: '/data', HOST: '0.0.0.0', PORT: '4000' });
    assert.deepEqual(instructions('EXPOSE'), [imageEnvironment.PORT]);
    assert.deepEqual(words(instructions('CMD')[0]), ['node', 'src/cli.ts', 'serve']);
  });

  it('copies only what exists and is not ignored', () => {
    const kept = readFileSync('.dockerignore', 'utf8').split('\n');
    const copied = instructions('COPY')[0]?.split(' ').slice(0, -1) ?? [];
    assert.ok(copied.length > 0);
    for (const file of copied) assert.ok(existsSync(file) && kept.includes(`!${file}`), `${file} reaches the image`);
  });

  for (const [answer, exitStatus] of [
    [200, 0],
    [503, 1],
    ['none', 1],
  ] as const) {
    it(`has a health check that ends with ${exitStatus} when /health answers ${answer}`, async (t) => {
      const port = answer === 'none' ? 1 : await answerHealth(t, answer);
      const [command, ...args] = words(instructions('HEALTHCHECK')[0]);
      assert.equal(command, 'node');
      const child = spawn(process.execPath, args, { env: { PORT: String(port) }, stdio: 'ignore' });
      assert.deepEqual(await once(child, 'exit'), [exitStatus, null]);
    });
  }
});

describe('docker-compose.yml', () => {
  it('holds the database, one run of migrate, keys and models, the API and its workers', () => {
    assert.deepEqual(Object.keys(services), ['postgres', 'migrate', 'keys', 'models', 'api', 'worker']);
    assert.deepEqual(
      reelgraph.map(([name]) => name),
      ['migrate', 'keys', 'models', 'api', 'worker'],
    );
    assert.match(services.postgres?.image ?? '', /^pgvector\/pgvector:0\.[89]\.\d+-pg1[5-9]/);
  });

  it('gives the two servers their roles, one database and one folder of data', () => {
    assert.equal(services.api?.environment.ROLE, 'api');
    assert.equal(services.worker?.environment.ROLE, 'worker');
    for (const [name, { environment, volumes: mounts }] of reelgraph) {
      assert.equal(environment.DATABASE_URL, services.api?.environment.DATABASE_URL, name);
      assert.deepEqual(mounts, ['data:/data'], name);
    }
    assert.deepEqual(Object.keys(volumes), ['postgres', 'data']);
  });

  it('makes a key before the servers start, as they listen for others, and once', () => {
    assert.equal(isLoopback(imageEnvironment.HOST ?? ''), false);
    assert.deepEqual(services.keys?.command?.slice(2), ['keys', 'create', 'compose', '--if-none']);
    assert.deepEqual(services.keys?.depends_on, { migrate: { condition: 'service_completed_successfully' } });
  });

  it('gives settings that the server knows and takes', () => {
    for (const [name, { environment }] of reelgraph) {
      const unknown = Object.keys(environment).filter((variable) => !(variable in settings.shape));
      assert.deepEqual(unknown, [], name);
      const defaults = Object.entries(environment).map(([key, value]) => [
        key,
        value.replace(/\$\{\w+:-(.*?)\}/g, '$1'),
      ]);
      const env = parseEnv({ ...imageEnvironment, ...Object.fromEntries(defaults) });
      assert.equal(env.PORT, 4000);
      assert.equal(env.DATABASE_URL, 'postgres://reelgraph:reelgraph@postgres:5432/reelgraph');
    }
  });

  it('connects with the credentials that it gives to Postgres', () => {
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = services.postgres?.environment ?? {};
    assert.equal(
      services.api?.environment.DATABASE_URL,
      `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`,
    );
  });

  it('publishes the API on loopback and nothing else', () => {
    const ports = Object.entries(services).flatMap(([name, { ports }]) => ports.map((port) => [name, port]));
    assert.deepEqual(ports, [['api', '127.0.0.1:4000:4000']]);
  });

  it('starts the servers once the database is healthy and what runs once is done, and keeps them up', () => {
    for (const name of ['api', 'worker']) {
      assert.equal(services[name]?.restart, 'unless-stopped');
      assert.equal(services[name]?.healthcheck, undefined, "the image's own health check is used");
      assert.deepEqual(services[name]?.depends_on, {
        postgres: { condition: 'service_healthy' },
        migrate: { condition: 'service_completed_successfully' },
        keys: { condition: 'service_completed_successfully' },
        models: { condition: 'service_completed_successfully' },
      });
    }
    assert.equal(services.postgres?.healthcheck?.test[1], 'pg_isready');
    for (const name of ['migrate', 'keys', 'models']) {
      assert.equal(services[name]?.restart, 'no');
      assert.equal(services[name]?.healthcheck?.disable, true);
    }
  });
});

/** The port of a server that gives `/health` this status, until the test ends. */
async function answerHealth(t: TestContext, status: number): Promise<number> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/health' ? status : 404).end();
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}
