import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A span as a collector receives it. Ids in hex; `parentId` is empty for the first of a trace. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  kind: number;
  service: string;
  attributes: Record<string, string>;
}

/** A collector of traces, as OTLP over HTTP describes it, on a port of this machine. */
export interface OtlpCollector extends AsyncDisposable {
  url: string;
  spans: ReceivedSpan[];
  /** Everything that was sent, as it came. */
  bodies: Buffer[];
}

/** https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export async function startCollector(): Promise<OtlpCollector> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (request.url !== '/v1/traces' || request.headers['content-type'] !== 'application/x-protobuf')
      return response.writeHead(404).end();
    bodies.push(body);
    spans.push(...readSpans(body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Fields = Map<number, (Buffer | bigint)[]>;

/** https://protobuf.dev/programming-guides/encoding/ */
function readFields(message: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number) => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const [field, type] = [tag >> 3, tag & 7];
    const value = type === 0 ? varint() : type === 1 ? bytes(8) : type === 5 ? bytes(4) : bytes(Number(varint()));
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

const all = (fields: Fields, n: number) => (fields.get(n) ?? []).filter((value) => Buffer.isBuffer(value));
const first = (fields: Fields, n: number) => all(fields, n)[0] ?? Buffer.alloc(0);

/** https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
function readSpans(body: Buffer): ReceivedSpan[] {
  return all(readFields(body), 1).flatMap((resourceSpans) => {
    const fields = readFields(resourceSpans);
    const service = readAttributes(all(readFields(first(fields, 1)), 1))['service.name'] ?? '';
    return all(fields, 2)
      .flatMap((scopeSpans) => all(readFields(scopeSpans), 2))
      .map((encoded) => {
        const span = readFields(encoded);
        return {
          traceId: first(span, 1).toString('hex'),
          spanId: first(span, 2).toString('hex'),
          parentId: first(span, 4).toString('hex'),
          name: first(span, 5).toString(),
          kind: Number(span.get(6)?.[0] ?? 0),
          service,
          attributes: readAttributes(all(span, 9)),
        };
      });
  });
}

function readAttributes(encoded: Buffer[]): Record<string, string> {
  return Object.fromEntries(
    encoded.map((pair) => {
      const fields = readFields(pair);
      const value = readFields(first(fields, 2));
      return [first(fields, 1).toString(), String(value.get(1)?.[0] ?? value.get(3)?.[0] ?? '')];
    }),
  );
}
