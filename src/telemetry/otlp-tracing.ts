import {
  type Span as ApiSpan,
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  hostDetector,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { currentContext } from './request-context.ts';
import { describeError } from './safe-error.ts';
import type { Span, TraceHeaders, Tracing } from './tracing.ts';

/** Milliseconds that the last spans have to be sent in. */
const FLUSH = 3_000;
/** Characters of one attribute: operations are named by clients. */
const LONGEST_ATTRIBUTE = 500;

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** Which traces are recorded, by the names of the specification. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

export interface OtlpOptions {
  version: string;
  sampler?: SamplerName | undefined;
  /** Of all traces, for the samplers that take a ratio: 0 to 1. */
  ratio?: number | undefined;
  /** Told that spans could not be sent. */
  onFault(fault: unknown): void;
}

/**
 * Sends spans by OTLP over HTTP, where the exporter's own variables say: `OTEL_EXPORTER_OTLP_ENDPOINT` and so on.
 * This file is loaded only when traces are switched on.
 */
export function createOtlpTracing({ version, sampler, ratio = 1, onFault }: OtlpOptions): Tracing {
  setGlobalErrorHandler(onFault);
  const report = (message: string) => onFault(new Error(message));
  const ignore = () => {};
  const logger = { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  // Not the process detector: a command line may hold secrets.
  const detectors = [hostDetector, serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector];
  const own = resourceFromAttributes({ 'service.name': 'reelgraph', 'service.version': version });
  const provider = new TracerProvider({
    resource: defaultResource().merge(own).merge(detectResources({ detectors })),
    sampler: createSampler(sampler ?? 'parentbased_always_on', ratio),
    spanLimits: { attributeValueLengthLimit: LONGEST_ATTRIBUTE },
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const tracer = provider.getTracer('reelgraph', version);
  const propagator = new W3CTraceContextPropagator();
  const present = () => (currentContext().trace as Context | undefined) ?? ROOT_CONTEXT;

  return {
    isOn: true,
    begin(name, { kind = 'internal', attributes = {}, parent } = {}) {
      const context = (parent as Context | undefined) ?? present();
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, context);
      return { span: wrap(span), trace: trace.setSpan(context, span) };
    },
    extract: (headers) => propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter),
    inject() {
      const headers: TraceHeaders = {};
      propagator.inject(present(), headers, defaultTextMapSetter);
      return headers;
    },
    traceId: () => trace.getSpanContext(present())?.traceId,
    async close() {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, FLUSH);
      await Promise.race([provider.shutdown().catch(onFault), late.promise]).finally(() => clearTimeout(timer));
    },
  };
}

function wrap(span: ApiSpan): Span {
  return {
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(attributes),
    fail(error) {
      const { type, message, stack } = describeError(error);
      span.addEvent('exception', {
        'exception.type': type,
        'exception.message': message,
        'exception.stacktrace': stack,
      });
      span.setAttribute('error.type', type);
      span.setStatus({ code: SpanStatusCode.ERROR, message });
    },
    end: () => span.end(),
  };
}

function createSampler(name: SamplerName, ratio: number): Sampler {
  const root = name.endsWith('always_off')
    ? new AlwaysOffSampler()
    : name.endsWith('traceidratio')
      ? new TraceIdRatioBasedSampler(ratio)
      : new AlwaysOnSampler();
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}
