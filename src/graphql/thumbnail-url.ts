import { createHmac, timingSafeEqual } from 'node:crypto';

/** What links are signed with: a key's id, which they name, and its hash, which nobody but the server has. */
export interface LinkKey {
  id: string;
  /** SHA-256 of the key, in hex. */
  sha256: string;
}

/**
 * The address under which the server gives out a thumbnail. An `<img>` can send no key, so the address has a signature
 * where keys are needed: it is good for this one picture, stays the same, and ends with the key.
 * @param ownerId of the video or embedding task that the picture belongs to
 * @param file a file name in the proxy of its asset, perhaps with a folder
 */
export function thumbnailUrl(
  { origin, linkKey }: { origin: string; linkKey: LinkKey | null },
  ownerId: string,
  file: string | null,
): string | null {
  if (file === null) return null;
  const address = `${origin}/thumbnails/${ownerId}/${file.split('/').map(encodeURIComponent).join('/')}`;
  return linkKey ? `${address}?key=${linkKey.id}&signature=${sign(linkKey, ownerId, file)}` : address;
}

/** Whether a link's signature was made with this key, for this picture. */
export function isSigned(linkKey: LinkKey, ownerId: string, file: string, signature: string): boolean {
  const expected = Buffer.from(sign(linkKey, ownerId, file));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** HMAC-SHA256 (RFC 2104) in base64url. */
function sign({ sha256 }: LinkKey, ownerId: string, file: string): string {
  return createHmac('sha256', Buffer.from(sha256, 'hex')).update(`thumbnail\n${ownerId}\n${file}`).digest('base64url');
}
