import { secondsSince } from './duration.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { SamplerName } from './otlp-tracing.ts';
import { inSpan, NO_TRACING, type Span, type SpanOptions, type Tracing } from './tracing.ts';

export type { Metrics } from './metrics.ts';
export type { Span, SpanOptions, Tracing } from './tracing.ts';

/** A stage of the work on a video. */
export type StageName = 'download' | 'probe' | 'decode' | 'validate' | 'embed' | 'index' | 'commit';

/** What a process tells of itself besides its log. */
export interface Telemetry {
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** Does `work` as a span of its own. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** Does a stage's work, traces it, and measures it unless it fails. */
  stage<T>(stage: StageName, work: () => Promise<T>, about?: { modality?: string }): Promise<T>;
}

/** Measures; traces where it is given what does that. */
export function createTelemetry(tracing: Tracing = NO_TRACING): Telemetry {
  const metrics = createMetrics();
  return {
    metrics,
    tracing,
    span: (name, options, work) => inSpan(tracing, name, options, work),
    async stage(stage, work, { modality } = {}) {
      const started = performance.now();
      const attributes = { 'reelgraph.stage': stage, ...(modality && { 'reelgraph.modality': modality }) };
      const name = modality ? `${stage} ${modality}` : stage;
      const result = await inSpan(tracing, name, { attributes }, work);
      metrics.stages.observe({ stage, ...(modality && { modality }) }, secondsSince(started));
      return result;
    },
  };
}

/** The settings that switch traces on, and those of the specification's that its library does not read itself. */
export interface TraceSettings {
  endpoint: string | undefined;
  sampler?: SamplerName | undefined;
  ratio?: number | undefined;
}

/** Traces, where an endpoint is set for them; else nothing is loaded. */
export async function openTracing(
  { endpoint, sampler, ratio }: TraceSettings,
  version: string,
  onFault: (fault: unknown) => void,
): Promise<Tracing> {
  if (!endpoint) return NO_TRACING;
  const { createOtlpTracing } = await import('./otlp-tracing.ts');
  return createOtlpTracing({ version, sampler, ratio, onFault });
}
