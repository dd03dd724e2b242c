import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, opendir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { asDiskFull, createDiskRoom } from './disk-room.ts';
import { exists, lastTouched, makeFolder, moveFolder, removeTree, replaceFolder, syncTree } from './folders.ts';
import {
  findPartial,
  type PartialFile,
  partialPath,
  removePartial,
  removePartials,
  writeMark,
} from './partial-files.ts';
import { type Checkpoints, type ReceivedAsset, receiveHashed } from './receive-hashed.ts';
import type { RemoteVersion } from './remote-version.ts';

export { asDiskFull, DiskFullError } from './disk-room.ts';
export type { PartialFile } from './partial-files.ts';
export { AssetTooLargeError, type ReceivedAsset } from './receive-hashed.ts';

/** Bytes of a download after which it is noted how far it has come: as many may come twice. */
const CHECKPOINT = 16 * 1024 ** 2;

/** A temporary folder in which a proxy is made before it becomes visible in one step. */
export interface WorkFolder {
  path: string;
  /** Makes the folder the proxy of `sha256`, in place of an older one; it is then no longer at `path`. */
  commitProxy(sha256: string): Promise<void>;
  /** Removes the folder and what is in it; fine once it was committed or removed. */
  remove(): Promise<void>;
}

/** A download that another run may go on with: its name, and the version of the remote file that it brings. */
export interface Resumable {
  /** Lower-case letters, digits and "-"; anything else is a `TypeError`. */
  key: string;
  version: RemoteVersion;
}

/** The bytes of an asset are not there as they came: that is no fault of the video. */
export class AssetDamagedError extends Error {
  override name = 'AssetDamagedError';
}

/** Assets and their proxies on a disk. A hash is 64 lower-case hex digits; anything else is a `TypeError`. */
export interface Storage {
  /**
   * Streams `source` to disk, where nobody sees it before its `commit`. On a failure nothing is left: `AssetTooLargeError` past
   * `maxBytes`, `DiskFullError`, also before the first byte where the `expected` ones have no room, the signal's reason
   * after an abort, the source's or the disk's own error otherwise. Only of what can be resumed, an abort (and a crash)
   * leaves for `findPartial` what had come.
   */
  receiveAsset(
    source: AsyncIterable<Uint8Array>,
    options?: {
      maxBytes?: number;
      expected?: number;
      signal?: AbortSignal;
      resumable?: Resumable | undefined;
    },
  ): Promise<ReceivedAsset>;
  /** What earlier runs of a download have left, or null. Two that run at once do not harm each other. */
  findPartial(key: string): Promise<PartialFile | null>;
  /** Removes what runs of a download have left; fine when there is nothing. */
  removePartials(key: string): Promise<void>;
  /** Where the asset's bytes are, or would be. */
  assetPath(sha256: string): string;
  /** The same, once it is certain that they are there as they came. @throws AssetDamagedError unless all `size` of them are */
  findAsset(sha256: string, size: number): Promise<string>;
  /** Reads the asset's bytes, which takes a while. @throws AssetDamagedError when they cannot be read, or are others */
  verifyAsset(sha256: string, options?: { signal?: AbortSignal }): Promise<void>;
  /** Where the asset's proxy is once it is complete. */
  proxyFolder(sha256: string): string;
  /** @throws DiskFullError */
  createWorkFolder(): Promise<WorkFolder>;
  /** Where whatever is made for a while belongs: `sweepTemporary` removes what was forgotten. */
  temporaryFolder: string;
  hasAsset(sha256: string): Promise<boolean>;
  hasProxy(sha256: string): Promise<boolean>;
  /** Removes the bytes and the proxy; fine when they are already gone. */
  removeAsset(sha256: string): Promise<void>;
  /** Every asset with the time of its latest save, in no order. */
  listAssets(): AsyncIterable<{ sha256: string; modifiedAt: Date }>;
  /** The hash of every proxy, in no order: also of those whose asset was removed while they were made. */
  listProxies(): AsyncIterable<string>;
  /** Removes what killed processes left behind, if last touched before `olderThan`; resolves to how many entries. */
  sweepTemporary(olderThan: Date): Promise<number>;
}

/**
 * Opens, and where needed makes, a storage in `folder`: `assets/ab/<sha256>`, `proxies/ab/<sha256>/` and `tmp/`. All
 * three have to be on one file system, because things become visible by a rename.
 * @param options.reserve bytes that are to stay free on that; none unless given
 * @param options.checkpoint bytes of a download after which it is noted how far it has come
 */
export async function createStorage(options: {
  folder: string;
  reserve?: number;
  checkpoint?: number;
}): Promise<Storage> {
  const root = resolve(options.folder);
  const assets = join(root, 'assets');
  const proxies = join(root, 'proxies');
  const temporary = join(root, 'tmp');
  for (const folder of [assets, proxies, temporary]) await makeFolder(folder);

  const assetPath = (sha256: string) => join(assets, ...hashParts(sha256));
  const proxyFolder = (sha256: string) => join(proxies, ...hashParts(sha256));
  const room = createDiskRoom(root, options.reserve ?? 0);
  const temporaryPath = () => join(temporary, randomUUID());

  return {
    assetPath,
    proxyFolder,
    temporaryFolder: temporary,
    async receiveAsset(source, { resumable, ...limits } = {}) {
      const common = { ...limits, room, finalPath: assetPath };
      if (!resumable) return receiveHashed(source, { ...common, temporaryPath: temporaryPath() });
      const { key, version } = resumable;
      const path = partialPath(temporary, key);
      const checkpoints: Checkpoints = {
        every: options.checkpoint ?? CHECKPOINT,
        note: (reached) => writeMark(path, { ...reached, version }),
        remove: () => removePartial(path),
        finish: () => removePartials(temporary, key),
      };
      return receiveHashed(source, { ...common, checkpoints, temporaryPath: path });
    },
    findPartial: (key) => findPartial(temporary, key),
    removePartials: (key) => removePartials(temporary, key),

    async findAsset(sha256, size) {
      const path = assetPath(sha256);
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() && found.size === size) return path;
      const state = found?.isFile() ? `has ${found.size} of ${size} bytes` : 'is not there';
      throw new AssetDamagedError(`the file of asset ${sha256} ${state}`);
    },

    async verifyAsset(sha256, { signal } = {}) {
      const hash = createHash('sha256');
      try {
        await pipeline(createReadStream(assetPath(sha256)), hash, signal ? { signal } : {});
      } catch (cause) {
        signal?.throwIfAborted();
        throw new AssetDamagedError(`the file of asset ${sha256} cannot be read`, { cause });
      }
      if (hash.digest('hex') !== sha256) throw new AssetDamagedError(`the file of asset ${sha256} has other bytes`);
    },

    async createWorkFolder() {
      const path = temporaryPath();
      await room.check();
      await mkdir(path).catch((error) => {
        throw asDiskFull(error);
      });
      return {
        path,
        async commitProxy(sha256) {
          const target = proxyFolder(sha256);
          await syncTree(path);
          await replaceFolder(path, target, temporaryPath());
        },
        remove: () => removeTree(path),
      };
    },

    hasAsset: async (sha256) => exists(assetPath(sha256)),
    hasProxy: async (sha256) => exists(proxyFolder(sha256)),

    async removeAsset(sha256) {
      await rm(assetPath(sha256), { force: true });
      // Moved away before it is emptied: a reader sees the whole proxy or none.
      const trash = temporaryPath();
      if (await moveFolder(proxyFolder(sha256), trash)) await removeTree(trash);
    },

    async *listAssets() {
      for await (const sha256 of listHashes(assets)) {
        const modifiedAt = await lastTouched(assetPath(sha256));
        if (modifiedAt !== null) yield { sha256, modifiedAt };
      }
    },

    listProxies: () => listHashes(proxies),

    async sweepTemporary(olderThan) {
      let swept = 0;
      for await (const entry of await opendir(temporary)) {
        const path = join(temporary, entry.name);
        const touched = await lastTouched(path);
        if (touched === null || touched >= olderThan) continue;
        await removeTree(path);
        swept++;
      }
      return swept;
    },
  };
}

async function* listHashes(folder: string): AsyncGenerator<string> {
  for await (const group of await opendir(folder)) {
    if (!group.isDirectory()) continue;
    for await (const { name } of await opendir(join(folder, group.name))) if (isHash(name)) yield name;
  }
}

function hashParts(sha256: string): [string, string] {
  if (!isHash(sha256)) throw new TypeError(`Not a SHA-256 of 64 lower-case hex digits: ${JSON.stringify(sha256)}`);
  return [sha256.slice(0, 2), sha256];
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
