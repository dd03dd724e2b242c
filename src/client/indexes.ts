import { listIndexes } from './connections.ts';
import type { RequestOptions } from './document.ts';
import { OperationFailedError } from './errors.ts';
import { expectType } from './expect-type.ts';
import { CreateIndexDocument, type CreateIndexInput, type IndexFieldsFragment } from './generated/graphql.ts';
import type { Transport } from './transport.ts';

type Options = Pick<RequestOptions, 'signal'>;

/** `Client.createIndex`. */
export async function createIndex(
  transport: Transport,
  input: CreateIndexInput,
  options: Options = {},
): Promise<IndexFieldsFragment> {
  const { createIndex: result } = await transport.request(CreateIndexDocument, { input }, options);
  return expectType('Index', result);
}

/** `Client.findIndex`. */
export async function findIndex(
  transport: Transport,
  name: string,
  options: Options = {},
): Promise<IndexFieldsFragment | undefined> {
  const wanted = name.trim();
  for await (const index of listIndexes(transport, { filter: { name: wanted }, ...options }))
    if (index.name === wanted) return index;
  return undefined;
}

/** `Client.ensureIndex`. */
export async function ensureIndex(
  transport: Transport,
  input: CreateIndexInput,
  options: Options = {},
): Promise<IndexFieldsFragment & { created: boolean }> {
  const found = await findIndex(transport, input.name, options);
  if (found) return { ...found, created: false };
  try {
    return { ...(await createIndex(transport, input, options)), created: true };
  } catch (error) {
    if (!(error instanceof OperationFailedError && error.code === 'CONFLICT')) throw error;
    // Somebody else has created it in between.
    const other = await findIndex(transport, input.name, options);
    if (other) return { ...other, created: false };
    throw error;
  }
}
