import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Database } from '../src/db/client.ts';
import { createId } from '../src/db/ids.ts';
import { assets, type IndexRow, segments, tasks, transitions, videos } from '../src/db/schema.ts';
import { createIndex } from '../src/domain/indexes.ts';
import { ensureVectorIndexes } from '../src/domain/vector-indexes.ts';
import { builtinModels } from '../test/helpers/models.ts';
import { createRandom } from './random.ts';

const DIMENSIONS = 256;
const CLUSTERS = 50;
/** Videos of one transaction. */
const CHUNK = 100;
/** Seconds of a segment. */
const CLIP = 6;
const TENANT = 'default';
/** The name of the index. */
export const LIBRARY = 'library';

/**
 * Fills a database with an index of READY tasks, their videos and segments, as if each had been uploaded and embedded by
 * the builtin model. The vectors' own index is made at the end, which takes a fraction of the time.
 */
export async function fillLibrary(
  db: Database,
  { videos: count, segmentsEach }: { videos: number; segmentsEach: number },
): Promise<void> {
  await db.migrate();
  const models = await builtinModels();
  try {
    const known = await models.list();
    const index = await db.transaction((tx) =>
      createIndex(tx, TENANT, known, { name: LIBRARY, modalities: ['VISUAL'] }),
    );
    const nextVector = createVectors();
    for (let first = 0; first < count; first += CHUNK)
      await addVideos(db, index, { first, count: Math.min(CHUNK, count - first), segmentsEach, nextVector });
    await ensureVectorIndexes(db, known);
    await db.orm.execute(sql`analyze`);
  } finally {
    await models.close();
  }
}

async function addVideos(
  db: Database,
  index: IndexRow,
  given: { first: number; count: number; segmentsEach: number; nextVector: () => Float32Array },
): Promise<void> {
  const { tenant, id: indexId, model } = index;
  const rows = Array.from({ length: given.count }, (_, n) => {
    const filename = `video ${given.first + n}.mp4`;
    const asset = createHash('sha256').update(`${indexId} ${filename}`).digest('hex');
    const metadata = {
      duration: CLIP * given.segmentsEach,
      filename,
      height: 360,
      width: 640,
      fps: 24,
      size: 1_000_000,
    };
    const task = { id: createId(), tenant, indexId, asset, filename, metadata, userMetadata: {} };
    return { task, video: { ...task, id: createId(), taskId: task.id } };
  });
  const found = rows.flatMap(({ video }) =>
    Array.from({ length: given.segmentsEach }, (_, at) => ({
      ...{
        id: createId(),
        tenant,
        indexId,
        videoId: video.id,
        model,
        modality: 'VISUAL' as const,
        scope: 'CLIP' as const,
      },
      ...{ startOffset: at * CLIP, endOffset: (at + 1) * CLIP, embedding: given.nextVector() },
    })),
  );
  await db.transaction(async (tx) => {
    await tx.orm.insert(assets).values(rows.map(({ task }) => ({ sha256: task.asset, size: task.metadata.size })));
    const ended = { status: 'READY', version: 5, attempt: 1, progress: 1 } as const;
    const inserted = await tx.orm
      .insert(tasks)
      .values(rows.map(({ task }) => ({ ...task, ...ended, source: 'FILE' as const })))
      .returning();
    await tx.orm.insert(transitions).values(inserted.map(({ id, updatedAt: at }) => ({ ...ended, taskId: id, at })));
    await tx.orm.insert(videos).values(rows.map(({ video }) => video));
    await tx.orm.insert(segments).values(found);
  });
}

/** Vectors of length 1, each near one of some directions: the same ones at each run. */
function createVectors(): () => Float32Array {
  const numbers = createRandom(1);
  const random = () => numbers() / 2 ** 32 - 0.5;
  const around = (centre?: Float32Array) => {
    const vector = Float32Array.from({ length: DIMENSIONS }, (_, at) => (centre?.[at] ?? 0) * 2 + random() * 0.2);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
  const centres = Array.from({ length: CLUSTERS }, () => around());
  let next = 0;
  return () => around(centres[next++ % CLUSTERS]);
}
