import type { VideoMetadata } from '../db/values.ts';
import { builder } from './builder.ts';

export const VideoMetadataType = builder.objectRef<VideoMetadata>('VideoMetadata').implement({
  description: 'What was found out about a file.',
  fields: (t) => ({
    duration: t.exposeFloat('duration', { description: 'Seconds.' }),
    filename: t.exposeString('filename', { description: 'As the client named it, or the last part of the URL.' }),
    height: t.exposeInt('height', { description: 'Pixels, as displayed: after rotation.' }),
    width: t.exposeInt('width', { description: 'Pixels, as displayed: after rotation.' }),
    fps: t.exposeFloat('fps', {
      nullable: true,
      description: 'Frames a second on average; null where it is not known.',
    }),
    size: t.exposeFloat('size', { description: 'Bytes.' }),
  }),
});
