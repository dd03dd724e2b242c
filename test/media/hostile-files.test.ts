import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { TaskFailureCode } from '../../src/db/values.ts';
import { createMedia } from '../../src/media/media.ts';
import { createTestApp } from '../helpers/app.ts';
import { makeClip } from '../helpers/clips.ts';
import { createVideoIndex, uploadFile, waitForEnd } from '../helpers/uploads.ts';
import { MAY_PLAY, makeHostileFiles } from './hostile-files.ts';
import type { Played } from './play-files.ts';
import { readToolTrace, TRACED } from './tool-trace.ts';

const run = promisify(execFile);

let folder: string;
let assets: string;
let bait: { file: string; url: string };
let visits = 0;
const listener = createServer((socket) => {
  visits++;
  socket.destroy();
});
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  assets = join(folder, 'assets');
  await mkdir(assets);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  // A video, so that whoever reads it would get somewhere.
  bait = { file: join(folder, 'bait.mp4'), url: `http://127.0.0.1:${port}/bait.mp4` };
  await copyFile(await makeClip(), bait.file);
  for (const [name, bytes] of await makeHostileFiles(bait)) await writeFile(join(assets, name), bytes);
});
after(async () => {
  listener.close();
  await rm(folder, { recursive: true });
});

/** Libraries, and what the loader, the shell, setpriv and the C library (its malloc, too) look at; nothing in it is anybody's. */
const SYSTEM = [
  /^\/(usr\/(local\/)?)?lib(32|64)?\//,
  /^\/etc\/ld\.so\.(cache|preload)$/,
  /^\/proc\/((self|\d+)\/(status|maps|mountinfo)|filesystems|sys\/(kernel\/(cap_last_cap|overflow[ug]id)|user\/max_user_namespaces|vm\/overcommit_memory))$/,
  /^\/sys\/devices\/system\/(cpu|node)(\/|$)/,
  /^\/dev\/(null|urandom)$/,
];
/** Folders and files that bubblewrap opens to bind them, before anything else runs in it. */
const BINDING = [
  /^\/(proc|newroot(\/.*)?)?$/,
  /^\/(opened|proc\/self)\/((self|\d+)(\/(mountinfo|fd|ns))?|[ug]id_map|setgroups)$/,
];
const PROGRAMS = ['sh', 'setpriv', 'true', 'bwrap', 'unshare', 'ffmpeg', 'ffprobe', 'script-ffmpeg', 'script-ffprobe'];

/** Plays every file under the eyes of strace, with these tools; `limit` in milliseconds. */
async function play(name: string, environment: Record<string, string>) {
  const workFolder = join(folder, name);
  await mkdir(workFolder);
  const log = join(folder, `${name}.strace`);
  const node = [process.execPath, join(import.meta.dirname, 'play-files.ts'), assets, workFolder];
  const options = { env: { ...process.env, ...environment }, maxBuffer: 2 ** 24 };
  const { stdout } = await run(
    'strace',
    ['-f', '--seccomp-bpf', '-qq', '-o', log, '-e', `trace=${TRACED}`, ...node],
    options,
  );
  const [{ cage }, ...played] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { cage, played: played as Played[], trace: readToolTrace(await readFile(log, 'utf8')), workFolder };
}

async function refusesAndReadsNothingElse(name: string, environment: Record<string, string>, expected: string) {
  const { cage, played, trace, workFolder } = await play(name, environment);
  assert.equal(cage, expected);
  assert.equal(played.length, (await readdir(assets)).length);
  assert.deepEqual(
    played.filter(({ typed }) => !typed),
    [],
  );
  assert.deepEqual(
    played.filter((file) => file.refused === null && !MAY_PLAY.includes(file.name)),
    [],
  );
  // The issue asks for an end in bounded time: each takes about one second here.
  assert.deepEqual(
    played.filter(({ milliseconds }) => milliseconds > 60_000),
    [],
  );

  const own = [`${assets}/`, `${workFolder}/`, join(folder, 'script-')];
  const isOurs = (path: string) => own.some((start) => path.startsWith(start));
  const isKnown = (path: string) => isOurs(path) || [...SYSTEM, ...BINDING].some((known) => known.test(path));
  assert.deepEqual(
    [...trace.read].filter((path) => !isKnown(path)),
    [],
  );
  assert.ok(
    [...trace.read].some((path) => path.startsWith(`${assets}/`)),
    'the trace has seen an asset opened',
  );
  const isOutput = (path: string) => /^((frames|scenes)\/-?\d+\.jpg|sound\.flac|copy|\/dev\/null)$/.test(path);
  assert.deepEqual(
    [...trace.written].filter((path) => !isOutput(path) && !BINDING.some((known) => known.test(path))),
    [],
  );
  assert.deepEqual(
    [...trace.programs].filter((path) => !PROGRAMS.includes(path.split('/').at(-1) ?? '')),
    [],
  );
  // bubblewrap asks the kernel to set up the loopback of its own, empty network.
  assert.deepEqual(
    trace.sent.filter((call) => !/AF_NETLINK|nlmsg_len|^socket\(AF_UNIX/.test(call)),
    [],
  );
  assert.equal(visits, 0);
  assert.deepEqual(await readdir(workFolder), []);
}

test('in bubblewrap: hostile files are refused, and nothing is read but the asset, and nobody is called', () =>
  refusesAndReadsNothingElse('bubblewrap', {}, 'bubblewrap'));

// A shell is not in that cage, so a program that is a script shows what holds where there is none.
test('without a cage of files: the same', async () => {
  const { tools } = await createMedia();
  const environment: Record<string, string> = {};
  for (const [name, { path }] of Object.entries(tools)) {
    const script = join(folder, `script-${name}`);
    await writeFile(script, `#!/bin/sh\nexec ${path} "$@"\n`);
    await chmod(script, 0o755);
    environment[`TEST_${name.toUpperCase()}`] = script;
  }
  await refusesAndReadsNothingElse('no-network', environment, 'no-network');
});

test('as tasks they end at once, with a code and words, and leave nothing', async () => {
  await using testApp = await createTestApp({ workers: true });
  const { app } = testApp;
  const index = await createVideoIndex(app, { validation: { requireAudio: false } });
  const cases: Record<string, [TaskFailureCode, RegExp]> = {
    'HLS playlist': ['BROKEN_VIDEO_FILE', /not a video/],
    'ffconcat script behind the first bytes of mp4': ['BROKEN_VIDEO_FILE', /cannot be read as a video/],
    'mp4 and ZIP archive': ['BROKEN_VIDEO_FILE', /ZIP archive/],
    'mp4 whose data are in a file by alias': ['BROKEN_VIDEO_FILE', /Not one frame/],
    'mp4 of 10,000 streams': ['BROKEN_VIDEO_FILE', /too many streams/],
    'mp4 of 4 billion places': ['BROKEN_VIDEO_FILE', /too much memory/],
    'png of 65535x65535 in mov': ['VIDEO_DURATION_TOO_SHORT', /too short/],
    'mjpeg of 65535x65535 in avi': ['BROKEN_VIDEO_FILE', /Not one frame/],
    'mp4 of endless duration': ['VIDEO_DURATION_TOO_LONG', /too long/],
    'mp4 of one frame in two days': ['BROKEN_VIDEO_FILE', /frames lie \d+ seconds apart/],
  };
  const uploaded = await Promise.all(
    Object.keys(cases).map(async (name) => ({ name, ...(await uploadFile(app, index.id, join(assets, name))) })),
  );
  for (const { name, id } of uploaded) {
    const task = await waitForEnd(app, id);
    const [code, message] = cases[name] ?? [];
    assert.equal(task.failure?.code, code, `${name}: ${task.failure?.message}`);
    assert.match(task.failure?.message ?? '', message ?? /./);
    assert.equal(task.attempt, 1);
  }
  assert.deepEqual(await readdir(app.storage.temporaryFolder), []);
  assert.equal(visits, 0);
});
