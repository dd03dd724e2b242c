import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import { findVideos } from '../domain/videos.ts';
import { DEFAULT_TENANT } from './caller.ts';

const PATH = /^\/thumbnails\/([0-9a-f-]{36})\/(.+\.jpg)$/;
/** A video's pictures never change under their address. */
const CACHE = 'private, max-age=31536000, immutable';

/** Serves the pictures of videos and segments at `/thumbnails/VIDEO/FILE`, FILE being a name in the asset's proxy. */
export function useThumbnails(app: App): Plugin {
  return {
    async onRequest({ url, request, endResponse, fetchAPI }) {
      const [, videoId, file] = PATH.exec(url.pathname) ?? [];
      if (!videoId || !file || request.method !== 'GET') return;
      const picture = await readThumbnail(app, videoId, file);
      endResponse(
        picture
          ? new fetchAPI.Response(picture, { headers: { 'content-type': 'image/jpeg', 'cache-control': CACHE } })
          : fetchAPI.Response.json({ message: 'No such thumbnail.' }, { status: 404 }),
      );
    },
  };
}

async function readThumbnail(app: App, videoId: string, encoded: string): Promise<Buffer<ArrayBuffer> | undefined> {
  const [video] = await findVideos(app.db, DEFAULT_TENANT, [videoId]);
  const inside = normalize(decode(encoded));
  if (!video || inside.startsWith('..') || inside.startsWith('/')) return undefined;
  return readFile(join(app.storage.proxyFolder(video.asset), inside)).catch(() => undefined);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
