/** Runs one benchmark, in a process of its own: `node bench/measure.ts NAME`. Its results go to `bench/results/NAME.json`. */
import { type Benchmark, createBench, type Row } from './bench.ts';
import { describeRun, formatNumber, formatRow, writeResults } from './results.ts';

const name = process.argv[2] ?? '';
const { default: benchmark }: { default: Benchmark } = await import(`./${name}.bench.ts`);
const began = performance.now();
const rows: Row[] = [];
const notes: string[] = [];
const bench = createBench({
  row(row) {
    rows.push(row);
    const times = row.theirs === null ? '' : ` (${formatNumber(row.ours)} / ${formatNumber(row.theirs)})`;
    console.log(`${formatRow(name, row)}${times}`);
  },
  note(text) {
    notes.push(text);
    console.log(`${name}: ${text}`);
  },
});
await benchmark(bench);
const seconds = Math.round((performance.now() - began) / 1000);
writeResults({ bench: name, ...describeRun(), seconds, rows, notes });
