import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuseRankings } from '../../src/domain/fusion.ts';
import { clipOf, type Hit } from '../../src/domain/ranking.ts';

function hit(startOffset: number, score: number, options: Partial<Hit> = {}): Hit {
  return {
    segmentId: `${startOffset}`,
    videoId: 'a',
    startOffset,
    endOffset: startOffset + 6,
    modality: 'VISUAL',
    thumbnail: null,
    text: null,
    score,
    ...options,
  };
}

const places = (hits: Hit[]) => hits.map(({ startOffset }) => startOffset);
const near = (a: number | undefined, b: number) =>
  assert.ok(Math.abs((a ?? Number.NaN) - b) < 1e-12, `${a} is not ${b}`);

test('each list gives its weight by rank; the scores are parts of what the first of all lists has', () => {
  const one = { hits: [hit(0, 0.9), hit(1, 0.8), hit(2, 0.1)], weight: 1 };
  const two = { hits: [hit(2, 900), hit(3, 70)], weight: 3 };
  const fused = fuseRankings([one, two], clipOf);
  assert.deepEqual(places(fused), [2, 3, 0, 1]);
  near(fused[0]?.score, (3 / 61 + 1 / 63) / (4 / 61));
  near(fused[1]?.score, 3 / 62 / (4 / 61));
  near(fused[2]?.score, 1 / 4);
  near(fuseRankings([one, { hits: [hit(0, 1)], weight: 2 }], clipOf)[0]?.score, 1);
  assert.deepEqual(fuseRankings([], clipOf), []);
  assert.deepEqual(fuseRankings([{ hits: [], weight: 1 }], clipOf), []);
});

test('hits of one score share a rank, so that the other list orders them', () => {
  const words = { hits: [hit(0, 0.5), hit(1, 0.5), hit(2, 0.5), hit(3, 0.4)], weight: 3 };
  const pictures = { hits: [hit(2, 0.9), hit(9, 0.8), hit(1, 0.7), hit(0, 0.6)], weight: 1 };
  assert.deepEqual(places(fuseRankings([words, pictures], clipOf)), [2, 1, 0, 3, 9]);
});

test('a hit appears as in the list that gave the most', () => {
  const shown = [hit(0, 0.9), hit(1, 0.8)];
  const spoken = [1, 0].map((start) => hit(start, 1 - start / 10, { modality: 'TRANSCRIPTION', text: 'words' }));
  const fused = fuseRankings(
    [
      { hits: shown, weight: 1 },
      { hits: spoken.slice(0, 1), weight: 3 },
    ],
    clipOf,
  );
  assert.deepEqual(
    fused.map(({ startOffset, modality, text }) => [startOffset, modality, text]),
    [
      [1, 'TRANSCRIPTION', 'words'],
      [0, 'VISUAL', null],
    ],
  );
  const even = fuseRankings(
    [
      { hits: shown, weight: 1 },
      { hits: [...spoken].reverse(), weight: 1 },
    ],
    clipOf,
  );
  assert.equal(even[0]?.modality, 'VISUAL');
});

test('what is the same hit is up to the key; equal ones are in a fixed order', () => {
  const lists = [
    { hits: [hit(6, 0.9, { videoId: 'b' }), hit(0, 0.8)], weight: 1 },
    { hits: [hit(12, 0.9), hit(18, 0.8, { videoId: 'b' })], weight: 1 },
  ];
  const byVideo = fuseRankings(lists, ({ videoId }) => videoId);
  assert.deepEqual(
    byVideo.map(({ videoId, startOffset }) => [videoId, startOffset]),
    [
      ['a', 12],
      ['b', 6],
    ],
  );
  assert.deepEqual(places(fuseRankings(lists, clipOf)), [12, 6, 0, 18]);
});
