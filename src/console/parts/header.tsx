import type { ConnectionState } from '../api/connection.ts';
import { useConnectionState } from '../api-context.ts';
import type { IndexSummary } from '../moments.ts';
import { AddIcon, ReelMark } from './icons.tsx';

const CONNECTION_WORDS: Record<ConnectionState, string> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Reconnecting',
};

export function Header({
  indexes,
  isCut,
  chosen,
  onChoose,
  onCreate,
  onLeave,
}: {
  indexes: readonly IndexSummary[];
  /** Whether there are more than these. */
  isCut: boolean;
  chosen: IndexSummary | undefined;
  onChoose(id: string): void;
  onCreate(): void;
  onLeave: (() => void) | undefined;
}) {
  return (
    <header className="header">
      <h1 className="brand">
        <ReelMark />
        Reelgraph
      </h1>
      {chosen && (
        <div className="picker">
          <label className="unseen" htmlFor="index">
            Index
          </label>
          <select id="index" value={chosen.id} onChange={({ target }) => onChoose(target.value)}>
            {indexes.map(({ id, name, videoCount }) => (
              <option key={id} value={id}>
                {name} ({videoCount})
              </option>
            ))}
            {isCut && <option disabled>Only these {indexes.length} are listed</option>}
          </select>
          <button type="button" className="button quiet" onClick={onCreate}>
            <AddIcon />
            New index
          </button>
        </div>
      )}
      <div className="aside">
        {chosen && <ConnectionSign />}
        {onLeave && (
          <button type="button" className="button quiet" onClick={onLeave}>
            Forget key
          </button>
        )}
      </div>
    </header>
  );
}

function ConnectionSign() {
  const state = useConnectionState();
  return (
    <p className="connection" data-state={state} role="status">
      {CONNECTION_WORDS[state]}
    </p>
  );
}
