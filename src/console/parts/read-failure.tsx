import type { CombinedError } from 'urql';
import { describeError } from '../api/api.ts';

/** What is seen in place of a list that could not be read. */
export function ReadFailure({ error, onRetry }: { error: CombinedError; onRetry(): void }) {
  return (
    <div className="empty" role="alert">
      <p>{describeError(error)}</p>
      <button type="button" className="button small" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
