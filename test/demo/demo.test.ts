import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startScript } from '../cli/processes.ts';
import { makeClip } from '../helpers/clips.ts';
import { builtinModels, modelsFolder } from '../helpers/models.ts';
import { until } from '../helpers/until.ts';

const DEMO = fileURLToPath(new URL('../../src/demo/demo.ts', import.meta.url));

let temporary: string;
before(async () => {
  const models = await builtinModels();
  await models.close();
  temporary = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
});
after(() => rm(temporary, { recursive: true, force: true }));

/** Starts the demo with a folder for temporary files that nothing else uses. */
function startDemo(...args: string[]) {
  return startScript(DEMO, args, { TMPDIR: temporary, MODELS_DIR: modelsFolder, PORT: '0' });
}

const isGone = (url: string) =>
  fetch(`${url}/health`).then(
    () => false,
    () => true,
  );

test('without an argument it indexes a clip of its own, finds its scenes, and leaves nothing', async () => {
  const { code, stdout, stderr } = await startDemo('--exit').outcome;
  assert.equal(code, 0, stderr);
  const statuses = [...stdout.matchAll(/^ {2}([A-Z]{5,10}) +\d+\.\d\d s$/gm)].map(([, status]) => status);
  assert.deepEqual(statuses, ['VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY']);
  assert.match(
    stdout,
    /Search by words: “strawberries”\n.+\n +1 +0\.\d{3} +scenes.mp4 +0:04–0:08 +VISUAL +http:\S+\.jpg\n/,
  );
  assert.match(stdout, /Search by a picture: the scene “lighthouse”\n.+\n +1 +0\.9\d\d +scenes.mp4 +0:08–0:12 /);
  assert.match(stderr, /^uploading scenes.mp4 100 % /m);
  assert.deepEqual(await readdir(temporary), []);
});

test('it takes any video and any words, finds the video by its own frame, and ends in order at Ctrl-C', async () => {
  // Shorter than an index takes by default, and without sound.
  const video = await makeClip({ seconds: 12, scenes: 2, audio: false });
  const { child, wrote, outcome } = startDemo(video, '--text', 'qwertz');
  await wrote('Ctrl-C ends it');
  child.kill('SIGINT');
  const { code, stdout, stderr } = await outcome;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Search by words: “qwertz”\n.*"qwertz" names nothing that the model "builtin" knows/);
  assert.match(
    stdout,
    /Search by a picture: the thumbnail of .+ at 0:06–0:12\n.+\n +1 +(0\.9\d\d|1\.000) +\S+ +0:06–0:12 /,
  );
  const [, url = ''] = /GraphiQL: (http\S+)\/graphql$/m.exec(stdout) ?? [];
  assert.ok(await isGone(url));
  assert.deepEqual(await readdir(temporary), []);
});

test('its server ends with it even when it is killed', async () => {
  const { child, wrote, outcome } = startDemo();
  await wrote('ready at http');
  child.kill('SIGKILL');
  const { stdout } = await outcome;
  const [, url = ''] = /ready at (http\S+),/.exec(stdout) ?? [];
  assert.ok(url);
  await until(() => isGone(url));
  // Nobody was left to do it.
  for (const name of await readdir(temporary)) await rm(join(temporary, name), { recursive: true, force: true });
});

for (const [args, complaint] of [
  [['nowhere.mp4'], /^There is no file nowhere.mp4\.\n\nUsage: npm run demo/],
  [['a.mp4', 'b.mp4'], /^One video at a time: 2 given\./],
  [['--speed'], /^Unknown option '--speed'/],
] as const) {
  test(`${args.join(' ')} is wrong usage`, async () => {
    const { code, stdout, stderr } = await startDemo(...args).outcome;
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, complaint);
  });
}
