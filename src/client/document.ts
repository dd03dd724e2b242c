import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';

/**
 * An operation: what GraphQL Code Generator makes with `documentMode: 'string'`, which knows its own types, or a plain
 * string, whose types the caller states. Not a syntax tree, which has a `kind`: its `toString` is not its text.
 */
export type Document<Data, Variables> =
  | string
  | (DocumentTypeDecoration<Data, Variables> & { toString(): string; readonly kind?: never });

/** How one request is run. */
export interface RequestOptions {
  /** Ends the request; it then fails with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with the bytes that are on their way, of all bytes of the request. */
  onProgress?: ((sent: number, total: number) => void) | undefined;
}
