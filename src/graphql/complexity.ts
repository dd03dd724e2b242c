import { DEFAULT_ROWS, MOST_ROWS, type PageArguments } from '../domain/paging.ts';

/**
 * What the fields of a request cost, in points. A field that is not mentioned costs one: the time of a scalar of a row
 * that is there already. The others are multiples of that, measured on PGlite with 400 videos of 20,000 segments: whole
 * documents take 1.4 to 4 µs a point of a core of 2024. test/http/request-cost.test.ts has documents that must pass.
 */
export const COST = {
  /** A row that is read together with others. */
  row: 10,
  /** A list: a part of a statement for each of its parents. */
  list: 100,
  /** A count. Like all that stands beside the edges, it counts as often as they do. */
  count: 10,
  /** The completion of a task: the first one reads all tasks that wait. */
  estimate: 10,
  /** A search among as many segments as are compared one by one. */
  search: 30_000,
  /** A run of a model. */
  embed: 5_000,
};

/** Numbers of a vector that cost one point: they are read as text, and written as text. */
const NUMBERS_A_POINT = 3;
/** Lines of a transcript, which are not known before they are read: half an hour has about as many. */
const TRANSCRIPT_LINES = 500;
/** States that a task has been in. */
const TRANSITIONS = 6;

/** What a list costs itself, and how often what is selected below it is paid for. */
interface ListCost {
  field: number;
  multiplier: number;
}

/** A page: what is below it counts as often as rows are asked for. A size that will be refused counts as the largest. */
export function costOfPage({ first, last }: PageArguments): ListCost {
  const rows = last ?? first ?? DEFAULT_ROWS;
  return { field: COST.list, multiplier: Math.min(Math.max(rows, 1), MOST_ROWS) };
}

/** As many rows as ids are given. */
export function costOfIds({ ids }: { ids: readonly unknown[] }): ListCost {
  return { field: COST.row * ids.length, multiplier: ids.length };
}

/** @param dimensions the length of the vector */
export function costOfVector(dimensions: number): number {
  return Math.ceil(dimensions / NUMBERS_A_POINT);
}

/** A search, and its hits. */
export function costOfSearch(page: PageArguments): ListCost {
  return { ...costOfPage(page), field: COST.search };
}

export const costOfTranscript: ListCost = { field: COST.list, multiplier: TRANSCRIPT_LINES };
export const costOfHistory: ListCost = { field: COST.row, multiplier: TRANSITIONS };
