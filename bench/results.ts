import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import type { Limit, Row } from './bench.ts';

const FOLDER = join(import.meta.dirname, 'results');
const ROOT = join(import.meta.dirname, '..');
/** What the figures depend on the most. */
const LIBRARIES = ['graphql', 'graphql-yoga', 'graphql-ws', 'pg-boss', 'postgres', 'onnxruntime-node', 'sharp'];

/** What one benchmark has found, and on what. */
export interface Results {
  bench: string;
  date: string;
  commit: string;
  machine: { processor: string; cores: number; memoryGb: number; kernel: string };
  versions: Record<string, string>;
  seconds: number;
  rows: Row[];
  notes: string[];
}

/** What everything of one run shares. */
export function describeRun(): Pick<Results, 'date' | 'commit' | 'machine' | 'versions'> {
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: ROOT, encoding: 'utf8' });
  const all = cpus();
  const libraries = [...LIBRARIES, '@electric-sql/pglite'].map((name) => [name, versionOf(name)]);
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: run('git', 'rev-parse', '--short', 'HEAD').trim(),
    machine: {
      processor: all[0]?.model ?? 'unknown',
      cores: all.length,
      memoryGb: Math.round(totalmem() / 1024 ** 3),
      kernel: release(),
    },
    versions: {
      node: process.versions.node,
      ffmpeg: /version (\S+)/.exec(run('ffmpeg', '-version'))?.[1] ?? 'unknown',
      ...Object.fromEntries(libraries),
    },
  };
}

function versionOf(library: string): string {
  return JSON.parse(readFileSync(join(ROOT, 'node_modules', library, 'package.json'), 'utf8')).version;
}

/** Writes `bench/results/NAME.json`. */
export function writeResults(results: Results): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${results.bench}.json`), `${JSON.stringify(results, null, 2)}\n`);
}

/** The last results of these benchmarks; of all that have any where no names are given. */
export function readResults(names?: readonly string[]): Results[] {
  const files = globSync(join(FOLDER, '*.json')).filter((file) => !names || names.includes(basename(file, '.json')));
  return files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
}

/** The table in Markdown: ratios where there is a reference; the times that they are of are in the results. */
export function formatTable(all: readonly Results[]): string {
  const lines = all.flatMap(({ bench, rows }) => rows.map((row) => formatRow(bench, row)));
  return [
    '| bench | of | figure | beside | measured | target | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** A line of it. */
export function formatRow(bench: string, { what, figure, ours, reference, ratio, limit, met }: Row): string {
  const measured = ratio === null ? formatNumber(ours) : `${formatNumber(ratio)} ×`;
  const kept = met === null ? 'stated' : met ? 'met' : '**missed**';
  return `| ${[bench, what, figure, reference ?? '', measured, formatLimit(limit), kept].join(' | ')} |`;
}

function formatLimit({ atMost, atLeast }: Limit): string {
  const parts = [
    ...(atLeast === undefined ? [] : [`≥ ${formatNumber(atLeast)}`]),
    ...(atMost === undefined ? [] : [`≤ ${formatNumber(atMost)}`]),
  ];
  return parts.join(', ');
}

/** Three digits that count, and no fewer before the point. */
export function formatNumber(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
