import { createHash } from 'node:crypto';

/** SHA-256, in hex, of a value as JSON with sorted keys: equal for equal inputs in whatever order they were written. */
export function digestInput(input: object): string {
  const json = JSON.stringify(input, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(json).digest('hex');
}
