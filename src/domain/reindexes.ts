import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { createId, isId } from '../db/ids.ts';
import { type IndexRow, type ReindexRow, reindexes } from '../db/schema.ts';
import type { Modality, ReindexStatus } from '../db/values.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../errors.ts';
import { emitChange } from '../events/topics.ts';
import type { ModelDescription } from '../models/models.ts';
import type { Queue } from '../queue/queue.ts';
import { advanceReindex, giveUpReindex } from './advance-reindex.ts';
import { findIndex } from './indexes.ts';
import { checkModel } from './rules.ts';

/** What an index is to be embedded with from now on. */
export interface NewReindex {
  indexId: string;
  model: string;
  modalities?: readonly Modality[] | null | undefined;
}

/** Whether a reindex in this state is over for good. */
export function isOver(status: ReindexStatus): boolean {
  return status !== 'RUNNING';
}

/**
 * Begins to embed an index's videos anew with another model; of an index without videos it is done at once.
 * @throws NotFoundError for the index
 * @throws InvalidInputError naming every fault at once; the model that the index has already is one
 * @throws ConflictError when another one is running
 */
export async function startReindex(
  tx: Transaction,
  queue: Queue,
  tenant: string,
  models: readonly ModelDescription[],
  input: NewReindex,
): Promise<ReindexRow> {
  // Before any other lock, and all that is read below is as it is when this transaction's turn has come.
  const index = await findIndex(tx, tenant, input.indexId, { lock: 'update' });
  if (!index) throw new NotFoundError('No such index.');
  const modalities = chooseModalities(index, models, input);
  const [running] = await tx.orm
    .select()
    .from(reindexes)
    .where(and(eq(reindexes.indexId, index.id), eq(reindexes.status, 'RUNNING')));
  if (running)
    throw new ConflictError(
      `The index is being embedded with "${running.model}" already; cancel that, or wait until it is over.`,
    );
  const row = { id: createId(), tenant, indexId: index.id, model: input.model, modalities };
  await tx.orm.insert(reindexes).values({ ...row, status: 'RUNNING', version: 1, total: 0, done: 0 });
  emitChange(tx, 'reindex:changed', { reindexId: row.id, indexId: index.id });
  await advanceReindex(tx, queue, row.id);
  const [begun] = await findReindexes(tx, tenant, [row.id]);
  if (!begun) throw new Error(`reindex ${row.id} is gone`);
  return begun;
}

/**
 * What the index is to have afterwards: what was asked for, or what it has now as far as the new model has it, or all
 * that the new model has where it had all of the old one.
 */
function chooseModalities(
  index: IndexRow,
  models: readonly ModelDescription[],
  { model: name, modalities: given }: NewReindex,
): Modality[] {
  const model = models.find((candidate) => candidate.name === name);
  const issues = checkModel(model, models, { model: name, modalities: given });
  if (model?.name === index.model)
    issues.push({ path: ['model'], message: `"${name}" given; the index has that model already.` });
  if (issues.length > 0 || !model) throw new InvalidInputError(issues);
  if (given) return [...new Set(given)];
  const offered = model.modalities.map(({ modality }) => modality);
  const former = models.find((candidate) => candidate.name === index.model);
  if (former?.modalities.every(({ modality }) => index.modalities.includes(modality))) return offered;
  const kept = offered.filter((modality) => index.modalities.includes(modality));
  if (kept.length > 0) return kept;
  const message = `none given; the index has ${index.modalities.join(', ')}, of which "${name}" has none. It has ${offered.join(', ')}.`;
  throw new InvalidInputError([{ path: ['modalities'], message }]);
}

/**
 * Stops a reindex; the index keeps its model, and what was embedded with the new one goes.
 * @throws NotFoundError, or ConflictError when it is over already
 */
export async function cancelReindex(tx: Transaction, queue: Queue, tenant: string, id: string): Promise<ReindexRow> {
  const [reindex] = await findReindexes(tx, tenant, [id]);
  if (!reindex) throw new NotFoundError('No such reindex.');
  const canceled = await giveUpReindex(tx, queue, reindex.id, { status: 'CANCELED' });
  if (canceled) return canceled;
  const [now] = await findReindexes(tx, tenant, [id]);
  if (!now) throw new NotFoundError('No such reindex.');
  throw new ConflictError(`The reindex is ${now.status}; only one that is RUNNING can be canceled.`);
}

/** The tenant's reindexes of these ids, in any order. */
export async function findReindexes(db: Connection, tenant: string, ids: readonly string[]): Promise<ReindexRow[]> {
  const valid = ids.filter(isId);
  if (valid.length === 0) return [];
  return db.orm
    .select()
    .from(reindexes)
    .where(and(eq(reindexes.tenant, tenant), inArray(reindexes.id, valid)));
}

/** The reindex of each index that is running, or ran last; indexes that never had one are left out. */
export async function findLastReindexes(db: Connection, indexIds: readonly string[]): Promise<ReindexRow[]> {
  if (indexIds.length === 0) return [];
  return db.orm
    .selectDistinctOn([reindexes.indexId])
    .from(reindexes)
    .where(inArray(reindexes.indexId, [...indexIds]))
    .orderBy(reindexes.indexId, desc(reindexes.createdAt), desc(reindexes.id));
}
