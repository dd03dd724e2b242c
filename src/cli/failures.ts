import { inspect } from 'node:util';

/** The exit code of a command that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** A failure of a command that its message says everything about. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
}

/** SIGINT or SIGTERM arrived. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/**
 * A signal that aborts with an InterruptedError at SIGINT or SIGTERM. A later one ends the process on the spot; the same
 * one again at once does not, as npm passes Ctrl-C on to a process that the terminal has told already.
 */
export function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  let since = 0;
  const interrupt = () => {
    if (controller.signal.aborted && Date.now() - since > 500) process.exit(INTERRUPTED);
    if (controller.signal.aborted) return;
    since = Date.now();
    controller.abort(new InterruptedError('Interrupted'));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return controller.signal;
}

/** What to print of an error: its message; of a fault in the program itself, where it happened as well. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error) || isFault(error)) return `reelgraph: this should not have happened: ${inspect(error)}`;
  return `reelgraph: ${messageOf(error)}`;
}

function isFault(error: Error): boolean {
  const faults = [TypeError, ReferenceError, RangeError, SyntaxError, EvalError];
  return faults.some((fault) => error instanceof fault);
}

// A connection that fails at several addresses has no message of its own; a failed query's is in its cause.
function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each) => messageOf(each as Error)).join('; ');
  const { message, cause } = error;
  const deeper = cause instanceof Error ? messageOf(cause) : '';
  return deeper && !message.includes(deeper) ? `${message}: ${deeper}` : message;
}
