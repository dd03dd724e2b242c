import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '../app.ts';

/** Whose data a request without a key works on. */
export const DEFAULT_TENANT = 'default';

/** The Node side of a request, which uploads are streamed from. */
export interface NodeContext {
  req: IncomingMessage;
  res: ServerResponse;
}

/** The server's address as the client sees it, for absolute URLs. */
export function originOf(app: App, requestUrl: string): string {
  return app.env.PUBLIC_URL ?? new URL(requestUrl).origin;
}
