import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'drizzle-orm';
import type { Database } from '../../src/db/client.ts';
import { ensureVectorIndexes } from '../../src/domain/vector-indexes.ts';
import type { ModelDescription } from '../../src/models/models.ts';
import { createTestDatabase } from '../helpers/database.ts';

let database: Database;
let remove: () => Promise<void>;
before(async () => {
  ({ database, remove } = await createTestDatabase());
});
after(() => remove());

function model(name: string, installed: boolean): ModelDescription {
  const queries = { textQueries: true, imageQueries: false, vocabulary: 'OPEN' } as const;
  return {
    ...{ name, installed, license: 'MIT' },
    modalities: [
      { modality: 'VISUAL', dimensions: 8, ...queries },
      { modality: 'TRANSCRIPTION', dimensions: null, ...queries },
      { modality: 'TEXT_IN_VIDEO', dimensions: 4, ...queries },
    ],
  };
}

async function indexNames(): Promise<string[]> {
  const name = sql<string>`relname`;
  const found = await database.orm.select({ name }).from(sql`pg_class`).where(sql`relname like 'segments\\_%\\_hnsw'`);
  return found.map((row) => row.name).sort();
}

test('an index is made for each kind of vector of the models that are installed, when they are', async () => {
  await ensureVectorIndexes(database, []);
  await ensureVectorIndexes(database, [model('here', true), model('away', false)]);
  const here = ['segments_here_text_in_video_hnsw', 'segments_here_visual_hnsw'];
  assert.deepEqual(await indexNames(), here);
  const pulled = [model('here', true), model('away', true)];
  await Promise.all([ensureVectorIndexes(database, pulled), ensureVectorIndexes(database, pulled)]);
  await ensureVectorIndexes(database, pulled);
  assert.deepEqual(await indexNames(), ['segments_away_text_in_video_hnsw', 'segments_away_visual_hnsw', ...here]);
});
