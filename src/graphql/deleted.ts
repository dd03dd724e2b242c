import { ConflictError, NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';

const Deleted = builder
  .objectRef<{ type: 'Index' | 'Task' | 'Video' | 'EmbeddingTask'; id: string }>('Deleted')
  .implement({
    description: 'It is gone.',
    fields: (t) => ({
      id: t.globalID({ description: 'The id that it had.', resolve: (deleted) => deleted }),
    }),
  });

export const DeleteResult = builder.errorUnion('DeleteResult', {
  description: 'That it is gone, or why it is not.',
  types: [Deleted, NotFoundError, ConflictError],
  resolveType: () => Deleted,
});
