import type { Plugin } from 'graphql-yoga';

/**
 * Keeps other sites from showing a page of this server in theirs, where a visitor could be made to press its buttons: the
 * operation that GraphiQL runs may stand in its address. The console's page has a policy that says so already.
 */
export function useNoFrames(): Plugin {
  return {
    onResponse({ response: { headers } }) {
      if (!headers.get('content-type')?.startsWith('text/html') || headers.has('content-security-policy')) return;
      headers.set('content-security-policy', "frame-ancestors 'none'");
    },
  };
}
