import { type IncomingMessage, type RequestOptions as NodeRequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { RequestOptions } from './document.ts';
import { RequestFailedError, ServerUnreachableError } from './errors.ts';
import { takeFiles } from './files.ts';
import { type Body, createMultipart } from './multipart.ts';

interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** What is run, and the key of whoever runs it. */
interface Operation {
  document: string;
  /** Files among them are streamed. */
  variables: unknown;
  apiKey: string | undefined;
}

/** What a proxy answers with while the server behind it is away. */
const GATEWAY_FAULTS = [502, 503, 504];

/** Runs one operation over HTTP. Throws what `Client.request` does. */
export async function postOperation<Data>(
  endpoint: string,
  { document, variables: given, apiKey }: Operation,
  options: RequestOptions,
): Promise<Data> {
  const { variables, files } = takeFiles(given);
  const hasFiles = Object.keys(files).length > 0;
  const body = hasFiles ? createMultipart(document, variables, files) : createJson({ query: document, variables });
  const { status, content } = await post(endpoint, body, apiKey, options);
  return readAnswer<Data>(endpoint, status, content);
}

/** The data of a GraphQL answer. Throws RequestFailedError for errors, and for what is neither it nor a proxy's. */
function readAnswer<Data>(endpoint: string, status: number, content: string): Data {
  const answer = parseAnswer<Data>(content);
  if (!answer) {
    const message = `${endpoint} answered with status ${status} and no GraphQL`;
    if (GATEWAY_FAULTS.includes(status)) throw new ServerUnreachableError(message);
    throw new RequestFailedError(`${message}: is it a Reelgraph server?`);
  }
  const { data, errors = [] } = answer;
  if (errors.length > 0) throw failedBy(errors);
  if (data == null) throw new RequestFailedError(`${endpoint} answered with status ${status} and no data`);
  return data;
}

/** An answer of GraphQL; undefined for anything else, JSON or not. */
function parseAnswer<Data>(content: string): Answer<Data> | undefined {
  try {
    const answer = JSON.parse(content);
    const { data, errors } = answer ?? {};
    const isAnswer = Array.isArray(errors) ? errors.every((error) => error?.message) : data !== undefined && !errors;
    return isAnswer ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** What the `errors` of an answer say, as one error. */
export function failedBy(errors: readonly { message: string; extensions?: { code?: unknown } }[]): RequestFailedError {
  const codes = errors.flatMap(({ extensions }) => (typeof extensions?.code === 'string' ? [extensions.code] : []));
  return new RequestFailedError(errors.map(({ message }) => message).join('; '), codes);
}

function createJson(content: unknown): Body {
  const data = Buffer.from(JSON.stringify(content));
  return {
    type: 'application/json',
    size: data.byteLength,
    async *chunks() {
      yield data;
    },
  };
}

// Not fetch: that sends streams in chunks of unknown total size, while a server can refuse a large upload by its
// Content-Length before it has arrived.
async function post(
  endpoint: string,
  body: Body,
  apiKey: string | undefined,
  { signal, onProgress }: RequestOptions,
): Promise<{ status: number; content: string }> {
  signal?.throwIfAborted();
  const options: NodeRequestOptions = {
    method: 'POST',
    // A kept connection may be closed by the server as it is taken again, and a mutation cannot just be repeated.
    agent: false,
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': body.type,
      'content-length': body.size,
      'graphql-require-preflight': '1',
      ...(apiKey && { 'x-api-key': apiKey }),
    },
    ...(signal && { signal }),
  };
  const request = endpoint.startsWith('https:') ? requestHttps(endpoint, options) : requestHttp(endpoint, options);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  // What fails on this side: a file that cannot be read, or whoever is told of progress.
  let ownFault: unknown;
  const counted = async function* () {
    let sent = 0;
    try {
      for await (const chunk of body.chunks()) {
        yield chunk;
        sent += chunk.byteLength;
        onProgress?.(sent, body.size);
      }
    } catch (error) {
      ownFault = error;
      throw error;
    }
  };
  // A server that refuses an upload may answer, and hang up, before all of it is sent: the answer counts.
  const sending = pipeline(Readable.from(counted()), request);
  sending.catch((error) => request.destroy(error));
  try {
    const response = await answered;
    return { status: response.statusCode ?? 0, content: await text(response) };
  } catch (error) {
    signal?.throwIfAborted();
    if (ownFault) throw ownFault;
    throw new ServerUnreachableError(`No answer from ${endpoint}: ${reasonOf(error)}`, { cause: error });
  }
}

// A name with several addresses fails with an AggregateError that has no message of its own.
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
