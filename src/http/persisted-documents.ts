import { readFile } from 'node:fs/promises';
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { parse } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { z } from 'zod';
import type { App } from '../app.ts';

/** What `@apollo/generate-persisted-query-manifest` writes. */
const apolloManifest = z
  .object({
    format: z.literal('apollo-persisted-query-manifest'),
    version: z.literal(1),
    operations: z.array(z.object({ id: z.string(), body: z.string() })),
  })
  .transform(({ operations }) => operations.map(({ id, body }) => [id, body] as const));
/** Documents by their hash: `persisted-documents.json`, as codegen's client preset writes it. */
const clientPreset = z.record(z.string(), z.string()).transform((documents) => Object.entries(documents));

/** What clients send in place of a document: an id (GraphQL over HTTP, appendix A), or what Apollo, urql and codegen do. */
const reference = z.union([
  z.object({ documentId: z.string() }).transform(({ documentId }) => documentId),
  z
    .object({ extensions: z.object({ persistedQuery: z.object({ sha256Hash: z.string() }) }) })
    .transform(({ extensions }) => extensions.persistedQuery.sha256Hash),
]);

/** Documents that clients may name instead of sending them. */
export interface PersistedDocuments {
  /** For requests over HTTP. */
  plugin: Plugin;
  /**
   * The parameters of an operation that comes another way, with its document in them.
   * @throws GraphQLError when there is none of that name, or when no others are allowed
   */
  resolve(params: GraphQLParams): Promise<GraphQLParams>;
}

/**
 * Reads the documents that PERSISTED_DOCUMENTS names.
 * @returns undefined when it is not set
 * @throws Error that names the setting, the file, and its fault
 */
export async function readPersistedDocuments({ env }: Pick<App, 'env'>): Promise<PersistedDocuments | undefined> {
  const file = env.PERSISTED_DOCUMENTS;
  if (!file) return undefined;
  const documents = await readManifest(file).catch((cause) => {
    throw new Error(`PERSISTED_DOCUMENTS: ${file} cannot be used: ${cause.message}`, { cause });
  });
  const plugin = usePersistedOperations({
    allowArbitraryOperations: !env.PERSISTED_DOCUMENTS_ONLY,
    extractPersistedOperationId: (params, request) => referenceOf(params, request),
    getPersistedOperation: (id) => documents.get(id) ?? documents.get(id.replace(/^sha256:/, '')) ?? null,
    customErrors: {
      notFound: badRequest('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_IN_LIST'),
      keyNotFound: badRequest('Neither a document nor the id of a persisted one is given.', 'BAD_REQUEST'),
      persistedQueryOnly: badRequest('Only persisted documents are allowed.', 'PERSISTED_QUERY_ONLY'),
    },
  });
  return {
    plugin,
    async resolve(params) {
      let found = params;
      const setParams = (resolved: GraphQLParams) => {
        found = resolved;
      };
      await plugin.onParams?.({ params, setParams, context: {} } as never);
      return found;
    },
  };
}

function referenceOf(params: GraphQLParams, request: Request | undefined): string | null {
  const inUrl = request?.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : null;
  return inUrl ?? reference.safeParse(params).data ?? null;
}

async function readManifest(file: string): Promise<Map<string, string>> {
  const { data } = z.union([apolloManifest, clientPreset]).safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!data) throw new Error('neither an object of documents by their hash, nor a manifest of Apollo');
  for (const [id, document] of data) checkDocument(id, document);
  return new Map(data);
}

function checkDocument(id: string, document: string): void {
  try {
    parse(document, { noLocation: true });
  } catch (cause) {
    throw new Error(`document ${id}: ${(cause as Error).message}`, { cause });
  }
}

function badRequest(message: string, code: string) {
  return { message, extensions: { code, http: { status: 400 } } };
}
