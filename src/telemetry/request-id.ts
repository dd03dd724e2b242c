import { randomUUID } from 'node:crypto';

/** What an id of somebody else's may be: it stands in logs, headers and rows as it is. */
const SANE = /^[\w.:-]{1,64}$/;
/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACE_PARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;

type Header = string | string[] | undefined;

/** The id of a request: the client's own where it is sane, else that of the trace that it belongs to, else a new one. */
export function requestIdOf(headers: Record<string, Header>): string {
  const given = headers['x-request-id'];
  if (typeof given === 'string' && SANE.test(given)) return given;
  const parent = headers.traceparent;
  const traceId = typeof parent === 'string' ? TRACE_PARENT.exec(parent)?.[1] : undefined;
  return traceId ?? randomUUID();
}
