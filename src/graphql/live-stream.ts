/** Tells a stream that it has something to look at; however often it is told meanwhile, it looks once. */
export interface Changes {
  /** Resolves to true after a change, at once if there was one since the last call; to false when the stream is over. */
  next(): Promise<boolean>;
}

/**
 * An async iterator over what `produce` yields, which is told of changes from the moment on that this is called, and
 * stops listening when it ends or when its consumer returns, even one that never asked for a value.
 * @param listen calls `changed` at every change until the function that it returns is called
 */
export function createLiveStream<T>(
  listen: (changed: () => void) => () => void,
  produce: (changes: Changes) => AsyncGenerator<T, void>,
): AsyncIterableIterator<T> {
  let dirty = false;
  let over = false;
  let wake = () => {};
  const unlisten = listen(() => {
    dirty = true;
    wake();
  });
  const stop = () => {
    over = true;
    unlisten();
    wake();
  };
  const changes: Changes = {
    async next() {
      if (!dirty && !over)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      dirty = false;
      return !over;
    },
  };
  const values = produce(changes);
  const stopIfDone = (result: IteratorResult<T, void>) => {
    if (result.done) stop();
    return result;
  };
  const stopAndThrow = (error: unknown) => {
    stop();
    throw error;
  };
  return {
    // A generator around it would do the same, and have every value wait three turns longer.
    next: () => values.next().then(stopIfDone, stopAndThrow),
    // One that waits for a change would go on waiting.
    async return() {
      stop();
      return values.return();
    },
    async throw(error) {
      stop();
      return values.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
