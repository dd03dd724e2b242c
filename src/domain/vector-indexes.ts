import { inArray, sql } from 'drizzle-orm';
import type { Connection, Database } from '../db/client.ts';
import { segments } from '../db/schema.ts';
import type { Modality } from '../db/values.ts';
import type { ModelDescription } from '../models/models.ts';

/** What one HNSW index covers: the clips of one model and modality. */
export interface VectorKind {
  model: string;
  modality: Modality;
  dimensions: number;
}

/**
 * Candidates among which a new vector's neighbours are chosen. Where vectors are clustered, pgvector's 64 may all be of the
 * new one's own cluster: among 100,000 one search in seventeen then never came to the cluster that it was looking for
 * (`bench/search.bench.ts`). Building takes three times as long. As Postgres keeps it.
 */
const BUILT = 'ef_construction=200';
/** Names the advisory lock that lets one process create indexes at a time. */
const LOCK = 72_656_102;

/** The stored vectors of a kind at their dimensions: the very expression that the index is made of. */
export function embeddingOf({ dimensions }: VectorKind) {
  return sql`(${segments.embedding}::halfvec(${sql.raw(String(dimensions))}))`;
}

/** The condition of the kind's partial index, with literals: the planner does not match parameters against it. */
export function isOfKind({ model, modality }: VectorKind) {
  const literal = (text: string) => sql.raw(`'${text.replaceAll("'", "''")}'`);
  return sql`${segments.model} = ${literal(model)} and ${segments.modality} = ${literal(modality)} and ${segments.scope} = 'CLIP'`;
}

/** About how many vectors a kind's index has, as Postgres has last counted them; 0 where it has not, or there is no index. */
export async function estimateIndexed({ orm }: Connection, kind: VectorKind): Promise<number> {
  const [index] = await orm
    .select({ count: sql<number>`reltuples`.mapWith(Number) })
    .from(sql`pg_class`)
    .where(sql`relname = ${nameOf(kind)} and pg_table_is_visible(oid)`);
  return Math.max(index?.count ?? 0, 0);
}

/**
 * Creates the HNSW indexes (cosine distance, half precision) that are missing for vectors of the models, as far as these
 * are installed: nothing is embedded by the others. One that an earlier version built with other candidates is made anew.
 * Costs one query where there is nothing to do; not to be called within a transaction, as writers wait while an index is
 * made.
 */
export async function ensureVectorIndexes(database: Database, models: readonly ModelDescription[]): Promise<void> {
  const kinds = models
    .filter(({ installed }) => installed)
    .flatMap((model) =>
      model.modalities.flatMap(({ modality, dimensions }) =>
        dimensions === null ? [] : [{ model: model.name, modality, dimensions }],
      ),
    );
  const missing = await missingKinds(database, kinds);
  if (missing.length === 0) return;
  await database.transaction(async (tx) => {
    await tx.orm.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
    // Another process may have made them meanwhile.
    for (const kind of await missingKinds(tx, missing)) {
      await tx.orm.execute(sql`drop index if exists ${sql.identifier(nameOf(kind))}`);
      // Columns of an index's definition are written without their table.
      const statement = sql`create index ${sql.identifier(nameOf(kind))} on ${segments}
        using hnsw (${embeddingOf(kind)} halfvec_cosine_ops) with (${sql.raw(BUILT)}) where ${isOfKind(kind)}`;
      await tx.orm.execute(statement);
    }
  });
}

async function missingKinds({ orm }: Connection, kinds: readonly VectorKind[]): Promise<VectorKind[]> {
  if (kinds.length === 0) return [];
  const name = sql<string>`relname`;
  const found = await orm
    .select({ name })
    .from(sql`pg_class`)
    .where(sql`${inArray(name, kinds.map(nameOf))} and pg_table_is_visible(oid) and reloptions @> array[${BUILT}]`);
  return kinds.filter((kind) => !found.some((index) => index.name === nameOf(kind)));
}

function nameOf({ model, modality }: VectorKind): string {
  return `segments_${model}_${modality}_hnsw`.toLowerCase();
}
