import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';

/**
 * Whether the document asks for a field somewhere below the one that is being resolved, by names from there on such as
 * `edges`, `node`, `embedding`. A field that a directive skips counts as asked for.
 */
export function selects(info: GraphQLResolveInfo, ...path: string[]): boolean {
  return info.fieldNodes.some((node) => reaches(node.selectionSet, path, info));
}

function reaches(set: SelectionSetNode | undefined, path: string[], info: GraphQLResolveInfo): boolean {
  const [wanted, ...rest] = path;
  if (wanted === undefined) return true;
  return fieldsOf(set, info).some(
    ({ name, selectionSet }) => name.value === wanted && reaches(selectionSet, rest, info),
  );
}

/** Whether the document asks for nothing but these fields of the one that is being resolved; `__typename` does not count. */
export function selectsOnly(info: GraphQLResolveInfo, ...names: string[]): boolean {
  const fields = info.fieldNodes.flatMap(({ selectionSet }) => fieldsOf(selectionSet, info));
  return fields.every(({ name }) => name.value === '__typename' || names.includes(name.value));
}

/** The fields of a selection, with those of its fragments. */
function fieldsOf(set: SelectionSetNode | undefined, info: GraphQLResolveInfo): FieldNode[] {
  return (set?.selections ?? []).flatMap((selection) => {
    if (selection.kind === 'Field') return selection;
    const fragment = selection.kind === 'InlineFragment' ? selection : info.fragments[selection.name.value];
    return fieldsOf(fragment?.selectionSet, info);
  });
}
