import { useState } from 'react';
import type { IndexSummary, Moment, Wanted } from '../moments.ts';
import { AddVideo } from './add-video.tsx';
import { DropArea } from './drop-area.tsx';
import { Hits } from './hits.tsx';
import { Player } from './player.tsx';
import { SearchForm } from './search-form.tsx';
import { TaskSection } from './task-section.tsx';
import type { Uploads } from './use-uploads.ts';
import { VideoSection } from './video-section.tsx';

/** One index: what it has, what is being added, and what is looked for in it. */
export function Workspace({ index, uploads }: { index: IndexSummary; uploads: Uploads }) {
  const [wanted, setWanted] = useState<Wanted>();
  const [playing, setPlaying] = useState<Moment>();
  const actions = {
    onPlay: setPlaying,
    onLike(moment: Moment) {
      setPlaying(undefined);
      setWanted({ kind: 'moment', moment });
    },
  };

  function take(files: readonly File[]) {
    const image = files.find(({ type }) => type.startsWith('image/'));
    if (image) setWanted({ kind: 'image', file: image });
    uploads.start(
      index.id,
      files.filter(({ type }) => !type.startsWith('image/')),
    );
  }

  return (
    <div className="workspace">
      <div className="area-search">
        <SearchForm index={index} wanted={wanted} onSearch={setWanted} />
        {wanted && <Hits index={index} wanted={wanted} {...actions} />}
      </div>
      <div className="area-side">
        <AddVideo index={index} uploads={uploads} />
        <TaskSection indexId={index.id} names={uploads.names} />
      </div>
      <VideoSection index={index} {...actions} />
      <DropArea onDrop={take} />
      {playing && <Player moment={playing} onClose={() => setPlaying(undefined)} onLike={actions.onLike} />}
    </div>
  );
}
