import { useEffect, useRef } from 'react';
import { clock, MODALITY_WORDS } from '../api/words.ts';
import type { IndexSummary, MomentActions, Wanted } from '../moments.ts';
import { Clip } from './clip.tsx';
import { useSearch } from './use-search.ts';

/** What was found, the best first. */
export function Hits({ index, wanted, ...actions }: { index: IndexSummary; wanted: Wanted } & MomentActions) {
  const found = useSearch(index.id, wanted);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Words are typed on; whoever pressed a button elsewhere is brought here.
    if (wanted.kind !== 'words') heading.current?.focus();
  }, [wanted]);
  const hits = found.state === 'found' ? found.hits : [];
  return (
    <section aria-labelledby="hits" aria-busy={found.state === 'searching'}>
      <h2 id="hits" ref={heading} tabIndex={-1} className="unseen">
        Results
      </h2>
      <p className={found.state === 'failed' ? 'failure' : 'hint'} role="status">
        {found.state === 'searching' && 'Searching…'}
        {found.state === 'failed' && found.message}
        {found.state === 'found' && count(hits.length)}
      </p>
      <ul className="hits">
        {hits.map((hit) => (
          <li key={`${hit.video.id} ${hit.startOffset}`}>
            <Clip moment={hit} {...actions}>
              <p className="clip-title">{hit.video.metadata.filename}</p>
              <p className="hint">
                {MODALITY_WORDS[hit.modality]} · {clock(hit.startOffset)}–{clock(hit.endOffset)}
              </p>
              {hit.text && <p className="clip-words">{hit.text}</p>}
            </Clip>
          </li>
        ))}
      </ul>
    </section>
  );
}

function count(hits: number): string {
  if (hits === 0) return 'Nothing was found. Try other words, or a picture.';
  return hits === 1 ? 'One moment was found.' : `${hits} moments were found, the best first.`;
}
