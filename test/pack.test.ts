import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { after, before, describe, it, test } from 'node:test';
import { promisify } from 'node:util';
import { makeClip } from './helpers/clips.ts';
import { builtinModels, modelsFolder } from './helpers/models.ts';
import { blocks, section } from './helpers/readme.ts';
import { until } from './helpers/until.ts';

/*
 * What a user does with the package: pack, install into an empty project, serve, and run README's script. npm is the
 * system's, on the system's Node; `npx` and the script run on the Node that the project has installed.
 */

const run = promisify(execFile);
/** What a user's shell has: no programs of this project, and no settings of the npm that runs the tests but where to. */
const SHELL = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(HOME|npm_config_(registry|userconfig|cache)|(https?|no)_proxy)$/i.test(name),
    ),
  ),
  PATH: (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith('node_modules/.bin'))
    .join(delimiter),
};
const COMPILER = join(import.meta.dirname, '../node_modules/.bin/tsc');
const STRICT = {
  module: 'nodenext',
  target: 'esnext',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
};

describe('the package', () => {
  let folder: string;
  let project: string;
  let files: string[];
  before(async () => {
    await (await builtinModels()).close();
    folder = await mkdtemp(join(tmpdir(), 'reelgraph-pack-'));
    project = join(folder, 'project');
    const tarball = await pack(folder);
    files = (await run('tar', ['-tzf', tarball])).stdout.trim().split('\n');
    await cp(await makeClip(), join(project, 'film.mp4'), { recursive: true });
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
    const packages = [tarball, 'node@24', '@types/node@24'];
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    await runHere('npm', ['install', ...quiet, ...packages], { ONNXRUNTIME_NODE_INSTALL: 'skip' });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs a program in the project. */
  function runHere(program: string, args: string[], settings: Record<string, string> = {}) {
    return run(program, args, { cwd: project, env: { ...SHELL, ...settings } });
  }

  it('has compiled code with the types of the client, and no sources', () => {
    const names = files.map((file) => file.replace('package/', ''));
    for (const needed of [
      'dist/cli.js',
      'dist/client/client.d.ts',
      'dist/models/bundles/builtin.json',
      'dist/console/index.html',
      'dist/console/licenses.md',
      'drizzle/meta/_journal.json',
      'schema.graphql',
      'LICENSE',
      'NOTICE',
    ])
      assert.ok(names.includes(needed), needed);
    assert.deepEqual(
      names.filter((name) => /^(src|test)\//.test(name) || (/\.ts$/.test(name) && !name.startsWith('dist/client/'))),
      [],
    );
  });

  it('serves by npx, and a script of the README compiles strictly, indexes and searches', async () => {
    const { url, stop } = await serve(project, { DATA_DIR: join(folder, 'data'), MODELS_DIR: modelsFolder });
    try {
      assert.match(await (await fetch(url)).text(), /<div id="root">/);
      const [script = ''] = blocks(section('From a script: `reelgraph/client`', 3), 'ts');
      await writeFile(join(project, 'script.ts'), script.replace('http://127.0.0.1:4000', url));
      await writeFile(
        join(project, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: STRICT, files: ['script.ts'] }),
      );
      await run(COMPILER, ['-p', project]);
      const { stdout } = await runHere('npx', ['node', 'script.ts']);
      assert.match(stdout, /^100 % sent$/m);
      assert.match(stdout, /^VALIDATING .*\n(?:[A-Z]+ .*\n)+READY 1$/m);
      assert.match(stdout, /^1\. film\.mp4 at \d+ s, 0\.\d+$/m);
    } finally {
      await stop();
    }
  });
});

test('where the compiler is left out, as by npm ci --omit=dev, nothing is built and nothing fails', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-pack-'));
  await cp(join(import.meta.dirname, '../package.json'), join(folder, 'package.json'));
  await run('npm', ['run', 'prepare'], { cwd: folder, env: SHELL });
  assert.deepEqual(await readdir(folder), ['package.json']);
  await rm(folder, { recursive: true, force: true });
});

/** Packs a copy of the project, as packing builds `dist` anew and others may be using it. */
async function pack(folder: string): Promise<string> {
  const root = join(import.meta.dirname, '..');
  const copy = join(folder, 'source');
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of stdout.split('\0').filter((name) => name !== '' && !name.startsWith('test/')))
    await cp(join(root, file), join(copy, file));
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const packed = await run('npm', ['pack', '--pack-destination', folder, '--json'], { cwd: copy });
  // In the project's own folder npx finds the command, too.
  await run('npx', ['reelgraph', '--version'], { cwd: copy, env: SHELL });
  return join(folder, packed.stdout.trim().match(/reelgraph-[\d.]+\.tgz/)?.[0] ?? '');
}

/** Starts `npx reelgraph serve` on a free port, and waits until it is ready. */
async function serve(cwd: string, settings: Record<string, string>) {
  const child = spawn('npx', ['reelgraph', 'serve'], {
    cwd,
    env: { ...SHELL, PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
    // The signal has to reach the server behind npx.
    detached: true,
  });
  const closed = once(child, 'close');
  const stop = async () => {
    // npx may have ended by itself, and nothing of its group be left.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await closed;
  };
  try {
    const url = await addressOf(child.stdout);
    await until(async () => (await fetch(`${url}/ready`)).ok);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where a server listens, by what it writes. */
async function addressOf(stdout: Readable): Promise<string> {
  for await (const line of createInterface(stdout)) {
    const { msg, url } = JSON.parse(line) as { msg: string; url: string };
    if (msg !== 'listening') continue;
    stdout.resume();
    return url;
  }
  throw new Error('the server ended before it listened');
}
