import assert from 'node:assert/strict';
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, it } from 'node:test';
import { keepHeardLines } from '../../src/domain/transcripts.ts';
import { type BrowsedApp, openBrowsedApp } from '../helpers/browsed-app.ts';
import { checkAccessible, takeScreenshot, untilPlaying } from '../helpers/browser.ts';
import { makeClip } from '../helpers/clips.ts';
import { addKey, endKey } from '../helpers/keys.ts';
import { addIndex, addVideo } from '../helpers/tasks.ts';

let test: BrowsedApp;
before(async () => {
  test = await openBrowsedApp();
});
after(() => test[Symbol.asyncDispose]());

it('where keys are needed the console asks for one, and shows what it is for as long as it is good', async () => {
  const { app } = test;
  const path = await makeClip();
  const index = await addIndex(app, { name: 'Films' });
  const metadata = { size: (await stat(path)).size, duration: 16 };
  const { video, task } = await addVideo(app, index.id, { filename: 'clip.mp4', metadata });
  const words = { startOffset: 0, endOffset: 15, text: 'Once upon a time' };
  await app.db.transaction((tx) => keepHeardLines(tx, task.id, [words]));
  const asset = app.storage.assetPath(video.asset);
  await mkdir(dirname(asset), { recursive: true });
  await copyFile(path, asset);
  const picture = join(app.storage.proxyFolder(video.asset), video.thumbnail ?? '');
  await mkdir(dirname(picture), { recursive: true });
  await writeFile(picture, '');
  const { key, id } = await addKey(app);

  const page = await test.browser.open(test.url, { mayLog: /401|4401|WebSocket/ });
  const give = async (text: string) => {
    await page.getByLabel('API key').fill(text);
    await page.getByRole('button', { name: 'Open' }).click();
  };
  await page.getByText('This server needs an API key.').waitFor();
  await takeScreenshot(page, 'key');
  await checkAccessible(page);
  await give('rg_wrong');
  await page.getByText('This key is not valid, or not any more.').waitFor();
  await give(key);
  await page.getByText('Live', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Play from 0:00 of clip.mp4' }).click();
  const player = page.locator('video');
  await untilPlaying(page, 0.1);
  assert.match((await player.getAttribute('src')) ?? '', /\?key=.*&signature=/);
  // What is said is shown without being asked for.
  const shown = await page.evaluate(`new Promise((resolve) => {
    const video = document.querySelector('video');
    const look = () => {
      const [track] = video.textTracks;
      if (track?.activeCues?.length) resolve({ mode: track.mode, words: track.activeCues[0].text });
    };
    video.addEventListener('timeupdate', look);
    look();
  })`);
  assert.deepEqual(shown, { mode: 'showing', words: words.text });
  await page.keyboard.press('Escape');

  // In this tab it is remembered, on this device it is not.
  await page.reload();
  await page.getByText('Live', { exact: true }).waitFor();
  assert.equal(await page.evaluate('JSON.stringify(localStorage)'), '{}');
  await endKey(app, id);
  await page.getByText('This key is not valid, or not any more.').waitFor();
  await give((await addKey(app)).key);
  await page.getByText('Live', { exact: true }).waitFor();
  assert.deepEqual(test.browser.faults, []);
});
