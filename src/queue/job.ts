import type { z } from 'zod';

/** A kind of job: declared once, its input parsed when it is enqueued and again when it runs. */
export interface JobDefinition<Input> {
  /** `noun:verb`. */
  readonly name: string;
  readonly input: z.ZodType<Input>;
  /** How often a job that threw, or whose worker died, is tried again. */
  readonly retries: number;
  /** What the lines of its log are to name: ids, no more. */
  about(input: Input): Record<string, string>;
}

/** Declares a job, which is tried again 5 times where `retries` says nothing else. */
export function defineJob<Input>(definition: {
  name: `${string}:${string}`;
  input: z.ZodType<Input>;
  retries?: number;
  about?: (input: Input) => Record<string, string>;
}): JobDefinition<Input> {
  return { retries: 5, about: () => ({}), ...definition };
}
