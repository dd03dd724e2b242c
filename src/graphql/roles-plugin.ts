import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type PothosOutputFieldConfig,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import type { Role } from '../db/values.ts';
import type { Context } from './context.ts';
import { refuseRole } from './needed-role.ts';

const PLUGIN = 'roles';
export default PLUGIN;

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      [PLUGIN]: RolesPlugin<Types>;
    }
    export interface MutationFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > {
      /** The least role of a caller. */
      role: Role;
    }
  }
}

/**
 * Every mutation says which role it needs, in its description too. `http/roles.ts` refuses a document before any of it
 * runs; here each field refuses on its own, so that no way past that one leads to a resolver.
 */
class RolesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    if (field.kind !== 'Mutation') return field;
    const { role } = field.pothosOptions as { role?: Role };
    if (!role) throw new Error(`the mutation ${field.name} does not say which role it needs`);
    const description = `${field.description} Needs the role \`${role}\`.`;
    return { ...field, description, extensions: { ...field.extensions, role } };
  }

  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (field.kind !== 'Mutation') return resolver;
    const role = field.extensions?.role as Role;
    return (parent, args, context, info) => {
      refuseRole((context as Context).caller, field.name, role);
      return resolver(parent, args, context, info);
    };
  }
}

SchemaBuilder.registerPlugin(PLUGIN, RolesPlugin);
