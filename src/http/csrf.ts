import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import type { Plugin } from 'graphql-yoga';

/** Headers of which a POST must have one that browsers send to other sites without asking; clients set their own. */
const CSRF_HEADERS = ['x-graphql-yoga-csrf', 'apollo-require-preflight', 'graphql-require-preflight'];

/**
 * Keeps other sites from making a visitor's browser post here. GET needs none of it: it cannot run mutations, its
 * answers are unreadable to other sites, and EventSource could not set a header.
 */
export function useCsrfPrevention(): Plugin {
  const { onRequestParse } = useCSRFPrevention({ requestHeaders: CSRF_HEADERS }) as Plugin;
  return {
    onRequestParse(payload) {
      if (payload.request.method !== 'GET') return onRequestParse?.(payload);
    },
  };
}
