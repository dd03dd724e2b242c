import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const ROOT = join(import.meta.dirname, '../..');
/** Where pictures of the pages are left, to be looked at. */
const SCREENSHOTS = process.env.SCREENSHOTS ?? join(ROOT, 'node_modules/.cache/reelgraph-test/screenshots');
/** Debian's own; it knows H.264. */
const CHROMIUM = '/usr/bin/chromium';
/** It is to ask nobody but the server for anything. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
];

/** A browser, and what its pages did that they must not. */
export interface TestBrowser {
  /** A page of a context of its own. */
  open(url: string, options?: BrowserContextOptions & { mayLog?: RegExp }): Promise<Page>;
  /** Errors that were logged, save those that may be, and requests to other servers. */
  faults: readonly string[];
  close(): Promise<void>;
}

export async function openBrowser(): Promise<TestBrowser> {
  assert.ok(existsSync(join(ROOT, 'dist/console/index.html')), 'the console is built: npm run build');
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  const faults: string[] = [];
  return {
    async open(url, { mayLog, ...options } = {}) {
      const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      page.on('pageerror', (error) => faults.push(`${error}`));
      page.on('console', (message) => {
        if (message.type() === 'error' && !mayLog?.test(message.text())) faults.push(message.text());
      });
      page.on('request', (request) => {
        const { protocol, hostname } = new URL(request.url());
        if (protocol.startsWith('http') && hostname !== '127.0.0.1') faults.push(`asked ${request.url()}`);
      });
      await page.goto(url);
      return page;
    },
    faults,
    close: () => browser.close(),
  };
}

/** Resolves once the page's video plays, and has got there. */
export async function untilPlaying(page: Page, seconds: number): Promise<void> {
  // As text, and not by `waitForFunction`: that would be kept from it by the page's content security policy.
  await page.evaluate(`new Promise((resolve) => {
    const video = document.querySelector('video');
    const look = () => video.currentTime >= ${seconds} && !video.paused && resolve();
    video.addEventListener('timeupdate', look);
    look();
  })`);
}

/** Leaves a picture of the page, as far as it goes down. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

/** Fails for what keeps people from using the page, in light and in dark, which differ by nothing but their colours. */
export async function checkAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const axe = new AxeBuilder({ page });
    const { violations } = await (colorScheme === 'light' ? axe : axe.withRules('color-contrast')).analyze();
    const faults = violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`),
    }));
    assert.deepEqual(faults, [], `in ${colorScheme}`);
  }
}
