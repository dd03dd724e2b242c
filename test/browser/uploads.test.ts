import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page, Route } from 'playwright-core';
import { tasks } from '../../src/db/schema.ts';
import { type BrowsedApp, openBrowsedApp } from '../helpers/browsed-app.ts';
import { checkAccessible, takeScreenshot } from '../helpers/browser.ts';
import { addIndex } from '../helpers/tasks.ts';

/** Uploads of a page, held on their way until the test lets them go. */
async function holdUploads(page: Page) {
  const held: Route[] = [];
  let came = () => {};
  await page.route('**/graphql', async (route) => {
    if (!route.request().headers()['content-type']?.startsWith('multipart/')) return route.continue();
    held.push(route);
    came();
  });
  return {
    held,
    async next(): Promise<Route> {
      while (held.length === 0)
        await new Promise<void>((resolve) => {
          came = resolve;
        });
      return held.shift() as Route;
    },
  };
}

// Nobody works on the tasks here: it is about how the files come to the server.
describe('uploads of the console', () => {
  let test: BrowsedApp;
  let page: Page;
  let uploads: Awaited<ReturnType<typeof holdUploads>>;
  before(async () => {
    test = await openBrowsedApp();
    await addIndex(test.app, { name: 'Films' });
    await addIndex(test.app, { name: 'Talks' });
    page = await test.browser.open(test.url, { mayLog: /ERR_CONNECTION_RESET/ });
    uploads = await holdUploads(page);
    // What is sent beside the files; of a request with a file in it the browser does not tell.
    await page.evaluate(`{
      window.operations = [];
      const { set } = FormData.prototype;
      FormData.prototype.set = function (name, value) {
        if (name === 'operations') window.operations.push(JSON.parse(value));
        return set.apply(this, arguments);
      };
    }`);
    await page.getByText('Live', { exact: true }).waitFor();
  });
  after(() => test[Symbol.asyncDispose]());

  const row = (name: string) =>
    page
      .getByRole('list', { name: 'Uploads' })
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading', { name }) });
  const choose = (name: string) => page.getByLabel('Index', { exact: true }).selectOption({ label: name });
  async function upload(...names: string[]) {
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: /Choose videos/ }).click();
    const files = names.map((name) => ({ name, mimeType: 'video/mp4', buffer: Buffer.from(`bytes of ${name}`) }));
    await (await choosing).setFiles(files);
  }
  const tokens = async () =>
    (await page.evaluate('window.operations.map(({ variables }) => variables.input.clientToken)')) as string[];

  it('go two at a time, and the others wait for their turn', async () => {
    await upload('one.mp4', 'two.mp4', 'three.mp4', 'four.mp4');
    const [first, second] = [await uploads.next(), await uploads.next()];
    await row('three.mp4').getByText('Waiting').waitFor();
    await row('four.mp4').getByText('Waiting').waitFor();
    await takeScreenshot(page, 'uploads');
    await checkAccessible(page);
    await page.getByRole('button', { name: 'Stop the upload of three.mp4' }).click();
    await row('three.mp4').waitFor({ state: 'detached' });
    await first.continue();
    await (await uploads.next()).continue();
    await second.continue();
    for (const name of ['one.mp4', 'two.mp4', 'four.mp4']) await row(name).waitFor({ state: 'detached' });
    const sent = await test.app.db.orm.select({ filename: tasks.filename }).from(tasks);
    assert.deepEqual(sent.map(({ filename }) => filename).sort(), ['four.mp4', 'one.mp4', 'two.mp4']);
  });

  it('go on while another index is looked at, and whoever leaves meanwhile is asked', async () => {
    await upload('five.mp4');
    const five = await uploads.next();
    await choose('Films (0)');
    await row('five.mp4').waitFor({ state: 'detached' });
    const asking = page.waitForEvent('dialog');
    const leaving = page.evaluate('location.reload()');
    const dialog = await asking;
    assert.equal(dialog.type(), 'beforeunload');
    await dialog.dismiss();
    await leaving;
    await choose('Talks (0)');
    await row('five.mp4').waitFor();
    await five.continue();
    await row('five.mp4').waitFor({ state: 'detached' });
  });

  it('that fail say why, and a second try is the same upload to the server', async () => {
    await upload('six.mp4');
    await (await uploads.next()).abort('connectionreset');
    await row('six.mp4').getByText('The connection broke before the video had arrived.').waitFor();
    await takeScreenshot(page, 'failed-upload');
    await checkAccessible(page);
    await row('six.mp4')
      .getByRole('button', { name: /^Try .* again$/ })
      .click();
    await (await uploads.next()).continue();
    await row('six.mp4').waitFor({ state: 'detached' });
    const [first, second] = (await tokens()).slice(-2);
    assert.match(first ?? '', /^[0-9a-f]{32}$/);
    assert.equal(second, first);
    assert.notEqual((await tokens()).at(-3), first);
  });

  it('have logged no error, and asked no other server', () => {
    assert.deepEqual(test.browser.faults, []);
  });
});
