import { decodeGlobalID } from '@pothos/plugin-relay';

/** A decoded global id. */
export interface NodeKey {
  typename: string;
  id: string;
}

/** Decodes a global id; a damaged one names nothing, as does one of a type that is not there. */
export function decodeGlobalId(globalId: string): NodeKey {
  try {
    const { typename, id } = decodeGlobalID(globalId);
    return { typename, id: id.toLowerCase() };
  } catch {
    return { typename: '', id: '' };
  }
}

/** The row's id in a global id of this type; of any other global id a text that names no row. */
export function localId(typename: 'Index' | 'Task' | 'Video' | 'EmbeddingTask' | 'Reindex', key: NodeKey): string {
  return key.typename === typename ? key.id : '';
}
