import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { PostgresCluster } from '../test/helpers/postgres-cluster.ts';

/** A statement as Postgres was sent it. */
export interface Statement {
  text: string;
  /** As texts, which Postgres reads by the types that it infers. */
  parameters: (string | null)[];
}

/** Times that the work is done: what came as often is its own, and not of what goes on beside it. */
const TIMES = 5;
/** Milliseconds that a changed setting takes to reach all sessions at the most, and a line to reach the log. */
const SETTLED = 300;
const EXECUTED = /LOG: {2}execute [^:]*: (.*)\n(?:.*DETAIL: {2}Parameters: (.*)\n)?/gi;
const PARAMETER = /\$\d+ = (?:'((?:[^']|'')*)'|NULL)/g;

/** The statements, with their parameters, that one round of `work` has Postgres execute, by its log, in their order. */
export async function recordStatements(cluster: PostgresCluster, work: () => Promise<unknown>): Promise<Statement[]> {
  const set = async (change: string) => {
    await cluster.query(`alter system ${change}`);
    await cluster.query('select pg_reload_conf()');
    await wait(SETTLED);
  };
  const read = () => readFile(join(dirname(cluster.dataDirectory), 'log'), 'utf8');
  await set(`set log_statement = 'all'`);
  const before = (await read()).length;
  for (let n = 0; n < TIMES; n++) await work();
  await set('reset log_statement');
  const found = [...(await read()).slice(before).matchAll(EXECUTED)].map(([, text = '', given = '']) => ({
    text,
    parameters: [...given.matchAll(PARAMETER)].map(([, value]) => value?.replaceAll("''", "'") ?? null),
  }));
  const alike = Map.groupBy(found, (statement) => JSON.stringify(statement));
  return [...alike.values()].flatMap(([first, ...others]) => (first && others.length === TIMES - 1 ? first : []));
}
