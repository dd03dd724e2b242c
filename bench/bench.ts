/** What one run has measured, by the names of the figures. */
export type Figures = Record<string, number>;

/** What is promised of a ratio, or of a figure alone. Neither: it is only stated. */
export interface Limit {
  atMost?: number;
  atLeast?: number;
}

/** One line of the table. */
export interface Row {
  /** What was done: `60 s of 1080p30`. */
  what: string;
  /** What was measured of it, with its unit: `CPU, ms/request`. */
  figure: string;
  /** The median over the rounds. */
  ours: number;
  /** What it stands beside; null for a figure that stands alone. */
  reference: string | null;
  /** The reference's median over the rounds. */
  theirs: number | null;
  /** The median of the rounds' ours / theirs. */
  ratio: number | null;
  limit: Limit;
  /** Whether the limit was kept; null where there is none. */
  met: boolean | null;
  /** Each round's figures, ours and theirs. */
  rounds: [ours: number, theirs: number | null][];
}

/** The same work done by something else, or the least that it can take. */
export interface Reference {
  name: string;
  measure(): Promise<Figures>;
  /** The figures that make a line of the table, each with what is promised of ours / theirs. */
  limits: Record<string, Limit>;
}

export interface Comparison {
  what: string;
  measure(): Promise<Figures>;
  against: readonly Reference[];
  /** Five unless given. */
  rounds?: number;
  /** How often each is run before, uncounted. Once unless given. */
  warmUp?: number;
}

/** What a benchmark reports to. */
export interface Bench {
  /**
   * Measures ours and its references by turns, so that whatever else the machine does meets them alike. Who is first
   * changes from round to round.
   */
  compare(comparison: Comparison): Promise<void>;
  /** Adds a line for a figure that stands alone. Several values are rounds of it, whose median counts. */
  state(line: { what: string; figure: string; value: number | readonly number[]; limit?: Limit }): void;
  /** Adds a sentence to the results: what was given up, what a figure means. */
  note(text: string): void;
}

/** A file `NAME.bench.ts` exports one as `default`. */
export type Benchmark = (bench: Bench) => Promise<void>;

/** The one in the middle; of an even count, the mean of the two. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** The value below which a share of the values lies. @param share from 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Whether a limit is kept; null where there is none. */
export function isMet(value: number, { atMost, atLeast }: Limit): boolean | null {
  if (atMost === undefined && atLeast === undefined) return null;
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);
}

/** A `Bench` that hands each line over as soon as it is known. */
export function createBench(report: { row(row: Row): void; note(text: string): void }): Bench {
  return {
    note: (text) => report.note(text),
    state({ what, figure, value, limit = {} }) {
      const values = typeof value === 'number' ? [value] : value;
      const ours = median(values);
      const rounds = values.map((each): [number, null] => [each, null]);
      const alone = { reference: null, theirs: null, ratio: null };
      report.row({ what, figure, ours, ...alone, limit, met: isMet(ours, limit), rounds });
    },
    async compare({ what, measure, against, rounds = 5, warmUp = 1 }) {
      const runs = [{ measure }, ...against].map((each) => ({ measure: () => each.measure(), found: [] as Figures[] }));
      for (let round = 0; round < warmUp; round++) for (const run of runs) await run.measure();
      for (let round = 0; round < rounds; round++) {
        const first = round % runs.length;
        for (const run of [...runs.slice(first), ...runs.slice(0, first)]) run.found.push(await run.measure());
      }
      const [own, ...others] = runs.map(({ found }) => found);
      for (const [at, { name, limits }] of against.entries()) {
        for (const [figure, limit] of Object.entries(limits)) {
          const pairs = (own ?? []).map((ours, round): [number, number] => [
            figureOf(ours, figure),
            figureOf(others[at]?.[round], figure),
          ]);
          const ratio = median(pairs.map(([ours, theirs]) => ours / theirs));
          const ours = median(pairs.map((pair) => pair[0]));
          const theirs = median(pairs.map((pair) => pair[1]));
          const met = isMet(ratio, limit);
          report.row({ what, figure, ours, reference: name, theirs, ratio, limit, met, rounds: pairs });
        }
      }
    },
  };
}

function figureOf(figures: Figures | undefined, name: string): number {
  const value = figures?.[name];
  if (value === undefined)
    throw new Error(`A run measured no "${name}", only: ${Object.keys(figures ?? {}).join(', ')}`);
  return value;
}
