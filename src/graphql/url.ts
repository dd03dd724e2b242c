import { GraphQLError } from 'graphql';
import { builder } from './builder.ts';

function parseUrl(value: unknown): string {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url.href;
  throw new GraphQLError(
    'A URL is absolute and begins with http:// or https://; user names and passwords are not taken.',
  );
}

builder.scalarType('URL', {
  description: 'An absolute http or https address (WHATWG URL Standard). In TypeScript: `string`.',
  serialize: (url) => url,
  parseValue: parseUrl,
});
