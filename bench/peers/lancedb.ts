/** LanceDB on files: HNSW over vectors of 8-bit numbers, whose finds are compared again as they are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, Index } from '@lancedb/lancedb';
import { answerQueries, HITS, HNSW } from './answer-queries.ts';

const folder = mkdtempSync(join(tmpdir(), 'reelgraph-lancedb-'));
try {
  await answerQueries(async (vectors) => {
    const database = await connect(folder);
    const rows = vectors.map((vector, number) => ({ number, vector: [...vector] }));
    const table = await database.createTable('clips', rows);
    const { neighbours: m, building: efConstruction } = HNSW;
    const config = Index.hnswSq({ distanceType: 'cosine', numPartitions: 1, m, efConstruction });
    await table.createIndex('vector', { config });
    return async (query) => {
      const search = table.query().nearestTo(query).distanceType('cosine').ef(HNSW.searching).refineFactor(5);
      const found = await search.select(['number', '_distance']).limit(HITS).toArray();
      return found.map(({ number }) => Number(number));
    };
  });
} finally {
  rmSync(folder, { recursive: true });
}
