import type { Modality } from '../db/values.ts';
import { countSegmentsOfVideos, listSegmentsOfVideos, type SegmentListing } from '../domain/segment-lists.ts';
import { listTranscriptLines } from '../domain/transcripts.ts';
import { createBatchLoader } from './batch-loader.ts';
import { builder } from './builder.ts';
import { COST, costOfPage, costOfTranscript } from './complexity.ts';
import { toConnection } from './connection.ts';
import { localId } from './global-ids.ts';
import { ModalityEnum } from './modality.ts';
import { Index, Task, Video } from './refs.ts';
import { SegmentConnection } from './segment-connection.ts';
import { selects } from './selected-fields.ts';
import { thumbnailUrl } from './thumbnail-url.ts';
import { TranscriptLine } from './transcript-line.ts';
import { VideoMetadataType } from './video-metadata.ts';
import { videoUrl } from './video-url.ts';

const segmentsOf = createBatchLoader(({ app }, listing: SegmentListing, ids) =>
  listSegmentsOfVideos(app.db, listing, ids),
);

const segmentCountOf = createBatchLoader(async ({ app }, modalities: readonly Modality[] | null, ids) => {
  const counts = await countSegmentsOfVideos(app.db, modalities, ids);
  return ids.map((id) => counts.get(id) ?? 0);
});

const transcriptOf = createBatchLoader(({ app }, _: null, ids) => listTranscriptLines(app.db, ids));

Video.implement({
  description: 'What a READY task produced: validated media, its segments and their embeddings.',
  fields: (t) => ({
    index: t.field({
      type: Index,
      description: 'The index that it belongs to.',
      complexity: COST.row,
      resolve: (video) => video.indexId,
    }),
    task: t.field({
      type: Task,
      nullable: true,
      description: 'The task that produced it.',
      complexity: COST.row,
      resolve: (video) => video.taskId,
    }),
    metadata: t.expose('metadata', { type: VideoMetadataType, description: 'What probing found.' }),
    userMetadata: t.expose('userMetadata', { type: 'JSONObject', description: 'What its owner has noted about it.' }),
    thumbnailUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'Where a JPEG that stands for the video is.',
      resolve: (video, _, context) => thumbnailUrl(context, video.id, video.thumbnail),
    }),
    url: t.field({
      type: 'URL',
      nullable: true,
      description:
        'Where its file is, as it was uploaded; it can be read in parts (range requests), so a player may begin anywhere.',
      resolve: (video, _, context) => videoUrl(context, video.id),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When its task became READY.' }),
    segments: t.field({
      type: SegmentConnection,
      description: 'Its clips by time, then what stands for the whole of it.',
      complexity: costOfPage,
      args: {
        first: t.arg.int({ description: 'At most this many: 0 to 100, 20 when nothing is said.' }),
        after: t.arg.string({ description: 'Only what comes after this cursor.' }),
        modalities: t.arg({ type: [ModalityEnum], description: 'Only these modalities; all when nothing is said.' }),
      },
      resolve: async (video, { modalities = null, ...page }, context, info) => {
        const withEmbeddings = selects(info, 'edges', 'node', 'embedding');
        const segments = await segmentsOf(context, { modalities, page, withEmbeddings }, video.id);
        return toConnection(
          segments,
          ({ id }) => id,
          () => segmentCountOf(context, modalities, video.id),
        );
      },
    }),
    transcript: t.field({
      type: [TranscriptLine],
      description: 'The spoken words by time, as they came with the video or were heard; empty where none are known.',
      complexity: costOfTranscript,
      resolve: async (video, _, context) => [...(await transcriptOf(context, null, video.id))],
    }),
  }),
});

builder.queryField('video', (t) =>
  t.field({
    type: Video,
    nullable: true,
    description: 'The video of this id, or null.',
    complexity: COST.row,
    args: { id: t.arg.globalID({ required: true, description: 'The id of a video.' }) },
    resolve: (_, { id }) => localId('Video', id),
  }),
);
