import { and, eq, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { isUniqueViolation } from '../db/faults.ts';
import { asArray, createId, isId, isOneOf } from '../db/ids.ts';
import { prepareOnce } from '../db/prepared.ts';
import { type IndexRow, indexes, reindexes, tasks } from '../db/schema.ts';
import type { Modality, ValidationPolicy } from '../db/values.ts';
import { ConflictError, InvalidInputError, LimitExceededError, NotFoundError } from '../errors.ts';
import { emitChange } from '../events/topics.ts';
import type { ModelDescription } from '../models/models.ts';
import type { Queue } from '../queue/queue.ts';
import { releaseAssets } from './assets.ts';
import {
  checkModel,
  checkName,
  checkPolicy,
  checkSegmentation,
  DEFAULT_POLICY,
  DEFAULT_SEGMENTATION,
} from './rules.ts';

/** What is said of a new index; what is left out has the contract's defaults. */
export interface NewIndex {
  name: string;
  model?: string | null | undefined;
  modalities?: readonly Modality[] | null | undefined;
  segmentation?: Partial<Record<'clipLength' | 'overlap', number | null | undefined>> | null | undefined;
  validation?: PolicyChanges | null | undefined;
}

/** New values of some rules; null and undefined leave a rule as it is. */
export type PolicyChanges = { [Rule in keyof ValidationPolicy]?: ValidationPolicy[Rule] | null | undefined };

function withoutNulls<T extends object>(given: T | null | undefined): Partial<{ [K in keyof T]: NonNullable<T[K]> }> {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value != null)) as never;
}

/**
 * Creates an index.
 * @param most indexes that the tenant may have
 * @throws InvalidInputError naming every fault at once
 * @throws ConflictError when the tenant has an index of that name
 * @throws LimitExceededError when the tenant has as many as it may have
 */
export async function createIndex(
  tx: Transaction,
  tenant: string,
  models: readonly ModelDescription[],
  input: NewIndex,
  most = Number.POSITIVE_INFINITY,
): Promise<IndexRow> {
  const name = input.model ?? 'builtin';
  const model = models.find((candidate) => candidate.name === name);
  const validation: ValidationPolicy = { ...DEFAULT_POLICY, ...withoutNulls(input.validation) };
  const segmentation = { ...DEFAULT_SEGMENTATION, ...withoutNulls(input.segmentation) };
  const issues = [
    ...checkName(input.name),
    ...checkModel(model, models, { model: name, modalities: input.modalities }),
    ...checkSegmentation(segmentation),
    ...checkPolicy(validation),
  ];
  if (issues.length > 0 || !model) throw new InvalidInputError(issues);
  const modalities = [...new Set(input.modalities ?? model.modalities.map(({ modality }) => modality))];
  await refuseMore(tx, tenant, most);
  const [created] = await tx.orm
    .insert(indexes)
    .values({ id: createId(), tenant, name: input.name.trim(), model: name, modalities, validation, ...segmentation })
    .onConflictDoNothing()
    .returning();
  if (!created) throw nameTaken(input.name);
  return created;
}

/** Counts under a lock: of two requests at the last free place, one is refused. */
async function refuseMore(tx: Transaction, tenant: string, most: number): Promise<void> {
  await tx.orm.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`indexes of ${tenant}`}, 0))`);
  const count = await tx.orm.$count(indexes, eq(indexes.tenant, tenant));
  if (count >= most)
    throw new LimitExceededError(`There are ${count} indexes; at most ${most} are allowed.`, `${most} indexes`);
}

function nameTaken(name: string): ConflictError {
  return new ConflictError(`An index named "${name.trim()}" exists already.`);
}

/**
 * Renames an index or changes what it accepts from now on.
 * @throws InvalidInputError, NotFoundError, or ConflictError when the name is taken
 */
export async function updateIndex(
  tx: Transaction,
  tenant: string,
  input: { id: string; name?: string | null | undefined; validation?: PolicyChanges | null | undefined },
): Promise<IndexRow> {
  const index = await findIndex(tx, tenant, input.id, { lock: 'update' });
  if (!index) throw new NotFoundError('No such index.');
  const name = input.name?.trim() ?? index.name;
  const validation = { ...index.validation, ...withoutNulls(input.validation) };
  const issues = [...checkName(name), ...checkPolicy(validation)];
  if (issues.length > 0) throw new InvalidInputError(issues);
  const [updated] = await tx.orm
    .update(indexes)
    .set({ name, validation, updatedAt: sql`clock_timestamp()` })
    .where(eq(indexes.id, index.id))
    .returning()
    .catch((error) => {
      throw isUniqueViolation(error) ? nameTaken(name) : error;
    });
  if (!updated) throw new NotFoundError('No such index.');
  return updated;
}

/**
 * Deletes an index with its tasks, videos and vectors, and the bytes that nothing else uses. Work on its tasks stops.
 * @throws NotFoundError
 */
export async function deleteIndex(tx: Transaction, queue: Queue, tenant: string, id: string): Promise<void> {
  const index = await findIndex(tx, tenant, id, { lock: 'update' });
  if (!index) throw new NotFoundError('No such index.');
  const owned = await tx.orm
    .select({ taskId: tasks.id, indexId: tasks.indexId, asset: tasks.asset })
    .from(tasks)
    .where(eq(tasks.indexId, id))
    .for('update');
  const running = await tx.orm
    .select({ id: reindexes.id })
    .from(reindexes)
    .where(and(eq(reindexes.indexId, id), eq(reindexes.status, 'RUNNING')));
  await tx.orm.delete(indexes).where(eq(indexes.id, id));
  await releaseAssets(
    tx,
    queue,
    owned.map(({ asset }) => asset),
  );
  for (const { taskId, indexId } of owned) emitChange(tx, 'task:changed', { taskId, indexId });
  for (const reindex of running) emitChange(tx, 'reindex:changed', { reindexId: reindex.id, indexId: id });
}

/**
 * One index of the tenant, or undefined.
 * @param options.lock until the transaction ends: `update` keeps everybody else out, `key share` keeps the index from
 *   being deleted. Whoever locks several rows locks the index first, then the tenant, tasks, videos and assets.
 */
export async function findIndex(
  db: Connection,
  tenant: string,
  id: string,
  options: { lock?: 'update' | 'key share' } = {},
): Promise<IndexRow | undefined> {
  if (!isId(id)) return undefined;
  const query = db.orm
    .select()
    .from(indexes)
    .where(and(eq(indexes.tenant, tenant), eq(indexes.id, id)));
  const [index] = await (options.lock ? query.for(options.lock) : query);
  return index;
}

const byIds = prepareOnce((orm) =>
  orm
    .select()
    .from(indexes)
    .where(and(eq(indexes.tenant, sql.placeholder('tenant')), isOneOf(indexes.id, sql.placeholder('ids'))))
    .prepare('indexes'),
);

/** The tenant's indexes of these ids, in any order. */
export async function findIndexes(db: Connection, tenant: string, ids: readonly string[]): Promise<IndexRow[]> {
  const valid = ids.filter(isId);
  return valid.length === 0 ? [] : byIds(db).execute({ tenant, ids: asArray(valid) });
}
