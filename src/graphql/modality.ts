import { builder } from './builder.ts';

export const ModalityEnum = builder.enumType('Modality', {
  description: 'What an embedding describes.',
  values: {
    VISUAL: { description: 'The pictures.' },
    AUDIO: { description: 'The sound.' },
    TRANSCRIPTION: { description: 'The spoken words.' },
    TEXT_IN_VIDEO: { description: 'The words that can be read on the screen.' },
  } as const,
});
