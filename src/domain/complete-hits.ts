import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Connection } from '../db/client.ts';
import { segments } from '../db/schema.ts';
import { excerptOf } from './excerpt.ts';
import { clipOf, type Hit } from './ranking.ts';
import type { Comparison } from './search-query.ts';

/** Gives hits what is shown of them: of a long text the part that matched, and a picture of the same clip. */
export async function completeHits(db: Connection, { model, text }: Comparison, hits: readonly Hit[]): Promise<Hit[]> {
  const pictures = await findPictures(
    db,
    model,
    hits.filter(({ thumbnail }) => thumbnail === null),
  );
  return hits.map((hit) => ({
    ...hit,
    thumbnail: hit.thumbnail ?? pictures.get(clipOf(hit)) ?? null,
    text: hit.text === null ? null : excerptOf(hit.text, text),
  }));
}

async function findPictures(db: Connection, model: string, hits: readonly Hit[]): Promise<Map<string, string>> {
  if (hits.length === 0) return new Map();
  const clips = hits.map(({ videoId, startOffset }) => sql`(${videoId}::uuid, ${startOffset}::double precision)`);
  const found = await db.orm
    .select({ videoId: segments.videoId, startOffset: segments.startOffset, thumbnail: segments.thumbnail })
    .from(segments)
    .where(
      and(
        sql`(${segments.videoId}, ${segments.startOffset}) in (${sql.join(clips, sql`, `)})`,
        eq(segments.model, model),
        eq(segments.scope, 'CLIP'),
        isNotNull(segments.thumbnail),
      ),
    )
    // VISUAL last: it stays.
    .orderBy(sql`${segments.modality} = 'VISUAL'`, segments.modality);
  return new Map(found.map(({ thumbnail, ...clip }) => [clipOf(clip), thumbnail ?? '']));
}
