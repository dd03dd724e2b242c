import { createGraphQLError, type Plugin } from 'graphql-yoga';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { LimitExceededError } from '../errors.ts';
import { toGraphQLError } from '../graphql/expected-errors-plugin.ts';
import type { NodeContext } from './caller.ts';

/** Seconds, from the first request of a tenant on, until all of its requests are there again. */
const WINDOW = 60;

/** The count of each tenant's requests in this process. */
export interface RateLimit {
  /** Counts a request. @throws LimitExceededError when it is one too many */
  take(tenant: string): Promise<void>;
  /** Headers that say what may be asked and what of it is left, as draft-ietf-httpapi-ratelimit-headers-11 has them. */
  describe(tenant: string): Promise<Record<'RateLimit-Policy' | 'RateLimit', string>>;
}

/** @param most requests of a tenant a minute; undefined for no limit, and then nothing is counted */
export function createRateLimit(most: number | undefined): RateLimit | undefined {
  if (most === undefined) return undefined;
  const limiter = new RateLimiterMemory({ points: most, duration: WINDOW });
  return {
    async take(tenant) {
      const { consumedPoints, msBeforeNext } = await limiter.consume(tenant).catch((over: RateLimiterRes) => over);
      if (consumedPoints <= most) return;
      const retryAfter = toSeconds(msBeforeNext);
      const message = `${consumedPoints} requests came within a minute; at most ${most} are allowed. Try again in ${retryAfter} s.`;
      throw new LimitExceededError(message, `${most} requests a minute`, retryAfter);
    },
    async describe(tenant) {
      const now = await limiter.get(tenant);
      const [left, reset] = now ? [now.remainingPoints, toSeconds(now.msBeforeNext)] : [most, WINDOW];
      return {
        'RateLimit-Policy': `"default";q=${most};w=${WINDOW}`,
        RateLimit: `"default";r=${left};t=${reset}`,
      };
    },
  };
}

/** Rounded up: who waits for it must not come too early. */
function toSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}

/**
 * Refuses requests over the limit with status 429 before their bodies are read, and tells of the limit in every answer
 * to one that was counted.
 */
export function useRateLimit(limit: RateLimit | undefined): Plugin<object, NodeContext> {
  if (!limit) return {};
  const counted = new WeakMap<Request, string>();
  const begun = new WeakSet<Request>();
  return {
    async onRequestParse({ request, serverContext }) {
      const tenant = serverContext.identity?.caller.tenant;
      if (tenant === undefined) throw new Error('a request came by the keys');
      counted.set(request, tenant);
      await limit.take(tenant).catch((error) => {
        throw error instanceof LimitExceededError ? toAnswer(error) : error;
      });
    },
    async onParams({ request, setResult }) {
      const tenant = counted.get(request);
      if (tenant === undefined) return;
      // The first operation of a request was counted before its body was read; a batch has more.
      if (!begun.has(request)) return void begun.add(request);
      await limit.take(tenant).catch((error) => {
        if (!(error instanceof LimitExceededError)) throw error;
        setResult({ errors: [toAnswer(error)] });
      });
    },
    async onResponse({ request, response }) {
      const tenant = counted.get(request);
      if (tenant === undefined) return;
      for (const [name, value] of Object.entries(await limit.describe(tenant))) response.headers.set(name, value);
    },
  };
}

function toAnswer(error: LimitExceededError) {
  const { message, extensions } = toGraphQLError(error);
  const http = { status: 429, headers: { 'Retry-After': String(error.retryAfter) } };
  return createGraphQLError(message, { extensions: { ...extensions, http } });
}
