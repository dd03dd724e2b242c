import type { TaskRow } from '../db/schema.ts';
import { findIndex } from '../domain/indexes.ts';
import { type StorageUse, UNLIMITED } from '../domain/stored-bytes.ts';
import { checkTask, checkTaskUpload, createTask, type NewTask } from '../domain/tasks.ts';
import { checkTranscribable, LARGEST_TRANSCRIPTION } from '../domain/transcripts.ts';
import { ConflictError, InvalidInputError, LimitExceededError, NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { localId } from './global-ids.ts';
import { digestInput } from './input-digest.ts';
import { receiveFiles } from './receive-files.ts';
import { checkTranscription, receiveTranscription } from './receive-transcription.ts';
import { passOver, receiveUpload } from './receive-upload.ts';
import { Task } from './refs.ts';
import { noVideoGiven, storeVideo } from './store-video.ts';

const CreateTaskInput = builder.inputType('CreateTaskInput', {
  description: 'A video to index, as a file or as a URL; the URL wins where both are given.',
  fields: (t) => ({
    indexId: t.globalID({ required: true, description: 'The id of the index that the video goes into.' }),
    videoFile: t.field({ type: 'Upload', description: 'The video, as a part of this request.' }),
    videoUrl: t.field({ type: 'URL', description: 'Where the server downloads the video from.' }),
    provideTranscription: t.boolean({
      description:
        'Whether the spoken words come with the video: then a transcription file or URL is needed, and TRANSCRIPTION among the modalities of the index. Without, a model that can listens for them.',
    }),
    transcriptionFile: t.field({
      type: 'Upload',
      description: `The spoken words as SubRip (SRT) or WebVTT, as a part of this request; at most ${LARGEST_TRANSCRIPTION} bytes. A file that cannot be used fails the task with TRANSCRIPTION_INVALID.`,
    }),
    transcriptionUrl: t.field({
      type: 'URL',
      description:
        'Where the server downloads the spoken words from, as SubRip (SRT) or WebVTT; it wins where a file is given, too.',
    }),
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

type CreateTask = typeof CreateTaskInput.$inferInput;
type Given = Omit<NewTask, 'source' | 'inputDigest'>;

builder.mutationField('createTask', (t) =>
  t.field({
    role: 'write',
    type: CreateTaskResult,
    description: 'Takes a video in, to be validated and indexed. The task is there before any of that begins.',
    args: { input: t.arg({ type: CreateTaskInput, required: true, description: 'The video, and where it goes.' }) },
    resolve: async (_, { input }, context) => {
      const { userMetadata, language, clientToken } = input;
      const given = { indexId: localId('Index', input.indexId), userMetadata, language, clientToken };
      try {
        const storage = await checkBeforeUpload(context, given, input);
        const files = [input.videoFile, input.transcriptionFile];
        return await receiveFiles(context, files, () => receiveTask(context, given, input, storage));
      } finally {
        passOver(input.videoFile);
        passOver(input.transcriptionFile);
      }
    },
  }),
);

/**
 * Refuses what can be refused without the bytes: nobody likes to upload for an hour and be told of a wrong id then.
 * @returns what may be stored of the bytes
 */
async function checkBeforeUpload(context: Context, given: Given, input: CreateTask): Promise<StorageUse> {
  const { app, tenant, limits, leastUpload: least } = context;
  const issues = [...checkTask(given), ...checkTranscription(input)];
  if (issues.length > 0) throw new InvalidInputError(issues);
  const index = await findIndex(app.db, tenant, given.indexId);
  if (!index) throw new NotFoundError('No such index.');
  const mismatches = input.provideTranscription ? checkTranscribable(index) : [];
  if (mismatches.length > 0) throw new InvalidInputError(mismatches);
  if (input.videoUrl || !input.videoFile) return UNLIMITED;
  return checkTaskUpload(app.db, tenant, { clientToken: given.clientToken, least }, limits);
}

/** Reads the parts of the request in whichever order they come, and adds the task once all of them are there. */
async function receiveTask(context: Context, given: Given, input: CreateTask, storage: StorageUse): Promise<TaskRow> {
  const { videoUrl, videoFile } = input;
  const arriving = receiveTranscription(input);
  // It is waited for below, unless the video fails first.
  arriving.catch(() => {});
  if (videoUrl) {
    passOver(videoFile);
    return addTask(context, { ...given, transcription: await arriving }, { url: videoUrl });
  }
  if (!videoFile) throw noVideoGiven();
  return receiveUpload(videoFile, 'videoFile', (file) =>
    storeVideo(context, file, storage, async (source, beforeCommit) =>
      addTask(context, { ...given, transcription: await arriving }, source, beforeCommit),
    ),
  );
}

async function addTask(
  { app, tenant, limits }: Context,
  given: Given,
  source: NewTask['source'],
  beforeCommit = async () => {},
): Promise<TaskRow> {
  const { userMetadata, language, indexId, transcription } = given;
  const content = { indexId, userMetadata: userMetadata ?? {}, language: language ?? null, source, transcription };
  return app.db.transaction(async (tx) => {
    const input = { ...given, source, inputDigest: digestInput(content) };
    const task = await createTask(tx, app.queue, tenant, input, limits);
    await beforeCommit();
    return task;
  });
}
