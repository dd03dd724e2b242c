import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { drawScene, makeClip as makeSceneClip } from '../../src/demo/clip.ts';
import { scenes } from '../../src/demo/scenes.ts';
import { findTool } from '../../src/media/tools.ts';
import { makeClip } from '../helpers/clips.ts';
import { runCli, startCli, startServer, type TestServer } from './processes.ts';

let server: TestServer;
let folder: string;
let clip: string;
let address: string[];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
  clip = join(folder, 'scenes.mp4');
  const { path } = await findTool('ffmpeg', undefined, process.env.PATH ?? '');
  await makeSceneClip(path, scenes, clip);
  server = await startServer();
  address = ['--server', server.url];
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The columns of each hit but the thumbnail, and the thumbnails. */
function readHits(stdout: string) {
  const [heads = '', ...lines] = stdout.trimEnd().split('\n');
  assert.match(heads, /^RANK +SCORE +FILE +SPAN +MATCH +THUMBNAIL$/);
  return lines.map((line) => {
    const [rank, score, file, span, match, thumbnail = ''] = line.trim().split(/ {2,}/);
    return { rank: Number(rank), score: Number(score), file, span, match, thumbnail };
  });
}

test('before anything is indexed, a search says how to begin', async () => {
  const { code, stderr } = await runCli(['search', 'cat', ...address]);
  assert.equal(code, 1);
  assert.match(stderr, /There is no index yet. Put a video into one with: reelgraph index FILE/);
});

test('index uploads a file, prints every status, and both searches find its scenes', async () => {
  const { code, stdout, stderr } = await runCli(['index', clip, ...address]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Created the index "default".$/m);
  const statuses = [...stdout.matchAll(/^ {2}([A-Z]+) +\d+\.\d\d s$/gm)].map(([, status]) => status);
  assert.deepEqual(
    statuses.filter((status) => status !== 'UPLOADING'),
    ['VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'],
  );
  assert.match(stdout, /can be searched: 0:20, 1280 × 720, \d+ segments.\n$/);
  assert.match(stderr, /^uploading scenes\.mp4 100 % /m);

  const byWords = await runCli(['search', 'soccer ball', ...address]);
  const hits = readHits(byWords.stdout);
  assert.deepEqual(
    hits.map(({ rank }) => rank),
    [1, 2, 3, 4],
  );
  assert.equal(hits[0]?.span, '0:18–0:20');
  assert.ok(hits.every(({ score }, at) => score >= 0 && score <= (hits[at - 1]?.score ?? 1)));
  const picture = await fetch(hits[0]?.thumbnail ?? '');
  assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/jpeg']);
  await picture.arrayBuffer();

  const clock = scenes.find(({ name }) => name === 'clock');
  assert.ok(clock);
  await drawScene(clock).toFile(join(folder, 'clock.png'));
  const image = ['--image', join(folder, 'clock.png'), '--index', 'default', '--first', '1'];
  const byPicture = await runCli(['search', ...image, ...address]);
  assert.deepEqual(
    readHits(byPicture.stdout).map(({ rank, span }) => [rank, span]),
    [[1, '0:12–0:18']],
  );
});

test('a video that breaks the rules fails with the code, the actual and the allowed value', async () => {
  const { code, stdout, stderr } = await runCli(['index', await makeClip({ seconds: 3 }), ...address]);
  assert.equal(code, 1);
  assert.match(stdout, /^ {2}FAILED +\d+\.\d\d s$/m);
  assert.match(stderr, /^reelgraph: VIDEO_DURATION_TOO_SHORT: .+\n {2}actual: +3.*\n {2}allowed: .*15/m);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

test('index takes an address, which the server downloads', async () => {
  const files = createServer((_, response) => {
    response.setHeader('content-type', 'video/mp4');
    createReadStream(clip).pipe(response);
  });
  const url = `${await listen(files)}/clip.mp4`;
  const { code, stdout, stderr } = await runCli(['index', url, '--index', 'by address', ...address]);
  files.close();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^ {2}UPLOADING +0\.00 s\n {2}VALIDATING /m);
  assert.match(stdout, /^clip.mp4 can be searched/m);
});

test('Ctrl-C leaves the task to the server', async () => {
  const files = createServer((_, response) => void response.writeHead(200, { 'content-type': 'video/mp4' }).write('…'));
  const url = `${await listen(files)}/endless.mp4`;
  const { child, wrote, outcome } = startCli(['index', url, ...address]);
  await wrote('UPLOADING');
  child.kill('SIGINT');
  const { code, stdout, stderr } = await outcome;
  files.closeAllConnections();
  files.close();
  assert.equal(code, 130);
  assert.match(stdout, /The server goes on with the task\.\n$/);
  assert.equal(stderr, 'Interrupted\n');
});

for (const [what, args] of [
  ['index', () => ['index', clip]],
  ['search by the name of an index', () => ['search', 'cat', '--index', 'default']],
  ['search in all', () => ['search', 'cat']],
] satisfies [string, () => string[]][]) {
  test(`Ctrl-C ends ${what} while the server has not answered its first question`, { timeout: 60_000 }, async () => {
    const silent = createServer();
    const asked = once(silent, 'request');
    const { child, outcome } = startCli([...args(), '--server', await listen(silent)]);
    await asked;
    child.kill('SIGINT');
    const { code, stderr } = await outcome;
    silent.close();
    assert.deepEqual([code, stderr], [130, 'Interrupted\n']);
  });
}

const failures: [what: string, args: () => string[] | Promise<string[]>, message: RegExp][] = [
  ['no such file', () => ['index', 'nowhere.mp4', '--index', 'never made'], /There is no file nowhere.mp4/],
  [
    'an index that nothing created',
    () => ['search', 'cat', '--index', 'never made'],
    /There is no index named "never made"/,
  ],
  ['words outside the vocabulary', () => ['search', 'qwertz'], /"qwertz" names nothing that the model "builtin" knows/],
  ['an image that is none', async () => ['search', '--image', await textFile()], /image/i],
];
for (const [what, args, message] of failures) {
  test(`${what} is a plain failure`, async () => {
    const { code, stdout, stderr } = await runCli([...(await args()), ...address]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });
}

test('a server that is not there is told with a hint', async () => {
  const { code, stderr } = await runCli(['search', 'cat'], { PORT: '1' });
  assert.equal(code, 1);
  assert.match(stderr, /No answer from http:\/\/127.0.0.1:1\/graphql: .*ECONNREFUSED/);
  assert.match(stderr, /One starts with: reelgraph serve/);
});

async function listen(files: Server): Promise<string> {
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
}

async function textFile(): Promise<string> {
  const file = join(folder, 'text.jpg');
  await writeFile(file, 'Not a picture.');
  return file;
}
