import { createClient } from '../../src/client/client.ts';

/** How a task of either kind has ended. */
export interface Ended {
  status: string;
  attempt: number;
  failure: { code: string; message: string } | null;
}

const FOLLOW = 'subscription ($id: ID!) { task: taskUpdated(id: $id) { status attempt failure { code message } } }';
const RETRY = 'mutation ($id: ID!) { retryTask(id: $id) { __typename } }';

/** Follows a task to its end. @param id the global one */
export async function untilEnded(url: string, id: string): Promise<Ended> {
  const client = createClient({ url });
  try {
    let last: Ended | undefined;
    for await (const { task } of client.subscribe<{ task: Ended }>(FOLLOW, { id })) last = task;
    if (!last) throw new Error('the subscription ended without a state');
    return last;
  } finally {
    await client.close();
  }
}

/** Tries a task again, and follows it to its end. @param id the global one */
export async function retryUntilEnded(url: string, id: string): Promise<Ended> {
  await createClient({ url }).request(RETRY, { id });
  return untilEnded(url, id);
}
