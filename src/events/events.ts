import type { Logger } from 'pino';
import type { Change, Database } from '../db/client.ts';
import { createNotifier } from './notifier.ts';
import { readChange, type Topic, type Topics } from './topics.ts';

const CHANNEL = 'reelgraph';

/** What a subscriber is told: ids that changed, or `'missed'` when anything may have changed without a word. */
export type Hint<T extends Topic> = Topics[T] | 'missed';

/**
 * Hints that something committed, from every process on the same database. A hint may come late, twice or (when the
 * connection drops) not at all; whoever acts on one reads the row.
 */
export interface Events {
  start(): Promise<void>;
  /** Calls `receive` for every change of the topic until the returned function is called. */
  subscribe<T extends Topic>(topic: T, receive: (hint: Hint<T>) => void): () => void;
  /** Sends what is waiting to be sent, and stops listening. */
  stop(): Promise<void>;
}

/** Told of what passes through. */
export interface Traffic {
  /** A NOTIFY was sent. */
  sent(): void;
  /** A NOTIFY came. */
  received(): void;
  /** A hint was handed to a subscriber. */
  delivered(): void;
}

const UNWATCHED: Traffic = { sent: () => {}, received: () => {}, delivered: () => {} };

/**
 * @param options.backstop milliseconds after which every subscriber is told to look for itself: what remains of a
 *   change whose process died between its commit and its NOTIFY
 */
export function createEvents(
  database: Database,
  log: Logger,
  options: { backstop?: number; traffic?: Traffic } = {},
): Events {
  const { traffic = UNWATCHED } = options;
  const receivers = new Map<Topic, Set<(hint: Hint<Topic>) => void>>();
  const notifier = createNotifier(async (payload) => {
    await database.notify(CHANNEL, payload);
    traffic.sent();
  }, log);
  database.onCommit((changes) => notifier.add(changes));
  let stopListening = async () => {};
  let backstop: NodeJS.Timeout | undefined;

  function deliver(topic: Topic, hint: Hint<Topic>): void {
    for (const receive of receivers.get(topic) ?? []) {
      try {
        traffic.delivered();
        receive(hint);
      } catch (error) {
        log.error({ err: error, topic }, 'a subscriber failed');
      }
    }
  }

  function deliverMissed(): void {
    for (const topic of receivers.keys()) deliver(topic, 'missed');
  }

  function receivePayload(payload: string): void {
    traffic.received();
    try {
      for (const { topic, ids } of JSON.parse(payload) as Change[]) {
        const change = readChange(topic, ids);
        if (change) deliver(change.topic, change.ids);
      }
    } catch (error) {
      // Whoever may connect to the database may send anything.
      log.warn({ err: error }, 'a notification could not be read');
      deliverMissed();
    }
  }

  return {
    async start() {
      stopListening = await database.listen(CHANNEL, receivePayload, deliverMissed);
      backstop = setInterval(deliverMissed, options.backstop ?? 5_000);
      backstop.unref();
    },
    subscribe(topic, receive) {
      const set = receivers.get(topic) ?? new Set();
      receivers.set(topic, set);
      const entry = (hint: Hint<Topic>) => receive(hint as Parameters<typeof receive>[0]);
      set.add(entry);
      return () => {
        set.delete(entry);
      };
    },
    async stop() {
      clearInterval(backstop);
      await notifier.flush();
      await stopListening();
    },
  };
}
