import { NotFoundError } from '../errors.ts';
import { type Context, forgetLoaded } from './context.ts';
import { createLiveStream } from './live-stream.ts';

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

/**
 * A row as it is, then whatever is new of it. Ends after the news that it is over, and when it is deleted.
 * @throws NotFoundError
 */
export async function watchRow<Row extends object>(
  context: Context,
  row: LiveRow<Row>,
): Promise<AsyncIterableIterator<Row>> {
  const { db } = context.app;
  let begin: Row | undefined;
  const stream = createLiveStream<Row>(row.listen, async function* (changes) {
    if (!begin) return;
    let told = begin;
    yield told;
    while (!row.isOver(told) && (await changes.next())) {
      const [now, news] = await db.steadily(async () => {
        const found = await row.find();
        return [found, found ? await row.newsOf(found, told) : []] as const;
      });
      if (!now) return;
      for (const next of news) {
        told = next;
        forgetLoaded(context);
        yield next;
        if (row.isOver(next)) return;
      }
    }
  });
  try {
    begin = await db.steadily(() => row.find());
    if (!begin) throw new NotFoundError(row.missing);
    return stream;
  } catch (error) {
    await stream.return?.();
    throw error;
  }
}
