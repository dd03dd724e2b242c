import { createHmac, timingSafeEqual } from 'node:crypto';

/** What links are signed with: a key's id, which they name, and its hash, which nobody but the server has. */
export interface LinkKey {
  id: string;
  /** SHA-256 of the key, in hex. */
  sha256: string;
}

/** Where links begin, and what they are signed with; null where they need no signature. */
export interface LinkContext {
  origin: string;
  linkKey: LinkKey | null;
}

/** What a link leads to: its kind first, so that the signature of one kind is none of another. */
export type Target = readonly [kind: 'thumbnail' | 'video', ...names: string[]];

/**
 * The address under which the server gives out a file. An `<img>` or a `<video>` can send no key, so the address has a
 * signature where keys are needed: it is good for this one file, stays the same, and ends with the key.
 * @param path from the server's root, begins with a slash
 */
export function signedUrl({ origin, linkKey }: LinkContext, path: string, target: Target): string {
  const address = `${origin}${path}`;
  return linkKey ? `${address}?key=${linkKey.id}&signature=${sign(linkKey, target)}` : address;
}

/** Whether a link's signature was made with this key, for this target. */
export function isSigned(linkKey: LinkKey, target: Target, signature: string): boolean {
  const expected = Buffer.from(sign(linkKey, target));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** HMAC-SHA256 (RFC 2104) in base64url. */
function sign({ sha256 }: LinkKey, target: Target): string {
  return createHmac('sha256', Buffer.from(sha256, 'hex')).update(target.join('\n')).digest('base64url');
}
