import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { explainStatus, explainUnreachable, type FileFacts, request, SILENCE } from './remote-request.ts';

/** Tries in a row that bring nothing, before it is given up. */
const MOST_TRIES = 3;
/** Milliseconds before the second try; each later one waits three times as long. */
const FIRST_WAIT = 500;

/** A fault that another try may not meet: the line was cut, the server is away or overloaded. */
class PassingFault extends Error {}

/**
 * Downloads a URL into a file, from where an earlier call that did not get to its end has left off: by `Range`, as long
 * as the server's strong entity tag says that it is the same file still, else from the start. Faults that may pass are
 * tried again. `onBytes` gets how much of the file is there. Resolves to what the server says of the file.
 * Throws an error that says what is wrong and what can be done; or the signal's reason. The partial file stays.
 */
export async function download(
  url: string,
  file: string,
  { signal, onBytes }: { signal?: AbortSignal | undefined; onBytes: (bytes: number) => void },
): Promise<FileFacts> {
  for (let failures = 0, before = await sizeOf(file); ; ) {
    try {
      return await tryDownload(url, file, signal, onBytes);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PassingFault)) throw error;
      const now = await sizeOf(file);
      failures = now > before ? 1 : failures + 1;
      before = now;
      if (failures >= MOST_TRIES) throw new Error(error.message, { cause: error.cause });
      await wait(FIRST_WAIT * 3 ** (failures - 1), undefined, { signal });
    }
  }
}

/** Removes a download, whole or not. */
export async function removeDownload(file: string): Promise<void> {
  for (const path of [file, tagFile(file)]) await rm(path, { force: true });
}

async function tryDownload(
  url: string,
  file: string,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<FileFacts> {
  const tag = await readFile(tagFile(file), 'utf8').catch(() => '');
  const have = tag ? await sizeOf(file) : 0;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE);
  let hasBegun = false;
  try {
    const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-`, 'if-range': tag } : {};
    const both = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
    const { response, facts } = await request('GET', url, headers, both);
    const { status } = response;
    if (status === 416) {
      await response.body?.cancel();
      await removeDownload(file);
      throw new PassingFault(`the server has less than the ${have} bytes that are here already`);
    }
    if (status !== 200 && status !== 206) {
      await response.body?.cancel();
      const message = explainStatus(url, status);
      throw status === 429 || status >= 500 ? new PassingFault(message) : new Error(message);
    }
    const start = status === 206 ? startOf(response) : 0;
    if (start !== 0 && start !== have) {
      await response.body?.cancel();
      throw new Error(`the server sent from byte ${start} on, not from ${have}`);
    }
    // Not emptied but removed: an installation may have the same file under another name. And before the tag is
    // written, which would make what is left of another version look like a part of this one.
    if (start === 0) await removeDownload(file);
    await writeFile(tagFile(file), strongTag(response));
    hasBegun = true;
    await receive(response, file, start, (bytes) => {
      timer.refresh();
      onBytes(bytes);
    });
    const length = lengthOf(response, start) ?? facts.bytes;
    const bytes = await sizeOf(file);
    if (length !== null && bytes !== length)
      throw new PassingFault(`the line was cut after ${bytes} of ${length} bytes`);
    return { ...facts, bytes };
  } catch (error) {
    if (silence.signal.aborted) throw new PassingFault(`${new URL(url).host} fell silent`, { cause: error });
    // What fetch throws where there is no answer, or where the line is cut within one.
    if (!(error instanceof TypeError)) throw error;
    const reason = hasBegun ? `${new URL(url).host} cut the line` : explainUnreachable(url, error);
    throw new PassingFault(reason, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function receive(
  { body }: Response,
  file: string,
  start: number,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let bytes = start;
  onBytes(bytes);
  const handle = await open(file, 'a');
  try {
    // Each chunk is on disk before the next is taken: what has come stays, however it ends.
    for await (const chunk of body ?? []) {
      await handle.writeFile(chunk);
      bytes += chunk.byteLength;
      onBytes(bytes);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function startOf(response: Response): number {
  const [, start] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
  return Number(start ?? Number.NaN);
}

function lengthOf(response: Response, start: number): number | null {
  const length = response.headers.get('content-length');
  return length === null ? null : start + Number(length);
}

/** A weak tag does not promise the same bytes (RFC 9110, 8.8.1), so nothing can be joined by it. */
function strongTag(response: Response): string {
  const tag = response.headers.get('etag') ?? '';
  return tag.startsWith('"') ? tag : '';
}

function tagFile(file: string): string {
  return `${file}.etag`;
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
