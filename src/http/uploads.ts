import { processRequest, Upload } from 'graphql-upload-minimal';
import { createGraphQLError, type GraphQLParams, type Plugin } from 'graphql-yoga';
import type { NodeContext } from './caller.ts';

/** Bytes of the fields `operations` and `map`, and files of one request. */
const LIMITS = { maxFieldSize: 1_000_000, maxFiles: 4 };
/** Bytes of a request with one file that are not the file's: both fields, and the heads of the three parts. */
const MOST_BESIDES = 2 * LIMITS.maxFieldSize + 100_000;

/** Whether a request is one of the GraphQL multipart request specification. */
export function isMultipart(request: Request): boolean {
  return request.headers.get('content-type')?.startsWith('multipart/form-data') ?? false;
}

/** Bytes that the only file of a request has at the least, by its Content-Length; 0 where that does not tell. */
export function leastFileSize(request: Request, { variables }: GraphQLParams): number {
  if (!isMultipart(request) || countUploads(variables) !== 1) return 0;
  return Math.max(0, Number(request.headers.get('content-length') ?? 0) - MOST_BESIDES);
}

function countUploads(variables: unknown): number {
  const uploads = new Set<Upload>();
  // Not recursive: how deep it goes is up to the client.
  const values = [variables];
  for (const value of values) {
    if (value instanceof Upload) uploads.add(value);
    else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) values.push(inner);
  }
  return uploads.size;
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
        const { req, res } = serverContext;
        surviveParserErrors(req);
        const operations = await processRequest(req, res, LIMITS).catch((error) => {
          const { status, message } = error as { status?: number; message: string };
          const http = { status: status === 413 ? status : 400 };
          throw createGraphQLError(message, { extensions: { code: 'BAD_REQUEST', http } });
        });
        return operations as GraphQLParams;
      });
    },
  };
}

/**
 * graphql-upload-minimal destroys a parser that reported an error, which makes it report another one, and that one
 * nobody listens to: it would end the process.
 */
function surviveParserErrors(req: NodeContext['req']): void {
  const pipe = req.pipe.bind(req);
  req.pipe = (parser, options) =>
    pipe(
      parser.on('error', () => {}),
      options,
    );
}
