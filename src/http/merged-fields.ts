import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

/** What comparing two fields costs, when visiting one costs 1; arguments are compared as they are printed. */
const PAIR = 2;
const PAIR_WITH_ARGUMENTS = 10;

/**
 * About how much work it is to find out whether fields can be merged: validation compares every two fields of a
 * document that have the same name in the answer, in whatever fragments they stand, and then what is selected below
 * both. graphql-js has a budget for that, but it is fifty times what an answer within 10 ms allows.
 * @param most no more is counted than is needed to know that it is more than this
 */
export function countMergeWork(document: DocumentNode, most: number): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const open: SelectionSetNode[][] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if ('selectionSet' in definition) open.push([definition.selectionSet]);
  }
  let work = 0;
  for (let sets = open.pop(); sets && work <= most; sets = open.pop()) {
    const fields = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    for (let set = sets.pop(); set && work <= most; set = sets.pop()) {
      work += set.selections.length;
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) {
          const name = (selection.alias ?? selection.name).value;
          const same = fields.get(name);
          if (same) same.push(selection);
          else fields.set(name, [selection]);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) sets.push(selection.selectionSet);
        else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment) sets.push(fragment.selectionSet);
        }
      }
    }
    for (const same of fields.values()) {
      const hasArguments = same.some((field) => field.arguments?.length);
      work += ((same.length * (same.length - 1)) / 2) * (hasArguments ? PAIR_WITH_ARGUMENTS : PAIR);
      const below = same.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) open.push(below);
    }
  }
  return work;
}
