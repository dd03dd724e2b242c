import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { VideoList } from '../api/documents.ts';
import { useReturn } from '../api-context.ts';
import type { IndexSummary, MomentActions } from '../moments.ts';
import { ReadFailure } from './read-failure.tsx';
import { VideoCard } from './video-card.tsx';

/** The videos of an index, newest first. */
export function VideoSection({ index, ...actions }: { index: IndexSummary } & MomentActions) {
  return (
    <section className="area-videos" aria-labelledby="videos">
      <h2 id="videos">Videos</h2>
      <VideoPage indexId={index.id} after={null} {...actions} />
    </section>
  );
}

/** One page of them, and below it the next one once that is wanted. */
function VideoPage({ indexId, after, ...actions }: { indexId: string; after: string | null } & MomentActions) {
  const [{ data, error }, query] = useQuery({
    query: VideoList,
    variables: { indexId, after },
    requestPolicy: 'cache-and-network',
  });
  const [isMoreWanted, setMoreWanted] = useState(false);
  useReturn(useCallback(() => query({ requestPolicy: 'network-only' }), [query]));
  const page = data?.index?.videos;
  if (error && !page) return <ReadFailure error={error} onRetry={() => query({ requestPolicy: 'network-only' })} />;
  if (!page) return null;
  const { hasNextPage, endCursor } = page.pageInfo;
  return (
    <>
      {page.totalCount === 0 && (
        <div className="empty">
          <p>There is no video here yet.</p>
          <p className="hint">Drop one anywhere on this page. Once it is ready, its scenes are here to be played.</p>
        </div>
      )}
      {page.edges.map(({ node }) => (
        <VideoCard key={node.id} video={node} {...actions} />
      ))}
      {hasNextPage && isMoreWanted && <VideoPage indexId={indexId} after={endCursor} {...actions} />}
      {hasNextPage && !isMoreWanted && (
        <button type="button" className="button" onClick={() => setMoreWanted(true)}>
          Show more
        </button>
      )}
    </>
  );
}
