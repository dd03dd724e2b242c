import { NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';
import { ErrorInterface } from './error.ts';

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'Nothing of that kind has that id, or it is not yours.',
  interfaces: [ErrorInterface],
});
