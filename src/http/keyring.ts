import type { App } from '../app.ts';
import { type Caller, KEYLESS_CALLER } from '../domain/callers.ts';
import { findValidKeys, hashKey, hasKeys, isKey } from '../domain/keys.ts';
import { UnauthenticatedError } from '../errors.ts';
import type { LinkKey } from '../graphql/signed-url.ts';
import { isOwnHost } from './loopback.ts';

/** Milliseconds for which keys are taken to be what they were, whatever news is lost. */
const OLDEST = 5_000;

/** Who somebody is, and what links for them are signed with; null where links need no signature. */
export interface Identity {
  caller: Caller;
  linkKey: LinkKey | null;
}

/**
 * Tells who a request is from. All valid keys are held in memory, read anew after each change: no request costs a
 * statement, and no number of wrong keys costs anything that grows.
 */
export interface Keyring {
  /**
   * @param host the `Host` header, of which nobody without a key may have a strange one
   * @throws UnauthenticatedError without a valid key; it says the same of a key that was revoked and of one that never was
   */
  identify(key: string | undefined, host: string | null | undefined): Promise<Identity>;
  /** The valid key of this id. */
  find(id: string): Promise<Identity | undefined>;
  /** Whether this identity is still good. */
  isGood(identity: Identity): Promise<boolean>;
  /** Calls `end` once when this identity is good no longer, unless the function that it returns is called before. */
  watch(identity: Identity, end: () => void): () => void;
  close(): void;
}

interface Keys {
  byHash: Map<string, Identity>;
  byId: Map<string, Identity>;
  /** Whether there has ever been a key: from then on nobody gets in without one. */
  any: boolean;
  readAt: number;
}

/**
 * @param options.keyless whether those who have no key are let in as long as there has never been one
 * @param options.publicUrl where the server is reached besides by the names that every machine has
 */
export function createKeyring(
  { db, events, log }: Pick<App, 'db' | 'events' | 'log'>,
  options: { keyless: boolean; publicUrl?: string | undefined },
): Keyring {
  const watched = new Map<() => void, Identity>();
  let known: Keys | undefined;
  let reading: Promise<Keys> | undefined;
  let changes = 0;

  async function currentKeys(): Promise<Keys> {
    if (known && performance.now() - known.readAt < OLDEST) return known;
    reading ??= readUnchanged().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function readUnchanged(): Promise<Keys> {
    for (;;) {
      const before = changes;
      const keys = await readKeys(db);
      if (changes !== before) continue;
      known = keys;
      return keys;
    }
  }

  function forget(): void {
    changes += 1;
    known = undefined;
    if (watched.size > 0)
      void currentKeys()
        .then(endInvalid)
        .catch((err) => log.error({ err }, 'the API keys could not be read'));
  }

  function endInvalid(keys: Keys): void {
    for (const [end, identity] of [...watched]) {
      if (isIn(keys, identity)) continue;
      watched.delete(end);
      end();
    }
  }

  const unsubscribe = events.subscribe('key:changed', forget);
  // Changes of this process count from their commit on, without waiting for the news of them.
  let open = true;
  db.onCommit((committed) => {
    if (open && committed.some(({ topic }) => topic === 'key:changed')) forget();
  });

  return {
    async identify(key, host) {
      const { any, byHash } = await currentKeys();
      if (key === undefined && !any && options.keyless) {
        if (host && !isOwnHost(host, options.publicUrl)) throw new UnauthenticatedError(stranger(host));
        return { caller: KEYLESS_CALLER, linkKey: null };
      }
      const found = key !== undefined && isKey(key) ? byHash.get(hashKey(key)) : undefined;
      if (found) return found;
      throw new UnauthenticatedError(key === undefined ? missing(any) : INVALID);
    },
    async find(id) {
      return (await currentKeys()).byId.get(id);
    },
    async isGood(identity) {
      return isIn(await currentKeys(), identity);
    },
    watch(identity, end) {
      const entry = () => end();
      watched.set(entry, identity);
      return () => watched.delete(entry);
    },
    close() {
      open = false;
      unsubscribe();
    },
  };
}

function isIn({ any, byId }: Keys, { caller }: Identity): boolean {
  return caller.keyId === null ? !any : byId.has(caller.keyId);
}

const INVALID = 'This API key is not valid.';

function stranger(host: string): string {
  return `Without an API key the server answers to its own names only, and ${JSON.stringify(host)} is none of them; set PUBLIC_URL, or make a key.`;
}

function missing(any: boolean): string {
  return any
    ? 'An API key is needed: as header x-api-key, as "authorization: Bearer KEY", or as connection parameter apiKey.'
    : 'An API key is needed, and there is none yet; `reelgraph keys create NAME` makes one.';
}

async function readKeys(db: App['db']): Promise<Keys> {
  const readAt = performance.now();
  const valid = await findValidKeys(db);
  const identities = valid.map(({ id, tenant, role, sha256 }) => ({
    sha256,
    identity: { caller: { tenant, role, keyId: id }, linkKey: { id, sha256 } },
  }));
  return {
    byHash: new Map(identities.map(({ sha256, identity }) => [sha256, identity])),
    byId: new Map(identities.map(({ identity }) => [identity.caller.keyId, identity])),
    any: valid.length > 0 || (await hasKeys(db)),
    readAt,
  };
}
