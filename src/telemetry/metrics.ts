import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds: answers that need no model take milliseconds, those that do up to seconds. */
const ANSWERS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Seconds of work on videos, which may be hours long. */
const WORK = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600, 1800, 7200];
/** Seconds of one call of a model, and of the wait before it. */
const RUNS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** Seconds of video for a second of decoding. */
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Everything that is measured, by the conventions of Prometheus: base units, totals, and labels whose values are few
 * and our own. https://prometheus.io/docs/practices/naming/
 */
export function createMetrics() {
  const registry = new Registry();
  const counter = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Counter<L>({ name: `reelgraph_${name}`, help, labelNames, registers: [registry] });
  const gauge = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge<L>({ name: `reelgraph_${name}`, help, labelNames, registers: [registry] });
  const histogram = <L extends string>(name: string, help: string, buckets: number[], labelNames: L[]) =>
    new Histogram<L>({ name: `reelgraph_${name}`, help, labelNames, buckets, registers: [registry] });

  return {
    registry,
    /** Adds what Node and the system tell of this process: processor, memory, the event loop's lag. */
    collectProcess: () => collectDefaultMetrics({ register: registry }),

    build: gauge('build_info', 'Always 1; the version and the role of the process.', ['version', 'role', 'database']),
    requests: histogram(
      'request_duration_seconds',
      'Time from a request to the end of its answer; of an operation over WebSocket likewise.',
      ANSWERS,
      ['transport', 'type', 'outcome'],
    ),
    maskedErrors: counter('masked_errors_total', 'Errors whose cause a client was not told; the log has it.'),
    sockets: gauge('sockets', 'WebSockets that are open.'),
    subscriptions: gauge('subscriptions', 'Subscriptions that are running, over any transport.', ['field']),
    uploads: gauge('uploads_in_flight', 'Files that are being received from clients.'),
    uploadedBytes: counter('upload_bytes_total', 'Bytes of files received from clients.'),
    downloads: gauge('downloads_in_flight', 'Videos that are being downloaded.'),
    downloadedBytes: counter('download_bytes_total', 'Bytes of videos downloaded.'),

    tasks: gauge('tasks', 'Tasks of all processes, by their status.', ['status']),
    embeddingTasks: gauge('embedding_tasks', 'Embedding tasks of all processes, by their status.', ['status']),
    queue: gauge('queue_jobs', 'Jobs of all processes that are not done, by what they wait for.', ['job', 'state']),
    enqueued: counter('jobs_enqueued_total', 'Jobs enqueued by this process, also where the transaction failed.', [
      'job',
    ]),
    jobs: histogram('job_duration_seconds', 'Time of one run of a job.', WORK, ['job', 'outcome']),
    jobsGivenUp: counter('jobs_given_up_total', 'Jobs that used up their retries.', ['job']),
    stages: histogram('stage_duration_seconds', 'Time of a stage of the work on a video that succeeded.', WORK, [
      'stage',
      'modality',
    ]),
    decodedMedia: counter('decoded_media_seconds_total', 'Seconds of video decoded.'),
    decodeSpeed: histogram('decode_speed_ratio', 'Seconds of video for a second of decoding, by video.', SPEEDS, []),
    inference: histogram('inference_duration_seconds', 'Time that networks ran in one call of an encoder.', RUNS, [
      'model',
      'kind',
    ]),
    inferenceWait: histogram('inference_wait_seconds', 'Time that one call of an encoder waited for its turns.', RUNS, [
      'model',
      'kind',
    ]),

    databaseUp: gauge('database_up', 'Whether the database answered when this was scraped.'),
    databaseConnections: gauge('database_connections_max', 'Connections that the pool of this process may have.'),
    transactions: gauge('database_transactions', 'Transactions of this process, by whether they have a connection.', [
      'state',
    ]),
    notifiesSent: counter('notifications_sent_total', 'NOTIFYs sent by this process.'),
    notifiesReceived: counter('notifications_received_total', 'NOTIFYs received by this process.'),
    events: counter('events_total', 'Events sent to subscriptions, over any transport.'),
    eventExecutions: counter(
      'event_executions_total',
      'Events put together; those of the same kind are sent many times.',
    ),
    deliveries: counter('event_deliveries_total', 'Hints handed to subscribers in this process.'),
  };
}
