import { and, eq, inArray } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { createId, isId } from '../db/ids.ts';
import { type TaskRow, tasks } from '../db/schema.ts';
import type { JsonObject } from '../db/values.ts';
import { ConflictError, type InputIssue, InvalidInputError, NotFoundError } from '../errors.ts';
import { emitChange } from '../events/topics.ts';
import type { Queue } from '../queue/queue.ts';
import { advance, recordTransition } from './advance-task.ts';
import { claimAsset, releaseAssets } from './assets.ts';
import { checkClientToken, findRepeated } from './client-tokens.ts';
import { findIndex } from './indexes.ts';
import { queueTask } from './queue-task.ts';
import { refuseMoreTasks } from './queued-tasks.ts';
import { checkUserMetadata } from './rules.ts';
import type { StorageUse } from './stored-bytes.ts';
import { checkNewTask, checkUpload, type ExpectedUpload, lockLimits, type TaskLimits } from './task-limits.ts';
import { isTerminal, progressWithin } from './task-states.ts';
import { addTranscript, checkTranscribable, type Transcription } from './transcripts.ts';
import { filenameOf, type VideoSource } from './video-source.ts';

/** What is said of a new task. */
export interface NewTask {
  indexId: string;
  source: VideoSource;
  userMetadata?: JsonObject | null | undefined;
  language?: string | null | undefined;
  clientToken?: string | null | undefined;
  /** The spoken words, where they come with the video. */
  transcription?: Transcription | undefined;
  /** SHA-256 of everything that the client gave; tells a repeated request from another one with the same token. */
  inputDigest: string;
}

/** Refuses the upload of a task that would not be created. @throws LimitExceededError; `checkUpload` says more */
export function checkTaskUpload(
  db: Connection,
  tenant: string,
  upload: ExpectedUpload,
  limits: TaskLimits,
): Promise<StorageUse> {
  return checkUpload(db, tasks, tenant, upload, limits);
}

/**
 * Creates a task and its first job in one transaction. A client token that came before brings back its task, whatever
 * the limits.
 * @throws InvalidInputError, NotFoundError for the index, ConflictError when the token came with another input,
 *   LimitExceededError
 */
export async function createTask(
  tx: Transaction,
  queue: Queue,
  tenant: string,
  input: NewTask,
  limits: TaskLimits = {},
): Promise<TaskRow> {
  const issues = checkTask(input);
  if (issues.length > 0) throw new InvalidInputError(issues);
  const index = await findIndex(tx, tenant, input.indexId, { lock: 'key share' });
  if (!index) throw new NotFoundError('No such index.');
  const { source, transcription, clientToken = null, inputDigest } = input;
  const mismatches = transcription ? checkTranscribable(index) : [];
  if (mismatches.length > 0) throw new InvalidInputError(mismatches);
  await lockLimits(tx, tenant, limits);
  const former = clientToken ? await findRepeated(tx, tasks, tenant, { clientToken, inputDigest }) : undefined;
  if (former) return former;
  await checkNewTask(tx, tenant, source, limits);
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
        ? { source: 'FILE', asset: source.asset.sha256 }
        : { source: 'URL', sourceUrl: source.url }),
      filename: filenameOf(source),
      userMetadata: input.userMetadata ?? {},
      language: input.language ?? null,
      clientToken,
      inputDigest,
    })
    .onConflictDoNothing({ target: [tasks.tenant, tasks.clientToken] })
    .returning();
  // Another request with this token was faster: it has committed, and is found now.
  if (!task) return createTask(tx, queue, tenant, input, limits);
  if (transcription) await addTranscript(tx, task.id, transcription);
  await recordTransition(tx, task);
  return queueTask(tx, queue, task);
}

/** Faults of what is said of a new task, apart from its source. */
export function checkTask({
  userMetadata,
  clientToken,
  language,
}: Pick<NewTask, 'userMetadata' | 'clientToken' | 'language'>): InputIssue[] {
  const issues = [...checkUserMetadata(userMetadata ?? {}), ...checkClientToken(clientToken)];
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
 * @throws NotFoundError, ConflictError when the task is neither FAILED nor CANCELED, or LimitExceededError
 */
export async function retryTask(
  tx: Transaction,
  queue: Queue,
  tenant: string,
  id: string,
  { queuedTasks, parallel = 1 }: TaskLimits = {},
): Promise<TaskRow> {
  await lockLimits(tx, tenant, { queuedTasks });
  const task = await lockTask(tx, tenant, id);
  if (task.status !== 'FAILED' && task.status !== 'CANCELED')
    throw new ConflictError(`The task is ${task.status}; only a FAILED or CANCELED task can be retried.`);
  await refuseMoreTasks(tx, tenant, queuedTasks, parallel);
  const again = await advance(tx, task, task.status, task.asset ? 'VALIDATING' : 'UPLOADING');
  return queueTask(tx, queue, again);
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
