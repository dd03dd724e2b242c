import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '../app.ts';
import type { Identity, Keyring } from './keyring.ts';

/** The Node side of a request, which uploads are streamed from, and whose it is once that is known. */
export interface NodeContext {
  req: IncomingMessage;
  res: ServerResponse;
  identity?: Identity;
}

/** The last address that was taken apart: nearly all requests come to the same one. */
let last = { url: '', origin: '' };

/** The server's address as the client sees it, for absolute URLs. */
export function originOf(app: App, requestUrl: string): string {
  if (app.env.PUBLIC_URL) return app.env.PUBLIC_URL;
  if (last.url !== requestUrl) last = { url: requestUrl, origin: new URL(requestUrl).origin };
  return last.origin;
}

/** The API key among headers: `x-api-key`, or the token of `authorization: Bearer` (RFC 6750). */
function keyOf(header: (name: string) => string | null | undefined): string | undefined {
  const token = /^bearer +(\S+)\s*$/i.exec(header('authorization') ?? '')?.[1];
  return header('x-api-key') || token;
}

/** Whom a request is from, by its headers. @throws UnauthenticatedError as `Keyring.identify` does */
export function identifyRequest(keyring: Keyring, headers: Headers): Promise<Identity> {
  return keyring.identify(
    keyOf((name) => headers.get(name)),
    headers.get('host'),
  );
}

/** The API key of a WebSocket: a connection parameter, or a header of the request that opened it. */
export function keyOfSocket(
  params: Readonly<Record<string, unknown>> | undefined,
  headers: IncomingHttpHeaders,
): string | undefined {
  const given = new Map(Object.entries(params ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const text = (name: string) => {
    const value = given.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  return (
    text('apikey') ||
    keyOf(text) ||
    keyOf((name) => {
      const value = headers[name];
      return typeof value === 'string' ? value : undefined;
    })
  );
}
