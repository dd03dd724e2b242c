import { createGraphQLError, type Plugin } from 'graphql-yoga';
import { UnauthenticatedError } from '../errors.ts';
import { identifyRequest, type NodeContext } from './caller.ts';
import type { Identity, Keyring } from './keyring.ts';

/**
 * Lets nobody in whose key is not valid, before anything of the request's body is read. What is still going on when a
 * key is revoked, such as a subscription by server-sent events or an upload, is cut off.
 */
export function useKeys(keyring: Keyring): Plugin<object, NodeContext> {
  return {
    // Not by its path: whatever is about to be parsed as an operation comes by here.
    async onRequestParse({ request, serverContext }) {
      const identity = await identifyRequest(keyring, request.headers).catch(refuse);
      serverContext.identity = identity;
      endWithKey(keyring, identity, serverContext);
    },
  };
}

function endWithKey(keyring: Keyring, identity: Identity, { res }: NodeContext): void {
  const unwatch = keyring.watch(identity, () => res.destroy());
  if (res.destroyed) unwatch();
  else res.once('close', unwatch);
}

/** RFC 9110, 11.6.1: whoever answers with 401 says what would be accepted. */
function refuse(error: unknown): never {
  if (!(error instanceof UnauthenticatedError)) throw error;
  const http = { status: 401, headers: { 'www-authenticate': 'Bearer' } };
  throw createGraphQLError(error.message, { extensions: { code: error.code, http } });
}
