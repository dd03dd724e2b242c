import { NotFoundError } from '../errors.ts';
import type { Context } from './context.ts';
import { createLiveStream, type Look } from './live-stream.ts';

/** A row that changes until it is over, and how its subscribers learn of it. */
export interface LiveRow<Row> {
  /** Calls `changed` whenever the row may have changed, until the function that it returns is called. */
  listen(changed: () => void): () => void;
  /** The row as it is now, or undefined when it is not there. */
  find(): Promise<Row | undefined>;
  /** What to tell a subscriber who was last told `told`, in order. */
  newsOf(row: Row, told: Row): Row[] | Promise<Row[]>;
  isOver(row: Row): boolean;
  /** What to say of a row that is not there. */
  missing: string;
}

/** The looks of one turn, by what those who look were told last: the same object means the same row of the same tenant. */
const looks = new Map<object, Promise<Look<unknown>>>();

/**
 * One look for all who were told the same and look in the same turn, as those do whom a hint wakes by the thousand: a
 * promise each for the row, the news and the steadiness took more than to send them. Whoever looks later sees later.
 */
function lookTogether<Row extends object>(told: Row, look: () => Promise<Look<Row>>): Promise<Look<Row>> {
  if (looks.size === 0) queueMicrotask(() => looks.clear());
  const begun = looks.get(told) ?? look();
  looks.set(told, begun);
  return begun as Promise<Look<Row>>;
}

/**
 * A row as it is, then whatever is new of it. Ends after the news that it is over, and when it is deleted.
 * @throws NotFoundError
 */
export async function watchRow<Row extends object>(
  { app: { db } }: Context,
  { listen, find, newsOf, isOver, missing }: LiveRow<Row>,
): Promise<AsyncIterableIterator<Row>> {
  /** What is new of the row, up to the news that it is over. */
  async function lookSince(before: Row): Promise<Look<Row>> {
    const news = await db.steadily(async () => {
      const row = await find();
      return row && newsOf(row, before);
    });
    if (!news) return { news: [], isLast: true };
    const end = news.findIndex(isOver);
    return { news: end < 0 ? news : news.slice(0, end + 1), isLast: end >= 0 };
  }

  const stream = createLiveStream<Row>({
    listen,
    async begin() {
      const row = await begun;
      return { news: row ? [row] : [], isLast: !row || isOver(row) };
    },
    look: (told) => lookTogether(told as Row, () => lookSince(told as Row)),
  });
  // Only now, as it listens.
  const begun = db.steadily(find);
  try {
    if (!(await begun)) throw new NotFoundError(missing);
    return stream;
  } catch (error) {
    await stream.return?.();
    throw error;
  }
}
