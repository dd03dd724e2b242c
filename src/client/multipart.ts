import { randomUUID } from 'node:crypto';
import { FileUnreadableError } from './errors.ts';

/** The body of a request, with its size known before it is read. */
export interface Body {
  type: string;
  /** Bytes. */
  size: number;
  chunks: () => AsyncIterable<Uint8Array>;
}

/**
 * An operation with files, as multipart/form-data. `files` has their places among the variables, such as
 * `input.videoFile`, where null stands. https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export function createMultipart(query: string, variables: unknown, files: Record<string, File>): Body {
  const boundary = `reelgraph-${randomUUID()}`;
  const operations = JSON.stringify({ query, variables });
  const map = JSON.stringify(Object.fromEntries(Object.keys(files).map((place, at) => [at, [`variables.${place}`]])));
  const parts: (Uint8Array | File)[] = [
    Buffer.from(`${field(boundary, 'operations')}\r\n\r\n${operations}\r\n${field(boundary, 'map')}\r\n\r\n${map}`),
  ];
  for (const [at, file] of Object.values(files).entries()) {
    const type = file.type || 'application/octet-stream';
    const head = `${field(boundary, String(at))}; filename="${quoted(file.name)}"\r\nContent-Type: ${type}\r\n\r\n`;
    parts.push(Buffer.from(`\r\n${head}`), file);
  }
  parts.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    size: parts.reduce((sum, part) => sum + (part instanceof File ? part.size : part.byteLength), 0),
    async *chunks() {
      for (const part of parts) {
        if (part instanceof File) yield* readFile(part);
        else yield part;
      }
    },
  };
}

async function* readFile(file: File): AsyncGenerator<Uint8Array> {
  try {
    yield* file.stream();
  } catch (cause) {
    const message = `The file ${file.name} cannot be read, or has changed since it was opened.`;
    throw new FileUnreadableError(message, { cause });
  }
}

function field(boundary: string, name: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
}

// As browsers do: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
function quoted(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
}
