/** An operation that runs. */
export interface RunningOperation {
  /** Takes over its stream, and returns it at once where the socket is over by then. */
  follow(stream: AsyncIterator<unknown>): void;
  end(): void;
}

/** The operations of one socket. */
export type RunningOperations = ReturnType<typeof createRunningOperations>;

/**
 * Keeps the operations of a socket until they are over. graphql-ws has in its list only those that the client has not
 * completed, though one that is no subscription goes on all the same.
 */
export function createRunningOperations() {
  const running = new Map<RunningOperation, AsyncIterator<unknown> | undefined>();
  let isOver = false;
  return {
    get size(): number {
      return running.size;
    },
    /** @param onEnd called once, when the operation is over */
    add(onEnd: () => void): RunningOperation {
      const operation: RunningOperation = {
        follow(stream) {
          running.set(operation, stream);
          if (isOver) giveBack(stream);
        },
        end() {
          if (running.delete(operation)) onEnd();
        },
      };
      running.set(operation, undefined);
      return operation;
    },
    /** Ends the streams, also those that are still to come. */
    stop(): void {
      isOver = true;
      for (const stream of [...running.values()]) if (stream) giveBack(stream);
    },
  };
}

function giveBack(stream: AsyncIterator<unknown>): void {
  void stream.return?.().catch(() => {});
}
