import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { createMedia } from '../../src/media/media.ts';

const folder = await mkdtemp(join(tmpdir(), 'tools-'));
after(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, answer: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\necho '${answer}'\n`);
  await chmod(path, 0o755);
  return path;
}

test('without a setting and without a system ffmpeg the builds from npm are used', async () => {
  const { tools } = await createMedia({ searchPath: '' });
  assert.equal(tools.ffmpeg.origin, 'npm');
  assert.equal(tools.ffprobe.origin, 'npm');
  assert.notEqual(tools.ffmpeg.version, '');
});

test("the system's come before those of npm, a setting before both", async () => {
  const ffmpeg = await program('ffmpeg', 'ffmpeg version 9.9-test Copyright');
  const ffprobe = await program('ffprobe', 'ffprobe version 9.9-test Copyright');
  const system = await createMedia({ searchPath: ['/nowhere', folder].join(delimiter) });
  assert.deepEqual(system.tools, {
    ffmpeg: { path: ffmpeg, version: '9.9-test', origin: 'system' },
    ffprobe: { path: ffprobe, version: '9.9-test', origin: 'system' },
  });
  const set = await createMedia({ ffmpegPath: ffmpeg, ffprobePath: ffprobe, searchPath: '' });
  assert.equal(set.tools.ffmpeg.origin, 'setting');
});

test('a setting that is no such program is an error that names it', async () => {
  await assert.rejects(createMedia({ ffmpegPath: '/nowhere/ffmpeg' }), /FFMPEG_PATH is "\/nowhere\/ffmpeg"/);
  await assert.rejects(createMedia({ ffmpegPath: folder }), /FFMPEG_PATH is .*and no program is there/);
  const other = await program('other', 'something else 1.0');
  await assert.rejects(createMedia({ ffmpegPath: other }), /FFMPEG_PATH is .*and that is not ffmpeg/);
  await assert.rejects(createMedia({ ffprobePath: other }), /FFPROBE_PATH is .*and that is not ffprobe/);
});
