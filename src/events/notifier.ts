import type { Logger } from 'pino';
import type { Change } from '../db/client.ts';

/** Milliseconds for which changes are gathered after a NOTIFY: each takes a lock that all commits share. */
const WINDOW = 15;
/** Postgres refuses payloads of 8000 bytes and more. */
const MOST_BYTES = 7_900;

/** Gathers changes and sends them as few NOTIFYs. */
export interface Notifier {
  add(changes: Change[]): void;
  /** Resolves when everything added so far has been sent. */
  flush(): Promise<void>;
}

/** @param send delivers one payload: JSON of a list of changes, under 8000 bytes */
export function createNotifier(send: (payload: string) => Promise<void>, log: Logger): Notifier {
  const waiting = new Set<string>();
  /** Runs before the first NOTIFY, of what commits in one turn, and for the window after each. */
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();

  function sendGathered(): void {
    timer = undefined;
    if (waiting.size === 0) return;
    void sendWaiting();
    timer = setTimeout(sendGathered, WINDOW);
  }

  function sendWaiting(): Promise<void> {
    const payloads = pack([...waiting]);
    waiting.clear();
    sending = sending
      .then(async () => {
        for (const payload of payloads) await send(payload);
      })
      // The subscribers' backstop finds what is lost here.
      .catch((error) => log.warn({ err: error }, 'changes could not be announced'));
    return sending;
  }

  return {
    add(changes) {
      for (const change of changes) waiting.add(JSON.stringify(change));
      timer ??= setTimeout(sendGathered, 0);
    },
    flush() {
      clearTimeout(timer);
      timer = undefined;
      return sendWaiting();
    },
  };
}

/** Joins JSON values into as few JSON lists as fit the limit. */
function pack(items: string[]): string[] {
  const payloads: string[] = [];
  let current: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(item) + 1;
    if (bytes + size > MOST_BYTES && current.length > 0) {
      payloads.push(`[${current.join()}]`);
      [current, bytes] = [[], 0];
    }
    current.push(item);
    bytes += size;
  }
  if (current.length > 0) payloads.push(`[${current.join()}]`);
  return payloads;
}
