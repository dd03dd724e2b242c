import type { App } from '../../src/app.ts';
import { createKey, type NewKey, revokeKey } from '../../src/domain/keys.ts';

/** A key of the tenant `default` and the role `admin`, unless told. */
export async function addKey(
  { db }: Pick<App, 'db'>,
  input: Partial<NewKey> = {},
): Promise<{ key: string; id: string; prefix: string }> {
  const { key, view } = await db.transaction((tx) => createKey(tx, { name: 'test', ...input }));
  return { key, id: view.id, prefix: view.prefix };
}

/** Ends a key. */
export async function endKey({ db }: Pick<App, 'db'>, id: string): Promise<void> {
  await db.transaction((tx) => revokeKey(tx, id));
}
