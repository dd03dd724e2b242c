import type { ExpectedError } from '../errors.ts';
import { builder } from './builder.ts';

/** What every expected failure says. */
export const ErrorInterface = builder.interfaceRef<ExpectedError>('Error').implement({
  description: 'An expected failure: a part of the result, not of `errors`.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What was given and what is allowed, for a person to read.' }),
    code: t.exposeString('code', { description: 'What kind of failure it is, for a program: stable, in capitals.' }),
  }),
});
