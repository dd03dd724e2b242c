import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import { findEmbeddingTasks } from '../domain/embedding-tasks.ts';
import { findVideos } from '../domain/videos.ts';
import { DEFAULT_TENANT } from './caller.ts';

const PATH = /^\/thumbnails\/([0-9a-f-]{36})\/(.+\.jpg)$/;
/** A video's pictures never change under their address. */
const CACHE = 'private, max-age=31536000, immutable';

/**
 * Serves the pictures of videos and segments at `/thumbnails/OWNER/FILE`: OWNER is the id of a video or of an embedding
 * task, FILE a name in the proxy of its asset.
 */
export function useThumbnails(app: App): Plugin {
  return {
    async onRequest({ url, request, endResponse, fetchAPI }) {
      const [, owner, file] = PATH.exec(url.pathname) ?? [];
      if (!owner || !file || request.method !== 'GET') return;
      const picture = await readThumbnail(app, owner, file);
      endResponse(
        picture
          ? new fetchAPI.Response(picture, { headers: { 'content-type': 'image/jpeg', 'cache-control': CACHE } })
          : fetchAPI.Response.json({ message: 'No such thumbnail.' }, { status: 404 }),
      );
    },
  };
}

async function readThumbnail(app: App, owner: string, encoded: string): Promise<Buffer<ArrayBuffer> | undefined> {
  const asset = await findAssetOf(app, owner);
  const inside = normalize(decode(encoded));
  if (!asset || inside.startsWith('..') || inside.startsWith('/')) return undefined;
  return readFile(join(app.storage.proxyFolder(asset), inside)).catch(() => undefined);
}

async function findAssetOf({ db }: App, owner: string): Promise<string | null | undefined> {
  const [video] = await findVideos(db, DEFAULT_TENANT, [owner]);
  if (video) return video.asset;
  const [task] = await findEmbeddingTasks(db, DEFAULT_TENANT, [owner]);
  return task?.asset;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
