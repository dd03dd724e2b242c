import { processRequest } from 'graphql-upload-minimal';
import { createGraphQLError, type GraphQLParams, type Plugin } from 'graphql-yoga';
import type { NodeContext } from './caller.ts';

/** Bytes of the fields `operations` and `map`, and files of one request. */
const LIMITS = { maxFieldSize: 1_000_000, maxFiles: 4 };

/** Whether a request is one of the GraphQL multipart request specification. */
export function isMultipart(request: Request): boolean {
  return request.headers.get('content-type')?.startsWith('multipart/form-data') ?? false;
}

/**
 * Streams uploads to the resolvers. Yoga's own parser would hold whole files in memory.
 * https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export function useUploads(): Plugin<object, NodeContext> {
  return {
    onRequestParse({ request, serverContext, setRequestParser }) {
      if (!isMultipart(request)) return;
      setRequestParser(async () => {
        const operations = await processRequest(serverContext.req, serverContext.res, LIMITS).catch((error) => {
          const { status = 400, message } = error as { status?: number; message: string };
          throw createGraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } });
        });
        return operations as GraphQLParams;
      });
    },
  };
}
