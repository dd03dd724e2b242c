import { builder } from './builder.ts';

export const TimestampField = builder.enumType('TimestampField', {
  description: 'The time that a list is ordered by.',
  values: {
    CREATED_AT: { description: 'When it was created.' },
    UPDATED_AT: { description: 'When it last changed. What changes while it is paged through moves in the list.' },
  } as const,
});

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which end of the order comes first.',
  values: { ASC: { description: 'The oldest first.' }, DESC: { description: 'The newest first.' } } as const,
});
