import { createHash, randomBytes } from 'node:crypto';
import { asc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { createId, isId } from '../db/ids.ts';
import { type ApiKeyRow, apiKeys } from '../db/schema.ts';
import { ROLES, type Role } from '../db/values.ts';
import { ConflictError, type InputIssue, InvalidInputError, NotFoundError } from '../errors.ts';
import { emitChange } from '../events/topics.ts';
import { DEFAULT_TENANT } from './callers.ts';
import { checkName } from './rules.ts';

const BEGIN = 'rg_';
const KEY_BYTES = 32;
const KEY = /^rg_[A-Za-z0-9_-]{43}$/;
/** Characters that are shown of a key: of its 256 secret bits 208 remain. */
const SHOWN = 11;
/** Characters of a key's beginning that may name it. */
const FEWEST_SHOWN = 7;
const TENANT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What is said of a new key. */
export interface NewKey {
  /** What it is for, for its owner to know. */
  name: string;
  /** "default" unless given. */
  tenant?: string | undefined;
  /** "admin" unless given. */
  role?: string | undefined;
}

/** A key as it is shown: without its hash, which is enough to sign links to pictures. */
export type KeyView = Omit<ApiKeyRow, 'sha256'>;

/** Whether a text has the form of a key; of anything else nothing needs to be looked up. */
export function isKey(text: string): boolean {
  return KEY.test(text);
}

/**
 * What is stored of a key: its SHA-256 in hex. A slow hash would protect words that somebody has thought of; a key is 256
 * random bits, which nobody finds by trying.
 */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * Makes a key. Its text is returned here, and can never be had again.
 * @throws InvalidInputError naming every fault at once
 */
export async function createKey(
  tx: Transaction,
  { name, tenant = DEFAULT_TENANT, role = 'admin' }: NewKey,
): Promise<{ key: string; view: KeyView }> {
  const issues = [...checkName(name), ...checkTenant(tenant), ...checkRole(role)];
  if (issues.length > 0 || !isRole(role)) throw new InvalidInputError(issues);
  const key = `${BEGIN}${randomBytes(KEY_BYTES).toString('base64url')}`;
  const given = { tenant, name: name.trim(), role };
  const [row] = await tx.orm
    .insert(apiKeys)
    .values({ id: createId(), ...given, sha256: hashKey(key), prefix: key.slice(0, SHOWN) })
    .returning();
  if (!row) throw new Error('the new key is gone');
  emitChange(tx, 'key:changed', { keyId: row.id });
  return { key, view: viewOf(row) };
}

/** As `createKey`, unless there is a key already, be it revoked; then undefined. Two at once make one key. */
export async function createFirstKey(
  tx: Transaction,
  input: NewKey,
): Promise<{ key: string; view: KeyView } | undefined> {
  await tx.orm.execute(sql`select pg_advisory_xact_lock(hashtextextended('first api key', 0))`);
  return (await hasKeys(tx)) ? undefined : createKey(tx, input);
}

/**
 * Whether there has ever been a key. Revoked ones count: else to revoke the last one would open the server to everybody.
 */
export async function hasKeys(db: Connection): Promise<boolean> {
  const [any] = await db.orm.select({ id: apiKeys.id }).from(apiKeys).limit(1);
  return any !== undefined;
}

/** Every key, the oldest first. */
export async function listKeys(db: Connection): Promise<KeyView[]> {
  return (await db.orm.select().from(apiKeys).orderBy(asc(apiKeys.id))).map(viewOf);
}

/** The keys that open the server, with their hashes. */
export async function findValidKeys(db: Connection): Promise<ApiKeyRow[]> {
  return db.orm.select().from(apiKeys).where(isNull(apiKeys.revokedAt));
}

/**
 * Ends a key for good. What works with it is told to stop; one that was revoked before stays as it is.
 * @param named by its id, by what it begins with, or by the whole key
 * @throws InvalidInputError, NotFoundError, or ConflictError where several keys begin so
 */
export async function revokeKey(tx: Transaction, named: string): Promise<KeyView> {
  const found = await tx.orm.select().from(apiKeys).where(isNamed(named)).for('update');
  const [key, other] = found;
  if (!key) throw new NotFoundError('There is no such key; `reelgraph keys list` shows all.');
  if (other) throw new ConflictError(`${found.length} keys begin so; name one by its id.`);
  if (key.revokedAt) return viewOf(key);
  const [revoked] = await tx.orm
    .update(apiKeys)
    .set({ revokedAt: sql`clock_timestamp()` })
    .where(eq(apiKeys.id, key.id))
    .returning();
  emitChange(tx, 'key:changed', { keyId: key.id });
  return viewOf(revoked ?? key);
}

function isNamed(named: string): SQL | undefined {
  if (isId(named)) return eq(apiKeys.id, named);
  if (isKey(named)) return eq(apiKeys.sha256, hashKey(named));
  if (named.startsWith(BEGIN) && named.length >= FEWEST_SHOWN && named.length <= SHOWN)
    return sql`starts_with(${apiKeys.prefix}, ${named})`;
  // Not repeated: it may be most of a key.
  const message = `Something else is given; allowed are a key's id, or ${FEWEST_SHOWN} to ${SHOWN} characters that it begins with.`;
  throw new InvalidInputError([{ path: ['key'], message }]);
}

function checkTenant(tenant: string): InputIssue[] {
  if (TENANT.test(tenant)) return [];
  const message = `"${tenant}" given; allowed are 1 to 64 letters, digits, "-", "_" and ".", the first a letter or a digit.`;
  return [{ path: ['tenant'], message }];
}

function checkRole(role: string): InputIssue[] {
  if (isRole(role)) return [];
  return [{ path: ['role'], message: `"${role}" given; allowed are ${ROLES.join(', ')}.` }];
}

function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}

function viewOf({ sha256: _, ...view }: ApiKeyRow): KeyView {
  return view;
}
