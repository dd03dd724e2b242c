/** hnswlib in the process: all in memory, single precision, one thread. */
import hnswlib from 'hnswlib-node';
import { DIMENSIONS } from '../vectors.ts';
import { answerQueries, HITS, HNSW } from './answer-queries.ts';

await answerQueries(async (vectors) => {
  const index = new hnswlib.HierarchicalNSW('cosine', DIMENSIONS);
  index.initIndex(vectors.length, HNSW.neighbours, HNSW.building);
  for (const [number, vector] of vectors.entries()) index.addPoint([...vector], number);
  index.setEf(HNSW.searching);
  return (query) => index.searchKnn([...query], HITS).neighbors;
});
