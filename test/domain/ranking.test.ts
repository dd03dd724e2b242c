import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { and, inArray, sql } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import type { Database } from '../../src/db/client.ts';
import { openPostgres } from '../../src/db/postgres.ts';
import { segments, type VideoRow } from '../../src/db/schema.ts';
import { DEEPEST_RANK, type Hit, type Ranking, rankSegments } from '../../src/domain/ranking.ts';
import { embeddingOf, ensureVectorIndexes, isOfKind } from '../../src/domain/vector-indexes.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addVideo, segment, vectorAt } from '../helpers/tasks.ts';

const KIND = { model: 'builtin', modality: 'VISUAL', dimensions: 256 } as const;
/** More than there are: all are compared. Fewer than there are: the index is walked. */
const [EXACT, WALK] = [100_000, 0];
const CLIPS = 400;
const VIDEOS = 4;

let opened: TestApp;
let app: App;
let indexId: string;
const videos: VideoRow[] = [];

// The clips of all videos together point in directions that lie evenly between two axes.
before(async () => {
  opened = await createTestApp();
  app = opened.app;
  indexId = (await addIndex(app)).id;
  for (let v = 0; v < VIDEOS; v += 1) {
    const clips = Array.from({ length: CLIPS }, (_, n) =>
      segment(n * 6, vectorAt(((n * VIDEOS + v) / (CLIPS * VIDEOS)) * (Math.PI / 2))),
    );
    const whole = segment(0, vectorAt(0), { scope: 'VIDEO', endOffset: 2400 });
    const blank = segment(2400, vectorAt(0), { embedding: null });
    const { video } = await addVideo(app, indexId, {
      userMetadata: { number: v },
      metadata: { duration: 20 + v },
      segments: [...clips, whole, blank],
    });
    videos.push(video);
  }
});
after(() => opened[Symbol.asyncDispose]());

function rank(ranking: Partial<Ranking>, mostCompared: number, db: Database = app.db): Promise<Hit[]> {
  const all = { indexIds: [indexId], kind: KIND, vector: vectorAt(0), filter: {}, byVideo: false, minScore: 0 };
  return rankSegments(db, { ...all, offset: 0, limit: 10, ...ranking }, mostCompared);
}

/** Where a hit lies, in quarter turns. */
function placeOf(hit: Hit): number {
  const v = videos.findIndex(({ id }) => id === hit.videoId);
  return (hit.startOffset / 6) * VIDEOS + v;
}

for (const [name, mostCompared] of [
  ['comparison with all', EXACT],
  ['walk of the index', WALK],
] as const) {
  test(`${name}: the nearest come first, with their score`, async () => {
    const hits = await rank({}, mostCompared);
    assert.equal(hits.length, 11);
    assert.deepEqual(
      hits.map(placeOf).toSorted((a, b) => a - b),
      Array.from({ length: 11 }, (_, n) => n),
    );
    const scores = hits.map(({ score }) => score);
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
    assert.ok(Math.abs((scores[0] ?? 0) - 1) < 1e-3);
    const [hit] = await rank({ vector: vectorAt(Math.PI) }, mostCompared);
    assert.ok(hit && placeOf(hit) > CLIPS * VIDEOS - 20);
    assert.ok(Math.abs(hit.score - 0.5) < 2e-3, `${hit.score}`);
    const [first] = await rank({}, mostCompared);
    assert.deepEqual([first?.modality, first?.thumbnail, first?.text], ['VISUAL', 'frames/0.jpg', null]);
    assert.equal(first?.endOffset, (first?.startOffset ?? 0) + 6);
  });

  test(`${name}: pages follow each other without gap or repetition`, async () => {
    const whole = await rank({ limit: 60 }, mostCompared);
    const paged: Hit[] = [];
    for (let offset = 0; offset < 60; offset += 7)
      paged.push(...(await rank({ offset, limit: 7 }, mostCompared)).slice(0, 7));
    assert.deepEqual(paged.slice(0, 60), whole.slice(0, 60));
    assert.equal((await rank({ offset: DEEPEST_RANK - 5, limit: 10 }, mostCompared)).length, 5);
    assert.deepEqual(await rank({ offset: DEEPEST_RANK, limit: 10 }, mostCompared), []);
  });

  test(`${name}: filters, and a minimum of the score`, async () => {
    const filtered = await rank({ filter: { userMetadata: { number: 2 } }, limit: 5 }, mostCompared);
    assert.deepEqual(filtered.map(placeOf), [2, 6, 10, 14, 18, 22]);
    const long = await rank({ filter: { minDuration: 22 }, limit: 3 }, mostCompared);
    assert.deepEqual(new Set(long.map(({ videoId }) => videoId)), new Set([videos[2]?.id, videos[3]?.id]));
    assert.deepEqual(await rank({ filter: { filename: 'nothing has this name' } }, mostCompared), []);
    const near = await rank({ minScore: 0.99, limit: 900 }, mostCompared);
    assert.ok(near.length > 100 && near.every(({ score }) => score >= 0.99));
    assert.equal(near.length, (await rank({ limit: 900 }, EXACT)).filter(({ score }) => score >= 0.99).length);
    assert.deepEqual(await rank({ minScore: 1.1 }, mostCompared), []);
  });

  test(`${name}: by video there is one hit of each, its best`, async () => {
    const hits = await rank({ byVideo: true }, mostCompared);
    assert.deepEqual(hits.map(({ videoId }) => videoId).sort(), videos.map(({ id }) => id).sort());
    assert.deepEqual(new Set(hits.map(({ startOffset }) => startOffset)), new Set([0]));
    assert.equal((await rank({ byVideo: true, limit: 2 }, mostCompared)).length, 3);
    assert.equal((await rank({ byVideo: true, offset: 3, limit: 2 }, mostCompared)).length, 1);
  });

  test(`${name}: only the clips of the indexes that are asked for, and none without a vector`, async () => {
    const other = await addIndex(app);
    await addVideo(app, other.id, {
      segments: [segment(0, vectorAt(0)), segment(6, vectorAt(0), { embedding: null })],
    });
    const hits = await rank({ indexIds: [other.id] }, mostCompared);
    assert.deepEqual(
      hits.map(({ startOffset }) => startOffset),
      [0],
    );
    assert.deepEqual(await rank({ indexIds: [] }, mostCompared), []);
    assert.deepEqual(await rank({ kind: { ...KIND, modality: 'AUDIO' } }, mostCompared), []);
  });
}

test('what is added between two searches is found at once, whichever way the first was ranked', async () => {
  // Of the last the second search still believes that there are few.
  for (const mostCompared of [EXACT, WALK, 1]) {
    const other = await addIndex(app);
    await addVideo(app, other.id, { segments: [segment(0, vectorAt(1))] });
    assert.equal((await rank({ indexIds: [other.id] }, mostCompared)).length, 1);
    const { video } = await addVideo(app, other.id, { segments: [segment(0, vectorAt(0))] });
    const hits = await rank({ indexIds: [other.id] }, mostCompared);
    assert.deepEqual([hits.length, hits[0]?.videoId], [2, video.id]);
  }
});

test('both ways give the same ranking', async () => {
  for (const angle of [0, 0.3, 0.8, 1.5])
    for (const byVideo of [false, true]) {
      const query = { vector: vectorAt(angle), byVideo, limit: 50 };
      assert.deepEqual(await rank(query, WALK), await rank(query, EXACT), `${angle}`);
    }
});

test('a walk that gives up early is followed by a comparison with all', async () => {
  const { databaseUrl } = opened;
  const give = 'hnsw.max_scan_tuples = 50';
  if (!databaseUrl) await app.db.orm.execute(sql.raw(`set ${give}`));
  else await app.db.orm.execute(sql.raw(`alter database ${new URL(databaseUrl).pathname.slice(1)} set ${give}`));
  const db = databaseUrl ? openPostgres({ url: databaseUrl }) : app.db;
  try {
    const query = { filter: { userMetadata: { number: 1 } }, vector: vectorAt(Math.PI / 2), limit: 399 };
    const hits = await rank(query, WALK, db);
    assert.equal(hits.length, CLIPS);
    assert.deepEqual(hits, await rank(query, EXACT, db));
  } finally {
    if (databaseUrl) await db.close();
    else await app.db.orm.execute(sql.raw('reset hnsw.max_scan_tuples'));
  }
});

test('how an index is walked is set for that statement alone', async () => {
  const settings = async () => {
    const set = (name: string) => sql<string>`current_setting(${name})`;
    const [found] = await app.db.orm
      .select({ scan: set('hnsw.iterative_scan'), candidates: set('hnsw.ef_search') })
      .from(sql`pg_database`)
      .limit(1);
    return found;
  };
  const before = await settings();
  // More than one batch of candidates of either setting.
  assert.equal((await rank({ limit: 300 }, WALK)).length, 301);
  assert.deepEqual(await settings(), before);
});

test('the index is made of the very expression and condition that a ranking uses', async () => {
  await ensureVectorIndexes(app.db, await app.models.list());
  const plan = await app.db.transaction(async (tx) => {
    await tx.orm.execute(sql`set local enable_seqscan = off`);
    await tx.orm.execute(sql`set local enable_sort = off`);
    const distance = sql`${embeddingOf(KIND)} <=> ${sql.raw(`'[${vectorAt(1).join()}]'::halfvec(256)`)}`;
    const query = sql`explain select ${segments.id} from ${segments}
      where ${and(inArray(segments.indexId, [indexId]), isOfKind(KIND))} order by ${distance} limit 10`;
    return JSON.stringify(await tx.orm.execute(query));
  });
  assert.match(plan, /Index Scan using segments_builtin_visual_hnsw/);
});
