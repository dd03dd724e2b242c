import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';

const run = promisify(execFile);
const OLDEST = 15;

/** A Postgres server of the caller's own, on loopback, that may be stopped and started as it likes. */
export interface PostgresCluster {
  /** Of the database `postgres`, whose user `postgres` may do everything. */
  url: string;
  dataDirectory: string;
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Runs one query on a connection of its own. */
  query<Row extends object>(text: string, parameters?: (string | number)[], database?: string): Promise<Row[]>;
  /** Stops it, and removes its files. */
  remove(): Promise<void>;
}

/** Where a Postgres with pgvector has its programs. Debian has each version in a folder of its own. */
async function findPrograms(): Promise<string> {
  const folders = [...globSync('/usr/lib/postgresql/*/bin'), '/usr/local/pgsql/bin', '/usr/bin', '/usr/local/bin'];
  for (const folder of folders.filter((path) => existsSync(join(path, 'initdb')))) {
    const { stdout: version } = await run(join(folder, 'postgres'), ['--version']);
    const { stdout: shared } = await run(join(folder, 'pg_config'), ['--sharedir']).catch(() => ({ stdout: '' }));
    const recent = Number(/(\d+)/.exec(version)?.[1]) >= OLDEST;
    if (recent && existsSync(join(shared.trim(), 'extension/vector.control'))) return folder;
  }
  throw new Error(`Postgres ${OLDEST} or later with pgvector is needed, as "bash .ci/run" installs it.`);
}

/** Postgres refuses to run as root: then it runs as the account `postgres` that its package makes. */
const isRoot = process.getuid?.() === 0;

async function accountOf(name: string): Promise<{ uid: number; gid: number }> {
  const id = async (option: string) => Number((await run('id', [option, name])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/**
 * Makes and starts a cluster. It keeps to the rules of durability: what it has committed is there after a crash.
 * @param options.settings of postgresql.conf, each `name=value`
 * @param options.keep a folder for a cluster that is to be used again: `remove` only stops it, and a second start
 *   finds what the first has left
 */
export async function startCluster(
  options: { settings?: readonly string[]; keep?: string } = {},
): Promise<PostgresCluster> {
  const programs = await findPrograms();
  const folder = options.keep ?? (await mkdtemp(join(tmpdir(), 'reelgraph-postgres-')));
  await mkdir(folder, { recursive: true });
  const dataDirectory = join(folder, 'data');
  const account = isRoot ? await accountOf('postgres') : undefined;
  if (account) await chown(folder, account.uid, account.gid);
  const port = await freePort();
  const running = { ...account, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };
  const control = (...args: string[]) => run(join(programs, 'pg_ctl'), ['-D', dataDirectory, '-w', ...args], running);
  const authentication = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8'];
  if (!existsSync(dataDirectory)) {
    await run(join(programs, 'initdb'), ['-D', dataDirectory, ...authentication], running);
  }
  const own = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`];
  const flags = [...own, 'max_connections=300', ...(options.settings ?? [])]
    .map((setting) => `-c ${setting}`)
    .join(' ');
  const start = async () => {
    await control('start', '-l', join(folder, 'log'), '-o', flags);
  };
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    dataDirectory,
    start,
    async stop(mode) {
      await control('stop', '-m', mode);
    },
    async query<Row extends object>(text: string, parameters: (string | number)[] = [], database = 'postgres') {
      const sql = postgres({ host: '127.0.0.1', port, username: 'postgres', database, max: 1, onnotice: () => {} });
      try {
        return [...(await sql.unsafe(text, parameters))] as unknown as Row[];
      } finally {
        await sql.end();
      }
    },
    async remove() {
      // It may be down already.
      await control('stop', '-m', options.keep ? 'fast' : 'immediate').catch(() => {});
      if (!options.keep) await rm(folder, { recursive: true, force: true });
    },
  };
}
