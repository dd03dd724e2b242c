import { CloseCode } from 'graphql-ws';

/** Why a message is not taken. */
interface Refused {
  code: CloseCode;
  reason: string;
}

const TYPES = new Set<unknown>(['connection_init', 'ping', 'pong', 'subscribe', 'complete']);
const INVALID: Refused = { code: CloseCode.BadRequest, reason: 'Invalid message received' };
const IN_USE: Refused = { code: CloseCode.SubscriberAlreadyExists, reason: 'Subscriber already exists' };
/** How graphql-ws begins what it prints of an operation. */
const HEAD = /^\{"id":"(\d+)","type":"(\w+)"/;

/**
 * Gives each operation of a socket a number in place of its client's id. A client may use an id again once it has
 * completed it, while what it named still runs: graphql-ws, which keeps its operations by their ids, would mistake one
 * for the other.
 */
export function createOperationIds() {
  let count = 0;
  const numbers = new Map<string, string>();
  const ids = new Map<string, string>();

  function forget(id: string): void {
    ids.delete(numbers.get(id) ?? '');
    numbers.delete(id);
  }

  return {
    /** A client's message as graphql-ws is to have it; undefined for one that means nothing any more. */
    receive(text: string): string | Refused | undefined {
      const message = parse(text);
      if (!TYPES.has(message?.type)) return INVALID;
      if (message?.type !== 'subscribe' && message?.type !== 'complete') return text;
      const { type, id } = message;
      if (typeof id !== 'string' || id === '') return INVALID;
      if (type === 'subscribe') {
        if (numbers.has(id)) return IN_USE;
        count += 1;
        numbers.set(id, String(count));
        ids.set(String(count), id);
      }
      const number = numbers.get(id);
      if (type === 'complete') forget(id);
      // Of two members of one name JSON.parse takes the last one. To print the message anew could exhaust the stack.
      return number && `${text.trimEnd().slice(0, -1)},"id":"${number}"}`;
    },
    /** A result, as JSON, as the client is to have it; undefined where the client has completed the operation. */
    next(number: string, payload: string): string | undefined {
      const id = ids.get(number);
      return id === undefined ? undefined : `{"id":${JSON.stringify(id)},"type":"next","payload":${payload}}`;
    },
    /** A message of graphql-ws as the client is to have it; undefined where the client has completed the operation. */
    send(text: string): string | undefined {
      const [head, number = '', type] = HEAD.exec(text) ?? [];
      if (head === undefined) return text;
      const id = ids.get(number);
      if (id === undefined) return undefined;
      if (type !== 'next') forget(id);
      return `{"id":${JSON.stringify(id)},"type":"${type}"${text.slice(head.length)}`;
    },
  };
}

function parse(text: string): { type?: unknown; id?: unknown } | null | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
