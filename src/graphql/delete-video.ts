import { deleteVideo } from '../domain/videos.ts';
import { builder } from './builder.ts';
import { DeleteResult } from './deleted.ts';
import { localId } from './global-ids.ts';

builder.mutationField('deleteVideo', (t) =>
  t.field({
    role: 'write',
    type: DeleteResult,
    description: 'Deletes a video with its segments, and the task that produced it.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the video.' }) },
    resolve: async (_, { id: given }, { app, tenant }) => {
      const id = localId('Video', given);
      await app.db.transaction((tx) => deleteVideo(tx, app.queue, tenant, id));
      return { type: 'Video' as const, id };
    },
  }),
);
