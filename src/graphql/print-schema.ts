import { writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from './schema.ts';

/** The file that the schema is printed to, in the project's root. */
export const SCHEMA_FILE = new URL('../../schema.graphql', import.meta.url);

/** The schema as SDL: sorted by name, so that a difference is a change. */
export function renderSchema(): string {
  const header = '# Printed from the code by `npm run schema`. Do not edit it: change the types in src/graphql.\n\n';
  return `${header}${printSchema(lexicographicSortSchema(schema))}\n`;
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, renderSchema());
