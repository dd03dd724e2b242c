import type { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { processRequest, Upload } from 'graphql-upload-minimal';
import { createGraphQLError, type GraphQLParams, type Plugin } from 'graphql-yoga';
import type { NodeContext } from './caller.ts';
import { guardParser, type MultipartGuard } from './multipart-guard.ts';

/** Files of one request. */
const MOST_FILES = 4;
/** Bytes of the heads of three parts. */
const HEADS = 100_000;
/** Milliseconds that the answer waits for the rest of a request which is refused before its end. */
const LINGER = 1_000;

/** Whether a request is one of the GraphQL multipart request specification. */
export function isMultipart(request: Request): boolean {
  return request.headers.get('content-type')?.startsWith('multipart/form-data') ?? false;
}

/**
 * Bytes that the only file of a request has at the least, by its Content-Length; 0 where that does not tell.
 * @param maxFieldSize as that of `useUploads`
 */
export function leastFileSize(request: Request, { variables }: GraphQLParams, maxFieldSize: number): number {
  if (!isMultipart(request) || countUploads(variables) !== 1) return 0;
  return Math.max(0, Number(request.headers.get('content-length') ?? 0) - 2 * maxFieldSize - HEADS);
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
 * Streams uploads to the resolvers. Yoga's own parser would hold whole files in memory. The answer to a request that is
 * malformed has a status of 400 and says so first of all, even where the operation has begun.
 * https://github.com/jaydenseric/graphql-multipart-request-spec
 * @param maxFieldSize bytes of the fields `operations` and `map`
 */
export function useUploads(maxFieldSize: number): Plugin<object, NodeContext> {
  const guards = new WeakMap<Request, MultipartGuard>();
  return {
    onRequestParse({ request, serverContext, setRequestParser }) {
      if (!isMultipart(request)) return;
      setRequestParser(async () => {
        const { req, res } = serverContext;
        guardPipe(req, (guard) => guards.set(request, guard));
        const operations = await processRequest(req, res, { maxFieldSize, maxFiles: MOST_FILES }).catch((error) => {
          const { status, message } = error as { status?: number; message: string };
          throw badRequest(message, status === 413 ? status : 400);
        });
        const isWhole = [operations].flat().every(isOperation);
        if (!isWhole) throw badRequest('The operations have neither a query nor the id of a persisted document.', 400);
        return operations as GraphQLParams;
      });
    },
    // No promise for the requests that are no uploads.
    onResponse({ request, response, serverContext, setResponse, fetchAPI }) {
      const guard = guards.get(request);
      if (!guard) return;
      return comesToEnd(serverContext.req).then(async () => {
        if (!guard.fault || response.status >= 400) return;
        const answer = await withFault(response, guard.fault.message);
        const headers = new fetchAPI.Headers(response.headers);
        headers.delete('content-length');
        setResponse(new fetchAPI.Response(answer, { status: 400, headers }));
      });
    },
  };
}

/** A client that is answered, and hung up on, while it is still sending may never see the answer: it has a moment more. */
async function comesToEnd(req: NodeContext['req']): Promise<void> {
  if (req.complete || req.destroyed) return;
  const ended = new Promise((resolve) => req.once('end', resolve).once('close', resolve));
  await Promise.race([ended, wait(LINGER, undefined, { ref: false })]);
}

/** The answer with the request's own fault before what has come of it, where it is JSON. */
async function withFault(response: Response, message: string): Promise<string | ReadableStream | null> {
  if (!response.headers.get('content-type')?.includes('json')) return response.body;
  const fault = { message, extensions: { code: 'BAD_REQUEST' } };
  const add = ({ errors = [], ...rest }: { errors?: object[] }) => ({ errors: [fault, ...errors], ...rest });
  const answer = await response.json();
  return JSON.stringify(Array.isArray(answer) ? answer.map(add) : add(answer));
}

function isOperation(operation: object | null): boolean {
  if (!operation) return false;
  if ('query' in operation) return typeof operation.query === 'string';
  return 'documentId' in operation || 'extensions' in operation;
}

function badRequest(message: string, status: number) {
  return createGraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } });
}

/**
 * graphql-upload-minimal makes its own parser, which is met where the request is piped to it. It destroys a parser that
 * reported an error, which makes it report another one, and that one nobody listens to: it would end the process.
 */
function guardPipe(req: NodeContext['req'], guarded: (guard: MultipartGuard) => void): void {
  const pipe = req.pipe.bind(req);
  req.pipe = (parser, options) => {
    guarded(guardParser(parser as unknown as Writable));
    return pipe(parser, options);
  };
}
