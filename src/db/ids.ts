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
