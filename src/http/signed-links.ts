import { UnauthenticatedError } from '../errors.ts';
import { isSigned, type Target } from '../graphql/signed-url.ts';
import { identifyRequest } from './caller.ts';
import type { Identity, Keyring } from './keyring.ts';

/** Whom a request for a file is from: by its signature where the address has one, else by its key. @throws UnauthenticatedError */
export async function identifyLink(
  keyring: Keyring,
  { headers, query }: { headers: Headers; query: URLSearchParams },
  target: Target,
): Promise<Identity> {
  const [id, signature] = [query.get('key'), query.get('signature')];
  if (id === null || signature === null) return identifyRequest(keyring, headers);
  const signer = await keyring.find(id);
  if (signer?.linkKey && isSigned(signer.linkKey, target, signature)) return signer;
  throw new UnauthenticatedError('This address is not valid, or not any more.');
}

/** What is answered where there is no file to give. It is not kept, as it may be otherwise the next time. */
export function refusal(error: unknown): { status: number; message: string; headers: Record<string, string> } {
  const headers = { 'cache-control': 'no-store' };
  if (!(error instanceof UnauthenticatedError)) return { status: 500, message: 'Unexpected error.', headers };
  return { status: 401, message: error.message, headers: { ...headers, 'www-authenticate': 'Bearer' } };
}
