import { Transform, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';

/** A multipart request that does not keep to the GraphQL multipart request specification. */
export class MalformedRequestError extends Error {
  override name = 'MalformedRequestError';
  readonly status = 400;
}

/** How a request kept to the specification, as far as it has been read. */
export interface MultipartGuard {
  fault: MalformedRequestError | undefined;
}

/**
 * Stands between busboy and graphql-upload-minimal, which sets whatever `map` names, in prototypes and functions too,
 * takes the last of fields that come twice, and passes over parts that `map` does not name. A fault ends the parser
 * with its error. The last file that `map` names ends only when the whole request has been read, so that nothing is
 * kept of a request with a fault behind it.
 */
export function guardParser(parser: Writable): MultipartGuard {
  const guard: MultipartGuard = { fault: undefined };
  const fields = new Map<string, unknown>();
  const awaited = new Set<string>();
  const emit = parser.emit.bind(parser) as (event: string, ...args: unknown[]) => boolean;

  function refuse(message: string): boolean {
    guard.fault ??= new MalformedRequestError(message);
    parser.destroy(guard.fault);
    return true;
  }

  function takeField(name: string, value: string, rest: unknown[]): boolean {
    if (name !== 'operations' && name !== 'map') return refuse(`The field "${shorten(name)}" is none of this request.`);
    if (fields.has(name)) return refuse(`The field "${name}" is given twice.`);
    const parsed = parseJson(value);
    fields.set(name, parsed);
    if (name === 'map') {
      const fault = findMapFault(parsed, fields.get('operations'));
      if (fault) return refuse(fault);
      for (const file of Object.keys(parsed ?? {})) awaited.add(file);
    }
    return emit('field', name, value, ...rest);
  }

  function takeFile(name: string, stream: NodeJS.ReadableStream, rest: unknown[]): boolean {
    if (fields.has('map') && !awaited.delete(name)) {
      stream.on('error', () => {}).resume();
      return refuse(`The part "${shorten(name)}" is not in the map, or comes twice.`);
    }
    return emit('file', name, fields.has('map') && awaited.size === 0 ? untilRead(parser, stream) : stream, ...rest);
  }

  parser.once('close', () => {
    if (awaited.size > 0)
      guard.fault ??= new MalformedRequestError(`The request has no part ${[...awaited].join(', ')}.`);
  });
  parser.on('fieldsLimit', () => refuse('There are more fields than "operations" and "map".'));
  parser.on('error', (error: Error) => {
    guard.fault ??= new MalformedRequestError(error.message);
  });
  parser.emit = (event: string | symbol, ...args: unknown[]) => {
    const [name, content, ...rest] = args as [string, never, ...unknown[]];
    // What is still parsed of the same chunk.
    if (guard.fault && event === 'file') (content as NodeJS.ReadableStream).on('error', () => {}).resume();
    if (guard.fault && (event === 'field' || event === 'file')) return true;
    if (event === 'field') return takeField(name, content, rest);
    if (event === 'file') return takeFile(name, content, rest);
    return emit(event as string, ...args);
  };
  return guard;
}

/** A file that ends with the request, not before. */
function untilRead(parser: Writable, file: NodeJS.ReadableStream): Transform {
  const read = finished(parser);
  read.catch(() => {});
  const held = new Transform({
    transform: (chunk, _, done) => done(null, chunk),
    flush: (done) => void read.then(() => done(), done),
  });
  // Its reader is told by the stream itself.
  pipeline(file, held).catch(() => {});
  return held;
}

/** What is wrong with a map; what graphql-upload-minimal says itself is left to it. */
function findMapFault(map: unknown, operations: unknown): string | undefined {
  if (typeof map !== 'object' || map === null || typeof operations !== 'object') return undefined;
  for (const paths of Object.values(map)) {
    for (const path of Array.isArray(paths) ? paths : []) {
      if (typeof path === 'string' && !isPlace(operations, path.split('.')))
        return `The map names "${shorten(path)}", where the operations have no null.`;
    }
  }
  return undefined;
}

/** Whether a path leads, through what the client has sent and nothing else, to a null that a file can stand for. */
function isPlace(operations: unknown, path: string[]): boolean {
  let value = operations;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    if (Array.isArray(value) && !/^\d+$/.test(key)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return value === null;
}

function parseJson(text: string): object | null | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
