import { builder } from './builder.ts';

export const VideoFilter = builder.inputType('VideoFilter', {
  description: 'Which videos: those to which everything that is given applies. Ranges are inclusive.',
  fields: (t) => ({
    filename: t.string({ description: 'Part of the file name; capitals do not matter.' }),
    minDuration: t.float({ description: 'At least this many seconds long.' }),
    maxDuration: t.float({ description: 'At most this many seconds long.' }),
    minHeight: t.int({ description: 'At least this many pixels on the short side.' }),
    maxHeight: t.int({ description: 'At most this many pixels on the short side.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'READY at this time or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'READY at this time or earlier.' }),
    userMetadata: t.field({
      type: 'JSONObject',
      description: 'User metadata that has all of these keys with these values; objects in it are compared likewise.',
    }),
  }),
});
