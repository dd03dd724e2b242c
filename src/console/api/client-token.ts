/**
 * A name for one request, by which the server knows it again. `crypto.randomUUID` is kept from pages that came without
 * encryption from another machine.
 */
export function createClientToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
