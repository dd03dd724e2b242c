import type { Pins } from './lock-file.ts';
import type { Manifest } from './manifest.ts';

/**
 * What a model's files are held to: checksums that came with the manifests (`fixed`); or, for those files that have none,
 * what they were at their first pull (`pinned`, with its time, RFC 3339), which may be yet to come (`unpinned`).
 */
export type Pinning = { state: 'fixed' } | { state: 'pinned'; at: string } | { state: 'unpinned' };

/** The state of the sources of all the manifests together. */
export function describePinning(manifests: readonly Manifest[], pins: Pins): Pinning {
  const open = manifests.flatMap(({ sources }) => Object.values(sources).filter(({ sha256 }) => sha256 === undefined));
  if (open.length === 0) return { state: 'fixed' };
  const times = open.flatMap(({ from }) => pins[from]?.pinnedAt ?? []).sort();
  const last = times.at(-1);
  return last !== undefined && times.length === open.length ? { state: 'pinned', at: last } : { state: 'unpinned' };
}
