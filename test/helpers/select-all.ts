import {
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { schema } from '../../src/graphql/schema.ts';

/** A selection of everything that can be read of a type without arguments, and of what that leads to, `depth` times. */
export function selectAll(given: GraphQLOutputType, depth = 3): string {
  const type = getNamedType(given);
  if (!isCompositeType(type)) return '';
  const members = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  const fragments = members.map((member) => `... on ${member.name} { ${fieldsOf(member, depth)} }`);
  return ` { __typename ${fragments.join(' ')} }`;
}

function fieldsOf(type: unknown, depth: number): string {
  if (!isObjectType(type)) return '__typename';
  const selected = Object.values(type.getFields())
    .filter((field) => !field.args.some(isRequiredArgument))
    .filter((field) => depth > 0 || !isCompositeType(getNamedType(field.type)))
    // Members of a union may have fields of one name and several types.
    .map(({ name, type: of }) => `${type.name}_${name}: ${name}${selectAll(of, depth - 1)}`);
  return selected.join(' ') || '__typename';
}
