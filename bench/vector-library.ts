import { once } from 'node:events';
import postgres from 'postgres';
import type { Database } from '../src/db/client.ts';
import { createId } from '../src/db/ids.ts';
import { openPostgres } from '../src/db/postgres.ts';
import { assets, tasks, type VideoRow, videos } from '../src/db/schema.ts';
import { createIndex } from '../src/domain/indexes.ts';
import { ensureVectorIndexes } from '../src/domain/vector-indexes.ts';
import type { ModelDescription } from '../src/models/models.ts';
import { globalId } from '../test/helpers/tasks.ts';
import { DIMENSIONS, nearest, type Vectors } from './vectors.ts';

/** A shipped bundle of 512 numbers. It need not be installed, as nothing is embedded here. */
const MODEL = 'mobileclip-s0';
const TENANT = 'default';
const [CLIPS, CLIP_LENGTH] = [100, 6];
/** Videos that are inserted by one statement. */
const CHUNK = 1000;
/** Hits of a query that are compared with the true ones. */
export const HITS = 10;

/** The shares of the videos that filters leave, each by a key of their metadata. All: no filter. */
export const SHARES = [
  { share: 0.001, filter: { userMetadata: { thousandth: true } } },
  { share: 0.01, filter: { userMetadata: { hundredth: true } } },
  { share: 0.1, filter: { userMetadata: { tenth: true } } },
  { share: 0.25, filter: { userMetadata: { quarter: true } } },
  { share: 1, filter: null },
] as const;

/** What a search is told of a library, and which clips it should find. */
export interface Library {
  /** The index that is searched. */
  indexId: string;
  /** The video of another index whose clips are searched for. */
  queryId: string;
  /** A clip's number, by the global id of its video and its start. */
  numberOf(clip: { videoId: string; startOffset: number }): number;
  /** The numbers of each query's nearest clips, best first, among those of each share. */
  truth: Map<number, number[][]>;
}

/** Whether a clip is in a video that the filter of a share leaves. */
export function passes(share: number, clip: number): boolean {
  return Math.floor(clip / CLIPS) % Math.round(1 / share) === 0;
}

/** The moment of `queryId` that a query is. */
export function momentOf(query: number): number {
  return query * CLIP_LENGTH;
}

/**
 * Fills an empty database with videos of 100 clips, as if they had been uploaded and indexed, and another one with the
 * queries; finds each query's true neighbours by comparing all, and keeps them in a schema of their own.
 */
export async function fillLibrary(url: string, vectors: Vectors, report: (text: string) => void): Promise<void> {
  const database = openPostgres({ url });
  const copying = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await database.migrate();
    const count = vectors.stored.length / DIMENSIONS;
    const [library, asked] = [await addIndex(database, 'library'), await addIndex(database, 'queries')];
    await copyClips(copying, await addVideos(database, library, count / CLIPS), vectors.stored);
    await copyClips(copying, await addVideos(database, asked, 1), vectors.queries);
    report('copied');
    await ensureVectorIndexes(database, [describeModel()]);
    report('indexed');
    await copying`vacuum analyze`;
    await keepTruth(copying, vectors);
    report('truth found');
  } finally {
    await copying.end();
    await database.close();
  }
}

async function keepTruth(client: postgres.Sql, vectors: Vectors): Promise<void> {
  const numbers = Array.from({ length: vectors.stored.length / DIMENSIONS }, (_, clip) => clip);
  const queries = Array.from({ length: vectors.queries.length / DIMENSIONS }, (_, query) => query);
  const rows = SHARES.flatMap(({ share }) => {
    const passing = numbers.filter((clip) => passes(share, clip));
    return queries.map((query) => ({ share, query, clips: nearest(vectors, query, passing, HITS) }));
  });
  // That they are there says that the library is whole.
  await client.begin(async (tx) => {
    await tx`create schema bench`;
    await tx`create table bench.truth (share double precision, query integer, clips integer[])`;
    for (const { share, query, clips } of rows) await tx`insert into bench.truth values (${share}, ${query}, ${clips})`;
  });
}

/** Reads what `fillLibrary` has left; undefined where it has not ended. */
export async function openLibrary(url: string): Promise<Library | undefined> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [{ found = null } = {}] = await client`select to_regclass('bench.truth') as found`;
    if (!found) return undefined;
    const rows = await client<{ share: number; clips: number[] }[]>`
      select share, clips from bench.truth order by share, query`;
    const stored = await client<{ id: string; index_id: string; name: string; number: number }[]>`
      select videos.id, videos.index_id, indexes.name, (user_metadata ->> 'number')::integer as number
      from videos join indexes on indexes.id = videos.index_id`;
    const library = stored.filter(({ name }) => name === 'library');
    const numbers = new Map(library.map(({ id, number }) => [globalId('Video', { id }), number]));
    return {
      indexId: library[0]?.index_id ?? '',
      queryId: stored.find(({ name }) => name === 'queries')?.id ?? '',
      numberOf: ({ videoId, startOffset }) => (numbers.get(videoId) ?? Number.NaN) * CLIPS + startOffset / CLIP_LENGTH,
      truth: new Map(
        [...Map.groupBy(rows, ({ share }) => share)].map(([share, found]) => [share, found.map(({ clips }) => clips)]),
      ),
    };
  } finally {
    await client.end();
  }
}

function describeModel(): ModelDescription {
  const visual = { modality: 'VISUAL', dimensions: DIMENSIONS, textQueries: true, imageQueries: true } as const;
  return { name: MODEL, license: '', installed: true, modalities: [{ ...visual, vocabulary: 'OPEN' }] };
}

async function addIndex(database: Database, name: string): Promise<string> {
  const model = describeModel();
  const index = await database.transaction((tx) => createIndex(tx, TENANT, [model], { name, model: MODEL }));
  return index.id;
}

type StoredVideo = Pick<VideoRow, 'id' | 'indexId'>;

async function addVideos({ orm }: Database, indexId: string, count: number): Promise<StoredVideo[]> {
  const asset = 'a'.repeat(64);
  await orm.insert(assets).values({ sha256: asset, size: 1 }).onConflictDoNothing();
  const added: StoredVideo[] = [];
  for (let start = 0; start < count; start += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, count - start) }, (_, n) => {
      const number = start + n;
      const filename = `video ${number}.mp4`;
      const metadata = { duration: CLIPS * CLIP_LENGTH, filename, height: 720, width: 1280, fps: 25, size: 1 };
      const userMetadata = {
        number,
        quarter: number % 4 === 0,
        tenth: number % 10 === 0,
        hundredth: number % 100 === 0,
        thousandth: number % 1000 === 0,
      };
      return {
        ...{ id: createId(), taskId: createId(), tenant: TENANT, indexId, asset },
        filename,
        metadata,
        userMetadata,
      };
    });
    const done = { status: 'READY', version: 5, attempt: 1, progress: 1, source: 'FILE' } as const;
    await orm.insert(tasks).values(rows.map(({ taskId: id, ...row }) => ({ ...done, ...row, id })));
    await orm.insert(videos).values(rows.map((row) => ({ ...row, thumbnail: 'frames/000001.jpg' })));
    added.push(...rows);
  }
  return added;
}

const COLUMNS =
  'id, tenant, index_id, video_id, model, modality, scope, start_offset, end_offset, thumbnail, embedding';

/** Copies clips in Postgres's binary format ("COPY", file formats): text takes several times as long to write and to read. */
async function copyClips(client: postgres.Sql, of: readonly StoredVideo[], vectors: Float32Array): Promise<void> {
  const stream = await client.unsafe(`copy segments (${COLUMNS}) from stdin (format binary)`).writable();
  const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
  stream.write(header);
  for (const [at, video] of of.entries()) {
    const first = at * CLIPS * DIMENSIONS;
    const own = vectors.subarray(first, of.length === 1 ? undefined : first + CLIPS * DIMENSIONS);
    const rows: Buffer[] = [];
    for (let clip = 0; clip * DIMENSIONS < own.length; clip += 1)
      rows.push(...rowOf(video, clip, own.subarray(clip * DIMENSIONS, (clip + 1) * DIMENSIONS)));
    if (!stream.write(Buffer.concat(rows))) await once(stream, 'drain');
  }
  stream.end(Buffer.from([0xff, 0xff]));
  await once(stream, 'finish');
}

/** One row: the number of its fields, and each with its length. */
function rowOf(video: StoredVideo, clip: number, vector: Float32Array): Buffer[] {
  const uuid = (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex');
  const double = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return bytes;
  };
  const thumbnail = `frames/${String(clip).padStart(6, '0')}.jpg`;
  const texts = [MODEL, 'VISUAL', 'CLIP'].map((text) => Buffer.from(text));
  const [start, end] = [clip * CLIP_LENGTH, (clip + 1) * CLIP_LENGTH].map(double);
  const ids = [uuid(createId()), Buffer.from(TENANT), uuid(video.indexId), uuid(video.id)];
  const fields = [...ids, ...texts, start, end, Buffer.from(thumbnail), halfvecOf(vector)].map(
    (field) => field ?? Buffer.of(),
  );
  const length = (bytes: Buffer) => {
    const written = Buffer.alloc(4);
    written.writeInt32BE(bytes.length);
    return written;
  };
  return [Buffer.from([0, fields.length]), ...fields.flatMap((field) => [length(field), field])];
}

/** What pgvector's `halfvec_recv` reads: the dimensions, two bytes of nothing, and the numbers. */
function halfvecOf(vector: Float32Array): Buffer {
  const bytes = new DataView(new ArrayBuffer(4 + 2 * vector.length));
  bytes.setInt16(0, vector.length);
  for (const [n, value] of vector.entries()) bytes.setFloat16(4 + 2 * n, value);
  return Buffer.from(bytes.buffer);
}
