import { DeleteVideo } from '../api/documents.ts';
import { clock } from '../api/words.ts';
import type { MomentActions, Video } from '../moments.ts';
import { ConfirmButton } from './confirm-button.tsx';
import { Strip } from './strip.tsx';
import { useChange } from './task-row.tsx';

const DATE = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** A video, with the strip of its scenes. */
export function VideoCard({ video, ...actions }: { video: Video } & MomentActions) {
  const { id, metadata, createdAt } = video;
  const { filename, duration, width, height } = metadata;
  const remove = useChange(DeleteVideo);
  return (
    <article className="card video" aria-labelledby={id}>
      <div className="video-head">
        <h3 id={id}>{filename}</h3>
        <p className="hint">
          {clock(duration)} · {width}×{height} · {DATE.format(new Date(createdAt))}
        </p>
        <ConfirmButton className="button small quiet" subject={filename} onConfirm={() => remove(id)} />
      </div>
      <Strip video={video} {...actions} />
    </article>
  );
}
