import { countIndexes, listIndexes } from '../domain/index-lists.ts';
import { builder } from './builder.ts';
import { costOfPage } from './complexity.ts';
import { timeOf, toConnection } from './connection.ts';
import { IndexConnection } from './index-connection.ts';
import { OrderDirection, TimestampField } from './ordering.ts';
import { Index } from './refs.ts';

const IndexFilter = builder.inputType('IndexFilter', {
  description: 'Which indexes: those to which everything that is given applies. Times are inclusive.',
  fields: (t) => ({
    name: t.string({ description: 'Part of the name; capitals do not matter.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Created at this time or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Created at this time or earlier.' }),
  }),
});

const IndexOrder = builder.inputType('IndexOrder', {
  description: 'The order of a list of indexes.',
  fields: (t) => ({
    field: t.field({ type: TimestampField, required: true, description: 'What to go by.' }),
    direction: t.field({ type: OrderDirection, required: true, description: 'Which end comes first.' }),
  }),
});

builder.queryField('indexes', (t) =>
  t.connection(
    {
      type: Index,
      description: 'Your indexes, newest first unless said otherwise.',
      complexity: costOfPage,
      args: {
        filter: t.arg({ type: IndexFilter, description: 'Which indexes; all when nothing is said.' }),
        orderBy: t.arg({ type: IndexOrder, description: 'Their order.' }),
      },
      resolve: async (_, { filter: given, orderBy, ...page }, { app, tenant }) => {
        const filter = given ?? {};
        const indexes = await listIndexes(app.db, tenant, { filter, order: orderBy ?? undefined, page });
        return toConnection(indexes, timeOf(orderBy), () => countIndexes(app.db, tenant, filter));
      },
    },
    IndexConnection,
  ),
);
