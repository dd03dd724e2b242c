import { ConflictError } from '../errors.ts';
import { builder } from './builder.ts';
import { ErrorInterface } from './error.ts';

builder.objectType(ConflictError, {
  name: 'ConflictError',
  description:
    'The request contradicts the present state: a name that is taken, a step that this state does not allow, a client token that came with other input.',
  interfaces: [ErrorInterface],
});
