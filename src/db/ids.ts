import { type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { v7 } from 'uuid';

/** A new primary key: a UUID v7 (RFC 9562), so that ids sort by their time of creation. */
export function createId(): string {
  return v7();
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the shape of a primary key; anything else can name no row, and Postgres would refuse it. */
export function isId(text: string): boolean {
  return UUID.test(text);
}

/**
 * Whether a column has one of these ids, which `isId` takes: a single parameter, so that the statement is the same for any
 * number of them.
 */
export function isOneOf(column: AnyPgColumn, ids: readonly string[] | Placeholder): SQL {
  return sql`${column} = any(${'name' in ids ? ids : asArray(ids)}::uuid[])`;
}

/** Ids as the value of a placeholder that was given to `isOneOf`. */
export function asArray(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}
