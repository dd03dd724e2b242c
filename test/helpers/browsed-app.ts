import { listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from './app.ts';
import { openBrowser, type TestBrowser } from './browser.ts';

/** An app without workers that is served on loopback, and a browser to look at it with. */
export interface BrowsedApp extends AsyncDisposable {
  app: TestApp['app'];
  url: string;
  browser: TestBrowser;
}

export async function openBrowsedApp(): Promise<BrowsedApp> {
  await using opened = new AsyncDisposableStack();
  const { app } = opened.use(await createTestApp());
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  opened.defer(() => server.close());
  const browser = await openBrowser();
  opened.defer(() => browser.close());
  const all = opened.move();
  return { app, url: server.url, browser, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
