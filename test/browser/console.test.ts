import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { checkAccessible, openBrowser, type TestBrowser, takeScreenshot, untilPlaying } from '../helpers/browser.ts';
import { makeClip } from '../helpers/clips.ts';
import { type CuttableProxy, openProxy } from '../helpers/cuttable-proxy.ts';
import { builtinModels } from '../helpers/models.ts';
import { type ServerProcess, startServer } from '../helpers/server-process.ts';
import { startSilentServer } from '../helpers/silent-server.ts';

const CLIP = 'big-buck-bunny-480p-30s.mp4';
const PATH = join(import.meta.dirname, '../../../shared/media', CLIP);
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 860 };

// One page, used as somebody would who has just started a server: each step goes on where the one before it ended.
describe('the console in a browser', () => {
  const cleanup = new AsyncDisposableStack();
  let settings: Record<string, string>;
  let server: ServerProcess;
  let proxy: CuttableProxy;
  let silent: Awaited<ReturnType<typeof startSilentServer>>;
  let browser: TestBrowser;
  let page: Page;
  before(async () => {
    await (await builtinModels()).close();
    const folder = await mkdtemp(join(tmpdir(), 'reelgraph-console-'));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    settings = { DATA_DIR: folder, FETCH_ALLOW_ADDRESSES: '127.0.0.1' };
    server = await startServer(settings);
    // Whichever it is by then.
    cleanup.defer(async () => void (await server.end('SIGKILL')));
    proxy = cleanup.use(await openProxy(server.url));
    silent = cleanup.use(await startSilentServer());
    browser = await openBrowser();
    cleanup.defer(() => browser.close());
    // What a browser says by itself while a server is away, and of an address that the API does not take.
    page = await browser.open(proxy.url, { viewport: DESKTOP, mayLog: /ERR_CONNECTION|WebSocket|400/ });
  });
  after(() => cleanup.disposeAsync());

  const task = (name: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
  const results = () => page.getByRole('region', { name: 'Results' });
  const status = (name: string, state: string | RegExp) => task(name).getByText(state).waitFor();

  it('begins with an index, which can be created with the keyboard alone', async () => {
    await page.getByRole('heading', { name: 'Begin with an index' }).waitFor();
    await takeScreenshot(page, 'empty');
    await checkAccessible(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'New index' });
    await dialog.waitFor();
    await checkAccessible(page);
    // The dialog has the focus, at the first thing to fill in.
    await page.keyboard.type('Films');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('There is no video here yet.').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await takeScreenshot(page, 'empty-index');
  });

  it('takes a video in, and shows each state as it comes', async () => {
    await page.evaluate(`
      window.seen = [];
      new MutationObserver(() => {
        const state = document.querySelector('[data-status]')?.dataset.status;
        if (state && window.seen.at(-1) !== state) window.seen.push(state);
        const upload = document.querySelector('[aria-label="Uploads"]')?.textContent;
        if (upload) window.upload = upload;
      }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    `);
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: /Choose videos/ }).click();
    await (await choosing).setFiles(PATH);
    await task(CLIP)
      .getByRole('progressbar', { name: `Progress of ${CLIP}` })
      .waitFor();
    await takeScreenshot(page, 'indexing');
    await status(CLIP, 'Ready');
    const seen = (await page.evaluate('window.seen')) as string[];
    assert.ok(seen.includes('VALIDATING') && seen.includes('INDEXING'), seen.join());
    assert.equal(seen.at(-1), 'READY');
    assert.match(String(await page.evaluate('window.upload')), new RegExp(`${CLIP}.*Uploading · \\d+ %`));
    await page
      .getByRole('list', { name: `Scenes of ${CLIP}` })
      .getByRole('img', { includeHidden: true })
      .first()
      .waitFor();
    assert.equal(await page.getByRole('button', { name: /^Play from/ }).count(), 5);
  });

  it('finds a scene by its name, and plays it from there on', async () => {
    await page.getByRole('searchbox', { name: 'Search this index' }).fill('rabbit');
    await page.keyboard.press('Enter');
    await results()
      .getByText(/moments were found/)
      .waitFor();
    const hit = results()
      .getByRole('button', { name: /^Play from/ })
      .first();
    const place = await hit.getAttribute('aria-label');
    assert.equal(place, `Play from 0:24 of ${CLIP}`);
    await hit.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: CLIP });
    await dialog.waitFor();
    await untilPlaying(page, 24);
    await checkAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate('document.activeElement.getAttribute("aria-label")'), place);
  });

  it('says which words it knows when it knows none of those', async () => {
    await page.getByRole('searchbox').fill('qwertzu');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await results()
      .getByText(/qwertzu/)
      .waitFor();
    await takeScreenshot(page, 'unknown-words');
  });

  it('finds what is like a scene, and what is like a picture', async () => {
    await page.getByRole('button', { name: `More like 0:12 of ${CLIP}` }).click();
    await page.getByText(`Like 0:12 of ${CLIP}`).waitFor();
    const first = () =>
      results()
        .getByRole('button', { name: /^Play from/ })
        .first()
        .getAttribute('aria-label');
    await results()
      .getByText(/moments were found/)
      .waitFor();
    assert.equal(await first(), `Play from 0:12 of ${CLIP}`);
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Results');
    const picture = await page.locator('.strip img').last().getAttribute('src');
    const bytes = Buffer.from(await (await fetch(picture ?? '')).arrayBuffer());
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Search by a picture' }).click();
    await (await choosing).setFiles({ name: 'scene.jpg', mimeType: 'image/jpeg', buffer: bytes });
    await page.getByText('Like the picture scene.jpg').waitFor();
    await results()
      .getByText(/moments were found/)
      .waitFor();
    assert.equal(await first(), `Play from 0:24 of ${CLIP}`);
  });

  it('can be seen and used by all, in light, dark, and on a phone', async () => {
    await checkAccessible(page);
    await page.emulateMedia({ colorScheme: 'light' });
    await takeScreenshot(page, 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await takeScreenshot(page, 'dark');
    await page.setViewportSize(PHONE);
    await takeScreenshot(page, 'phone-dark');
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), PHONE.width);
    await checkAccessible(page);
    await page.emulateMedia({ colorScheme: 'light' });
    await takeScreenshot(page, 'phone');
    await page.setViewportSize(DESKTOP);
    await page.getByRole('button', { name: 'End this search' }).click();
    await results().waitFor({ state: 'detached' });
  });

  it('says in plain words why a video was refused', async () => {
    const buffer = await readFile(await makeClip({ seconds: 3 }));
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: /Choose videos/ }).click();
    await (await choosing).setFiles({ name: 'short.mp4', mimeType: 'video/mp4', buffer });
    await status('short.mp4', 'This video is too short for this index.');
    await task('short.mp4').getByText('Allowed').waitFor();
    await task('short.mp4').getByText(/^3.*s/).waitFor();
  });

  it('takes what is dropped anywhere on the page', async () => {
    await page.evaluate(`{
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['no video'], 'notes.mp4', { type: 'video/mp4' }));
      for (const type of ['dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }`);
    await status('notes.mp4', /^This file is damaged/);
  });

  it('downloads from an address; that is canceled, tried again, and deleted', async () => {
    await page.getByLabel('Address of a video').fill(silent.url);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await status('a.mp4', /^Downloading/);
    await page.getByRole('button', { name: 'Cancel a.mp4' }).click();
    await status('a.mp4', 'Canceled');
    await page.getByRole('button', { name: 'Retry a.mp4' }).click();
    await status('a.mp4', /Downloading.*attempt 2/);
    await page.getByRole('button', { name: 'Cancel a.mp4' }).click();
    await status('a.mp4', 'Canceled');
    await takeScreenshot(page, 'failures');
    await checkAccessible(page);
    await page.getByRole('button', { name: 'Delete a.mp4' }).click();
    await page.getByRole('button', { name: 'Really delete a.mp4' }).click();
    await task('a.mp4').waitFor({ state: 'detached' });
  });

  it('tells of an address that is none', async () => {
    await page.getByLabel('Address of a video').fill('ftp://example.org/a.mp4');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('alert').getByText(/http/).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
  });

  it('deletes a video, and the task that it came by', async () => {
    await page.getByRole('button', { name: `Delete ${CLIP}` }).click();
    await page.getByRole('button', { name: `Really delete ${CLIP}` }).click();
    await page.getByText('There is no video here yet.').waitFor();
    await task(CLIP).waitFor({ state: 'detached' });
  });

  it('comes back by itself when the server does, with what it has missed', async () => {
    const { port } = new URL(server.url);
    proxy.cut();
    await server.end('SIGKILL');
    await page.getByText('Reconnecting').waitFor();
    server = await startServer({ ...settings, PORT: port });
    const ask = async (query: string) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
      return (await answer.json()).data;
    };
    const { indexes, tasks } = await ask(
      '{ indexes { edges { node { id } } } tasks { edges { node { id status } } } }',
    );
    // The first one that failed.
    const failed = tasks.edges.at(-1).node.id;
    await ask(`mutation { deleteTask(id: "${failed}") { __typename } }`);
    // Nobody tells it of what was deleted: it has to look for itself.
    proxy.restore();
    await page.getByText('Live', { exact: true }).waitFor();
    await task('short.mp4').waitFor({ state: 'detached' });
    const input = `{ indexId: "${indexes.edges[0].node.id}", videoUrl: "${silent.url}" }`;
    await ask(`mutation { createTask(input: ${input}) { __typename } }`);
    await status('Video', /^Downloading/);
  });

  it('has logged no error by all of that, and asked no other server', () => {
    assert.deepEqual(browser.faults, []);
  });
});
