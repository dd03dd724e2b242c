import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { TaskRow } from '../../src/db/schema.ts';
import { reportProgress } from '../../src/domain/advance-task.ts';
import { type BrowsedApp, openBrowsedApp } from '../helpers/browsed-app.ts';
import { checkAccessible, takeScreenshot } from '../helpers/browser.ts';
import { addIndex, addTask, addVideo, globalId, segment, untilHinted, vectorAt } from '../helpers/tasks.ts';

let test: BrowsedApp;
before(async () => {
  test = await openBrowsedApp();
});
after(() => test[Symbol.asyncDispose]());

it('of more tasks than the console lists it shows those whose turn it is, and does not look for the others again and again', async () => {
  const { app } = test;
  const index = await addIndex(app);
  const tasks: TaskRow[] = [];
  // Neither among the first hundred nor among the last thirty is the one in the middle.
  for (let at = 0; at < 135; at++) tasks.push(await addTask(app, index.id));
  const [oldest, middle] = [tasks[0], tasks[102]] as [TaskRow, TaskRow];
  const progress = (task: TaskRow, fraction: number) =>
    untilHinted(app, async () => {
      await app.db.transaction((tx) => reportProgress(tx, task, 'VALIDATING', fraction));
      return task;
    });
  const page = await test.browser.open(test.url);
  let reads = 0;
  page.on('request', (request) => {
    if (request.postData()?.includes('query TaskList')) reads += 1;
  });
  await page.getByText('Live', { exact: true }).waitFor();
  const rows = page.getByRole('list', { name: 'Activity' }).getByRole('listitem');
  await rows.first().waitFor();
  assert.equal(await rows.count(), 130);

  // Checking goes from 10 to 60 percent. Each time the page hears of both; that it shows the second one says that it has heard of the first.
  for (const percent of [11, 12, 13, 14]) {
    const fraction = (percent - 10) / 50;
    await progress(middle, fraction);
    await progress(oldest, fraction);
    await rows.first().getByText(`Checking · ${percent} %`).waitFor();
    // All that the page was told at its beginning has come by now, and may have had it look for what is not listed.
    if (percent === 11) reads = 0;
  }
  assert.equal(reads, 0);
  assert.deepEqual(test.browser.faults, []);
});

it('of a long video the console shows the first hundred scenes, and the others when they are wanted', async () => {
  const { app } = test;
  const index = await addIndex(app);
  const segments = Array.from({ length: 101 }, (_, at) => segment(at * 6, vectorAt(0), { thumbnail: null }));
  await addVideo(app, index.id, { filename: 'film.mp4', metadata: { duration: 606 }, segments });
  const page = await test.browser.open(`${test.url}/?index=${globalId('Index', index)}`);
  const scenes = page.getByRole('list', { name: 'Scenes of film.mp4' }).getByRole('button', { name: /^Play from/ });
  await scenes.first().waitFor();
  assert.equal(await scenes.count(), 100);
  await page.getByRole('button', { name: 'Show more scenes of film.mp4' }).click();
  await page.getByRole('button', { name: 'Play from 10:00 of film.mp4' }).waitFor();
  assert.equal(await scenes.count(), 101);
  assert.deepEqual(test.browser.faults, []);
});

it('where a list cannot be read the console says so, and reads it when it is told to', async () => {
  const page = await test.browser.open('about:blank', { mayLog: /ERR_CONNECTION_RESET/ });
  const isList = (body: string | null) => /query (Task|Video)List/.test(body ?? '');
  await page.route('**/graphql', (route) =>
    isList(route.request().postData()) ? route.abort('connectionreset') : route.continue(),
  );
  await page.goto(`${test.url}/?index=${globalId('Index', await addIndex(test.app))}`);
  const parts = ['Activity', 'Videos'].map((name) => page.getByRole('region', { name }));
  for (const part of parts) await part.getByText('The server cannot be reached.').waitFor();
  await takeScreenshot(page, 'unread-lists');
  await checkAccessible(page);
  await page.unroute('**/graphql');
  for (const part of parts) await part.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('There is no video here yet.').waitFor();
  await page.getByText('Videos that are being indexed are listed here').waitFor();
  assert.deepEqual(test.browser.faults, []);
});
