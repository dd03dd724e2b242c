import DataLoader from 'dataloader';
import type { Database } from '../db/client.ts';

/** Keys of one statement; more are divided among several. */
const MOST_KEYS = 1000;

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
  async function loadAll(db: Database, questions: readonly Question[]): Promise<(Answer | Error)[]> {
    const answers: (Answer | Error)[] = [];
    for (let at = 0; at < questions.length; at += MOST_KEYS)
      answers.push(...(await load(db, questions.slice(at, at + MOST_KEYS))));
    return answers;
  }

  function createLoader(db: Database): (question: Question) => Promise<Answer> {
    // One promise for all who ask the same: DataLoader's own, for each of thousands, cost more than the statement.
    const asked = new Map<string, Promise<Answer>>();
    const loader = new DataLoader<Question, Answer>((questions) => loadAll(db, questions), {
      cache: false,
      /*
       * A hint wakes all of its subscribers before any of them goes on, so they ask in one go. DataLoader would wait for
       * the next tick, which does not come as long as the embedded database answers without one.
       */
      batchScheduleFn: (ask) =>
        queueMicrotask(() => {
          asked.clear();
          ask();
        }),
    });
    return (question) => {
      const key = keyOf(question);
      const answer = asked.get(key) ?? loader.load(question);
      asked.set(key, answer);
      return answer;
    };
  }

  const loaders = new WeakMap<Database, (question: Question) => Promise<Answer>>();
  return (db, question) => {
    const find = loaders.get(db) ?? createLoader(db);
    loaders.set(db, find);
    return find(question);
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
