import { NoSchemaIntrospectionCustomRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Refuses to describe the schema unless allowed, over every transport: Yoga's own plugin sees HTTP only. */
export function useIntrospection(allowed: boolean): Plugin {
  if (allowed) return {};
  return { onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule) };
}
