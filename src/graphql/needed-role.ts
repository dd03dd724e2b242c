import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { Role } from '../db/values.ts';
import { type Caller, includesRole } from '../domain/callers.ts';
import { ForbiddenError } from '../errors.ts';

/** @throws ForbiddenError when the caller's role does not include the one that a mutation needs */
export function refuseRole({ role }: Caller, mutation: string, needed: Role): void {
  if (includesRole(role, needed)) return;
  throw new ForbiddenError(`The API key has the role "${role}"; ${mutation} needs "${needed}".`);
}

/**
 * Refuses a document of which any mutation, even one that would be skipped, needs more than the caller's role.
 * @throws ForbiddenError
 */
export function refuseMutations(
  caller: Caller,
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): void {
  const operation = getOperationAST(document, operationName);
  const mutations = schema.getMutationType()?.getFields();
  if (operation?.operation !== 'mutation' || !mutations) return;
  for (const name of fieldsOf(operation.selectionSet, document)) {
    const needed = mutations[name]?.extensions.role;
    if (needed) refuseRole(caller, name, needed as Role);
  }
}

/** The names of the fields of a selection, and of those in its fragments. */
function fieldsOf(
  selections: SelectionSetNode,
  document: DocumentNode,
  names = new Set<string>(),
  seen = new Set<FragmentDefinitionNode>(),
): Set<string> {
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FIELD) names.add(selection.name.value);
    else if (selection.kind === Kind.INLINE_FRAGMENT) fieldsOf(selection.selectionSet, document, names, seen);
    else {
      const fragment = document.definitions.find(
        (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === selection.name.value,
      ) as FragmentDefinitionNode | undefined;
      if (!fragment || seen.has(fragment)) continue;
      fieldsOf(fragment.selectionSet, document, names, seen.add(fragment));
    }
  }
  return names;
}
