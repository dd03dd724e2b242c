import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createGraphQLError } from 'graphql-yoga';
import { isMultipart } from './uploads.ts';

/** Bounds the body of every request but the multipart ones, which are streamed and have limits of their own. */
export function useBodyLimit(most: number): Plugin {
  const tooLarge = () =>
    createGraphQLError(`The request's body is larger than ${most} bytes.`, {
      extensions: { code: 'LIMIT_EXCEEDED', http: { status: 413 } },
    });
  const cutOff = () =>
    createGraphQLError('The request ended before its whole body had arrived.', {
      extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
    });
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
      if (!requestParser || isMultipart(request)) return;
      if (Number(request.headers.get('content-length') ?? 0) > most) throw tooLarge();
      setRequestParser(async ({ url, method, headers, body }) => {
        const chunks: Uint8Array[] = [];
        let size = 0;
        try {
          for await (const chunk of body ?? []) {
            size += chunk.byteLength;
            if (size > most) throw tooLarge();
            chunks.push(chunk);
          }
        } catch (cause) {
          throw cause instanceof GraphQLError ? cause : cutOff();
        }
        const whole = size > 0 ? { body: Buffer.concat(chunks) } : {};
        return requestParser(new fetchAPI.Request(url, { method, headers, ...whole }));
      });
    },
  };
}
