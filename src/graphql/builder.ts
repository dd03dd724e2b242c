import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import type { FileUpload } from 'graphql-upload-minimal';
import type { JsonObject } from '../db/values.ts';
import { COST } from './complexity.ts';
import type { Context } from './context.ts';
import ExpectedErrorsPlugin from './expected-errors-plugin.ts';
import { decodeGlobalId, encodeGlobalId } from './global-ids.ts';
import InputIssuesPlugin from './input-issues-plugin.ts';
import NodeIdsPlugin from './node-ids-plugin.ts';
import RolesPlugin from './roles-plugin.ts';

/** Everything of the schema is attached to this; it defines no type itself. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Connection: { countAll: () => Promise<number> };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSONObject: { Input: JsonObject; Output: JsonObject };
    URL: { Input: string; Output: string };
    Upload: { Input: Promise<FileUpload>; Output: never };
  };
}>({
  // The first is the outermost: the union of a field takes what it can before the rest becomes a GraphQLError.
  plugins: [
    ExpectedErrorsPlugin,
    ErrorsPlugin,
    RolesPlugin,
    InputIssuesPlugin,
    NodeIdsPlugin,
    RelayPlugin,
    DataloaderPlugin,
    ComplexityPlugin,
  ],
  defaultFieldNullability: false,
  errors: { directResult: true },
  // The server looks at the cost before it executes anything; the plugin would at each field of the root.
  complexity: { disabled: true },
  relay: {
    decodeGlobalID: decodeGlobalId,
    encodeGlobalID: (typename, id) => encodeGlobalId(typename, String(id)),
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: { description: 'Anything with an id of its own, which `node` finds again.' },
    idFieldOptions: { description: 'Names this object among all objects of every type; opaque, and stays the same.' },
    pageInfoTypeOptions: { description: 'Where a page lies in its list (Relay cursor connections).' },
    hasNextPageFieldOptions: { description: 'Whether the list goes on after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether the list has anything before this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first edge; null on an empty page.' },
    endCursorFieldOptions: { description: 'The cursor of the last edge; null on an empty page.' },
    cursorFieldOptions: { description: 'The place of this edge in the list, for `after` and `before`.' },
    edgesFieldOptions: {
      description: 'The rows of this page, in order.',
      nullable: { list: false, items: false },
      // The connection itself counts them.
      complexity: { field: 1, multiplier: 1 },
    },
    nodeFieldOptions: { description: 'What stands at this place of the list.', nullable: false, complexity: COST.row },
    pageInfoFieldOptions: { description: 'What comes before and after this page.' },
    firstArgOptions: { description: 'At most this many, from the beginning: 0 to 100, 20 when nothing is said.' },
    lastArgOptions: { description: 'At most this many, from the end: 0 to 100. Not together with `first`.' },
    afterArgOptions: { description: 'Only what comes after this cursor.' },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
  },
});
