import { currentContext, type RequestContext, runInContext } from './request-context.ts';

/** Who does what is traced: https://opentelemetry.io/docs/specs/otel/trace/api/#spankind */
export type SpanKind = 'internal' | 'server' | 'producer' | 'consumer';
type Attributes = Record<string, string | number | boolean | undefined>;

/** Something that takes time, under way. */
export interface Span {
  rename(name: string): void;
  set(attributes: Attributes): void;
  /** Marks it as failed; of an error only what may be logged is kept. */
  fail(error: unknown): void;
  end(): void;
}

export interface SpanOptions {
  kind?: SpanKind;
  attributes?: Attributes;
  /** The trace that it is part of, where that is not the present one. */
  parent?: unknown;
}

/** W3C Trace Context, as headers carry it: https://www.w3.org/TR/trace-context/ */
export interface TraceHeaders {
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}

/** Says where time goes, across processes; does nothing and loads nothing unless it is switched on. */
export interface Tracing {
  readonly isOn: boolean;
  /** Begins a span; what is done in the context is part of it. The caller ends it. */
  begin(name: string, options?: SpanOptions): { span: Span; trace: unknown };
  /** The trace that somebody else began, for a new context. */
  extract(headers: TraceHeaders): unknown;
  /** The present trace, for somebody else to go on with. */
  inject(): TraceHeaders;
  /** The id of the present trace. */
  traceId(): string | undefined;
  /** Sends what has not been sent; gives up after a few seconds. */
  close(): Promise<void>;
}

const NO_SPAN: Span = { rename: () => {}, set: () => {}, fail: () => {}, end: () => {} };
const NOTHING = { span: NO_SPAN, trace: undefined };

export const NO_TRACING: Tracing = {
  isOn: false,
  begin: () => NOTHING,
  extract: () => undefined,
  inject: () => ({}),
  traceId: () => undefined,
  close: async () => {},
};

/** Does `work` as a span of its own. */
export async function inSpan<T>(
  tracing: Tracing,
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  if (!tracing.isOn) return work(NO_SPAN);
  const { span, trace } = tracing.begin(name, options);
  const context: RequestContext = { ...currentContext(), trace };
  try {
    return await runInContext(context, () => work(span));
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}
