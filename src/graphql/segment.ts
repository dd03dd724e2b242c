import type { EmbeddingView } from '../domain/embeddings.ts';
import type { SegmentView } from '../domain/segment-lists.ts';
import { builder } from './builder.ts';
import { costOfVector } from './complexity.ts';
import { EmbeddingScopeEnum } from './embedding-scope.ts';
import { ModalityEnum } from './modality.ts';
import { thumbnailUrl } from './thumbnail-url.ts';

export const Segment = builder.objectRef<SegmentView | EmbeddingView>('Segment').implement({
  description: 'A span of a video, [startOffset, endOffset), with its embedding in one modality.',
  fields: (t) => ({
    startOffset: t.exposeFloat('startOffset', { description: 'Seconds from the beginning of the video, inclusive.' }),
    endOffset: t.exposeFloat('endOffset', { description: 'Seconds from the beginning of the video, exclusive.' }),
    modality: t.expose('modality', { type: ModalityEnum, description: 'What the embedding describes.' }),
    scope: t.expose('scope', { type: EmbeddingScopeEnum, description: 'Whether it is a clip or the whole video.' }),
    thumbnailUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'Where a JPEG from the middle of the span is.',
      resolve: (segment, _, context) => thumbnailUrl(context, ownerOf(segment), segment.thumbnail),
    }),
    embedding: t.floatList({
      nullable: true,
      description:
        'The vector, L2-normalised, as long as `ModelModality.dimensions` says; null where that is null. Read from the database only when it is asked for.',
      complexity: (_, { app }) => costOfVector(app.models.longestVector()),
      resolve: ({ embedding }) => (embedding ? [...embedding] : null),
    }),
    text: t.exposeString('text', {
      nullable: true,
      description: 'The words, for TRANSCRIPTION and TEXT_IN_VIDEO.',
    }),
  }),
});

/** The video that a segment is of, or the embedding task that made it. */
function ownerOf(segment: SegmentView | EmbeddingView): string {
  return 'videoId' in segment ? segment.videoId : segment.embeddingTaskId;
}
