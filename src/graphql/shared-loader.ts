import DataLoader from 'dataloader';
import type { Database } from '../db/client.ts';

/** Keys of one statement; more are divided among several. */
const MOST_KEYS = 1000;
/**
 * A hint wakes all of its subscribers before any of them goes on, so they ask in one go. DataLoader would wait for the
 * next tick, which does not come as long as the embedded database answers without one.
 */
const OPTIONS = { cache: false, batchScheduleFn: queueMicrotask };

/**
 * Makes a loader for subscriptions, which one hint wakes by the thousand: those who ask in the same turn get the same
 * object, of one statement. Whoever asks later is served anew, as what was read before may be older than their hint.
 * @param keyOf what makes two questions the same one
 * @param load answers distinct questions, in their order; an Error is thrown to those who asked that one
 */
export function createSharedLoader<Question, Answer>(
  keyOf: (question: Question) => string,
  load: (db: Database, questions: readonly Question[]) => Promise<readonly (Answer | Error)[]>,
): (db: Database, question: Question) => Promise<Answer> {
  const loaders = new WeakMap<Database, DataLoader<Question, Answer>>();

  async function loadDistinct(db: Database, questions: readonly Question[]): Promise<(Answer | Error)[]> {
    const distinct = [...new Map(questions.map((question) => [keyOf(question), question])).entries()];
    const answers = new Map<string, Answer | Error>();
    for (let at = 0; at < distinct.length; at += MOST_KEYS) {
      const part = distinct.slice(at, at + MOST_KEYS);
      const found = await load(
        db,
        part.map(([, question]) => question),
      );
      for (const [n, [key]] of part.entries()) answers.set(key, found[n] as Answer | Error);
    }
    return questions.map((question) => answers.get(keyOf(question)) as Answer | Error);
  }

  return (db, question) => {
    const loader =
      loaders.get(db) ?? new DataLoader<Question, Answer>((questions) => loadDistinct(db, questions), OPTIONS);
    loaders.set(db, loader);
    return loader.load(question);
  };
}

/** Whose row, and its id. */
interface RowOf {
  tenant: string;
  id: string;
}

/** The same for the row of an id, undefined where it is not there. */
export function createSharedFinder<Row extends { id: string }>(
  find: (db: Database, tenant: string, ids: readonly string[]) => Promise<Row[]>,
): (db: Database, tenant: string, id: string) => Promise<Row | undefined> {
  const findRow = createSharedLoader<RowOf, Row | undefined>(
    ({ tenant, id }) => `${id} ${tenant}`,
    async (db, asked) => {
      const tenants = [...Map.groupBy(asked, (one) => one.tenant)];
      // A fault of one tenant's statement is nobody else's.
      const answers = new Map<string, Row | Error>();
      await Promise.all(
        tenants.map(async ([tenant, own]) => {
          const ids = own.map(({ id }) => id);
          try {
            for (const row of await find(db, tenant, ids)) answers.set(`${row.id} ${tenant}`, row);
          } catch (error) {
            for (const id of ids) answers.set(`${id} ${tenant}`, asError(error));
          }
        }),
      );
      return asked.map(({ tenant, id }) => answers.get(`${id} ${tenant}`));
    },
  );
  return (db, tenant, id) => findRow(db, { tenant, id });
}

/** What a promise was rejected with, as what DataLoader throws to whoever asked. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
