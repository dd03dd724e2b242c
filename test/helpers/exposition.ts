import assert from 'node:assert/strict';

/** A family of metrics as it is exposed. */
export interface Family {
  type: string;
  help: string;
  /** Values by name and labels, such as `a_total{job="b"}`; the labels are sorted. */
  samples: Map<string, number>;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/;
const SUFFIXES: Record<string, string[]> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/**
 * Reads Prometheus' text format strictly: every sample belongs to the family announced last, no name comes twice, every
 * value is a number, and histograms grow to the count.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
 */
export function parseExposition(text: string): Map<string, Family> {
  assert.ok(text.endsWith('\n'), 'the last line has an end');
  const families = new Map<string, Family>();
  let current: { name: string; family: Family } | undefined;
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      assert.ok(!families.has(name), `${name} comes twice`);
      current = { name, family: { type: 'untyped', help: rest, samples: new Map() } };
      families.set(name, current.family);
    } else if (keyword === 'TYPE') {
      assert.equal(name, current?.name, `the type of ${name} follows its help`);
      assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/);
      if (current) current.family.type = rest;
    } else readSample(line, current);
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family);
  return families;
}

function readSample(line: string, current: { name: string; family: Family } | undefined): void {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? assert.fail(`no sample: ${line}`);
  assert.ok(current, `${name} has no help`);
  const names = (SUFFIXES[current.family.type] ?? ['']).map((suffix) => current.name + suffix);
  assert.ok(names.includes(name), `${name} is no part of ${current.name}`);
  const sorted = labels
    .split(/,(?=[a-zA-Z_])/)
    .filter(Boolean)
    .map((label) => label.replace(/,$/, ''))
    .sort();
  const key = sorted.length > 0 ? `${name}{${sorted.join()}}` : name;
  assert.ok(!current.family.samples.has(key), `${key} comes twice`);
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
  // Go's ParseFloat, by which the format is defined, takes any case.
  assert.ok(!Number.isNaN(number) || /^nan$/i.test(value), `${key} is ${value}`);
  current.family.samples.set(key, number);
}

function checkHistogram(name: string, { samples }: Family): void {
  for (const [key, count] of samples) {
    if (!key.startsWith(`${name}_count`)) continue;
    const labels = key.slice(`${name}_count`.length).slice(1, -1);
    const buckets = [...samples]
      .filter(([bucket]) => bucket.startsWith(`${name}_bucket`))
      .map(([bucket, value]) => ({ labels: /\{(.*)\}/.exec(bucket)?.[1]?.split(/,(?=[a-z])/) ?? [], value }))
      .filter((bucket) => bucket.labels.filter((label) => !label.startsWith('le=')).join() === labels)
      .map((bucket) => ({
        ...bucket,
        le: /^le="(.*)"$/.exec(bucket.labels.find((l) => l.startsWith('le=')) ?? '')?.[1],
      }));
    assert.ok(
      buckets.every(({ value }, n) => value >= (buckets[n - 1]?.value ?? 0)),
      `${key}: buckets grow`,
    );
    assert.deepEqual([buckets.at(-1)?.le, buckets.at(-1)?.value], ['+Inf', count], `${key}: the last bucket has all`);
  }
}

/** A value, 0 where there is none. */
export function sampleOf(families: Map<string, Family>, sample: string): number {
  const name = sample.replace(/\{.*$/, '');
  for (const [family, { samples }] of families)
    if (name.startsWith(family)) {
      const value = samples.get(sample);
      if (value !== undefined) return value;
    }
  return 0;
}
