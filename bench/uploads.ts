import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** What is sent over and over: no file of video has bytes that are easier to look through for the end of a part. */
const BLOCK = randomBytes(1024 ** 2);
const MUTATION =
  'mutation ($input: CreateTaskInput!) { createTask(input: $input) { ... on Task { id } ... on Error { message } } }';

/** Posts `megabytes` MiB as they are, or within a head and a tail, and resolves to the answer's text. @throws unless it is a 200 */
async function post(
  url: string,
  megabytes: number,
  around: { head?: string; tail?: string; headers?: Record<string, string> } = {},
): Promise<string> {
  const { head = '', tail = '', headers } = around;
  const length = Buffer.byteLength(head) + megabytes * BLOCK.byteLength + Buffer.byteLength(tail);
  const sent = request(url, { method: 'POST', agent: false, headers: { ...headers, 'content-length': length } });
  const answered = once(sent, 'response');
  if (head) sent.write(head);
  for (let n = 0; n < megabytes; n++) if (!sent.write(BLOCK)) await Promise.race([once(sent, 'drain'), answered]);
  sent.end(tail);
  const [response] = await answered;
  const answer = await text(response);
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${answer}`);
  return answer;
}

/** Uploads a file of so many MiB to a bare server. */
export async function uploadBare(url: string, megabytes: number): Promise<void> {
  await post(url, megabytes);
}

/** Uploads one as the video of a new task, by the GraphQL multipart request specification. */
export async function uploadVideo(url: string, indexId: string, megabytes: number): Promise<void> {
  const boundary = `----${randomUUID()}`;
  const operations = JSON.stringify({ query: MUTATION, variables: { input: { indexId, videoFile: null } } });
  const part = (name: string, more: string, value: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}`;
  const answer = await post(`${url}/graphql`, megabytes, {
    head: [
      `${part('operations', '', operations)}\r\n`,
      `${part('map', '', '{"0":["variables.input.videoFile"]}')}\r\n`,
      part('0', '; filename="film.mp4"', ''),
    ].join(''),
    tail: `\r\n--${boundary}--\r\n`,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'graphql-require-preflight': '1' },
  });
  const { data } = JSON.parse(answer) as { data?: { createTask: { id?: string } } };
  if (!data?.createTask.id) throw new Error(answer);
}
