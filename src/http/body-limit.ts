import type { IncomingMessage } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import { createGraphQLError } from 'graphql-yoga';
import type { NodeContext } from './caller.ts';
import { isMultipart } from './uploads.ts';

/** Bounds the body of every request but the multipart ones, which are streamed and have limits of their own. */
export function useBodyLimit(most: number): Plugin<object, NodeContext> {
  const tooLarge = () =>
    createGraphQLError(`The request's body is larger than ${most} bytes.`, {
      extensions: { code: 'LIMIT_EXCEEDED', http: { status: 413 } },
    });
  const cutOff = () =>
    createGraphQLError('The request ended before its whole body had arrived.', {
      extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
    });

  // By events: to iterate over the body, by Yoga's wrappers of it, cost a twentieth of a request's processor time.
  const readBody = (request: IncomingMessage) =>
    new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const take = (chunk: Buffer) => {
        size += chunk.byteLength;
        chunks.push(chunk);
        if (size <= most) return;
        chunks.length = 0;
        request.off('data', take).resume();
        reject(tooLarge());
      };
      const lose = () => reject(cutOff());
      // It may have been lost while its key was looked up.
      if (request.destroyed && !request.readableEnded) lose();
      request.on('data', take).once('error', lose).once('close', lose);
      request.once('end', () => {
        // Every request closes: the error, with its stack, would be made for nobody.
        request.off('close', lose);
        resolve(Buffer.concat(chunks));
      });
    });

  return {
    onRequestParse({ request, requestParser, setRequestParser, serverContext, fetchAPI }) {
      if (!requestParser || isMultipart(request)) return;
      if (Number(request.headers.get('content-length') ?? 0) > most) throw tooLarge();
      if (request.method === 'GET' || request.method === 'HEAD') return;
      setRequestParser(async ({ url, method, headers }) => {
        const body = await readBody(serverContext.req);
        return requestParser(new fetchAPI.Request(url, { method, headers, body }));
      });
    },
  };
}
