import { ReelMark } from './icons.tsx';

/** What is seen before there is any index. */
export function Welcome({ onCreate }: { onCreate(): void }) {
  return (
    <section className="welcome" aria-labelledby="welcome">
      <ReelMark />
      <h2 id="welcome">Begin with an index</h2>
      <p>
        An index is a collection of videos that are searched together. Create one, drop a video into it, and find
        moments in it by words or by a picture.
      </p>
      <button type="button" className="button primary" onClick={onCreate}>
        Create an index
      </button>
    </section>
  );
}

/** What is seen where the server has not told of any index. */
export function Unreachable({ message, onRetry }: { message: string; onRetry(): void }) {
  return (
    <section className="welcome" role="alert">
      <h2>Nothing to show</h2>
      <p>{message}</p>
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
    </section>
  );
}
