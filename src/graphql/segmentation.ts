import { DEFAULT_SEGMENTATION } from '../domain/rules.ts';
import { builder } from './builder.ts';

export const Segmentation = builder.objectRef<{ clipLength: number; overlap: number }>('Segmentation').implement({
  description: 'How an index cuts its videos into clips.',
  fields: (t) => ({
    clipLength: t.exposeFloat('clipLength', { description: 'Seconds of a clip; the last one may differ.' }),
    overlap: t.exposeFloat('overlap', { description: 'Seconds that a clip shares with the one before it.' }),
  }),
});

export const SegmentationInput = builder.inputType('SegmentationInput', {
  description: 'How to cut videos into clips. It cannot be changed later.',
  fields: (t) => ({
    clipLength: t.float({
      description: `Seconds of a clip, 1 to 600: ${DEFAULT_SEGMENTATION.clipLength} when nothing is said.`,
    }),
    overlap: t.float({
      description: `Seconds that a clip shares with the one before it, at most half of the clip: ${DEFAULT_SEGMENTATION.overlap} when nothing is said.`,
    }),
  }),
});
