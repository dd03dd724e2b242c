import { enterEmbeds } from '../domain/embed-query.ts';
import { type SearchQuery, searchVideos } from '../domain/search.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';
import { costOfSearch } from './complexity.ts';
import type { Context } from './context.ts';
import { localId } from './global-ids.ts';
import { ofImageUrl, readRemoteImage, readUploadedImage } from './read-image.ts';
import { passOver } from './receive-upload.ts';
import { SearchConnection } from './search-connection.ts';
import { SearchInput } from './search-input.ts';

const SearchResult = builder.errorUnion('SearchResult', {
  description: 'The ranking, or why there is none.',
  types: [SearchConnection, InvalidInputError, NotFoundError],
  resolveType: () => SearchConnection,
});

builder.queryField('search', (t) =>
  t.field({
    type: SearchResult,
    description:
      'Ranks what is in the indexes by its likeness to a text, an image or a moment of a video. Of searches by an image a server takes only so many at a time, counted with `embed`; the next one is refused with the code LIMIT_EXCEEDED.',
    complexity: costOfSearch,
    args: {
      input: t.arg({ type: SearchInput, required: true, description: 'What to look for, and where.' }),
      first: t.arg.int({ description: 'At most this many hits: 0 to 100, 20 when nothing is said.' }),
      after: t.arg.string({ description: 'Only what comes after this cursor.' }),
    },
    resolve: async (_, { input, ...page }, context) => {
      const { app, tenant } = context;
      const { modalities, groupBy, minScore, filter } = input;
      const indexIds = input.indexIds.map((id) => localId('Index', id));
      try {
        const search = async () => {
          const query = await readQuery(input, context);
          const request = { indexIds, query, modalities, groupBy, minScore, filter, page };
          return searchVideos(app.db, app.models, tenant, request);
        };
        // As in `embed`, a place is taken before any bytes are.
        const bringsImage = input.image != null || input.imageUrl != null;
        return await (bringsImage ? enterEmbeds(app.embeds, tenant, search) : search());
      } catch (error) {
        throw input.imageUrl && error instanceof InvalidInputError ? ofImageUrl(error) : error;
      } finally {
        passOver(input.image);
      }
    },
  }),
);

const QUERIES = ['text', 'image', 'imageUrl', 'videoSegment'] as const;

/** The one query that is given, with its bytes. */
async function readQuery(input: typeof SearchInput.$inferInput, context: Context): Promise<SearchQuery> {
  const given = QUERIES.filter((name) => input[name] != null);
  const { text, image, imageUrl, videoSegment } = input;
  if (given.length === 1) {
    if (text != null) return { text };
    if (image) return { image: await readUploadedImage(context, image, 'image') };
    if (imageUrl != null) return { image: await readRemoteImage(context, imageUrl, 'imageUrl') };
    if (videoSegment) return { videoSegment: { ...videoSegment, videoId: localId('Video', videoSegment.videoId) } };
  }
  const message = `${given.join(', ') || 'none'} given; exactly one of ${QUERIES.join(', ')} is needed.`;
  throw new InvalidInputError([{ path: ['input'], message }]);
}
