import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';

/** Where `npm run build` puts it. */
const FOLDER = new URL('../../dist/console/', import.meta.url);
/** The page's files: one name in one folder, so nothing else can be reached. */
const PATH = /^\/(?:assets\/[\w-]+(?:\.[\w-]+)*)?$/;
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const NOT_BUILT = `The console has not been built: run "npm run build". The API is at /graphql.\n`;

/**
 * Serves the console, a page for people, at `/`. It needs no key: the page asks for one, and sends it with what it asks
 * of the API.
 */
export function useConsole(
  { CONSOLE, PUBLIC_URL }: Pick<App['env'], 'CONSOLE' | 'PUBLIC_URL'>,
  folder = FOLDER,
): Plugin {
  if (!CONSOLE) return {};
  // Pictures and videos have absolute addresses, which may begin otherwise than the page's.
  const publicUrl = PUBLIC_URL ? new URL(PUBLIC_URL) : undefined;
  const media = ["'self'", 'blob:', 'data:', ...(publicUrl ? [publicUrl.origin] : [])].join(' ');
  return {
    async onRequest({ url, request, endResponse, fetchAPI }) {
      if (!PATH.test(url.pathname) || !['GET', 'HEAD'].includes(request.method)) return;
      const isPage = url.pathname === '/';
      const file = isPage ? 'index.html' : url.pathname.slice(1);
      const content = await readFile(new URL(file, folder)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      const headers = {
        'content-type': content ? (TYPES[extname(file)] ?? 'application/octet-stream') : 'text/plain; charset=utf-8',
        // The names of the other files change with what is in them.
        'cache-control': content && !isPage ? 'public, max-age=31536000, immutable' : 'no-cache',
        'content-security-policy': policyFor(publicUrl?.host ?? url.host, media),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      };
      const body = content ?? (isPage ? NOT_BUILT : 'Not found.\n');
      const length = { 'content-length': String(Buffer.byteLength(body)) };
      const init = { status: content ? 200 : 404, headers: { ...headers, ...length } };
      endResponse(new fetchAPI.Response(request.method === 'HEAD' ? null : body, init));
    },
  };
}

/** Nothing comes from elsewhere, and nothing goes there; not every browser takes 'self' for WebSockets, too. */
function policyFor(host: string, media: string): string {
  return [
    "default-src 'self'",
    `img-src ${media}`,
    `media-src ${media}`,
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}
