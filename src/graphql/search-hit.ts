import type { VideoRow } from '../db/schema.ts';
import type { Hit } from '../domain/ranking.ts';
import { builder } from './builder.ts';
import { COST } from './complexity.ts';
import { ModalityEnum } from './modality.ts';
import { Video } from './refs.ts';
import { selectsOnly } from './selected-fields.ts';
import { thumbnailUrl } from './thumbnail-url.ts';

export const SearchHit = builder.objectRef<Hit>('SearchHit').implement({
  description: 'A span of a video that is like the query.',
  fields: (t) => ({
    video: t.field({
      type: Video,
      description: 'The video that the span is in.',
      complexity: COST.row,
      // For the id alone nothing has to be loaded.
      resolve: ({ videoId }, _, __, info) => (selectsOnly(info, 'id') ? ({ id: videoId } as VideoRow) : videoId),
    }),
    startOffset: t.exposeFloat('startOffset', { description: 'Seconds from the beginning of the video, inclusive.' }),
    endOffset: t.exposeFloat('endOffset', { description: 'Seconds from the beginning of the video, exclusive.' }),
    score: t.exposeFloat('score', {
      description:
        'How like it is, 0 to 1. It compares within one result only. Where one modality is compared by its vectors, it is (1 + cosine similarity) / 2; where several rankings are fused, it is its part of what the first of all of them would have.',
    }),
    modality: t.expose('modality', { type: ModalityEnum, description: 'The modality that matched best.' }),
    text: t.exposeString('text', {
      nullable: true,
      description:
        'The words that matched, for TRANSCRIPTION and TEXT_IN_VIDEO; of a long text the part that they are in.',
    }),
    thumbnailUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'Where a JPEG from the middle of the span is.',
      resolve: (hit, _, context) => thumbnailUrl(context, hit.videoId, hit.thumbnail),
    }),
  }),
});
