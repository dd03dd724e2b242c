import type { GraphQLResolveInfo, SelectionSetNode } from 'graphql';

/**
 * Whether the document asks for a field somewhere below the one that is being resolved, by names from there on such as
 * `edges`, `node`, `embedding`. A field that a directive skips counts as asked for.
 */
export function selects(info: GraphQLResolveInfo, ...path: string[]): boolean {
  return info.fieldNodes.some((node) => reaches(node.selectionSet, path, info));
}

function reaches(set: SelectionSetNode | undefined, path: string[], info: GraphQLResolveInfo): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return true;
  return (set?.selections ?? []).some((selection) => {
    if (selection.kind === 'Field') return selection.name.value === name && reaches(selection.selectionSet, rest, info);
    const fragment = selection.kind === 'InlineFragment' ? selection : info.fragments[selection.name.value];
    return reaches(fragment?.selectionSet, path, info);
  });
}

/** Whether the document asks for nothing but these fields of the one that is being resolved; `__typename` does not count. */
export function selectsOnly(info: GraphQLResolveInfo, ...names: string[]): boolean {
  const isWithin = (set: SelectionSetNode | undefined): boolean =>
    (set?.selections ?? []).every((selection) => {
      if (selection.kind === 'Field') return [...names, '__typename'].includes(selection.name.value);
      return isWithin(
        (selection.kind === 'InlineFragment' ? selection : info.fragments[selection.name.value])?.selectionSet,
      );
    });
  return info.fieldNodes.every(({ selectionSet }) => isWithin(selectionSet));
}
