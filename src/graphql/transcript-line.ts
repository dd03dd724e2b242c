import { builder } from './builder.ts';

/** Words and when they are spoken; offsets in seconds. */
export interface TranscriptLineShape {
  startOffset: number;
  endOffset: number;
  text: string;
}

export const TranscriptLine = builder.objectRef<TranscriptLineShape>('TranscriptLine').implement({
  description: 'Words that are spoken in a video.',
  fields: (t) => ({
    startOffset: t.exposeFloat('startOffset', { description: 'Seconds at which the words begin.' }),
    endOffset: t.exposeFloat('endOffset', { description: 'Seconds at which the words end.' }),
    text: t.exposeString('text', { description: 'The words.' }),
  }),
});
