import { updateVideo } from '../domain/videos.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';
import { localId } from './global-ids.ts';
import { Video } from './refs.ts';

const UpdateVideoInput = builder.inputType('UpdateVideoInput', {
  description: 'What to change of a video.',
  fields: (t) => ({
    id: t.globalID({ required: true, description: 'The id of the video.' }),
    userMetadata: t.field({
      type: 'JSONObject',
      required: true,
      description: 'Keys to set; null removes a key, and keys that are not named stay.',
    }),
  }),
});

const UpdateVideoResult = builder.errorUnion('UpdateVideoResult', {
  description: 'The video as it is now, or why it did not change.',
  types: [Video, InvalidInputError, NotFoundError],
  resolveType: () => Video,
});

builder.mutationField('updateVideo', (t) =>
  t.field({
    role: 'write',
    type: UpdateVideoResult,
    description: 'Changes what is noted about a video.',
    args: { input: t.arg({ type: UpdateVideoInput, required: true, description: 'What to change.' }) },
    resolve: (_, { input: { id, userMetadata } }, { app, tenant }) =>
      app.db.transaction((tx) => updateVideo(tx, tenant, { id: localId('Video', id), userMetadata })),
  }),
);
