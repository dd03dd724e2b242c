import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { Transcript } from '../api/documents.ts';
import { toWebVtt } from '../api/web-vtt.ts';
import { clock } from '../api/words.ts';
import type { Moment } from '../moments.ts';
import { Dialog } from './dialog.tsx';
import { LikeIcon } from './icons.tsx';

/** Plays a video from a moment on, with its spoken words where they are known. */
export function Player({ moment, onClose, onLike }: { moment: Moment; onClose(): void; onLike(moment: Moment): void }) {
  const { video, startOffset } = moment;
  const [isUnplayable, setUnplayable] = useState(false);
  const captions = useCaptions(video.id);
  return (
    <Dialog title={video.metadata.filename} className="player" onClose={onClose}>
      {/* biome-ignore lint/a11y/useMediaCaption: there are captions where words are known */}
      <video
        controls
        playsInline
        src={video.url ?? undefined}
        onError={() => setUnplayable(true)}
        onLoadedMetadata={({ currentTarget }) => {
          currentTarget.currentTime = startOffset;
          // Where the browser wants to be asked first, its button does it.
          currentTarget.play().catch(() => undefined);
        }}
      >
        {/* A browser looks at `default` when the track comes, so it comes with its words. */}
        {captions && <track key={captions} kind="captions" label="Spoken words" src={captions} default />}
      </video>
      {isUnplayable && (
        <p className="failure" role="alert">
          This browser cannot play the file. <a href={video.url ?? undefined}>Download it</a> to play it elsewhere.
        </p>
      )}
      <div className="actions">
        <p className="hint">From {clock(startOffset)}</p>
        <button type="button" className="button" onClick={() => onLike(moment)}>
          <LikeIcon />
          More like this
        </button>
      </div>
    </Dialog>
  );
}

/** Where the captions of a video are; undefined where there are none. */
function useCaptions(id: string): string | undefined {
  const [{ data }] = useQuery({ query: Transcript, variables: { id } });
  const lines = data?.video?.transcript;
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (!lines?.length) return;
    const made = URL.createObjectURL(new Blob([toWebVtt(lines)], { type: 'text/vtt' }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [lines]);
  return address;
}
