import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import { findEmbeddingTasks } from '../domain/embedding-tasks.ts';
import { findVideos } from '../domain/videos.ts';
import type { Keyring } from './keyring.ts';
import { identifyLink, refusal } from './signed-links.ts';

const PATH = /^\/thumbnails\/([0-9a-f-]{36})\/(.+\.jpg)$/;
/** A video's pictures never change under their address. */
const CACHE = 'private, max-age=31536000, immutable';

/** A picture that is asked for. */
interface Wanted {
  owner: string;
  file: string;
}

/**
 * Serves the pictures of videos and segments at `/thumbnails/OWNER/FILE`: OWNER is the id of a video or of an embedding
 * task, FILE a name in the proxy of its asset. Where keys are needed, the request has one, or the address a signature.
 */
export function useThumbnails(app: App, keyring: Keyring): Plugin {
  return {
    async onRequest({ url, request, endResponse, fetchAPI }) {
      const [, owner, encoded] = PATH.exec(url.pathname) ?? [];
      if (!owner || !encoded || request.method !== 'GET') return;
      const answer = (status: number, message: string, headers: Record<string, string>) =>
        endResponse(fetchAPI.Response.json({ message }, { status, headers }));
      try {
        const wanted = { owner, file: decode(encoded) };
        const source = { headers: request.headers, query: url.searchParams };
        const { caller } = await identifyLink(keyring, source, ['thumbnail', owner, wanted.file]);
        const picture = await readThumbnail(app, caller.tenant, wanted);
        if (!picture) return answer(404, 'No such thumbnail.', { 'cache-control': 'no-store' });
        const headers = { 'content-type': 'image/jpeg', 'cache-control': CACHE };
        endResponse(new fetchAPI.Response(picture, { headers }));
      } catch (error) {
        const { status, message, headers } = refusal(error);
        if (status === 500) app.log.error({ err: error }, 'a thumbnail could not be read');
        answer(status, message, headers);
      }
    },
  };
}

async function readThumbnail(
  app: App,
  tenant: string,
  { owner, file }: Wanted,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const asset = await findAssetOf(app, tenant, owner);
  const inside = normalize(file);
  if (!asset || inside.startsWith('..') || inside.startsWith('/')) return undefined;
  return readFile(join(app.storage.proxyFolder(asset), inside)).catch(() => undefined);
}

async function findAssetOf({ db }: App, tenant: string, owner: string): Promise<string | null | undefined> {
  const [video] = await findVideos(db, tenant, [owner]);
  if (video) return video.asset;
  const [task] = await findEmbeddingTasks(db, tenant, [owner]);
  return task?.asset;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
