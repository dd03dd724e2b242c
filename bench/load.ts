import { Agent, request } from 'node:http';
import { quantile } from './bench.ts';

/** The same POST again and again. */
export interface Load {
  url: string;
  body: string;
  headers?: Record<string, string>;
  /** Connections that are kept alive; each sends its next request when it has the answer to the one before. */
  connections: number;
  /** Milliseconds after which no more are sent. */
  duration: number;
}

/** What has come of a load. */
export interface Answered {
  requests: number;
  seconds: number;
  /** Milliseconds of the request in the middle. */
  median: number;
  /** The first answer's text, which all others are as long as. */
  text: string;
}

/** Connections that are kept alive, until they are closed. */
export interface Connections {
  /** Posts JSON. Rejects for an answer that is no 200. */
  post(body: string): Promise<Buffer>;
  close(): void;
}

/** Opens as many as are needed at a time, and no more than `most`. */
export function openConnections(url: string, most: number, headers: Record<string, string> = {}): Connections {
  const agent = new Agent({ keepAlive: true, maxSockets: most });
  const post = (body: string) =>
    new Promise<Buffer>((resolve, reject) => {
      const length = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request(url, { method: 'POST', agent, headers: { ...length, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const whole = Buffer.concat(chunks);
          if (response.statusCode === 200) resolve(whole);
          else reject(new Error(`${response.statusCode}: ${whole}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return { post, close: () => agent.destroy() };
}

/** The text of an answer. @throws Error where it has errors */
export function textOf(answer: Buffer): string {
  const text = String(answer);
  const { data, errors } = JSON.parse(text) as { data?: object; errors?: object[] };
  if (!data || errors) throw new Error(text);
  return text;
}

/** @throws Error for an answer that is no 200, has errors, or is not as long as the first one */
export async function runLoad({ url, body, headers, connections, duration }: Load): Promise<Answered> {
  const { post, close } = openConnections(url, connections, headers);
  try {
    const text = textOf(await post(body));
    const times: number[] = [];
    const began = performance.now();
    const sendOn = async () => {
      for (let now = performance.now(); now - began < duration; ) {
        const { byteLength } = await post(body);
        if (byteLength !== Buffer.byteLength(text)) throw new Error('the answers differ');
        times.push(performance.now() - now);
        now = performance.now();
      }
    };
    await Promise.all(Array.from({ length: connections }, sendOn));
    const seconds = (performance.now() - began) / 1000;
    return { requests: times.length, seconds, median: quantile(times, 0.5), text };
  } finally {
    close();
  }
}
