import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '../app.ts';
import { secondsSince } from '../telemetry/duration.ts';
import { createRecord, type RequestRecord, runInContext } from '../telemetry/request-context.ts';
import { requestIdOf } from '../telemetry/request-id.ts';
import type { Span, Tracing } from '../telemetry/telemetry.ts';

/** Seconds from which a request counts as slow, unless it lasts as long as its client wants. */
const SLOW = 5;
/** Characters of an address that are logged. */
const LONGEST_PATH = 200;

/** How a request ended: answered, answered with errors of the client's, or of the server's, or given up by the client. */
type Outcome = 'ok' | 'refused' | 'fault' | 'aborted';

/** A request that has ended. */
interface EndedRequest {
  transport: 'http' | 'websocket';
  record: RequestRecord;
  outcome: Outcome;
  /** Its duration. */
  seconds: number;
  span: Span;
  /** What the transport has to tell, without queries, variables and headers. */
  about: Record<string, string | number | undefined>;
}

/** Does `work` under an id of the request's own, which is also its answer's; tells of it when the answer is over. */
export function observeRequest(app: App, request: IncomingMessage, response: ServerResponse, work: () => void): void {
  const { tracing } = app.telemetry;
  const requestId = requestIdOf(request.headers);
  response.setHeader('x-request-id', requestId);
  const started = performance.now();
  const record = createRecord();
  record.lasting = request.headers['content-type']?.startsWith('multipart/') ?? false;
  const method = request.method ?? '';
  const path = (request.url ?? '/').replace(/[?#].*$/s, '').slice(0, LONGEST_PATH);
  // https://opentelemetry.io/docs/specs/semconv/http/http-spans/
  const attributes = { 'http.request.method': method, 'url.path': path, 'reelgraph.request.id': requestId };
  const parent = parentOf(tracing, request);
  const { span, trace } = tracing.begin(method, { kind: 'server', attributes, parent });
  runInContext({ requestId, trace, record }, () => {
    response.once('close', () => {
      const { statusCode: status, writableFinished } = response;
      span.set({ 'http.response.status_code': status });
      const outcome = outcomeOf(record, status, writableFinished);
      const seconds = secondsSince(started);
      endRequest(app, { transport: 'http', record, outcome, seconds, span, about: { method, path, status } });
    });
    work();
  });
}

/** The trace that a request says it belongs to. */
export function parentOf(tracing: Tracing, { headers }: IncomingMessage): unknown {
  const { traceparent, tracestate } = headers;
  return tracing.extract({ traceparent: oneOf(traceparent), tracestate: oneOf(tracestate) });
}

function outcomeOf({ faulty, refused, type }: RequestRecord, status: number, isWhole: boolean): Outcome {
  if (faulty || status >= 500) return 'fault';
  // Whoever follows a subscription over HTTP ends it by going away.
  if (!isWhole && type !== 'subscription') return 'aborted';
  return refused || status >= 400 ? 'refused' : 'ok';
}

/**
 * Measures a request that has ended, ends its span, and writes its line: slow ones as warnings, mutations at `info`,
 * all others at `debug`, so that a busy server does not drown in them. Why one was a fault has been told at `error`.
 */
export function endRequest({ log, telemetry }: App, ended: EndedRequest): void {
  const { transport, record, outcome, seconds, span, about } = ended;
  const { type, name, fields, tenant, lasting } = record;
  telemetry.metrics.requests.observe({ transport, type, outcome }, seconds);
  endSpan(span, record, outcome);
  const isSlow = seconds >= SLOW && !lasting;
  const level = isSlow ? 'warn' : type === 'mutation' ? 'info' : 'debug';
  if (!log.isLevelEnabled(level)) return;
  const operation = type === 'none' ? {} : { type, operation: name, fields, tenant };
  log[level]({ transport, ...about, ...operation, outcome, seconds }, isSlow ? 'slow request' : 'request');
}

/** https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/ */
function endSpan(span: Span, { type, name, fields }: RequestRecord, outcome: Outcome): void {
  if (type !== 'none') {
    // Names of spans are to be few: the client's own name of the operation is only an attribute.
    span.rename(`${type} ${fields[0] ?? ''}`);
    span.set({ 'graphql.operation.type': type, 'graphql.operation.name': name });
  }
  span.set({ 'reelgraph.outcome': outcome });
  if (outcome === 'fault') span.fail(new Error('the request failed; its cause is in the log'));
  span.end();
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? undefined : header;
}
