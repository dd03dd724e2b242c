import type { TaskRow } from '../db/schema.ts';
import { findIndex } from '../domain/indexes.ts';
import { checkTask, createTask, type NewTask } from '../domain/tasks.ts';
import { ConflictError, InvalidInputError, LimitExceededError, NotFoundError } from '../errors.ts';
import { AssetTooLargeError } from '../storage/storage.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { localId } from './global-ids.ts';
import { digestInput } from './input-digest.ts';
import { type ArrivingFile, passOver, receiveUpload } from './receive-upload.ts';
import { Task } from './refs.ts';

const CreateTaskInput = builder.inputType('CreateTaskInput', {
  description: 'A video to index, as a file or as a URL; the URL wins where both are given.',
  fields: (t) => ({
    indexId: t.globalID({ required: true, description: 'The id of the index that the video goes into.' }),
    videoFile: t.field({ type: 'Upload', description: 'The video, as a part of this request.' }),
    videoUrl: t.field({ type: 'URL', description: 'Where the server downloads the video from.' }),
    provideTranscription: t.boolean({
      description: 'Whether the spoken words come with the video. This version does not take them yet.',
    }),
    transcriptionFile: t.field({ type: 'Upload', description: 'The spoken words as SRT or WebVTT.' }),
    transcriptionUrl: t.field({ type: 'URL', description: 'Where the spoken words are, as SRT or WebVTT.' }),
    language: t.string({ description: 'The language that is spoken, as a BCP 47 tag such as "en" or "pt-BR".' }),
    userMetadata: t.field({
      type: 'JSONObject',
      description: 'What you note about the video; it can be filtered by. At most 64 KiB as JSON.',
    }),
    clientToken: t.string({
      description:
        'Makes the request safe to repeat: for 24 hours the same token with the same input returns the same task. 1 to 200 characters.',
    }),
  }),
});

const CreateTaskResult = builder.errorUnion('CreateTaskResult', {
  description: 'The new task, or why there is none.',
  types: [Task, InvalidInputError, NotFoundError, ConflictError, LimitExceededError],
  resolveType: () => Task,
});

type Given = Omit<NewTask, 'source' | 'inputDigest'>;

builder.mutationField('createTask', (t) =>
  t.field({
    type: CreateTaskResult,
    description: 'Takes a video in, to be validated and indexed. The task is there before any of that begins.',
    args: { input: t.arg({ type: CreateTaskInput, required: true, description: 'The video, and where it goes.' }) },
    resolve: async (_, { input }, context) => {
      const { userMetadata, language, clientToken } = input;
      const given = { indexId: localId('Index', input.indexId), userMetadata, language, clientToken };
      // At once: parts come one after the other, and this one may stand before the video.
      passOver(input.transcriptionFile);
      try {
        await checkBeforeUpload(context, given, input);
        if (input.videoUrl) return await addTask(context, given, { url: input.videoUrl });
        if (!input.videoFile) throw nothingGiven();
        return await receiveUpload(input.videoFile, 'videoFile', (file) => storeVideo(context, given, file));
      } finally {
        passOver(input.videoFile);
      }
    },
  }),
);

/** Refuses what can be refused without the bytes: nobody likes to upload for an hour and be told of a wrong id then. */
async function checkBeforeUpload(
  { app, tenant }: Context,
  given: Given,
  input: { provideTranscription?: unknown; transcriptionFile?: unknown; transcriptionUrl?: unknown },
): Promise<void> {
  const issues = checkTask(given);
  for (const field of ['provideTranscription', 'transcriptionFile', 'transcriptionUrl'] as const)
    if (input[field]) issues.push({ path: [field], message: 'This version does not take transcriptions yet.' });
  if (issues.length > 0) throw new InvalidInputError(issues);
  if (!(await findIndex(app.db, tenant, given.indexId))) throw new NotFoundError('No such index.');
}

function nothingGiven(): InvalidInputError {
  return new InvalidInputError([
    { path: ['videoFile'], message: 'Neither videoFile nor videoUrl is given; one of them is needed.' },
  ]);
}

/** Stores the bytes, and makes them visible in the same step as their task. */
async function storeVideo(context: Context, given: Given, { filename, bytes }: ArrivingFile): Promise<TaskRow> {
  const maxBytes = context.app.env.MAX_UPLOAD_SIZE;
  const received = await context.app.storage.receiveAsset(bytes, { maxBytes }).catch((error) => {
    if (!(error instanceof AssetTooLargeError)) throw error;
    throw new LimitExceededError(`${error.message}.`, `${error.limit} bytes in one upload`);
  });
  try {
    const asset = { sha256: received.sha256, size: received.size };
    return await addTask(context, given, { asset, filename }, () => received.commit());
  } catch (error) {
    await received.discard();
    throw error;
  }
}

async function addTask(
  { app, tenant }: Context,
  given: Given,
  source: NewTask['source'],
  beforeCommit = async () => {},
): Promise<TaskRow> {
  const { userMetadata, language, indexId } = given;
  const content = { indexId, userMetadata: userMetadata ?? {}, language: language ?? null, source };
  return app.db.transaction(async (tx) => {
    const task = await createTask(tx, app.queue, tenant, { ...given, source, inputDigest: digestInput(content) });
    await beforeCommit();
    return task;
  });
}
