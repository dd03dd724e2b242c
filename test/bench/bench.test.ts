import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBench, isMet, median, quantile, type Row } from '../../bench/bench.ts';
import { formatTable } from '../../bench/results.ts';

/** What a benchmark reports, and in which order its parts ran. */
async function run(
  benchmark: (
    bench: ReturnType<typeof createBench>,
    measured: (name: string, value: number) => number,
  ) => Promise<void>,
): Promise<{ rows: Row[]; order: string[] }> {
  const rows: Row[] = [];
  const order: string[] = [];
  const bench = createBench({ row: (row) => rows.push(row), note: () => {} });
  await benchmark(bench, (name, value) => {
    order.push(name);
    return value;
  });
  return { rows, order };
}

describe('a comparison', () => {
  it('runs all by turns, each first in its turn, after a warm-up', async () => {
    const { order } = await run((bench, measured) =>
      bench.compare({
        what: 'work',
        rounds: 3,
        measure: async () => ({ ms: measured('ours', 1) }),
        against: [
          { name: 'one', measure: async () => ({ ms: measured('one', 1) }), limits: { ms: {} } },
          { name: 'other', measure: async () => ({ ms: measured('other', 1) }), limits: { ms: {} } },
        ],
      }),
    );
    const [ours, one, other] = ['ours', 'one', 'other'];
    assert.deepEqual(order, [ours, one, other, ours, one, other, one, other, ours, other, ours, one]);
  });

  it("gives the median of the rounds' ratios, not the ratio of the medians", async () => {
    const [ours, theirs] = [
      [1, 10, 100],
      [1, 1, 1000],
    ];
    const { rows } = await run((bench) =>
      bench.compare({
        what: 'work',
        rounds: 3,
        warmUp: 0,
        measure: async () => ({ ms: ours.shift() ?? 0 }),
        against: [
          { name: 'floor', measure: async () => ({ ms: theirs.shift() ?? 0 }), limits: { ms: { atMost: 0.9 } } },
        ],
      }),
    );
    const [row] = rows;
    assert.deepEqual([row?.ratio, row?.ours, row?.theirs, row?.met], [1, 10, 1, false]);
    assert.deepEqual(row?.rounds, [
      [1, 1],
      [10, 1],
      [100, 1000],
    ]);
  });

  it('refuses a figure that a run did not measure', async () => {
    const measure = async () => ({ ms: 1 });
    await assert.rejects(
      run((bench) =>
        bench.compare({ what: 'work', measure, against: [{ name: 'floor', measure, limits: { s: {} } }] }),
      ),
      /no "s", only: ms/,
    );
  });
});

it('a figure alone is held to its own limit', async () => {
  const { rows } = await run(async (bench) => {
    bench.state({ what: 'memory', figure: 'MB', value: [3, 90, 2], limit: { atMost: 64 } });
    bench.state({ what: 'memory', figure: 'MB', value: 65, limit: { atMost: 64 } });
    bench.state({ what: 'memory', figure: 'MB', value: 1 });
  });
  assert.deepEqual(
    rows.map(({ ours, met }) => [ours, met]),
    [
      [3, true],
      [65, false],
      [1, null],
    ],
  );
  assert.match(formatTable([{ ...results, rows }]), /\| MB \| {2}\| 65 \| ≤ 64 \| \*\*missed\*\* \|$/m);
});

const machine = { processor: '', cores: 2, memoryGb: 1, kernel: '' };
const results = { bench: 'b', date: '', commit: '', machine, seconds: 1, notes: [], versions: {} };

it('medians and quantiles are values that were measured, or between two', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
  assert.equal(quantile([5, 1, 4, 2, 3], 0.99), 5);
  assert.equal(quantile([5, 1, 4, 2, 3], 0), 1);
});

it('a value that is not a number keeps no limit', () => {
  assert.equal(isMet(Number.NaN, { atMost: 1 }), false);
  assert.equal(isMet(2, { atLeast: 2 }), true);
  assert.equal(isMet(2, {}), null);
});
