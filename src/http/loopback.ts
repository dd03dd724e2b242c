import { isIP, isIPv4 } from 'node:net';

/** Whether only this machine can reach an address to listen on. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * Whether a `Host` header is one that this machine has by itself, or the public address. A page of another site may have
 * its name resolve to 127.0.0.1 in order to reach a visitor's own server (DNS rebinding), and that name is here then.
 */
export function isOwnHost(host: string, publicUrl: string | undefined): boolean {
  const url = URL.parse(`http://${host}`);
  if (!url) return false;
  if (publicUrl && new URL(publicUrl).host === host.toLowerCase()) return true;
  const name = url.hostname;
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}
