import { builder } from './builder.ts';
import { ModalityEnum } from './modality.ts';
import { VideoFilter } from './video-filter.ts';

const SearchGroup = builder.enumType('SearchGroup', {
  description: 'What one hit stands for.',
  values: {
    SEGMENT: { description: 'A clip; one video may have many hits.' },
    VIDEO: { description: 'A video, by the clip of it that matches best.' },
  } as const,
});

const VideoSegmentInput = builder.inputType('VideoSegmentInput', {
  description: 'A moment of a video: the clip that it lies in is searched for.',
  fields: (t) => ({
    videoId: t.globalID({ required: true, description: 'The id of the video.' }),
    startOffset: t.float({ required: true, description: 'Seconds from the beginning of the video.' }),
  }),
});

const TEXT = `What is shown, said or written. TRANSCRIPTION and TEXT_IN_VIDEO are searched for its words: all must occur, in any form (\`running\` finds \`runs\`); \`"annual report"\` is a phrase in just this form, \`a or b\` takes either, \`-word\` excludes, \`rob*\` is a prefix. Where a model has a text encoder for a modality, the meaning of the text is compared, too; \`ModelModality.vocabulary\` tells which words a model knows, and what it does not know is looked for in the words only. At most 10,000 characters and 100 words.`;

export const SearchInput = builder.inputType('SearchInput', {
  description: 'What to look for, and where. Exactly one of text, image, imageUrl and videoSegment.',
  fields: (t) => ({
    indexIds: t.globalIDList({
      required: true,
      description: 'The ids of one or more indexes of the same model, at most 1000.',
    }),
    text: t.string({ description: TEXT }),
    image: t.field({
      type: 'Upload',
      description: 'An image, as a part of this request; at most 20 MB, there within 60 s.',
    }),
    imageUrl: t.field({
      type: 'URL',
      description: 'Where the server downloads an image from; at most 20 MB, there within 60 s.',
    }),
    videoSegment: t.field({ type: VideoSegmentInput, description: 'A moment of a video that is indexed already.' }),
    modalities: t.field({
      type: [ModalityEnum],
      description:
        'What to compare with: all that the indexes have and the query can address when nothing is said. One that none of the indexes has, or that the query cannot address, is refused: an image is compared with VISUAL only, a moment with all that have vectors.',
    }),
    groupBy: t.field({ type: SearchGroup, description: 'What a hit stands for: SEGMENT when nothing is said.' }),
    minScore: t.float({ description: 'Only hits of this score or a better one; see `SearchHit.score`.' }),
    filter: t.field({ type: VideoFilter, description: 'Only videos that pass.' }),
  }),
});
