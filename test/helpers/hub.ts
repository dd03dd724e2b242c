import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';

/** A file of a test's hub. */
export interface HubFile {
  data: Uint8Array;
  /** Ends the line after so many bytes, once `cut` says so. */
  cutAfter?: number;
  cut?: Promise<void>;
  /** Answers with this status, and nothing else; `times` it is asked for the bytes, or always. */
  status?: number | undefined;
  times?: number;
  /** Makes the server stop in the middle, and wait for ever. */
  stallAfter?: number;
  /** What is said of it, where that is not the truth. */
  etag?: string;
  linkedSha256?: string;
  location?: string;
}

/** The commit that every branch of a test's hub is at. */
export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/**
 * A model hub on loopback: `/OWNER/REPOSITORY/resolve/REVISION/PATH` names the commit and redirects to where the bytes
 * are, of which a part can be asked for. `files` are by OWNER/REPOSITORY/PATH, and may be changed.
 */
export async function startHub(files: Record<string, HubFile>) {
  const requests: { method: string; revision: string; file: string; range: string | undefined }[] = [];
  const sent: Record<string, number> = {};
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    const [, repository, revision = '', name] = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const key = path.startsWith('/bytes/') ? path.slice('/bytes/'.length) : `${repository}/${name}`;
    const file = files[key];
    if (!file) return void response.writeHead(404).end();
    if (path.startsWith('/bytes/')) return sendBytes(request, response, key, file);
    requests.push({ method: request.method ?? '', revision, file: key, range: request.headers.range });
    if (file.status !== undefined) {
      response.writeHead(file.status).end();
      if (request.method === 'GET' && file.times !== undefined && --file.times === 0) file.status = undefined;
      return;
    }
    const sha256 = file.linkedSha256 ?? createHash('sha256').update(file.data).digest('hex');
    response.writeHead(302, {
      location: file.location ?? `/bytes/${key}`,
      'x-repo-commit': COMMIT,
      'x-linked-size': file.data.byteLength,
      'x-linked-etag': `"${sha256}"`,
    });
    response.end();
  });

  const sendBytes = (request: IncomingMessage, response: ServerResponse, key: string, file: HubFile) => {
    const etag = file.etag ?? `"${createHash('sha256').update(file.data).digest('hex').slice(0, 16)}"`;
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const isPart = from !== undefined && request.headers['if-range'] === etag;
    const start = isPart ? Number(from) : 0;
    const total = file.data.byteLength;
    response.writeHead(isPart ? 206 : 200, {
      etag,
      'content-length': total - start,
      ...(isPart && { 'content-range': `bytes ${start}-${total - 1}/${total}` }),
    });
    if (request.method === 'HEAD') return response.end();
    const end = Math.min(file.cutAfter ?? total, file.stallAfter ?? total);
    const part = file.data.subarray(start, Math.max(start, end));
    sent[key] = (sent[key] ?? 0) + part.byteLength;
    if (end === total) return response.end(part);
    response.write(part);
    if (file.stallAfter === undefined) void Promise.resolve(file.cut).then(() => response.destroy());
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    /** The requests for a file by its repository, as they came. */
    requests,
    /** Bytes of each file that were sent. */
    sent,
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Writes a manifest of the user's own. */
export async function writeManifest(models: string, manifest: { name: string; [key: string]: unknown }): Promise<void> {
  await mkdir(join(models, 'manifests'), { recursive: true });
  await writeFile(join(models, 'manifests', `${manifest.name}.json`), JSON.stringify(manifest));
}

/** What a manifest says of files that are copied from a repository's branch, and the files of that repository on the hub. */
export async function hubFilesOf(folder: string, repository: string, revision = 'main') {
  const names = await readdir(folder);
  const read = async (name: string) => [`${repository}/${name}`, { data: await readFile(join(folder, name)) }] as const;
  return {
    sources: Object.fromEntries(
      names.map((name) => [name, { from: `hub:${repository}@${revision}/${name}`, license: 'MIT' }]),
    ),
    files: Object.fromEntries(names.map((name) => [name, { make: 'copy', source: name }])),
    onHub: Object.fromEntries(await Promise.all(names.map(read))) as Record<string, HubFile>,
  };
}
