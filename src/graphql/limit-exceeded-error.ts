import { LimitExceededError } from '../errors.ts';
import { builder } from './builder.ts';
import { ErrorInterface } from './error.ts';

builder.objectType(LimitExceededError, {
  name: 'LimitExceededError',
  description: 'A size, a quota or a rate was exceeded.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    limit: t.exposeString('limit', { description: 'The limit in words, with its value.' }),
    retryAfter: t.exposeFloat('retryAfter', {
      nullable: true,
      description: 'Seconds after which another try may pass; null when it never will.',
    }),
  }),
});
