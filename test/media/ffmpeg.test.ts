import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runTool } from '../../src/media/ffmpeg.ts';
import { createMedia, MediaTimeoutError, UnreadableMediaError } from '../../src/media/media.ts';
import { brokenClips, makeClip } from '../helpers/clips.ts';

const temporary = await mkdtemp(join(tmpdir(), 'ffmpeg-'));
after(() => rm(temporary, { recursive: true, force: true }));

async function script(name: string, body: string): Promise<string> {
  const path = join(temporary, name);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('playlists, concat scripts and text never reach ffmpeg or ffprobe', async () => {
  const ran = join(temporary, 'ran');
  const spy = (name: string) =>
    script(
      `spy-${name}`,
      `case "$*" in *-version*|*"-h "*) echo "${name} version 1";; *) echo "$@" >> '${ran}';; esac`,
    );
  const media = await createMedia({ ffmpegPath: await spy('ffmpeg'), ffprobePath: await spy('ffprobe') });
  // What it ran to find out how it may run them.
  await rm(ran, { force: true });
  const video = { stream: 0, codec: 'h264', width: 640, height: 360, fps: 24, frames: null };
  const probe = { format: 'mov', duration: 16, size: 1, video, audio: null };
  for (const make of [brokenClips.playlist, brokenClips.concatScript, brokenClips.text, brokenClips.empty]) {
    const file = await make();
    await assert.rejects(media.probe(file), UnreadableMediaError);
    await assert.rejects(media.decode(file, probe, { folder: temporary, checkFrames: true }), UnreadableMediaError);
  }
  await assert.rejects(access(ran), { code: 'ENOENT' });
  await assert.rejects(media.probe(await makeClip()));
  await access(ran);
});

test('a program runs without our environment', async () => {
  process.env.REELGRAPH_TEST_SECRET = 'secret';
  const lines: string[] = [];
  const tool = await script('environment', 'env');
  await runTool(tool, [], { timeout: 20, onStdout: (line) => lines.push(line) });
  delete process.env.REELGRAPH_TEST_SECRET;
  const names = lines.filter((line) => line.includes('=')).map((line) => line.split('=')[0]);
  assert.deepEqual(
    names.filter(
      (name) => !['PATH', 'GCONV_PATH', 'MALLOC_ARENA_MAX', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(name ?? ''),
    ),
    [],
  );
});

test('a program has limits, and an empty folder of its own that goes with it', async () => {
  const lines: string[] = [];
  const tool = await script('limits', 'ulimit -c; ulimit -v; ulimit -t; pwd; ls -A; umask >file');
  await runTool(tool, [], { timeout: 20, onStdout: (line) => lines.push(line) });
  const [core, memory, processor, folder = '', ...entries] = lines;
  // KiB of memory; seconds of all processors until the deadline, and one minute.
  assert.deepEqual([core, memory, processor], ['0', '4194304', String(20 * availableParallelism() + 60)]);
  assert.deepEqual(entries, []);
  await assert.rejects(access(folder), { code: 'ENOENT' });
});

test('a program that says too much is killed, and one that writes too much', async () => {
  await assert.rejects(
    runTool(await script('talks', 'exec yes'), [], { timeout: 60, mostOutput: 1_000_000 }),
    /more to describe than any video/,
  );
  const writes = await script('writes', 'ulimit -f 1; exec yes >file');
  await assert.rejects(runTool(writes, [], { timeout: 60 }), (error) => {
    assert.ok(error instanceof UnreadableMediaError);
    assert.match(error.message, /a larger file than it may/);
    return true;
  });
});

if (process.platform === 'linux')
  test('a program gets no new rights', async () => {
    const lines: string[] = [];
    const tool = await script('rights', 'grep NoNewPrivs /proc/self/status');
    await runTool(tool, [], { timeout: 20, onStdout: (line) => lines.push(line) });
    assert.match(lines[0] ?? '', /NoNewPrivs:\s+1/);
  });

test('an abort kills the program and whatever it started, and rejects with its reason', async () => {
  const tool = await script('forever', 'sleep 1000 & echo $!; echo $$; wait');
  const controller = new AbortController();
  const pids: number[] = [];
  const run = runTool(tool, [], {
    timeout: 1000,
    signal: controller.signal,
    onStdout: (line) => {
      pids.push(Number(line));
      if (pids.length === 2) controller.abort(new Error('no longer wanted'));
    },
  });
  await assert.rejects(run, /no longer wanted/);
  assert.equal(pids.length, 2);
  // The program's own child is nobody's to wait for here, so it may take the system a moment to clear it away.
  while (pids.some(isAlive)) await new Promise(setImmediate);
  await assert.rejects(runTool(tool, [], { timeout: 1000, signal: controller.signal }), /no longer wanted/);
});

test('a deadline kills the program', async () => {
  const tool = await script('late', 'exec sleep 1000');
  await assert.rejects(runTool(tool, [], { timeout: 0.1 }), (error) => {
    assert.ok(error instanceof MediaTimeoutError);
    assert.equal(error.seconds, 0.1);
    return true;
  });
});

test('a crash is the fault of the file, a kill from outside is not', async () => {
  await assert.rejects(runTool(await script('crash', 'kill -SEGV $$'), [], { timeout: 20 }), UnreadableMediaError);
  await assert.rejects(runTool(await script('killed', 'kill -KILL $$'), [], { timeout: 20 }), (error) => {
    assert.ok(error instanceof Error && !(error instanceof UnreadableMediaError));
    return true;
  });
});

test('lines are read one by one, and one without end is cut', async () => {
  const lines: string[] = [];
  const tool = await script(
    'lines',
    `printf 'one\\rtwo\\n\\nthree'; head -c 100000 /dev/zero | tr '\\0' x; printf '\\nlast'`,
  );
  await runTool(tool, [], { timeout: 20, onStdout: (line) => lines.push(line) });
  assert.deepEqual([lines[0], lines[1], lines[3]], ['one', 'two', 'last']);
  assert.equal(lines[2]?.length, 4096);
});

test('an abort of a decode leaves no process and a folder that can be removed', async () => {
  const media = await createMedia();
  const file = await makeClip({ width: 1920, height: 1080 });
  const probe = await media.probe(file);
  const folder = await mkdtemp(join(temporary, 'aborted-'));
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('canceled'));
  const decode = media.decode(file, probe, { folder, checkFrames: true, signal: controller.signal, onProgress });
  await assert.rejects(decode, /canceled/);
  assert.equal((await readdir(folder)).includes('proxy.json'), false);
  await rm(folder, { recursive: true });
  if (process.platform === 'linux') assert.deepEqual(await processesNaming(folder), []);
});

test('a decode past its deadline ends with it', async () => {
  const media = await createMedia();
  const file = await makeClip({ width: 1920, height: 1080 });
  const folder = await mkdtemp(join(temporary, 'late-'));
  const decode = media.decode(file, await media.probe(file), { folder, checkFrames: true, timeout: 0.05 });
  await assert.rejects(decode, MediaTimeoutError);
});

test('a folder that cannot be written to is no fault of the file', async () => {
  const media = await createMedia();
  const file = await makeClip();
  const folder = join(temporary, 'is-not-there');
  await assert.rejects(media.decode(file, await media.probe(file), { folder, checkFrames: true }), { code: 'ENOENT' });
});

async function endsWithItsServer() {
  const tool = await script('orphan', 'echo $$; exec sleep 1000');
  const source = `
    import { runTool } from ${JSON.stringify(join(import.meta.dirname, '../../src/media/ffmpeg.ts'))};
    await runTool(${JSON.stringify(tool)}, [], { timeout: 1000, onStdout: (line) => process.stdout.write(line) });`;
  const server = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(server.stdout, 'data');
  const pid = Number(String(said));
  assert.ok(isAlive(pid));
  server.kill('SIGKILL');
  await once(server, 'exit');
  while (isAlive(pid)) await new Promise(setImmediate);
}
// Other systems have nothing that would do it.
if (process.platform === 'linux') test('ffmpeg ends with a server that is killed', endsWithItsServer);

async function processesNaming(text: string): Promise<string[]> {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(text)) found.push(command);
  }
  return found;
}
