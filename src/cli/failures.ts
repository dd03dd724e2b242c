import { inspect } from 'node:util';
import { RequestFailedError, ServerUnreachableError } from '../client/client.ts';

/** The exit code of a command that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** A failure of a command that its message says everything about. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
}

/** A signal asked to stop. */
class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** Whether an error is, or comes from, an InterruptedError: what is aborted often fails with one of its own. */
export function isInterruption(error: unknown): boolean {
  return error instanceof InterruptedError || (error instanceof Error && isInterruption(error.cause));
}

/**
 * A signal that aborts with an InterruptedError at SIGINT, SIGTERM or whatever else is to interrupt. A later one ends the process on the spot; the same
 * one again at once does not, as npm passes Ctrl-C on to a process that the terminal has told already.
 */
export function abortOnInterrupt(names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM']): AbortSignal {
  const controller = new AbortController();
  let since = 0;
  const interrupt = () => {
    if (controller.signal.aborted && Date.now() - since > 500) process.exit(INTERRUPTED);
    if (controller.signal.aborted) return;
    since = Date.now();
    controller.abort(new InterruptedError('Interrupted'));
  };
  for (const name of names) process.on(name, interrupt);
  return controller.signal;
}

/** What to print of an error: its message; of a fault in the program itself, where it happened as well. */
export function describeFailure(error: unknown): string {
  if (isInterruption(error)) return 'Interrupted';
  if (!(error instanceof Error) || isFault(error)) return `reelgraph: this should not have happened: ${inspect(error)}`;
  return `reelgraph: ${messageOf(error)}${hintFor(error)}`;
}

function hintFor(error: Error): string {
  if (error instanceof ServerUnreachableError) return '\nIs a server running there? One starts with: reelgraph serve';
  if (error instanceof RequestFailedError && error.codes.includes('UNAUTHENTICATED'))
    return '\nGive a key with --api-key or REELGRAPH_API_KEY. Whoever owns the server makes one with: reelgraph keys create NAME';
  return '';
}

function isFault(error: Error): boolean {
  const faults = [TypeError, ReferenceError, RangeError, SyntaxError, EvalError];
  return faults.some((fault) => error instanceof fault);
}

// A connection that fails at several addresses has no message of its own; a failed query's is in its cause.
function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each) => messageOf(each as Error)).join('; ');
  const { message, cause } = error;
  // Who repeats a cause's message has told of it.
  const told = cause instanceof Error && cause.message !== '' && message.includes(cause.message);
  const deeper = cause instanceof Error && !told ? messageOf(cause) : '';
  return deeper && !message.includes(deeper) ? `${message}: ${deeper}` : message;
}
