import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { describeError } from '../api/api.ts';
import { Search } from '../api/documents.ts';
import { describeRefusal } from '../api/refusals.ts';
import type { SearchInput } from '../generated/graphql.ts';
import type { Hit, Wanted } from '../moments.ts';

/** How far a search is. */
export type Found = { state: 'searching' } | { state: 'failed'; message: string } | { state: 'found'; hits: Hit[] };

/** Looks for what is wanted; of two that overtake each other the later one counts. */
export function useSearch(indexId: string, wanted: Wanted): Found {
  const client = useClient();
  const [found, setFound] = useState<Found>({ state: 'searching' });
  useEffect(() => {
    let isWanted = true;
    setFound({ state: 'searching' });
    const search = async () => {
      const input = toInput(indexId, wanted);
      const { data, error } = await client.query(Search, { input }, { requestPolicy: 'network-only' }).toPromise();
      if (!isWanted) return;
      if (error || !data) setFound({ state: 'failed', message: error ? describeError(error) : '' });
      else if ('message' in data.search) setFound({ state: 'failed', message: describeRefusal(data.search) });
      else setFound({ state: 'found', hits: data.search.edges.map(({ node }) => node) });
    };
    void search();
    return () => {
      isWanted = false;
    };
  }, [client, indexId, wanted]);
  return found;
}

function toInput(indexId: string, wanted: Wanted): SearchInput {
  const indexIds = [indexId];
  if (wanted.kind === 'words') return { indexIds, text: wanted.text };
  if (wanted.kind === 'image') return { indexIds, image: wanted.file };
  const { video, startOffset } = wanted.moment;
  return { indexIds, videoSegment: { videoId: video.id, startOffset } };
}
