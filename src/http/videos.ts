import { open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import { findVideos } from '../domain/videos.ts';
import { currentContext } from '../telemetry/request-context.ts';
import { type ByteRange, readRange } from './byte-range.ts';
import type { NodeContext } from './caller.ts';
import type { Identity, Keyring } from './keyring.ts';
import { identifyLink, refusal } from './signed-links.ts';

const PATH = /^\/videos\/([0-9a-f-]{36})$/;
/** A video's file never changes. */
const CACHE = 'private, max-age=31536000, immutable';

/** A file, and what is said of it whichever part of it is asked for. */
interface VideoFile {
  path: string;
  size: number;
  headers: Record<string, string>;
}

/**
 * Serves the files of videos at `/videos/ID`, whole or one part (RFC 9110, section 14). Where keys are needed, the
 * request has one, or the address a signature.
 */
export function useVideos(app: App, keyring: Keyring): Plugin<object, NodeContext> {
  return {
    async onRequest({ url, request, endResponse, fetchAPI, serverContext: { res } }) {
      const [, id] = PATH.exec(url.pathname) ?? [];
      if (!id || !['GET', 'HEAD'].includes(request.method)) return;
      const refuse = (status: number, message: string, headers: Record<string, string>) =>
        endResponse(fetchAPI.Response.json({ message }, { status, headers }));
      try {
        const source = { headers: request.headers, query: url.searchParams };
        const identity = await identifyLink(keyring, source, ['video', id]);
        const file = await findFile(app, identity.caller.tenant, id);
        if (!file) return refuse(404, 'No such video.', { 'cache-control': 'no-store' });
        const { record } = currentContext();
        if (record) record.lasting = true;
        const { status, headers, part } = answerOf(file, request);
        const body = part && (await readPart(app, file, part, res));
        if (body) endWith(body, res, keyring, identity);
        // Yoga's Response takes streams of Node as they are.
        endResponse(new fetchAPI.Response(body as unknown as BodyInit, { status, headers }));
      } catch (error) {
        const { status, message, headers } = refusal(error);
        if (status === 500) app.log.error({ err: error }, 'the file of a video could not be read');
        refuse(status, message, headers);
      }
    },
  };
}

async function findFile({ db, storage, media }: App, tenant: string, id: string): Promise<VideoFile | undefined> {
  const [video] = await findVideos(db, tenant, [id]);
  if (!video) return undefined;
  const { size, filename } = video.metadata;
  const path = await storage.findAsset(video.asset, size);
  const headers = {
    'content-type': await media.mediaType(path),
    'content-disposition': `inline; filename*=UTF-8''${encodeName(filename)}`,
    'accept-ranges': 'bytes',
    etag: `"${video.asset}"`,
    'cache-control': CACHE,
    // The bytes are a stranger's: whatever they are, they are never a page of this server's.
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
  };
  return { path, size, headers };
}

/** What is answered, and with which part of the file, if any (RFC 9110, sections 13.2.2 and 14.2). */
function answerOf(
  { size, headers }: VideoFile,
  { method, headers: asked }: Request,
): { status: number; headers: Record<string, string>; part: ByteRange | null } {
  const { etag = '' } = headers;
  const none = { part: null, headers: { ...headers, 'cache-control': 'no-store' } };
  const wanted = asked.get('if-match');
  if (wanted !== null && !names(wanted, etag)) return { status: 412, ...none };
  const known = asked.get('if-none-match');
  if (known !== null && names(known.replaceAll('W/', ''), etag)) return { status: 304, headers, part: null };
  const condition = asked.get('if-range');
  // Only GET has parts.
  const isPart = method === 'GET' && (condition === null || condition === etag);
  const range = isPart ? readRange(asked.get('range'), size) : undefined;
  if (range === 'unsatisfiable')
    return { status: 416, ...none, headers: { 'content-range': `bytes */${size}`, 'cache-control': 'no-store' } };
  const part = range ?? { start: 0, end: size - 1 };
  const { start, end } = part;
  const whole = { ...headers, 'content-length': String(end - start + 1) };
  if (range) return { status: 206, headers: { ...whole, 'content-range': `bytes ${start}-${end}/${size}` }, part };
  return { status: 200, headers: whole, part: method === 'HEAD' ? null : part };
}

/** Whether a list of entity tags, or `*`, has this one. */
function names(list: string, etag: string): boolean {
  return list.split(',').some((tag) => ['*', etag].includes(tag.trim()));
}

/** Rejects where the file cannot be opened; where it cannot be read on, its answer is cut off. */
async function readPart({ log }: App, { path }: VideoFile, part: ByteRange, res: ServerResponse) {
  const handle = await open(path);
  return handle.createReadStream(part).on('error', (error) => {
    log.error({ err: error }, 'the file of a video could not be read');
    res.destroy();
  });
}

/** Stops reading when the client has gone, and sends no more once its key has ended. */
function endWith(body: { destroy(): void }, res: ServerResponse, keyring: Keyring, identity: Identity): void {
  const unwatch = keyring.watch(identity, () => res.destroy());
  const stop = () => {
    unwatch();
    body.destroy();
  };
  if (res.destroyed) stop();
  else res.once('close', stop);
}

/** RFC 8187, section 3.2. */
function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
