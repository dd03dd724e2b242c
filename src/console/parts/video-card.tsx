import { DeleteVideo } from '../api/documents.ts';
import { clock } from '../api/words.ts';
import type { Moment, MomentActions, Video } from '../moments.ts';
import { Clip } from './clip.tsx';
import { ConfirmButton } from './confirm-button.tsx';
import { useChange } from './task-row.tsx';

const DATE = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** A video, with the strip of its scenes. */
export function VideoCard({ video, ...actions }: { video: Video } & MomentActions) {
  const { id, metadata, createdAt } = video;
  const { filename, duration, width, height } = metadata;
  const remove = useChange(DeleteVideo);
  const label = `Scenes of ${filename}`;
  return (
    <article className="card video" aria-labelledby={id}>
      <div className="video-head">
        <h3 id={id}>{filename}</h3>
        <p className="hint">
          {clock(duration)} · {width}×{height} · {DATE.format(new Date(createdAt))}
        </p>
        <ConfirmButton className="button small quiet" subject={filename} onConfirm={() => remove(id)} />
      </div>
      <ul className="strip" aria-label={label}>
        {momentsOf(video).map((moment) => (
          <li key={moment.startOffset}>
            <Clip moment={moment} {...actions} />
          </li>
        ))}
      </ul>
    </article>
  );
}

/** The clips of a video; where none of them has a picture, its beginning. */
function momentsOf(video: Video): Moment[] {
  const clips = video.segments.edges.map(({ node }) => node).filter(({ scope }) => scope === 'CLIP');
  if (clips.length === 0) return [{ video, startOffset: 0, thumbnailUrl: video.thumbnailUrl }];
  return clips.map(({ startOffset, thumbnailUrl }) => ({ video, startOffset, thumbnailUrl }));
}
