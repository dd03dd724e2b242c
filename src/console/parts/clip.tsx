import type { ReactNode } from 'react';
import { clock } from '../api/words.ts';
import type { Moment, MomentActions } from '../moments.ts';
import { LikeIcon, PlayIcon } from './icons.tsx';

/** A moment as a thumbnail that plays it, with a way to those that are like it. */
export function Clip({ moment, onPlay, onLike, children }: { moment: Moment; children?: ReactNode } & MomentActions) {
  const { video, startOffset, thumbnailUrl } = moment;
  const time = clock(startOffset);
  const place = `${time} of ${video.metadata.filename}`;
  return (
    <article className="clip" aria-label={place}>
      <button type="button" className="thumbnail" aria-label={`Play from ${place}`} onClick={() => onPlay(moment)}>
        {thumbnailUrl && <img src={thumbnailUrl} alt="" loading="lazy" decoding="async" />}
        <PlayIcon />
        <span className="time">{time}</span>
      </button>
      <button
        type="button"
        className="icon-button like"
        aria-label={`More like ${place}`}
        title="More like this"
        onClick={() => onLike(moment)}
      >
        <LikeIcon />
      </button>
      {children}
    </article>
  );
}
