import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

/** What a server has asked of its database. */
export interface Statement {
  text: string;
  parameters: (string | null)[];
}

/** Stands between a server and its database, and writes down what is asked. */
export interface Recorder extends AsyncDisposable {
  /** Where the server is to look for its database. */
  url: string;
  /** What was asked since the last call, but for the queue's own statements, in the order of its coming. */
  take(): Statement[];
}

/** @param url of the database */
export async function recordStatements(url: string): Promise<Recorder> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let statements: Statement[] = [];
  const server = createServer((client) => {
    const database = connect(Number(port), hostname);
    const read = createReader((statement) => statements.push(statement));
    for (const socket of [client, database]) {
      sockets.add(socket.setNoDelay());
      // Either end of a connection may be cut; the other one goes with it.
      socket.on('error', () => {});
      socket.on('close', () => [client, database].map((end) => end.destroy()));
    }
    client.on('data', read).pipe(database);
    database.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const recorded = new URL(url);
  recorded.port = String((server.address() as AddressInfo).port);
  return {
    url: recorded.href,
    take() {
      const taken = statements.filter(({ text }) => !text.includes('pgboss'));
      statements = [];
      return taken;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Up to `most` connections that run statements as Drizzle does, whose settings of postgres.js they have. */
export function openReplay(
  url: string,
  most = 1,
): {
  run(statements: readonly Statement[]): Promise<void>;
  end(): Promise<void>;
} {
  const client = postgres(url, { max: most, onnotice: () => {} });
  drizzle(client);
  // Parameters were recorded as they are sent.
  for (const type of Object.keys(client.options.serializers))
    Object.assign(client.options.serializers, { [type]: (value: unknown) => value });
  return {
    async run(statements) {
      for (const { text, parameters } of statements) await client.unsafe(text, parameters, { prepare: true }).values();
    },
    end: () => client.end(),
  };
}

/** Reads what a client sends (PostgreSQL, "Message Formats"): simple queries, and parsed ones with what is bound to them. */
function createReader(report: (statement: Statement) => void): (part: Buffer) => void {
  let held = Buffer.alloc(0);
  let hasBegun = false;
  // A prepared statement is parsed once, under a name.
  const parsed = new Map<string, string>();
  return (part) => {
    held = Buffer.concat([held, part]);
    for (;;) {
      // The first message of a connection has no type.
      const start = hasBegun ? 1 : 0;
      if (held.length < start + 4) return;
      const end = start + held.readInt32BE(start);
      if (held.length < end) return;
      const type = hasBegun ? String.fromCharCode(held[0] ?? 0) : '';
      const body = held.subarray(start + 4, end);
      if (type === 'Q') report({ text: textAt(body, 0), parameters: [] });
      if (type === 'P') parsed.set(textAt(body, 0), textAt(body, body.indexOf(0) + 1));
      if (type === 'B') report(boundStatement(body, parsed));
      hasBegun = true;
      held = held.subarray(end);
    }
  };
}

function textAt(bytes: Buffer, start: number): string {
  return bytes.toString('utf8', start, bytes.indexOf(0, start));
}

function boundStatement(body: Buffer, parsed: ReadonlyMap<string, string>): Statement {
  // The names of the portal and of the statement come first.
  const name = body.indexOf(0) + 1;
  let at = body.indexOf(0, name) + 1;
  at += 2 + 2 * body.readInt16BE(at);
  const count = body.readInt16BE(at);
  at += 2;
  const parameters = Array.from({ length: count }, () => {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) return null;
    at += length;
    return body.toString('utf8', at - length, at);
  });
  return { text: parsed.get(textAt(body, name)) ?? '', parameters };
}
