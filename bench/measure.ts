/** Runs one benchmark, in a process of its own: `node bench/measure.ts NAME`. Its results go to `bench/results/NAME.json`. */
import { type Benchmark, createBench, type Row } from './bench.ts';
import { describeRun, formatTable, type Results, writeResults } from './results.ts';

const name = process.argv[2] ?? '';
const { default: benchmark }: { default: Benchmark } = await import(`./${name}.bench.ts`);
const began = performance.now();
const rows: Row[] = [];
const notes: string[] = [];
const results = (): Results => ({
  bench: name,
  ...describeRun(),
  seconds: Math.round((performance.now() - began) / 1000),
  rows,
  notes,
});
const bench = createBench({
  row(row) {
    rows.push(row);
    console.log(
      formatTable([{ ...results(), rows: [row] }])
        .split('\n')
        .at(-1),
    );
  },
  note(text) {
    notes.push(text);
    console.log(`${name}: ${text}`);
  },
});
await benchmark(bench);
writeResults(results());
