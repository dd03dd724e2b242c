import type { App } from '../app.ts';
import { removeUnclaimed } from '../domain/assets.ts';

/** Removes an asset's bytes and proxy, unless somebody has uploaded the same content again meanwhile. */
export async function runRemoveAsset(app: App, { sha256 }: { sha256: string }): Promise<void> {
  await removeUnclaimed(app.db, sha256, () => app.storage.removeAsset(sha256));
}
