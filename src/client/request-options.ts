/** The values of a document's variables. */
export type Variables = Record<string, unknown>;

/** How one request is run. */
export interface RequestOptions {
  signal?: AbortSignal | undefined;
  /** Called with the bytes that are on their way, of all bytes of the request. */
  onProgress?: ((sent: number, total: number) => void) | undefined;
}
