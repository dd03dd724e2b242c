/** A decoded global id. */
export interface NodeKey {
  typename: string;
  id: string;
}

/** The global id of an object, by its type and its id there. */
export function encodeGlobalId(typename: string, id: string): string {
  return Buffer.from(`${typename}:${id}`).toString('base64');
}

/** Decodes a global id; a damaged one names nothing, as does one of a type that is not there. */
export function decodeGlobalId(globalId: string): NodeKey {
  const [typename, id, ...more] = Buffer.from(globalId, 'base64').toString().split(':', 3);
  // No error is thrown and caught for it: lists of ids may be long.
  if (!typename || !id || more.length > 0) return { typename: '', id: '' };
  return { typename, id: id.toLowerCase() };
}

/** The row's id in a global id of this type; of any other global id a text that names no row. */
export function localId(typename: 'Index' | 'Task' | 'Video' | 'EmbeddingTask' | 'Reindex', key: NodeKey): string {
  return key.typename === typename ? key.id : '';
}
