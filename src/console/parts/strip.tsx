import { useState } from 'react';
import { useQuery } from 'urql';
import { SceneList } from '../api/documents.ts';
import type { Moment, MomentActions, Video } from '../moments.ts';
import { Clip } from './clip.tsx';
import { ReadFailure } from './read-failure.tsx';

/** The scenes of a video in a row; a long one has more of them than are read at first. */
export function Strip({ video, ...actions }: { video: Video } & MomentActions) {
  return (
    <ul className="strip" aria-label={`Scenes of ${video.metadata.filename}`}>
      <Scenes video={video} page={video.segments} {...actions} />
    </ul>
  );
}

function Scenes({ video, page, ...actions }: { video: Video; page: Video['segments'] } & MomentActions) {
  const [isMoreWanted, setMoreWanted] = useState(false);
  const { hasNextPage, endCursor } = page.pageInfo;
  return (
    <>
      {momentsOf(video, page).map((moment) => (
        <li key={moment.startOffset}>
          <Clip moment={moment} {...actions} />
        </li>
      ))}
      {hasNextPage && isMoreWanted && <NextScenes video={video} after={endCursor} {...actions} />}
      {hasNextPage && !isMoreWanted && (
        <li>
          <button
            type="button"
            className="button"
            aria-label={`Show more scenes of ${video.metadata.filename}`}
            onClick={() => setMoreWanted(true)}
          >
            Show more
          </button>
        </li>
      )}
    </>
  );
}

function NextScenes({ video, after, ...actions }: { video: Video; after: string | null } & MomentActions) {
  const [{ data, error }, query] = useQuery({ query: SceneList, variables: { id: video.id, after } });
  const page = data?.video?.segments;
  if (page) return <Scenes video={video} page={page} {...actions} />;
  if (!error) return null;
  return (
    <li>
      <ReadFailure error={error} onRetry={() => query({ requestPolicy: 'network-only' })} />
    </li>
  );
}

/** The clips of a page; where a video has none with a picture, its beginning. */
function momentsOf(video: Video, page: Video['segments']): Moment[] {
  const clips = page.edges.map(({ node }) => node).filter(({ scope }) => scope === 'CLIP');
  if (clips.length === 0 && page === video.segments)
    return [{ video, startOffset: 0, thumbnailUrl: video.thumbnailUrl }];
  return clips.map(({ startOffset, thumbnailUrl }) => ({ video, startOffset, thumbnailUrl }));
}
