/**
 * Runs the fault suite and prints its table: `npm run test:faults [-- --short] [NAME...]`. Without `--short` it takes
 * the full figures. NAME is that of a file, `worker-kills` for `worker-kills.fault.ts`; all of them unless given. Ends
 * with 1 where a fault has failed or one has left no row.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtinModels } from '../helpers/models.ts';

interface Row {
  fault: string;
  required: string;
  measured: string;
}

interface Run {
  name: string;
  passed: boolean;
  seconds: number;
  rows: Row[];
}

const { values, positionals } = parseArgs({ options: { short: { type: 'boolean' } }, allowPositionals: true });
/** Files at once: faults are mostly waited for, but the full figures are not to be each other's load. */
const AT_ONCE = values.short ? 2 : 1;
/** Those that take the longest, which begin first: in the end nobody waits for one of them alone. */
const LONG = ['worker-kills', 'disk-full', 'read-errors', 'postgres-outages'];
/** Milliseconds for one file, after which it hangs. */
const LONGEST = (values.short ? 4 : 60) * 60_000;

const all = globSync(join(import.meta.dirname, '*.fault.ts')).sort();
const nameOf = (file: string) => basename(file, '.fault.ts');
const unknown = positionals.filter((name) => !all.some((file) => nameOf(file) === name));
if (unknown.length > 0) {
  process.stderr.write(`No such fault: ${unknown.join(', ')}. There are: ${all.map(nameOf).join(', ')}.\n`);
  process.exit(2);
}
const files = all.filter((file) => positionals.length === 0 || positionals.includes(nameOf(file)));
const folder = mkdtempSync(join(tmpdir(), 'reelgraph-faults-'));
const running = new Set<ReturnType<typeof spawn>>();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
  });

async function run(file: string): Promise<Run> {
  const name = nameOf(file);
  const rows = join(folder, name);
  const began = performance.now();
  const env = { ...process.env, FAULTS: values.short ? 'short' : 'full', FAULTS_REPORT: rows };
  const child = spawn(process.execPath, ['--test', `--test-timeout=${LONGEST}`, file], { env, stdio: 'inherit' });
  running.add(child);
  const [code] = await once(child, 'exit');
  running.delete(child);
  return { name, passed: code === 0, seconds: (performance.now() - began) / 1000, rows: readRows(rows) };
}

function readRows(file: string): Row[] {
  try {
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

function printTable(runs: readonly Run[]): void {
  const lines = runs.flatMap(({ name, passed, seconds, rows }) => {
    const none = { fault: name, required: 'a row of this table', measured: 'none' };
    return (rows.length > 0 ? rows : [none]).map(
      ({ fault, required, measured }) =>
        `| ${fault} | ${required} | ${measured} | ${passed && rows.length > 0 ? 'pass' : 'FAIL'} | ${seconds.toFixed(0)} s |`,
    );
  });
  process.stdout.write(
    `\n| fault | required | measured | | time |\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`,
  );
  const failed = runs.filter(({ passed, rows }) => !passed || rows.length === 0).length;
  // As the test runner sums up, for what reads both.
  process.stdout.write(`\nℹ pass ${runs.length - failed}\nℹ fail ${failed}\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

try {
  // What the servers of all faults start with.
  await (await builtinModels()).close();
  const runs: Run[] = [];
  const isLong = (file: string) => LONG.includes(nameOf(file));
  const waiting = [...files.filter(isLong), ...files.filter((file) => !isLong(file))];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let file = waiting.shift(); file; file = waiting.shift()) runs.push(await run(file));
    }),
  );
  printTable(
    runs.sort(
      (a, b) => files.findIndex((file) => nameOf(file) === a.name) - files.findIndex((file) => nameOf(file) === b.name),
    ),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
