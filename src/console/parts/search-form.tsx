import { type FormEvent, useEffect, useState } from 'react';
import { clock } from '../api/words.ts';
import type { IndexSummary, Wanted } from '../moments.ts';
import { FileButton } from './file-button.tsx';
import { CloseIcon, ImageIcon, SearchIcon } from './icons.tsx';

/** Asks what to look for: words here, a picture by its button, a moment by the one beside each thumbnail. */
export function SearchForm({
  index,
  wanted,
  onSearch,
}: {
  index: IndexSummary;
  wanted: Wanted | undefined;
  onSearch(wanted: Wanted | undefined): void;
}) {
  const [text, setText] = useState('');
  useEffect(() => {
    if (wanted && wanted.kind !== 'words') setText('');
  }, [wanted]);
  const abilities = index.model.modalities.filter(({ modality }) => index.modalities.includes(modality));
  const isClosed = abilities.some(({ modality, vocabulary }) => modality === 'VISUAL' && vocabulary === 'CLOSED');

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const trimmed = text.trim();
    onSearch(trimmed === '' ? undefined : { kind: 'words', text: trimmed });
  }
  return (
    <search>
      <form className="search" onSubmit={onSubmit}>
        <label className="unseen" htmlFor="words">
          Search this index
        </label>
        <SearchIcon />
        <input
          id="words"
          type="search"
          value={text}
          placeholder="Search moments"
          aria-describedby={isClosed ? 'vocabulary' : undefined}
          autoComplete="off"
          onChange={({ target }) => {
            setText(target.value);
            if (target.value === '' && wanted?.kind === 'words') onSearch(undefined);
          }}
        />
        {abilities.some(({ imageQueries }) => imageQueries) && (
          <FileButton
            className="icon-button"
            accept="image/*"
            label="Search by a picture"
            onChoose={([file]) => file && onSearch({ kind: 'image', file })}
          >
            <ImageIcon />
          </FileButton>
        )}
        <button type="submit" className="button primary">
          Search
        </button>
      </form>
      {wanted && wanted.kind !== 'words' && (
        <p className="wanted">
          <span>{describe(wanted)}</span>
          <button
            type="button"
            className="icon-button"
            aria-label="End this search"
            onClick={() => onSearch(undefined)}
          >
            <CloseIcon />
          </button>
        </p>
      )}
      {isClosed && !wanted && (
        <p id="vocabulary" className="hint">
          The pictures of this index are searched by the names of things, such as “dog”, “lighthouse” or “espresso”.
        </p>
      )}
    </search>
  );
}

function describe(wanted: Exclude<Wanted, { kind: 'words' }>): string {
  if (wanted.kind === 'image') return `Like the picture ${wanted.file.name}`;
  const { startOffset, video } = wanted.moment;
  return `Like ${clock(startOffset)} of ${video.metadata.filename}`;
}
