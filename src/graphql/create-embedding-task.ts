import type { FileUpload } from 'graphql-upload-minimal';
import type { EmbeddingTaskRow } from '../db/schema.ts';
import { LONGEST_EMBEDDED } from '../domain/check-embeddable.ts';
import { checkClientToken } from '../domain/client-tokens.ts';
import { chooseSettings, type EmbeddingSettings } from '../domain/embedding-settings.ts';
import { checkEmbeddingUpload, createEmbeddingTask } from '../domain/embedding-tasks.ts';
import type { VideoSource } from '../domain/video-source.ts';
import { ConflictError, InvalidInputError, LimitExceededError, NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { EmbeddingScopeEnum } from './embedding-scope.ts';
import { digestInput } from './input-digest.ts';
import { ModalityEnum } from './modality.ts';
import { receiveFiles } from './receive-files.ts';
import { passOver, receiveUpload } from './receive-upload.ts';
import { EmbeddingTask } from './refs.ts';
import { noVideoGiven, storeVideo } from './store-video.ts';

const CreateEmbeddingTaskInput = builder.inputType('CreateEmbeddingTaskInput', {
  description: `A video to embed, as a file or as a URL; the URL wins where both are given. It has to be decodable, with a picture, at most ${LONGEST_EMBEDDED} seconds long, and no larger than this server takes (MAX_UPLOAD_SIZE); it needs sound only where a modality is computed from it.`,
  fields: (t) => ({
    model: t.string({ description: 'The name of one of `models`: "builtin" when nothing is said.' }),
    videoFile: t.field({ type: 'Upload', description: 'The video, as a part of this request.' }),
    videoUrl: t.field({ type: 'URL', description: 'Where the server downloads the video from.' }),
    startOffset: t.float({
      description:
        'Seconds: where the part to embed begins, 0 or more. Together with `endOffset`; without them the whole video is meant.',
    }),
    endOffset: t.float({
      description:
        'Seconds: where the part to embed ends, after `startOffset`. A video that ends before it fails with VIDEO_DURATION_TOO_SHORT.',
    }),
    clipLength: t.float({
      description:
        'Seconds of a clip, 2 to 10: 6 when nothing is said. What is left over at the end is dropped when it is shorter than 2 seconds, unless it is all there is.',
    }),
    scopes: t.field({
      type: [EmbeddingScopeEnum],
      description: 'Whether to embed clips, the whole, or both: only clips when nothing is said.',
    }),
    modalities: t.field({
      type: [ModalityEnum],
      description:
        'What to embed: every modality of the model that has `dimensions` when nothing is said. One without gives its words, and no vectors. TRANSCRIPTION needs a model that recognises speech.',
    }),
    clientToken: t.string({
      description:
        'Makes the request safe to repeat: for 24 hours the same token with the same input returns the same embedding task. 1 to 200 characters.',
    }),
  }),
});

const CreateEmbeddingTaskResult = builder.errorUnion('CreateEmbeddingTaskResult', {
  description: 'The new embedding task, or why there is none.',
  types: [EmbeddingTask, InvalidInputError, NotFoundError, ConflictError, LimitExceededError],
  resolveType: () => EmbeddingTask,
});

interface Given {
  settings: EmbeddingSettings;
  clientToken: string | null | undefined;
}

builder.mutationField('createEmbeddingTask', (t) =>
  t.field({
    role: 'write',
    type: CreateEmbeddingTaskResult,
    description: 'Takes a video, to embed it without an index. The task is there before any of that begins.',
    args: {
      input: t.arg({
        type: CreateEmbeddingTaskInput,
        required: true,
        description: 'The video, and how it is to be embedded. A model that is not known is a NotFoundError.',
      }),
    },
    resolve: async (_, { input }, context) => {
      try {
        const given = await checkBeforeUpload(context, input);
        if (input.videoUrl) return await addTask(context, given, { url: input.videoUrl });
        if (!input.videoFile) throw noVideoGiven();
        return await receiveTask(context, given, input.videoFile);
      } finally {
        passOver(input.videoFile);
      }
    },
  }),
);

/** Refuses what can be refused without the bytes, every fault at once. */
async function checkBeforeUpload(
  { app }: Context,
  { clientToken, ...wishes }: typeof CreateEmbeddingTaskInput.$inferInput,
): Promise<Given> {
  const settings = chooseSettings(await app.models.list(), wishes);
  const issues = checkClientToken(clientToken);
  if (issues.length > 0) throw new InvalidInputError(issues);
  return { settings, clientToken };
}

async function receiveTask(context: Context, given: Given, videoFile: Promise<FileUpload>): Promise<EmbeddingTaskRow> {
  const { app, tenant, limits, leastUpload: least } = context;
  const storage = await checkEmbeddingUpload(app.db, tenant, { clientToken: given.clientToken, least }, limits);
  return receiveFiles(context, [videoFile], () =>
    receiveUpload(videoFile, 'videoFile', (file) =>
      storeVideo(context, file, storage, (source, beforeCommit) => addTask(context, given, source, beforeCommit)),
    ),
  );
}

async function addTask(
  { app, tenant, limits }: Context,
  { settings, clientToken }: Given,
  source: VideoSource,
  beforeCommit = async () => {},
): Promise<EmbeddingTaskRow> {
  const inputDigest = digestInput({ ...settings, source });
  return app.db.transaction(async (tx) => {
    const input = { settings, source, clientToken, inputDigest };
    const task = await createEmbeddingTask(tx, app.queue, tenant, input, limits);
    // A repeated request may bring back a task that has given up its bytes.
    if (task.asset !== null) await beforeCommit();
    return task;
  });
}
