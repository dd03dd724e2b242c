import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { createId, isId } from '../db/ids.ts';
import { type TaskRow, tasks } from '../db/schema.ts';
import type { JsonObject } from '../db/values.ts';
import { ConflictError, type InputIssue, InvalidInputError, NotFoundError } from '../errors.ts';
import { emitChange } from '../events/topics.ts';
import type { Queue } from '../queue/queue.ts';
import { advance, recordTransition } from './advance-task.ts';
import { type Asset, claimAsset, releaseAssets } from './assets.ts';
import { findIndex } from './indexes.ts';
import { fetchUrl, validateVideo } from './jobs.ts';
import { checkUserMetadata } from './rules.ts';
import { isTerminal, progressWithin } from './task-states.ts';

/** Where a task's video comes from: stored bytes, or a URL that a job will download. */
export type VideoSource = { asset: Asset; filename: string } | { url: string };

/** What is said of a new task. */
export interface NewTask {
  indexId: string;
  source: VideoSource;
  userMetadata?: JsonObject | null | undefined;
  language?: string | null | undefined;
  clientToken?: string | null | undefined;
  /** SHA-256 of everything that the client gave; tells a repeated request from another one with the same token. */
  inputDigest: string;
}

/** Hours for which a client token stands for its task. */
const TOKEN_HOURS = 24;
const LONGEST_TOKEN = 200;

/**
 * Creates a task and its first job in one transaction. A client token that came before brings back its task.
 * @throws InvalidInputError, NotFoundError for the index, ConflictError when the token came with another input
 */
export async function createTask(tx: Transaction, queue: Queue, tenant: string, input: NewTask): Promise<TaskRow> {
  const issues = checkTask(input);
  if (issues.length > 0) throw new InvalidInputError(issues);
  if (!(await findIndex(tx, tenant, input.indexId, { lock: 'key share' }))) throw new NotFoundError('No such index.');
  const { source, clientToken = null } = input;
  if (clientToken) {
    await expireToken(tx, tenant, clientToken);
    const former = await findByToken(tx, tenant, clientToken);
    if (former?.inputDigest === input.inputDigest) return former;
    if (former) throw tokenTaken(clientToken);
  }
  if ('asset' in source) await claimAsset(tx, source.asset);
  const status = 'asset' in source ? 'VALIDATING' : 'UPLOADING';
  const [task] = await tx.orm
    .insert(tasks)
    .values({
      id: createId(),
      tenant,
      indexId: input.indexId,
      status,
      version: 1,
      attempt: 1,
      progress: progressWithin(status, 0) ?? 0,
      ...('asset' in source
        ? { source: 'FILE', asset: source.asset.sha256, filename: printable(source.filename) }
        : { source: 'URL', sourceUrl: source.url, filename: filenameOf(source.url) }),
      userMetadata: input.userMetadata ?? {},
      language: input.language ?? null,
      clientToken,
      inputDigest: input.inputDigest,
    })
    .onConflictDoNothing({ target: [tasks.tenant, tasks.clientToken] })
    .returning();
  // Another request with this token was faster: it has committed, and is found now.
  if (!task) return createTask(tx, queue, tenant, input);
  await recordTransition(tx, task);
  await queue.enqueue(tx, status === 'VALIDATING' ? validateVideo : fetchUrl, task);
  return task;
}

/** Faults of what is said of a new task, apart from its source. */
export function checkTask({
  userMetadata,
  clientToken,
  language,
}: Pick<NewTask, 'userMetadata' | 'clientToken' | 'language'>): InputIssue[] {
  const issues = checkUserMetadata(userMetadata ?? {});
  if (clientToken != null && (clientToken.length < 1 || clientToken.length > LONGEST_TOKEN))
    issues.push({
      path: ['clientToken'],
      message: `${clientToken.length} characters given; allowed are 1 to ${LONGEST_TOKEN}.`,
    });
  if (language != null && !isLanguageTag(language))
    issues.push({
      path: ['language'],
      message: `"${language}" given; allowed are BCP 47 tags such as "en" or "pt-BR".`,
    });
  return issues;
}

function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

/** The last part of a URL's path, which is all that is known of the name before the download. */
function filenameOf(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return printable(decodeURIComponent(last)) || 'video';
  } catch {
    return last;
  }
}

/** A name without what Postgres cannot store. */
function printable(name: string): string {
  return name.replaceAll('\0', '\uFFFD').toWellFormed();
}

async function expireToken(tx: Transaction, tenant: string, clientToken: string): Promise<void> {
  await tx.orm
    .update(tasks)
    .set({ clientToken: null })
    .where(
      and(
        eq(tasks.tenant, tenant),
        eq(tasks.clientToken, clientToken),
        lt(tasks.createdAt, sql`clock_timestamp() - make_interval(hours => ${TOKEN_HOURS})`),
      ),
    );
}

/** The task that a client token stands for, kept from being deleted until the transaction ends. */
async function findByToken(tx: Transaction, tenant: string, clientToken: string): Promise<TaskRow | undefined> {
  const [task] = await tx.orm
    .select()
    .from(tasks)
    .where(and(eq(tasks.tenant, tenant), eq(tasks.clientToken, clientToken)))
    .for('key share');
  return task;
}

function tokenTaken(clientToken: string): ConflictError {
  return new ConflictError(
    `The client token "${clientToken}" was used with another input in the last ${TOKEN_HOURS} hours.`,
  );
}

/** The tenant's task, locked until the transaction ends. */
async function lockTask(tx: Transaction, tenant: string, id: string): Promise<TaskRow> {
  const [task] = isId(id)
    ? await tx.orm
        .select()
        .from(tasks)
        .where(and(eq(tasks.tenant, tenant), eq(tasks.id, id)))
        .for('update')
    : [];
  if (!task) throw new NotFoundError('No such task.');
  return task;
}

/**
 * Stops the work on a task; the jobs in progress notice, and clear up after themselves.
 * @throws NotFoundError, or ConflictError when the work is over already
 */
export async function cancelTask(tx: Transaction, tenant: string, id: string): Promise<TaskRow> {
  const task = await lockTask(tx, tenant, id);
  if (isTerminal(task.status))
    throw new ConflictError(`The task is ${task.status}; only a task whose work is not over can be canceled.`);
  return advance(tx, task, task.status, 'CANCELED');
}

/**
 * Begins a task anew: from the download when its bytes never arrived, else from the validation.
 * @throws NotFoundError, or ConflictError when the task is neither FAILED nor CANCELED
 */
export async function retryTask(tx: Transaction, queue: Queue, tenant: string, id: string): Promise<TaskRow> {
  const task = await lockTask(tx, tenant, id);
  if (task.status !== 'FAILED' && task.status !== 'CANCELED')
    throw new ConflictError(`The task is ${task.status}; only a FAILED or CANCELED task can be retried.`);
  const again = await advance(tx, task, task.status, task.asset ? 'VALIDATING' : 'UPLOADING');
  await queue.enqueue(tx, task.asset ? validateVideo : fetchUrl, again);
  return again;
}

/**
 * Deletes a task whose work is over, with the video that it produced, and the bytes that nothing else uses.
 * @throws NotFoundError, or ConflictError when the work is not over
 */
export async function deleteTask(tx: Transaction, queue: Queue, tenant: string, id: string): Promise<void> {
  const task = await lockTask(tx, tenant, id);
  if (!isTerminal(task.status))
    throw new ConflictError(`The task is ${task.status}; cancel it first, or wait until it is READY or FAILED.`);
  await tx.orm.delete(tasks).where(eq(tasks.id, id));
  await releaseAssets(tx, queue, [task.asset]);
  emitChange(tx, 'task:changed', { taskId: id, indexId: task.indexId });
}

/** The tenant's tasks of these ids, in any order. */
export async function findTasks(db: Connection, tenant: string, ids: readonly string[]): Promise<TaskRow[]> {
  const valid = ids.filter(isId);
  if (valid.length === 0) return [];
  return db.orm
    .select()
    .from(tasks)
    .where(and(eq(tasks.tenant, tenant), inArray(tasks.id, valid)));
}
