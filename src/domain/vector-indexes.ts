import { sql } from 'drizzle-orm';
import type { Database } from '../db/client.ts';
import { segments } from '../db/schema.ts';
import type { Modality } from '../db/values.ts';
import type { ModelDescription } from '../models/models.ts';

/** What one HNSW index covers: the clips of one model and modality. */
export interface VectorKind {
  model: string;
  modality: Modality;
  dimensions: number;
}

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

/** Creates the HNSW indexes (cosine distance, half precision) that are missing for the models' vectors. */
export async function ensureVectorIndexes(database: Database, models: readonly ModelDescription[]): Promise<void> {
  const kinds = models.flatMap((model) =>
    model.modalities.flatMap(({ modality, dimensions }) =>
      dimensions === null ? [] : [{ model: model.name, modality, dimensions }],
    ),
  );
  await database.transaction(async (tx) => {
    await tx.orm.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
    for (const kind of kinds) {
      const name = sql.identifier(`segments_${kind.model}_${kind.modality}_hnsw`.toLowerCase());
      // Columns of an index's definition are written without their table.
      const statement = sql`create index if not exists ${name} on ${segments}
        using hnsw (${embeddingOf(kind)} halfvec_cosine_ops) where ${isOfKind(kind)}`;
      await tx.orm.execute(statement);
    }
  });
}
