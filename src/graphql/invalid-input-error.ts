import { type InputIssue, InvalidInputError } from '../errors.ts';
import { builder } from './builder.ts';
import { ErrorInterface } from './error.ts';

const InputIssueType = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One fault of an input.',
  fields: (t) => ({
    path: t.exposeStringList('path', {
      description: 'The way to the fault, from the argument on: `["input", "name"]`.',
    }),
    message: t.exposeString('message', { description: 'What was given here and what is allowed.' }),
  }),
});

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'The input breaks rules that its types cannot say. Nothing was done.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [InputIssueType],
      description: 'Every fault that was found, not only the first one.',
      resolve: (error) => error.issues,
    }),
  }),
});
