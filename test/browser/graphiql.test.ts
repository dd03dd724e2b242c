import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parse, validate } from 'graphql';
import type { Page } from 'playwright-core';
import { schema } from '../../src/graphql/schema.ts';
import { GRAPHIQL } from '../../src/http/graphiql.ts';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { openBrowser, type TestBrowser, takeScreenshot } from '../helpers/browser.ts';
import { addKey } from '../helpers/keys.ts';
import { addIndex, addTask, globalId, step } from '../helpers/tasks.ts';

describe('GraphiQL', () => {
  const cleanup = new AsyncDisposableStack();
  let test: TestApp;
  let server: HttpServer;
  let browser: TestBrowser;
  let page: Page;
  let key: string;
  before(async () => {
    test = cleanup.use(await createTestApp());
    server = await listen(test.app, { host: '127.0.0.1', port: 0 });
    cleanup.defer(() => server.close());
    ({ key } = await addKey(test.app));
    browser = await openBrowser();
    cleanup.defer(() => browser.close());
    // Before a key is given it cannot read the schema.
    page = await browser.open(`${server.url}/graphql`, { mayLog: /401/ });
  });
  after(() => cleanup.disposeAsync());

  const result = () => page.getByRole('region', { name: 'Result Window' });
  /** Fills one of the editors below the operation, as they are not made of inputs. */
  async function fill(name: 'Variables' | 'Headers', content: object) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('region', { name, exact: true }).locator('.view-lines:visible').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(JSON.stringify(content));
    // The editor has closed brackets and quotes by itself.
    await page.keyboard.press('Control+Shift+End');
    await page.keyboard.press('Delete');
  }
  // By the keyboard: tabs slide to their places first, and a mouse would drag them then.
  const open = (name: string) => page.getByRole('button', { name, exact: true }).press('Enter');
  const run = () => page.getByRole('button', { name: /^Execute query/ }).click();

  it('has tabs of operations that the schema takes', async () => {
    for (const { query } of GRAPHIQL.defaultTabs) assert.deepEqual(validate(schema, parse(query)), []);
    await page.getByRole('tab').first().waitFor();
    const names = await page.getByRole('tab').allInnerTexts();
    assert.deepEqual(
      names.map((name) => name.trim()),
      ['CreateIndex', 'Upload', 'Follow', 'Search'],
    );
    await takeScreenshot(page, 'graphiql');
  });

  it('runs an operation with the key among the headers', async () => {
    await fill('Headers', { 'x-api-key': key });
    await run();
    await result().getByText('"builtin"').waitFor();
  });

  it('runs a subscription over WebSocket, with the same key', async () => {
    const socket = page.waitForEvent('websocket');
    const { app } = test;
    const task = await addTask(app, (await addIndex(app)).id);
    await open('Follow');
    await page.getByRole('button', { name: 'Variables', exact: true }).click();
    await page.getByRole('region', { name: 'Variables' }).getByText('"taskId"').waitFor();
    await fill('Headers', { 'x-api-key': key });
    await fill('Variables', { taskId: globalId('Task', task) });
    await run();
    assert.match((await socket).url(), /^ws:.*\/graphql$/);
    await result().getByText('"VALIDATING"').waitFor();
    await step(app, task, 'CANCELED');
    await result().getByText('"CANCELED"').waitFor();
  });

  it('keeps no key', async () => {
    assert.ok(!String(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).includes(key));
  });

  it('has logged no error by that, and asked no other server', () => {
    assert.deepEqual(browser.faults, []);
  });
});
