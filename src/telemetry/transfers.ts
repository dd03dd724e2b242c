import type { Metrics } from './metrics.ts';

/** The bytes of a client's file, counted on their way. */
export function countUpload(metrics: Metrics, bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return countBytes(bytes, metrics.uploads, metrics.uploadedBytes);
}

/** The bytes of a remote file, likewise. */
export function countDownload(metrics: Metrics, bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return countBytes(bytes, metrics.downloads, metrics.downloadedBytes);
}

async function* countBytes(
  bytes: AsyncIterable<Uint8Array>,
  underWay: { inc(): void; dec(): void },
  total: { inc(value: number): void },
): AsyncGenerator<Uint8Array> {
  underWay.inc();
  try {
    for await (const chunk of bytes) {
      total.inc(chunk.byteLength);
      yield chunk;
    }
  } finally {
    underWay.dec();
  }
}
