import type { Connection, Orm } from './client.ts';

/**
 * A query of few shapes that Drizzle builds once for a database, and else once for a transaction: to build a short one
 * takes the process longer than to send it and to read its rows. A tenth of a search's processor time went into three.
 * @param build prepares it, with placeholders for what differs
 */
export function prepareOnce<Query extends object>(build: (orm: Orm) => Query): (connection: Connection) => Query {
  const prepared = new WeakMap<Orm, Query>();
  return ({ orm }) => {
    const query = prepared.get(orm) ?? build(orm);
    prepared.set(orm, query);
    return query;
  };
}
