import { type Client, expectType, OperationFailedError, type Result } from '../client/client.ts';
import { CommandFailedError } from './failures.ts';

export interface IndexSummary {
  id: string;
  name: string;
}

const INDEXES = /* GraphQL */ `
  query Indexes($after: String, $filter: IndexFilter) {
    indexes(first: 100, after: $after, filter: $filter) {
      edges { node { id name } }
      pageInfo { hasNextPage endCursor }
    }
  }`;

const CREATE_INDEX = /* GraphQL */ `
  mutation CreateIndex($input: CreateIndexInput!) {
    createIndex(input: $input) {
      __typename
      ... on Index { id name }
      ... on Error { message code }
    }
  }`;

interface IndexPage {
  indexes: { edges: { node: IndexSummary }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

/** Every index, or those whose names contain `name`, page by page. */
export async function* listIndexes(client: Client, name?: string): AsyncGenerator<IndexSummary> {
  const filter = name === undefined ? null : { name };
  for (let after: string | null = null, more = true; more; ) {
    const { indexes }: IndexPage = await client.request(INDEXES, { after, filter });
    for (const { node } of indexes.edges) yield node;
    after = indexes.pageInfo.endCursor;
    more = indexes.pageInfo.hasNextPage;
  }
}

/** The index of exactly this name. Throws CommandFailedError when there is none. */
export async function findIndex(client: Client, name: string): Promise<IndexSummary> {
  const found = await lookUp(client, name);
  if (found) return found;
  throw new CommandFailedError(`There is no index named "${name}".`);
}

/** The index of this name, created when there is none. */
export async function ensureIndex(client: Client, name: string): Promise<IndexSummary & { created: boolean }> {
  const found = await lookUp(client, name);
  if (found) return { ...found, created: false };
  try {
    return { ...(await createIndex(client, { name })), created: true };
  } catch (error) {
    // Somebody else has created it in between.
    if (error instanceof OperationFailedError && error.code === 'CONFLICT')
      return { ...(await findIndex(client, name)), created: false };
    throw error;
  }
}

/** Creates an index. `input` is a CreateIndexInput. Throws OperationFailedError. */
export async function createIndex(
  client: Client,
  input: { name: string } & Record<string, unknown>,
): Promise<IndexSummary> {
  const data = await client.request<{ createIndex: Result<'Index', IndexSummary> }>(CREATE_INDEX, { input });
  const { id, name } = expectType('Index', data.createIndex);
  return { id, name };
}

async function lookUp(client: Client, name: string): Promise<IndexSummary | undefined> {
  const wanted = name.trim();
  for await (const index of listIndexes(client, wanted)) if (index.name === wanted) return index;
  return undefined;
}
