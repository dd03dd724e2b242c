import { z } from 'zod';
import type { Database } from '../db/client.ts';
import { createFirstKey, createKey, type KeyView, listKeys, revokeKey } from './keys.ts';

/** What the owner of a server does to its keys. */
export const keyCommand = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('create'),
    name: z.string(),
    tenant: z.string().optional(),
    role: z.string().optional(),
    /** Only where there has never been a key. */
    ifNone: z.boolean().default(false),
  }),
  z.object({ do: z.literal('list') }),
  z.object({ do: z.literal('revoke'), key: z.string() }),
]);
export type KeyCommand = z.input<typeof keyCommand>;

/** What came of it: the keys that it is about, and the text of the one that was made. */
export interface KeyResult {
  keys: KeyView[];
  key?: string;
}

/** Does one command. @throws ExpectedError */
export async function runKeyCommand(db: Database, given: KeyCommand): Promise<KeyResult> {
  const command = keyCommand.parse(given);
  if (command.do === 'list') return { keys: await listKeys(db) };
  return db.transaction(async (tx) => {
    if (command.do === 'revoke') return { keys: [await revokeKey(tx, command.key)] };
    const created = command.ifNone ? await createFirstKey(tx, command) : await createKey(tx, command);
    return created ? { keys: [created.view], key: created.key } : { keys: [] };
  });
}
