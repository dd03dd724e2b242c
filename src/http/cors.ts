import type { CORSOptions } from 'graphql-yoga';

const LOOPBACK = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Whether a page's scripts may read answers. Unless told, those that are served from this machine, such as a
 * frontend's development server: any other site must not look into a visitor's own Reelgraph.
 */
export function isWelcome(allowed: readonly string[] | undefined, origin: string): boolean {
  return allowed ? allowed.includes('*') || allowed.includes(origin) : LOOPBACK.test(origin);
}

/** Headers of answers that scripts of other origins may read. */
const EXPOSED = ['RateLimit-Policy', 'RateLimit', 'Retry-After', 'Content-Range', 'Accept-Ranges', 'ETag'];

/** The CORS answer to a request. */
export function corsOf(allowed: readonly string[] | undefined): (request: Request) => CORSOptions {
  return (request) => {
    const origin = request.headers.get('origin') ?? '';
    if (!isWelcome(allowed, origin)) return false;
    return { origin, methods: ['GET', 'POST', 'OPTIONS'], credentials: false, exposedHeaders: EXPOSED };
  };
}
