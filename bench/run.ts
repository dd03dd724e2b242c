/**
 * Measures and prints the table: `npm run bench [-- NAME...]`, all but the long ones unless named. `--table` only prints
 * what was measured last. Ends with 1 where a target was missed or a benchmark failed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable, readResults } from './results.ts';

/** Those that take so long that they are run by name only. */
const LONG = ['search-million'];
/** Minutes for one, after which it hangs. */
const LONGEST = 90;

const { values, positionals } = parseArgs({ options: { table: { type: 'boolean' } }, allowPositionals: true });
const all = globSync(join(import.meta.dirname, '*.bench.ts'))
  .map((file) => basename(file, '.bench.ts'))
  .sort();
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  process.exit(2);
}
const names = positionals.length > 0 ? positionals : all.filter((name) => values.table || !LONG.includes(name));

async function measure(name: string): Promise<boolean> {
  console.log(`\n==> ${name}`);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'measure.ts'), name], {
    stdio: 'inherit',
    timeout: LONGEST * 60_000,
  });
  const stop = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const [code] = await once(child, 'exit');
  process.off('SIGINT', stop).off('SIGTERM', stop);
  return code === 0;
}

/**
 * The peers are the bench's own packages, which the product's install goes without. hnswlib-node is compiled: with the
 * headers that come with our Node, where it comes from npm, as node-gyp would download them.
 */
function installPeers(): void {
  if (existsSync(join(import.meta.dirname, 'node_modules'))) return;
  const [headers] = globSync(join(import.meta.dirname, '../node_modules/{,node/node_modules/}node-*/include/node'));
  const env = { ...process.env, ...(headers && { npm_config_nodedir: join(headers, '../..') }) };
  // Not `ci`: LanceDB's packages for other systems are not in every registry, and then not in the lock file.
  const install = ['install', '--no-save', '--prefix', import.meta.dirname];
  const { status } = spawnSync('npm', install, { stdio: 'inherit', env });
  if (status !== 0) throw new Error('The packages of bench/package.json could not be installed');
}

const failed: string[] = [];
if (!values.table) {
  installPeers();
  for (const name of names) if (!(await measure(name))) failed.push(name);
}
const results = readResults(names.filter((name) => !failed.includes(name)));
console.log(`\n${formatTable(results)}`);
for (const { bench, notes } of results) for (const note of notes) console.log(`- ${bench}: ${note}`);
const missed = results.flatMap(({ bench, rows }) =>
  rows.filter(({ met }) => met === false).map(({ what }) => `${bench}: ${what}`),
);
if (missed.length > 0) console.log(`\nMissed: ${missed.join('; ')}`);
if (failed.length > 0) console.log(`\nFailed: ${failed.join(', ')}`);
process.exitCode = failed.length + missed.length > 0 ? 1 : 0;
