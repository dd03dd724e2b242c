/** Node's own server, which streams each request's body through SHA-256 to a file and flushes it: `bare-upload.ts FOLDER`. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { serve } from './serve.ts';

const folder = process.argv[2] ?? '';

await serve(async (request, response) => {
  const hash = createHash('sha256');
  const temporary = join(folder, 'bare.part');
  request.on('data', (chunk) => hash.update(chunk));
  await pipeline(request, createWriteStream(temporary, { flush: true }));
  const sha256 = hash.digest('hex');
  await rename(temporary, join(folder, sha256));
  response.end(sha256);
});
