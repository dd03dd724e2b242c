import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import { findVideos } from '../domain/videos.ts';
import { readRange } from './byte-range.ts';
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
        const { status, headers, start, end } = partOf(file, request.headers);
        const isEmpty = request.method === 'HEAD' || status === 416;
        const body = isEmpty ? null : createReadStream(file.path, { start, end });
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

/** What is answered with: the whole file, a part of it, or that there is no such part. */
function partOf({ size, headers }: VideoFile, asked: Headers) {
  const condition = asked.get('if-range');
  const isSame = condition === null || condition === headers.etag;
  const range = isSame ? readRange(asked.get('range'), size) : undefined;
  const { start, end } = typeof range === 'object' ? range : { start: 0, end: size - 1 };
  if (range === 'unsatisfiable')
    return { status: 416, start, end, headers: { 'content-range': `bytes */${size}`, 'cache-control': 'no-store' } };
  const length = { ...headers, 'content-length': String(end - start + 1) };
  if (!range) return { status: 200, start, end, headers: length };
  return { status: 206, start, end, headers: { ...length, 'content-range': `bytes ${start}-${end}/${size}` } };
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
