import { currentContext, type RequestContext } from './request-context.ts';
import type { Tracing } from './tracing.ts';

/**
 * Where a job's data keeps whose work it is. It stands beside the job's own input, whose schema leaves it out: a worker
 * of the version before runs such a job, and this one runs jobs without it.
 */
const FIELD = '_context';

/** What travels with a job: the request's id, and W3C Trace Context. */
interface Carried {
  requestId?: string | undefined;
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}

/** A job's data, with the context of the work that enqueues it. */
export function withContext(tracing: Tracing, data: object): object {
  const { requestId } = currentContext();
  const carried: Carried = { ...(requestId && { requestId }), ...tracing.inject() };
  return Object.keys(carried).length > 0 ? { ...data, [FIELD]: carried } : data;
}

/** The context that a job's data came with, for the work on it. */
export function contextOf(tracing: Tracing, data: unknown): RequestContext {
  const carried = (isObject(data) && isObject(data[FIELD]) ? data[FIELD] : {}) as Record<keyof Carried, unknown>;
  const { requestId, traceparent, tracestate } = carried;
  return {
    ...(typeof requestId === 'string' && { requestId }),
    trace: tracing.extract({ traceparent: textOf(traceparent), tracestate: textOf(tracestate) }),
  };
}

/** A job's data as it was enqueued. */
export function withoutContext(data: unknown): unknown {
  if (!isObject(data)) return data;
  const { [FIELD]: _, ...own } = data;
  return own;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
