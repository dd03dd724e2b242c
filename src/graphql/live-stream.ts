/** What a look at something that changes has found. */
export interface Look<T> {
  /** What to tell of it, in order. */
  news: readonly T[];
  /** Whether nothing comes after that. */
  isLast: boolean;
}

/** How a stream learns of what it tells. */
export interface LiveSource<T> {
  /** Calls `changed` at every change until the function that it returns is called. */
  listen(changed: () => void): () => void;
  /** The first look. */
  begin(): Promise<Look<T>>;
  /** A look after any number of changes, for a consumer who was last told this. */
  look(last: T | undefined): Promise<Look<T>>;
}

/**
 * An async iterator over the news, which is told of changes from the moment on that this is called, and stops listening
 * when it ends or when its consumer returns, even one that never asked for a value. The consumer waits for each value
 * before it asks for the next.
 * An async generator would do the same, and have every value wait several turns longer for each of thousands.
 */
export function createLiveStream<T>({ listen, begin, look }: LiveSource<T>): AsyncIterableIterator<T> {
  let dirty = false;
  let over = false;
  let wake = () => {};
  let found: Look<T> | undefined;
  let last: T | undefined;
  let at = 0;
  const unlisten = listen(() => {
    dirty = true;
    wake();
  });
  const stop = () => {
    over = true;
    unlisten();
    wake();
  };
  const untilChanged = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  async function next(): Promise<IteratorResult<T, void>> {
    if (over) return { done: true, value: undefined };
    try {
      found ??= await begin();
      while (at === found.news.length && !found.isLast && !over) {
        if (dirty) {
          dirty = false;
          found = await look(last);
          at = 0;
        } else await untilChanged();
      }
    } catch (error) {
      stop();
      throw error;
    }
    if (over || at === found.news.length) {
      stop();
      return { done: true, value: undefined };
    }
    last = found.news[at] as T;
    at += 1;
    return { done: false, value: last };
  }

  return {
    next,
    async return() {
      stop();
      return { done: true, value: undefined };
    },
    async throw(error) {
      stop();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
