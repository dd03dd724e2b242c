import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type BrowsedApp, openBrowsedApp } from '../helpers/browsed-app.ts';
import { addIndex } from '../helpers/tasks.ts';

let test: BrowsedApp;
before(async () => {
  test = await openBrowsedApp();
  for (const name of ['Films', 'Talks']) await addIndex(test.app, { name });
});
after(() => test[Symbol.asyncDispose]());

it('one connection is enough for whichever index is looked at', async () => {
  const page = await test.browser.open(test.url);
  await page.getByText('Live', { exact: true }).waitFor();
  let made = 0;
  page.on('websocket', () => {
    made += 1;
  });
  const picker = page.getByLabel('Index', { exact: true });
  const first = await picker.inputValue();
  const other = await picker.locator('option:not(:checked)').getAttribute('value');
  for (const id of [other, first]) {
    const listed = page.waitForResponse((answer) => answer.request().postData()?.includes('query TaskList') === true);
    await picker.selectOption(id);
    await listed;
  }
  assert.equal(made, 0);
  assert.deepEqual(test.browser.faults, []);
});

it('a connection on which nothing comes any more is given up, and made anew', async () => {
  const page = await test.browser.open('about:blank', { mayLog: /WebSocket/ });
  let isSilent = false;
  await page.routeWebSocket('**/graphql', (socket) => {
    const behind = socket.connectToServer();
    behind.onMessage((message) => {
      if (!isSilent) socket.send(message);
    });
  });
  await page.clock.install();
  await page.goto(test.url);
  await page.getByText('Live', { exact: true }).waitFor();
  isSilent = true;
  // A ping is sent after ten seconds at most, and its answer is waited for as long.
  await page.clock.runFor(21_000);
  await page.getByText('Reconnecting').waitFor();
  isSilent = false;
  // The new one takes real time: a clock that ran ahead would give it up, too.
  await page.clock.resume();
  await page.getByText('Live', { exact: true }).waitFor();
  assert.deepEqual(test.browser.faults, []);
});
