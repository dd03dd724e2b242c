/** Postgres in the process, as our embedded database is: half precision, and the index that searches walk. */
import { PGlite } from '@electric-sql/pglite';
import { vector as pgvector } from '@electric-sql/pglite-pgvector';
import { DIMENSIONS } from '../vectors.ts';
import { answerQueries, HITS, HNSW } from './answer-queries.ts';

const CHUNK = 500;
const textOf = (vector: Float32Array) => `[${vector.join(',')}]`;

await answerQueries(async (vectors) => {
  const database = await PGlite.create({ extensions: { vector: pgvector } });
  const type = `halfvec(${DIMENSIONS})`;
  await database.exec(`create extension vector; create table clips (number integer, embedding ${type})`);
  for (let start = 0; start < vectors.length; start += CHUNK) {
    const rows = vectors.slice(start, start + CHUNK).map((vector, n) => `(${start + n}, '${textOf(vector)}')`);
    await database.exec(`insert into clips values ${rows.join(',')}`);
  }
  await database.exec(`set maintenance_work_mem = '256MB';
    create index on clips using hnsw (embedding halfvec_cosine_ops)
    with (m = ${HNSW.neighbours}, ef_construction = ${HNSW.building}); set hnsw.ef_search = ${HNSW.searching}`);
  return async (query) => {
    const statement = `select number from clips order by embedding <=> '${textOf(query)}'::${type} limit ${HITS}`;
    const { rows } = await database.query<{ number: number }>(statement);
    return rows.map(({ number }) => number);
  };
});
