import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import { encodeGlobalId } from './global-ids.ts';

const PLUGIN = 'nodeIds';
export default PLUGIN;

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      [PLUGIN]: NodeIdsPlugin<Types>;
    }
  }
}

/**
 * The ids of nodes without Relay's plugin, which resolves them by two promises each: all that is above an id in a result
 * waits for it, and a page of rows has one in every row.
 */
class NodeIdsPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (field.name !== 'id' || !this.#isNode(field.parentType)) return resolver;
    return (row) => encodeGlobalId(field.parentType, (row as { id: string }).id);
  }

  #isNode(name: string): boolean {
    // All nodes are loaded by their ids, and nothing else is.
    return this.buildCache.getTypeConfig(name).extensions?.getDataloader !== undefined;
  }
}

SchemaBuilder.registerPlugin(PLUGIN, NodeIdsPlugin);
