import { createGraphQLError, type Plugin } from 'graphql-yoga';
import { ForbiddenError } from '../errors.ts';
import type { Context } from '../graphql/context.ts';
import { refuseMutations } from '../graphql/needed-role.ts';

/** Refuses what the caller's role does not allow before any of the document runs, and before a file has been stored. */
export function useRoles(): Plugin<Context> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      try {
        refuseMutations(args.contextValue.caller, args.schema, args.document, args.operationName);
      } catch (error) {
        if (!(error instanceof ForbiddenError)) throw error;
        const extensions = { code: error.code, http: { status: 403 } };
        setResultAndStopExecution({ errors: [createGraphQLError(error.message, { extensions })] });
      }
    },
  };
}
